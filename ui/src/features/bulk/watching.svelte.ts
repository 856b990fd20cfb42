/**
 * A batch that is looked at while it runs: its lines, newest change first, those that need a person, and how fast it went. What
 * the eye is on never moves: while somebody reads the list it keeps its order, and what its lines say changes in place.
 */
import { AppError, ipc } from '../../lib/ipc';
import type { Batch, BatchLine, BatchLineState, ErrorDto } from '../../lib/ipc';
import { Calm } from './calm';
import { Paged, PAGE } from './paged.svelte';
import { needing } from './states';

/** How many points the curve of the rate has at most. */
const POINTS = 40;

/** A point of the curve is no closer to the one before, in milliseconds. */
const POINT_MS = 1_000;

/** How many of each kind of lines that need a person are shown beside the list; the tabs have the rest. */
const NEEDS = 30;

/** The states that need a person, the most urgent first. */
const urgent = ['unknown', 'rejected', 'failed', 'refused'] as const satisfies readonly BatchLineState[];

export class Watching {
  readonly lines = new Paged<BatchLine>();
  show = $state<BatchLineState | null>(null);
  /** Lines that need a person, the most urgent first. */
  needs = $state.raw<readonly BatchLine[]>([]);
  /** Lines changed since the order of the list was held. */
  newer = $state(false);
  /** Lines a second, oldest first. */
  rates = $state.raw<readonly number[]>([]);
  error = $state.raw<ErrorDto | null>(null);

  #held = false;
  #pointAt = 0;
  #needed = '';
  readonly #reading = new Calm(() => this.#read());

  constructor(
    readonly id: string,
    private readonly now: () => number = Date.now,
  ) {}

  /** Begins to show. */
  begin(batch: Batch): void {
    this.pick(null);
    this.changed(batch);
  }

  /** Shows the lines of one state, or all. */
  pick(show: BatchLineState | null): void {
    [this.show, this.newer] = [show, false];
    this.lines.ask((from, limit) => ipc.batchLines(this.id, show, from, limit));
  }

  /** Somebody reads the list, or does no more. */
  hold(held: boolean): void {
    if (this.#held === held) return;
    this.#held = held;
    if (!held && this.newer) void this.catchUp();
  }

  /** Shows the newest first again. */
  async catchUp(): Promise<void> {
    this.newer = false;
    await this.lines.refresh();
  }

  /** The batch changed. */
  changed(batch: Batch): void {
    this.#point(batch);
    this.#batch = batch;
    this.#reading.ask();
  }

  end(): void {
    this.#reading.end();
  }

  #batch: Batch | null = null;

  async #read(): Promise<void> {
    await Promise.all([this.#held || this.lines.top > 0 ? this.#readInPlace() : this.lines.refresh(), this.#readNeeds()]);
  }

  /** The order stays: only what is known of the lines that stand there is taken in. */
  async #readInPlace(): Promise<void> {
    try {
      const { lines } = await ipc.batchLines(this.id, this.show, 0, PAGE);
      this.lines.update(lines);
      const first = lines[0];
      if (first && this.lines.rowAt(0)?.number !== first.number) this.newer = true;
    } catch (error) {
      this.error = AppError.of(error).data;
    }
  }

  /** Asked for only where their counts have changed. */
  async #readNeeds(): Promise<void> {
    const batch = this.#batch;
    if (batch === null) return;
    const counts = urgent.map((state) => batch.counts.find((each) => each.state === state)?.count ?? 0);
    const signature = counts.join(' ');
    if (signature === this.#needed) return;
    if (needing(batch) === 0) {
      [this.#needed, this.needs] = [signature, []];
      return;
    }
    try {
      const parts = await Promise.all(urgent.map((state, at) => ((counts[at] ?? 0) > 0 ? ipc.batchLines(this.id, state, 0, NEEDS) : null)));
      [this.#needed, this.error] = [signature, null];
      this.needs = parts.flatMap((part) => part?.lines ?? []);
    } catch (error) {
      this.error = AppError.of(error).data;
    }
  }

  #point({ perSecond, state }: Batch): void {
    const now = this.now();
    if (state !== 'running' || perSecond === null || now - this.#pointAt < POINT_MS) return;
    this.#pointAt = now;
    this.rates = [...this.rates, perSecond].slice(-POINTS);
  }
}
