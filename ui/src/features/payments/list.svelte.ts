/**
 * The payments that fit the search, as far as they were read: page after page behind the eye, which may jump anywhere.
 *
 * Two kinds of questions: a new search, where the newest wins and the old rows stay until its answer is here, and a quiet look
 * at the same list after something changed, which must not move what the eye is on.
 */
import { drawn } from '../../lib/drawn';
import { AppError, ipc } from '../../lib/ipc';
import type { ErrorDto, PaymentPage, PaymentRow, SortDto, Totals } from '../../lib/ipc';

/** How many rows are read at first: what the largest screen shows. */
export const FIRST = 60;
const PAGE = 200;
/** The shell gives no more at once; used where much is to be caught up with. */
const MOST = 1000;
/** Rows that are read ahead of the eye. */
const AHEAD = 200;
/** A batch that runs changes something many times a second: the list follows in steps. */
const PAUSE_MS = 250;

/** What a list is asked for. */
export interface Question {
  readonly account: number;
  readonly query: string;
  readonly sort: SortDto;
}

/** Whether two questions have the same answer. */
export function sameQuestion(one: Question, other: Question): boolean {
  return one.account === other.account && one.query === other.query && one.sort.by === other.sort.by && one.sort.descending === other.sort.descending;
}

export class PaymentList {
  /** Grows with every change of the rows; what shows rows reads it. */
  version = $state(0);
  /** The question that the rows answer; `null` before the first answer. */
  answered = $state.raw<Question | null>(null);
  /** Of the newest question that was summed up; those of the one before stay until then. */
  totals = $state.raw<Totals | null>(null);
  /** What was wrong with the newest question; its rows are those of the one before. */
  error = $state.raw<ErrorDto | null>(null);
  tookMs = $state<number | null>(null);
  /** Called when rows came or went above a place, so that the view can keep it under the eye. */
  onshift: ((before: readonly PaymentRow[], after: readonly PaymentRow[]) => void) | null = null;

  #question: Question | null = null;
  /** The search whose sums the totals are. */
  #summed: string | null = null;
  #rows: PaymentRow[] = [];
  #places = new Map<string, number>();
  #next: string | null = null;
  #range = { start: 0, end: FIRST };
  #asked = 0;
  #reading: Promise<void> | null = null;
  #least = 0;
  #looking = false;
  #again = false;

  rows(): readonly PaymentRow[] {
    void this.version;
    return this.#rows;
  }

  readonly rowAt = (index: number): PaymentRow | undefined => {
    void this.version;
    return this.#rows[index];
  };

  readonly indexOf = (key: string): number => {
    void this.version;
    return this.#places.get(key) ?? -1;
  };

  row(key: string): PaymentRow | undefined {
    return this.rowAt(this.indexOf(key));
  }

  /** How many rows there are to scroll through: all that are known of, read or not. */
  get count(): number {
    void this.version;
    if (this.#next === null) return this.#rows.length;
    const known = this.#summed === this.answered?.query ? this.totals?.count : undefined;
    return Math.max(this.#rows.length + 1, known ?? 0);
  }

  /** Begins with an answer that was read ahead. */
  begin(question: Question, page: PaymentPage): void {
    const turn = (this.#asked += 1);
    this.#question = question;
    this.#take(question, page);
    void drawn()
      .then(() => this.#sumUp(turn, question))
      .then(() => this.#readOn());
  }

  /** Asks anew. Of several questions the newest wins, however late the others are answered. */
  async ask(question: Question): Promise<void> {
    const turn = (this.#asked += 1);
    this.#question = question;
    // What is asked from now on is about the new list.
    this.#range = { start: 0, end: FIRST };
    try {
      const page = await ipc.listPayments(question.account, question.query, question.sort, null, FIRST);
      if (turn !== this.#asked) return;
      this.#take(question, page);
    } catch (error) {
      if (turn === this.#asked) this.error = AppError.of(error).data;
      return;
    }
    await drawn();
    if (turn !== this.#asked) return;
    await this.#sumUp(turn, question);
    // Whoever types on sees the first page only.
    await new Promise((done) => setTimeout(done, PAUSE_MS));
    if (turn === this.#asked) void this.#readOn();
  }

  /** The rows from `start` to `end` are in sight. */
  readonly see = (start: number, end: number): void => {
    this.#range = { start, end };
    void this.#readOn();
  };

  /** Asks for the same again, since something changed. While a look runs, at most one more waits. */
  async look(): Promise<void> {
    if (this.#looking) {
      this.#again = true;
      return;
    }
    this.#looking = true;
    do {
      this.#again = false;
      await this.#lookOnce();
      if (this.#again) await new Promise((done) => setTimeout(done, PAUSE_MS));
    } while (this.#again);
    this.#looking = false;
  }

  /** Reads up to `most` rows and gives them: for selecting them all. */
  async readUpTo(most: number): Promise<readonly PaymentRow[]> {
    this.#least = most;
    await this.#readOn();
    this.#least = 0;
    return this.#rows.slice(0, most);
  }

  async #lookOnce(): Promise<void> {
    const question = this.#question;
    const turn = this.#asked;
    if (question === null || this.answered !== question) return;
    const wanted = Math.max(FIRST, Math.min(this.#rows.length, this.#range.end + AHEAD));
    try {
      const fresh: PaymentRow[] = [];
      let next: string | null = null;
      do {
        const page = await ipc.listPayments(question.account, question.query, question.sort, next, Math.min(MOST, wanted - fresh.length));
        if (turn !== this.#asked) return;
        fresh.push(...page.rows);
        next = page.next;
      } while (next !== null && fresh.length < wanted);
      const before = this.#rows;
      this.#put(fresh, next);
      this.onshift?.(before, this.#rows);
      await this.#sumUp(turn, question);
      void this.#readOn();
    } catch (error) {
      if (turn === this.#asked) this.error = AppError.of(error).data;
    }
  }

  /** Reads on until what is in sight, and a little more, is here. */
  #readOn(): Promise<void> {
    this.#reading ??= this.#readPages().finally(() => (this.#reading = null));
    return this.#reading;
  }

  async #readPages(): Promise<void> {
    try {
      for (;;) {
        const [turn, question, next] = [this.#asked, this.#question, this.#next];
        const missing = Math.max(this.#least, this.#range.end + AHEAD) - this.#rows.length;
        if (question === null || this.answered !== question || next === null || missing <= 0) return;
        const page = await ipc.listPayments(question.account, question.query, question.sort, next, missing > PAGE ? MOST : PAGE);
        // A look that ended meanwhile has put another end to the list: then it is asked from there.
        // A page that leads nowhere is the last one.
        const on = page.rows.length > 0 && page.next !== next ? page.next : null;
        if (turn === this.#asked && next === this.#next) this.#append(page.rows, on);
      }
    } catch (error) {
      this.error = AppError.of(error).data;
    }
  }

  async #sumUp(turn: number, question: Question): Promise<void> {
    try {
      const totals = await ipc.totals(question.account, question.query);
      if (turn === this.#asked) [this.totals, this.#summed] = [totals, question.query];
    } catch (error) {
      if (turn !== this.#asked) return;
      this.error = AppError.of(error).data;
      // Sums of something else would be taken for those of this.
      if (this.#summed !== question.query) this.totals = null;
    }
  }

  #take(question: Question, page: PaymentPage): void {
    this.#put(page.rows, page.next);
    this.answered = question;
    if (page.next === null) [this.totals, this.#summed] = [sumOf(page.rows), question.query];
    this.tookMs = page.tookMs;
    this.error = null;
  }

  #put(rows: PaymentRow[], next: string | null): void {
    this.#rows = [];
    this.#places.clear();
    this.#append(rows, next);
  }

  #append(rows: readonly PaymentRow[], next: string | null): void {
    for (const row of rows) {
      // A row that moved down while the pages were read may come twice; it stands where it was seen first.
      if (this.#places.has(row.id)) continue;
      this.#places.set(row.id, this.#rows.length);
      this.#rows.push(row);
    }
    this.#next = next;
    this.version += 1;
  }
}

function sumOf(rows: readonly PaymentRow[]): Totals {
  return {
    count: rows.length,
    more: false,
    amount: rows.reduce((sum, row) => sum + row.amount, 0),
    refunded: rows.reduce((sum, row) => sum + row.refunded, 0),
  };
}
