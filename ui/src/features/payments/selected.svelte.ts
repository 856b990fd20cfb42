/**
 * What is selected, with the payments behind the keys. They stay known when the list is read anew behind them; what is no longer
 * in the list is asked for itself, so that no act is offered by what a payment once was.
 */
import { AppError, ipc } from '../../lib/ipc';
import type { PaymentRow } from '../../lib/ipc';
import type { PaymentList } from './list.svelte';

/** More than this at once nobody looks through. */
export const MOST_SELECTED = 1000;

export class Selected {
  keys = $state.raw<ReadonlySet<string>>(new Set());
  /** Whether the list had more than what was selected. */
  capped = $state(false);

  #seen = new Map<string, PaymentRow>();
  /** Those that were asked for themselves, as they are. */
  #read = $state.raw<ReadonlyMap<string, PaymentRow>>(new Map());
  #reading = false;
  #again = false;

  constructor(private readonly list: PaymentList) {}

  /** The selected payments as they are known now, in the order in which they were selected. */
  readonly rows: readonly PaymentRow[] = $derived.by(() => {
    const rows: PaymentRow[] = [];
    for (const key of this.keys) {
      const row = this.list.row(key) ?? this.#read.get(key) ?? this.#seen.get(key);
      if (row === undefined) continue;
      this.#seen.set(key, row);
      rows.push(row);
    }
    return rows;
  });

  /** How many of them the list has no longer. */
  readonly away: number = $derived(this.rows.filter(({ id }) => this.list.row(id) === undefined).length);

  clear(): void {
    this.keys = new Set();
    this.capped = false;
    this.#seen.clear();
    this.#read = new Map();
  }

  /** Selects everything that fits the search, up to a limit, or nothing. */
  async all(on: boolean): Promise<void> {
    this.clear();
    if (!on) return;
    const question = this.list.answered;
    const rows = await this.list.readUpTo(MOST_SELECTED);
    // Somebody may have searched for something else meanwhile.
    if (question !== this.list.answered) return;
    this.keys = new Set(rows.map(({ id }) => id));
    this.capped = this.list.count > rows.length;
  }

  /** Something changed: asks for those that left the list, and lets go of what is there no more. */
  async look(account: number): Promise<void> {
    if (this.#reading) {
      this.#again = true;
      return;
    }
    this.#reading = true;
    do {
      this.#again = false;
      await this.#readAway(account);
    } while (this.#again);
    this.#reading = false;
  }

  async #readAway(account: number): Promise<void> {
    const keys = this.keys;
    const read = new Map<string, PaymentRow>();
    const gone = new Set<string>();
    for (const key of keys) {
      if (this.list.row(key) !== undefined) continue;
      try {
        read.set(key, (await ipc.showPayment(account, key)).payment);
      } catch (error) {
        // What can't be read now is kept as it was seen: the shell looks again before it does anything.
        if (AppError.of(error).data.code === 'notFound') gone.add(key);
      }
      // Nothing selected any more: nothing to know.
      if (this.keys.size === 0) return;
    }
    this.#read = read;
    if (gone.size > 0) this.keys = new Set([...this.keys].filter((key) => !gone.has(key)));
  }
}
