/**
 * How the list of payments was arranged: columns, widths, order, and the searches that were saved under a name. Kept with the
 * layout; what an older version wrote and can't be read counts as never arranged.
 */
import type { Sort, Widths } from '../../lib/components';
import { keepLayout, layoutOf } from '../../lib/state/layout';

/** A search under a name. */
export interface SavedView {
  readonly id: string;
  readonly name: string;
  readonly query: string;
}

/** What is kept. */
export interface Arrangement {
  readonly hidden: readonly string[];
  readonly widths: Widths;
  readonly sort: Sort;
  readonly views: readonly SavedView[];
}

const NAME = 'payments';

/** Columns that can be sorted: the shell sorts, since only it has all rows. */
export const sortable = ['created', 'reference', 'customer', 'amount', 'refunded', 'status'] as const;

export type SortColumn = (typeof sortable)[number];

export function isSortable(id: unknown): id is SortColumn {
  return (sortable as readonly unknown[]).includes(id);
}

export const arrangedAtFirst: Arrangement = {
  hidden: ['method'],
  widths: {},
  sort: { id: 'created', dir: 'desc' },
  views: [],
};

type Loose = Record<string, unknown>;

const isObject = (value: unknown): value is Loose => typeof value === 'object' && value !== null && !Array.isArray(value);

function isView(value: unknown): value is SavedView {
  return isObject(value) && [value['id'], value['name'], value['query']].every((text) => typeof text === 'string');
}

function widthsOf(value: unknown): Widths {
  if (!isObject(value)) return {};
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, number] => Number.isFinite(entry[1])));
}

function sortOf(value: unknown): Sort {
  if (!isObject(value) || !isSortable(value['id'])) return arrangedAtFirst.sort;
  return { id: value['id'], dir: value['dir'] === 'asc' ? 'asc' : 'desc' };
}

/** Reads an arrangement of unknown shape. */
export function readArrangement(kept: unknown): Arrangement {
  if (!isObject(kept)) return arrangedAtFirst;
  const { hidden, widths, sort, views } = kept;
  return {
    hidden: Array.isArray(hidden) ? hidden.filter((id) => typeof id === 'string') : arrangedAtFirst.hidden,
    widths: widthsOf(widths),
    sort: sortOf(sort),
    views: Array.isArray(views) ? views.filter(isView) : [],
  };
}

export function loadArrangement(): Arrangement {
  return readArrangement(layoutOf(NAME));
}

export function keepArrangement(arrangement: Arrangement): void {
  keepLayout(NAME, arrangement);
}

/** The views with one more; one of the same name is replaced. */
export function withView(views: readonly SavedView[], name: string, query: string): SavedView[] {
  const clean = name.trim();
  const others = views.filter((view) => view.name.toLocaleLowerCase() !== clean.toLocaleLowerCase());
  return [...others, { id: `${clean.toLocaleLowerCase()}`, name: clean, query: query.trim() }];
}
