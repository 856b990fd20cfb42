/** The batches of a shop, as the side bar, the list and the run read them: one truth for all three. */
import { untrack } from 'svelte';
import { AppError, ipc } from '../../lib/ipc';
import type { Batch, ErrorDto } from '../../lib/ipc';
import { session } from '../../lib/state/session.svelte';
import { Calm } from './calm';
import { answered } from './states';

/** The most often that the whole list is asked for, in milliseconds: what runs is asked for by itself. */
const LIST_MS = 1_000;

export class Batches {
  /** Newest first; `null` until they were asked for. */
  list = $state.raw<readonly Batch[] | null>(null);
  error = $state.raw<ErrorDto | null>(null);

  #changed = new Set<string>();
  #turn = 0;
  readonly #reading = new Calm(() => this.#readChanged());
  readonly #listing = new Calm(() => this.ask(), LIST_MS);

  constructor(private readonly account: number) {}

  /** The batch that runs, or whose last lines end; the newest of several. */
  get running(): Batch | null {
    return this.list?.find(({ state, ending }) => state === 'running' || ending) ?? null;
  }

  /** Batches that the end of the program cut short. */
  get interrupted(): readonly Batch[] {
    return (this.list ?? []).filter(({ state, why }) => state === 'paused' && why === 'interrupted');
  }

  /** Batches that something has paused and that wait for a person, those cut short among them. */
  get waiting(): readonly Batch[] {
    return (this.list ?? []).filter(({ state, why }) => state === 'paused' && why !== 'person');
  }

  /** How far the running one is: a whole percentage, never 100 before it ends. */
  get percent(): number | null {
    const running = this.running;
    return running === null || running.lines === 0 ? null : Math.min(99, Math.floor((answered(running) * 100) / running.lines));
  }

  find(id: string): Batch | null {
    return this.list?.find((batch) => batch.id === id) ?? null;
  }

  /** Something in the data file has changed: the list is asked for, at a calm pace. */
  look(): void {
    this.#listing.ask();
  }

  async ask(): Promise<void> {
    const turn = (this.#turn += 1);
    try {
      const list = await ipc.batches(this.account);
      if (turn !== this.#turn) return;
      [this.list, this.error] = [list, null];
    } catch (error) {
      if (turn === this.#turn) this.error = AppError.of(error).data;
    }
  }

  /** Something of a batch has changed: it is asked for, at a calm pace. */
  heard(id: string): void {
    this.#changed.add(id);
    this.#reading.ask();
  }

  /** Takes a batch as an order gave it back. */
  put(batch: Batch): void {
    const list = this.list ?? [];
    this.list = list.some(({ id }) => id === batch.id) ? list.map((each) => (each.id === batch.id ? batch : each)) : [batch, ...list];
  }

  async #readChanged(): Promise<void> {
    const ids = [...this.#changed];
    this.#changed.clear();
    for (const id of ids) {
      try {
        const batch = await ipc.batch(id);
        // Of a shop whose list nobody has asked for yet there is nothing to keep true.
        if (this.list !== null) this.put(batch);
      } catch {
        // The next change asks again; the list tells what is wrong with the data file.
      }
    }
  }
}

const known = new Map<number, Batches>();

/** The batches of a shop. */
export function batchesOf(account: number): Batches {
  const batches = known.get(account) ?? new Batches(account);
  known.set(account, batches);
  return batches;
}

/** Keeps the batches of a shop as they are, for as long as the calling component lives. Call it while the component is set up. */
export function followBatches(account: () => number): void {
  $effect(() => {
    void session.revision;
    const batches = batchesOf(account());
    untrack(() => batches.look());
  });
  $effect(() => {
    const news = session.batch;
    if (news !== null) untrack(() => batchesOf(news.account).heard(news.batch));
  });
}
