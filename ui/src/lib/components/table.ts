import type { Snippet } from 'svelte';

/** A column of a table. Of `text` and `cell`, `text` is the cheap one: give a snippet only where a word is not enough. */
export interface Column<Row> {
  readonly id: string;
  readonly title: string;
  /** The width in pixels; of a growing column, the least. */
  readonly width: number;
  /** The width in narrow windows, where it is another one. */
  readonly narrow?: number;
  readonly min?: number;
  /** Takes what is left of the width. */
  readonly grow?: boolean;
  readonly align?: 'start' | 'end';
  readonly sortable?: boolean;
  readonly text?: (row: Row) => string;
  readonly cell?: Snippet<[Row, number]>;
  /** Classes of the cell: `money`, `money soft`, `who`, `vis`, `id`. */
  readonly class?: string;
  /** Leaves in narrow windows. */
  readonly show?: 'wide';
  /** Cannot be hidden. */
  readonly required?: boolean;
  /** The title is for readers and for the menu of columns only. */
  readonly titleHidden?: boolean;
}

/** By what a table is sorted. */
export interface Sort {
  readonly id: string;
  readonly dir: 'asc' | 'desc';
}

/** Widths that were set by hand, by column. */
export type Widths = Readonly<Record<string, number>>;

const LEAST = 48;
const MOST = 800;
const PICK = 36;

/** The width of the row's padding at both sides, as table.css has it. */
const PADDING = 16;

/** A width within what a column allows. */
export function bounded<Row>(column: Column<Row>, width: number): number {
  return Math.round(Math.min(MOST, Math.max(column.min ?? LEAST, width)));
}

/** The limits of a width, for readers. */
export function limits<Row>(column: Column<Row>): { min: number; max: number } {
  return { min: column.min ?? LEAST, max: MOST };
}

/** The value of `grid-template-columns` for all rows. */
export function template<Row>(columns: readonly Column<Row>[], widths: Widths, pick: boolean): string {
  const tracks = columns.map((column) => {
    const set = widths[column.id];
    if (set !== undefined) return `${set}px`;
    return column.grow ? `minmax(${column.width}px, 1fr)` : `${column.width}px`;
  });
  return [...(pick ? [`${PICK}px`] : []), ...tracks].join(' ');
}

/** The narrowest the rows can be. */
export function leastWidth<Row>(columns: readonly Column<Row>[], widths: Widths, pick: boolean): number {
  return columns.reduce((sum, column) => sum + (widths[column.id] ?? column.width), PADDING + (pick ? PICK : 0));
}

/** The other direction, or the first one of a column that was not sorted by. Amounts and dates are asked for highest first. */
export function nextSort<Row>(sort: Sort | null | undefined, column: Column<Row>): Sort {
  if (sort?.id === column.id) return { id: column.id, dir: sort.dir === 'asc' ? 'desc' : 'asc' };
  return { id: column.id, dir: column.align === 'end' ? 'desc' : 'asc' };
}

/** What a table is given. */
export interface TableProps<Row> {
  /** The name of the table, for readers. */
  label: string;
  columns: readonly Column<Row>[];
  count: number;
  rowAt: (index: number) => Row | undefined;
  keyOf: (row: Row) => string;
  /** Where a row stands, for lists that are not all in memory. */
  indexOf?: ((key: string) => number) | undefined;
  onrange?: ((start: number, end: number) => void) | undefined;
  loading?: boolean;
  hidden?: ReadonlySet<string>;
  widths?: Widths;
  sort?: Sort | null | undefined;
  onsort?: ((sort: Sort) => void) | undefined;
  selectable?: boolean;
  selected?: ReadonlySet<string>;
  canSelect?: ((row: Row) => boolean) | undefined;
  onselectall?: ((on: boolean) => void) | undefined;
  current?: string | null;
  oncurrent?: ((row: Row, index: number) => void) | undefined;
  onopen?: ((row: Row, index: number) => void) | undefined;
  /** Rows that head a group: they cannot be selected, and the arrows pass over them. */
  isGroup?: ((row: Row) => boolean) | undefined;
  group?: Snippet<[Row]> | undefined;
  rowClass?: ((row: Row) => string) | undefined;
  rowLabel?: ((row: Row) => string) | undefined;
  rowHeight?: number;
  empty?: Snippet | undefined;
  /** The keys of the list work from anywhere in the view; off where a view has two lists. */
  keys?: boolean;
}
