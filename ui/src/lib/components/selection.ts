/**
 * How the rows of a table are selected: one by one, up to a row, all. Where a range begins is kept by the row's key: rows may come
 * and go above it while one looks at another place, and what is selected is acted upon with money.
 */

/** The table whose rows are selected. */
export interface Selectable<Row> {
  readonly count: () => number;
  readonly rowAt: (index: number) => Row | undefined;
  readonly keyOf: (row: Row) => string;
  readonly indexOf: (key: string) => number;
  readonly pickable: (row: Row | undefined) => row is Row;
  readonly selected: () => ReadonlySet<string>;
  readonly onselected: (selected: ReadonlySet<string>) => void;
}

export class Selection<Row> {
  /** Where one was last, by a press, a key or a selection: from here a range goes. */
  #here: string | null = null;
  /** What was last selected by itself or pressed. Going on from row to row does not move it. */
  #marked: string | null = null;

  constructor(private readonly table: Selectable<Row>) {}

  /** One stands on a row; `pressed` if by pointing at it. */
  stand(key: string, pressed: boolean): void {
    this.#here = key;
    if (pressed) this.#marked = key;
  }

  toggle(index: number): void {
    const row = this.table.rowAt(index);
    if (!this.table.pickable(row)) return;
    const next = new Set(this.table.selected());
    const key = this.table.keyOf(row);
    if (!next.delete(key)) next.add(key);
    this.stand(key, true);
    this.table.onselected(next);
  }

  /** Selects up to a row, from where one was. */
  to(index: number): void {
    this.#range(this.#here, index);
  }

  /** Selects up to the row on which one stands, from what was selected last. */
  upTo(index: number): void {
    this.#range(this.#marked ?? this.#here, index);
  }

  all(on: boolean): void {
    if (on) this.#add(0, this.table.count() - 1, new Set());
    else this.table.onselected(new Set());
  }

  #range(key: string | null, index: number): void {
    if (index < 0) return;
    const from = key === null ? -1 : this.table.indexOf(key);
    // What is gone begins nothing.
    const begin = from < 0 ? index : from;
    this.#add(Math.min(begin, index), Math.max(begin, index), new Set(this.table.selected()));
  }

  #add(first: number, last: number, next: Set<string>): void {
    for (let at = first; at <= last; at += 1) {
      const row = this.table.rowAt(at);
      if (this.table.pickable(row)) next.add(this.table.keyOf(row));
    }
    this.table.onselected(next);
  }
}
