import type { IconName } from './icons';

/** One thing to choose. With `checked` it is a box to tick, and `stay` leaves the menu open for the next. */
export interface MenuAction {
  readonly id: string;
  readonly title: string;
  readonly icon?: IconName | undefined;
  readonly keys?: string | undefined;
  readonly hint?: string | undefined;
  readonly danger?: boolean;
  /** Why it cannot be chosen now. */
  readonly locked?: string | undefined;
  readonly checked?: boolean | undefined;
  readonly stay?: boolean;
  readonly run: () => void;
}

/** A line of a menu. */
export type MenuItem = MenuAction | { readonly separator: true } | { readonly heading: string };

/** Whether a line can be chosen. */
export function isAction(item: MenuItem): item is MenuAction {
  return 'run' in item;
}

/** Where a list of this size goes so that it stays in the window: below its button, or above where below is no room. */
export function place(
  button: DOMRect,
  list: { width: number; height: number },
  align: 'start' | 'end',
): { left: number; top: number } {
  const gap = 4;
  const edge = 8;
  const wanted = align === 'end' ? button.right - list.width : button.left;
  const left = Math.max(edge, Math.min(wanted, innerWidth - list.width - edge));
  const below = button.bottom + gap;
  const above = button.top - gap - list.height;
  const top = below + list.height + edge <= innerHeight || above < edge ? below : above;
  return { left, top: Math.max(edge, Math.min(top, innerHeight - list.height - edge)) };
}
