import type { IconName } from './icons';

/** Something the palette can do. */
export interface PaletteItem {
  readonly id: string;
  readonly title: string;
  readonly hint?: string | undefined;
  readonly keys?: string | undefined;
  readonly group?: string | undefined;
  readonly icon?: IconName | undefined;
  /** Other words it is found by. */
  readonly words?: string | undefined;
  /** Why it cannot be done now. */
  readonly locked?: string | undefined;
  readonly run: () => void;
}

/** A text as it is compared: without case and without marks, so that `makela` finds Mäkelä. */
export function folded(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/**
 * The items that have every word of the query, the best first: words that begin as typed before words that contain it,
 * titles before the rest. Without a query all of them, in the order given; groups stay together.
 */
export function search(items: readonly PaletteItem[], query: string): PaletteItem[] {
  const asked = folded(query).split(/\s+/).filter(Boolean);
  if (asked.length === 0) return [...items];
  return items
    .map((item, order) => ({ item, order, score: score(item, asked) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.order - b.order)
    .map(({ item }) => item);
}

function score(item: PaletteItem, asked: readonly string[]): number {
  const title = folded(item.title);
  const rest = folded(`${item.group ?? ''} ${item.words ?? ''} ${item.hint ?? ''}`);
  let sum = 0;
  for (const word of asked) {
    const best = Math.max(3 * match(title, word), match(rest, word), letters(title, word));
    if (best === 0) return 0;
    sum += best;
  }
  return title.startsWith(asked[0] ?? '') ? sum + 2 : sum;
}

function match(text: string, word: string): number {
  const at = text.indexOf(word);
  if (at < 0) return 0;
  return at === 0 || new RegExp(`[^\\p{L}\\p{N}]${escaped(word)}`, 'u').test(text) ? 3 : 2;
}

/** Whether the letters come in this order, each run at the start of a word: `np` finds New payment. */
function letters(text: string, word: string): number {
  const starts = text.split(/[^\p{L}\p{N}]+/u).map((part) => part.charAt(0));
  return word.length > 1 && starts.join('').startsWith(word) ? 1 : 0;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
