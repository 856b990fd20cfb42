import type { NoteKind } from './Note.svelte';

/** A message at the edge of the window. */
export interface Toast {
  readonly kind: Exclude<NoteKind, 'plain'>;
  readonly title: string;
  readonly text?: string | undefined;
  readonly requestId?: string | undefined;
  readonly action?: { readonly label: string; readonly run: () => void } | undefined;
}

let list = $state.raw<readonly (Toast & { readonly id: number })[]>([]);
let last = 0;

/** The messages that stand now, the newest last. */
export function toasts(): readonly (Toast & { readonly id: number })[] {
  return list;
}

/** Shows a message. A good one and bare information go away by themselves; what went wrong stays until it is closed. */
export function toast(message: Toast): number {
  last += 1;
  list = [...list, { ...message, id: last }];
  return last;
}

/** Takes a message away. */
export function dismissToast(id: number): void {
  list = list.filter((one) => one.id !== id);
}
