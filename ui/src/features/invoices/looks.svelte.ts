/**
 * A look at many payments at Paytrail. It goes in small parts, so that a person sees how far it is and can stop it; what
 * could not be looked at is kept until it is read.
 */
import { AppError, ipc } from '../../lib/ipc';
import type { ErrorDto } from '../../lib/ipc';

const PART = 10;

/** What a look came to. */
export interface Looked {
  readonly all: number;
  readonly fetched: number;
  readonly changed: number;
  /** How many could not be looked at, or were not asked for. */
  readonly missing: number;
  /** Why, for the first of them. */
  readonly error: ErrorDto | null;
}

export class Looks {
  running = $state(false);
  done = $state(0);
  all = $state(0);
  /** What the last look came to; `null` when it was put away. */
  report = $state.raw<Looked | null>(null);

  #stopped = false;

  /** Looks at each of them; gives what it came to, or `null` if a look runs already. */
  async lookAt(account: number, ids: readonly string[]): Promise<Looked | null> {
    if (this.running || ids.length === 0) return null;
    [this.running, this.#stopped, this.done, this.all, this.report] = [true, false, 0, ids.length, null];
    let [fetched, changed] = [0, 0];
    let error: ErrorDto | null = null;
    for (let from = 0; from < ids.length && !this.#stopped; from += PART) {
      const part = ids.slice(from, from + PART);
      try {
        const found = await ipc.refreshPayments(account, part);
        fetched += found.fetched;
        changed += found.changed;
        error ??= found.errors[0]?.error ?? found.stopped;
        if (found.stopped) this.#stopped = true;
      } catch (caught) {
        error ??= AppError.of(caught).data;
        this.#stopped = true;
      }
      this.done = Math.min(from + part.length, ids.length);
    }
    this.report = { all: ids.length, fetched, changed, missing: ids.length - fetched, error };
    this.running = false;
    return this.report;
  }

  /** Ends it after the part that is under way. */
  stop(): void {
    this.#stopped = true;
  }
}
