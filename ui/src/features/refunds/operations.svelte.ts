/**
 * The operations of the account, page by page: as far as the list was scrolled, or all of them while a search needs them.
 * What changes is asked again with the old rows on screen meanwhile; while a question runs, at most one more waits.
 */
import { AppError, ipc } from '../../lib/ipc';
import type { ErrorDto, OperationRow, StateSum } from '../../lib/ipc';

const PAGE = 500;
/** A batch that runs changes something many times a second: the list follows in steps. */
const PAUSE_MS = 250;

export class Operations {
  /** `null` until the first answer. Unknown ones first, then the newest. */
  rows = $state.raw<readonly OperationRow[] | null>(null);
  sums = $state.raw<readonly StateSum[]>([]);
  error = $state.raw<ErrorDto | null>(null);
  /** Whether there are more than were read. */
  more = $state(false);

  #account: number | null = null;
  #next: string | null = null;
  #running = false;
  /** Something has changed since it was read. */
  #stale = false;
  /** A search is on: what is not read yet can't be found. */
  #all = false;
  /** How many rows the list was scrolled through; what is read again when something changes. */
  #inSight = 1;

  /** Asks for the operations of an account, as many as are wanted. */
  async ask(account: number): Promise<void> {
    if (account !== this.#account) {
      this.#account = account;
      [this.rows, this.sums, this.error, this.more, this.#next, this.#inSight] = [null, [], null, false, null, 1];
    }
    this.#stale = true;
    await this.#run();
  }

  /** Reads a page more: the end of the list has come into sight. */
  async readOn(): Promise<void> {
    if (this.#running || this.#all || !this.more || this.rows === null) return;
    this.#inSight = this.rows.length + 1;
    await this.#run();
  }

  /** Whether all are wanted. Holds until it is said otherwise, also for what is under way. */
  async wantAll(all: boolean): Promise<void> {
    if (all === this.#all) return;
    this.#all = all;
    // After a search only what is in sight is kept: thousands of rows would be read again at every change.
    if (!all && (this.rows?.length ?? 0) > Math.max(this.#inSight, PAGE)) this.#stale = true;
    await this.#run();
  }

  get #lacks(): boolean {
    return this.rows !== null && this.#next !== null && (this.#all || this.rows.length < this.#inSight);
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    let [first, worked] = [true, true];
    while (this.#stale || (worked && this.#lacks)) {
      const anew = this.#stale;
      if (anew && !first) await new Promise((done) => setTimeout(done, PAUSE_MS));
      if (anew) this.#stale = false;
      first = false;
      worked = anew ? await this.#read(null, []) : await this.#read(this.#next, this.rows ?? []);
    }
    this.#running = false;
  }

  /** Reads from a place on, behind the rows before it; says whether it worked. */
  async #read(after: string | null, before: readonly OperationRow[]): Promise<boolean> {
    const account = this.#account;
    if (account === null) return false;
    const rows = [...before];
    let next = after;
    try {
      do {
        const page = await ipc.operations(account, next, PAGE);
        if (account !== this.#account) return false;
        rows.push(...page.rows);
        this.sums = page.sums;
        next = page.next;
        // Rows that come behind those on screen are shown page by page; those that take their place, when all are there.
        if (after !== null) this.#show(rows, next);
      } while (next !== null && (this.#all || rows.length < this.#inSight));
      this.#show(rows, next);
      this.error = null;
      return true;
    } catch (error) {
      if (account === this.#account) this.error = AppError.of(error).data;
      return false;
    }
  }

  #show(rows: readonly OperationRow[], next: string | null): void {
    // A row that moved while pages were read may stand on two of them.
    this.rows = [...new Map(rows.map((row) => [row.id, row])).values()];
    [this.#next, this.more] = [next, next !== null];
  }
}
