/** Rows that come page by page as they come into sight: a batch may be ten thousand lines long. */
import { AppError } from '../../lib/ipc';
import type { ErrorDto } from '../../lib/ipc';

/** How many rows are asked for at once. */
export const PAGE = 200;

/** A part of the rows, and how many there are. */
export interface Part<Row> {
  readonly lines: readonly Row[];
  readonly total: number;
}

type Read<Row> = (from: number, limit: number) => Promise<Part<Row>>;

export class Paged<Row extends { readonly number: number }> {
  /** How many there are to scroll through. */
  total = $state(0);
  /** Whether the first answer is here. */
  answered = $state(false);
  error = $state.raw<ErrorDto | null>(null);
  /** The first row in sight, or a little above it. */
  top = $state(0);

  /** Grows with everything that came; what shows rows reads it. */
  #version = $state(0);
  #read: Read<Row> | null = null;
  #turn = 0;
  #rows = new Map<number, Row>();
  #places = new Map<number, number>();
  #asked = new Set<number>();
  #range = { start: 0, end: 0 };

  /** Shows other rows. `first` are those that are known already, `total` how many there are. */
  ask(read: Read<Row>, first: readonly Row[] = [], total = first.length): void {
    this.#turn += 1;
    this.#read = read;
    this.#rows.clear();
    this.#places.clear();
    this.#asked.clear();
    [this.total, this.answered, this.error] = [total, first.length > 0, null];
    this.#put(0, first);
    if (first.length > 0 && (first.length >= PAGE || first.length >= total)) this.#asked.add(0);
    this.see(this.#range.start, Math.max(0, Math.min(this.#range.end, total - 1)));
  }

  /** The rows from `start` to `end` are in sight. */
  readonly see = (start: number, end: number): void => {
    this.#range = { start, end };
    this.top = start;
    for (const page of this.#pages()) void this.#page(page);
  };

  /** Asks again for what is in sight, after an error. */
  again(): void {
    this.error = null;
    this.see(this.#range.start, this.#range.end);
  }

  /** Reads what is in sight anew; what stands there stays until the new rows are here, so that nothing flickers. */
  async refresh(): Promise<void> {
    const read = this.#read;
    if (read === null) return;
    const turn = this.#turn;
    const pages = this.#pages();
    try {
      const parts = await Promise.all(pages.map((page) => read(page * PAGE, PAGE)));
      if (turn !== this.#turn) return;
      this.#rows.clear();
      this.#places.clear();
      this.#asked = new Set(pages);
      parts.forEach(({ lines, total }, at) => {
        this.total = total;
        this.#put((pages[at] ?? 0) * PAGE, lines);
      });
      [this.answered, this.error] = [true, null];
    } catch (error) {
      if (turn === this.#turn) this.error = AppError.of(error).data;
    }
  }

  /** Takes rows in where they stand: what they say changes, and nothing moves. */
  update(rows: readonly Row[]): void {
    for (const row of rows) {
      const place = this.#places.get(row.number);
      if (place !== undefined) this.#rows.set(place, row);
    }
    this.#version += 1;
  }

  readonly rowAt = (index: number): Row | undefined => {
    void this.#version;
    return this.#rows.get(index);
  };

  /** Where the row of this number stands; -1 of one that is not here. */
  readonly placeOf = (number: number): number => {
    void this.#version;
    return this.#places.get(number) ?? -1;
  };

  #pages(): number[] {
    const first = Math.floor(this.#range.start / PAGE);
    const last = Math.floor(Math.max(this.#range.start, this.#range.end) / PAGE);
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
  }

  #put(from: number, rows: readonly Row[]): void {
    rows.forEach((row, at) => {
      this.#rows.set(from + at, row);
      this.#places.set(row.number, from + at);
    });
    this.#version += 1;
  }

  async #page(page: number): Promise<void> {
    const [turn, read] = [this.#turn, this.#read];
    if (read === null || this.#asked.has(page)) return;
    this.#asked.add(page);
    try {
      const { lines, total } = await read(page * PAGE, PAGE);
      if (turn !== this.#turn) return;
      [this.total, this.answered] = [total, true];
      this.#put(page * PAGE, lines);
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#asked.delete(page);
      this.error = AppError.of(error).data;
    }
  }
}
