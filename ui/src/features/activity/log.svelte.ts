/**
 * The audit log as far as the list was scrolled: the newest first, page by page. What is written meanwhile is asked for with the
 * old rows on screen; an answer to another question than the last one is dropped.
 */
import { AppError, ipc } from '../../lib/ipc';
import type { AuditEntry, AuditKind, AuditQuery, AuditReport, ErrorDto } from '../../lib/ipc';
import { dayBegins, dayEnds } from './days';

const PAGE = 200;
/** While somebody types, each letter need not be a question. */
const PAUSE_MS = 120;
/** So many are read again when something was written; the rest comes again as it is scrolled to. */
const MOST_ANEW = 1_000;

export interface Filter {
  readonly kind: AuditKind | null;
  readonly by: string | null;
  readonly day: string;
  readonly text: string;
}

export const everything: Filter = { kind: null, by: null, day: '', text: '' };

export function queryOf({ kind, by, day, text }: Filter): AuditQuery {
  return { kind, by, from: dayBegins(day), until: day === '' ? null : dayEnds(day), text: text.trim() };
}

export class Log {
  /** `null` until the first answer. */
  rows = $state.raw<readonly AuditEntry[] | null>(null);
  people = $state.raw<readonly string[]>([]);
  error = $state.raw<ErrorDto | null>(null);
  more = $state(false);

  #query = queryOf(everything);
  #next: number | null = null;
  #asked = 0;
  #reading = false;

  constructor(private readonly account: number) {}

  /** Asks for what fits a filter, from the newest on. */
  async show(filter: Filter): Promise<void> {
    const changed = JSON.stringify(queryOf(filter)) !== JSON.stringify(this.#query);
    this.#query = queryOf(filter);
    const turn = (this.#asked += 1);
    if (changed) await new Promise((done) => setTimeout(done, PAUSE_MS));
    if (turn !== this.#asked) return;
    const wanted = changed ? PAGE : Math.min(Math.max(this.rows?.length ?? 0, PAGE), MOST_ANEW);
    await this.#read(turn, null, wanted, []);
    void this.#askPeople();
  }

  /** Reads a page more. */
  async readOn(): Promise<void> {
    if (this.#reading || this.#next === null || this.rows === null) return;
    await this.#read(this.#asked, this.#next, PAGE, this.rows);
  }

  async #read(turn: number, before: number | null, limit: number, rows: readonly AuditEntry[]): Promise<void> {
    this.#reading = true;
    try {
      const page = await ipc.auditLog(this.account, this.#query, before, limit);
      if (turn !== this.#asked) return;
      [this.rows, this.#next, this.more, this.error] = [[...rows, ...page.rows], page.next, page.next !== null, null];
    } catch (error) {
      if (turn === this.#asked) this.error = AppError.of(error).data;
    } finally {
      if (turn === this.#asked) this.#reading = false;
    }
  }

  async #askPeople(): Promise<void> {
    try {
      this.people = await ipc.auditPeople();
    } catch {
      // The list itself says what is wrong with the data file; a filter that is missing says nothing of its own.
    }
  }
}

/** Whether the log is as it was written. */
export class Chain {
  report = $state.raw<AuditReport | null>(null);
  error = $state.raw<ErrorDto | null>(null);
  checking = $state(false);

  /** Checks the whole log, unless that is under way. */
  async verify(): Promise<void> {
    if (this.checking) return;
    this.checking = true;
    try {
      [this.report, this.error] = [await ipc.verifyAudit(), null];
    } catch (error) {
      this.error = AppError.of(error).data;
    } finally {
      this.checking = false;
    }
  }
}
