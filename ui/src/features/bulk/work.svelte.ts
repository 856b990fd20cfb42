/**
 * A batch on its way to its confirmation: what it does, where its lines come from, the check, and what was said of them. It
 * lives as long as the window, so that a look at a payment costs nothing of it.
 */
import { AppError, ipc } from '../../lib/ipc';
import type { Batch, BatchColumn, BatchKind, BatchLineVerdict, BatchOptions, BatchPlan, BatchSource, ErrorDto, LineChange, PlannedBatchLine } from '../../lib/ipc';
import { session } from '../../lib/state/session.svelte';
import { sourceOf, readAll, LARGEST, UnreadableFile } from '../import/read';
import { batchesOf } from './batches.svelte';
import { changed, mend, totalOf, type PlanChange } from './plan';
import { Paged } from './paged.svelte';

export type Step = 'list' | 'file' | 'check' | 'confirm' | 'batch';

/** How many lines of a group are asked for at once when all of them are meant. */
const MANY = 1000;

const NOTHING_SAID: BatchOptions = { columns: null, amountsIn: null };

export class BulkWork {
  step = $state<Step>('list');
  kind = $state<BatchKind>('refund');
  /** Something is read or checked. */
  busy = $state(false);
  plan = $state.raw<BatchPlan | null>(null);
  error = $state.raw<ErrorDto | null>(null);
  /** What became other than it was shown, after a confirmation that no longer fitted. */
  change = $state.raw<PlanChange | null>(null);
  /** A file that is larger than what can be taken, or that the system did not let be read. */
  unfit = $state.raw<{ name: string; why: 'large' | 'unreadable' } | null>(null);
  pasted = $state('');
  /** Which lines are shown. */
  show = $state<BatchLineVerdict | null>(null);
  /** Of a selection: so many had no transaction id. */
  without = $state(0);
  reason = $state('');
  note = $state('');
  /** At a time; `null` takes what the settings say. */
  concurrency = $state<number | null>(null);
  typed = $state('');
  /** The confirmation is on its way. */
  confirming = $state(false);
  /** The batch that is looked at. */
  batch = $state<string | null>(null);
  readonly lines = new Paged<PlannedBatchLine>();

  #source: BatchSource | null = null;
  #options: BatchOptions = NOTHING_SAID;
  /** What was said of lines, to say it again when they are planned anew. */
  #said = new Map<number, LineChange>();
  #intent: string | null = null;
  #turn = 0;

  constructor(private readonly account: number) {}

  get atATime(): number {
    return this.concurrency ?? this.plan?.concurrency ?? 8;
  }

  // ---- Where the lines come from ---------------------------------------------------------------

  /** Begins a new batch at its choice of lines. */
  begin(kind: BatchKind = this.kind): void {
    if (this.confirming) return;
    this.#forget();
    [this.kind, this.step] = [kind, 'file'];
  }

  /** Puts everything aside and shows the batches. What was planned is gone, and nothing was sent. */
  leave(): void {
    if (this.confirming) return;
    this.#forget();
    this.step = 'list';
  }

  async takeFile(file: File): Promise<void> {
    if (this.confirming) return;
    this.#forget();
    this.step = 'file';
    if (file.size > LARGEST) {
      this.unfit = { name: file.name, why: 'large' };
      return;
    }
    const turn = (this.#turn += 1);
    try {
      const [read] = await readAll([sourceOf(file.name, file)]);
      if (turn === this.#turn && read) await this.#planFrom({ from: 'file', ...read });
    } catch (error) {
      if (turn !== this.#turn) return;
      if (error instanceof UnreadableFile) this.unfit = { name: file.name, why: 'unreadable' };
      else this.error = AppError.of(error).data;
    }
  }

  async paste(): Promise<void> {
    const text = this.pasted;
    if (text.trim() === '' || this.busy) return;
    await this.#planFrom({ from: 'paste', text });
    if (this.plan !== null) this.pasted = '';
  }

  /** Takes a selection of a list in; payments without an id can't be asked for and are told of. */
  async takePayments(kind: BatchKind, payments: readonly { readonly transactionId: string | null }[]): Promise<void> {
    const transactionIds = payments.flatMap(({ transactionId }) => transactionId ?? []);
    this.begin(kind);
    this.without = payments.length - transactionIds.length;
    await this.#planFrom({ from: 'payments', transactionIds });
  }

  /** The rest of an earlier batch, or what of it failed, as a new one. */
  async takeBatch({ id, kind }: Batch, lines: 'waiting' | 'failed'): Promise<void> {
    this.begin(kind);
    await this.#planFrom({ from: 'batch', batch: id, lines });
  }

  /** A person says what the columns are, or whether amounts are euros or cents. */
  async read(columns: (BatchColumn | null)[] | null, amountsIn: BatchOptions['amountsIn']): Promise<void> {
    this.#options = { columns: columns ?? this.#options.columns, amountsIn: amountsIn ?? this.#options.amountsIn };
    // Another reading makes other lines: what was said of the old ones means nothing now.
    this.#said.clear();
    await this.#planAgain();
  }

  // ---- The check -------------------------------------------------------------------------------

  /** Shows the lines of one verdict, or all. */
  showLines(show: BatchLineVerdict | null): void {
    this.show = show;
    const plan = this.plan;
    if (plan === null) return;
    const total = show === null ? plan.lines : totalOf(plan, show);
    this.lines.ask((from, limit) => ipc.planBatchLines(plan.plan, show, from, limit), show === null ? plan.first : [], total);
  }

  /** Mends lines; everything is checked again. Gives whether it was. */
  async mend(changes: readonly LineChange[]): Promise<boolean> {
    const plan = this.plan;
    if (plan === null || this.busy || changes.length === 0) return false;
    this.busy = true;
    const turn = this.#turn;
    try {
      const next = await ipc.changeBatchPlan(plan.plan, [...changes]);
      if (turn !== this.#turn) return false;
      for (const change of changes) this.#said.set(change.number, mend(this.#said.get(change.number), change));
      this.#take(next);
      return true;
    } catch (error) {
      if (turn === this.#turn) this.error = AppError.of(error).data;
      return false;
    } finally {
      if (turn === this.#turn) this.busy = false;
    }
  }

  /** Leaves every line of a verdict out, or takes back in what was left out. */
  async mendAll(verdict: 'warning' | 'leftOut'): Promise<void> {
    const plan = this.plan;
    if (plan === null || this.busy) return;
    const numbers: number[] = [];
    try {
      for (let from = 0, total = 1; from < total; from += MANY) {
        const part = await ipc.planBatchLines(plan.plan, verdict, from, MANY);
        total = part.total;
        numbers.push(...part.lines.map(({ number }) => number));
      }
    } catch (error) {
      this.error = AppError.of(error).data;
      return;
    }
    if (plan === this.plan) await this.mend(numbers.map((number) => ({ number, leftOut: verdict === 'warning' })));
  }

  /** Checks everything again as it was left. */
  async checkAgain(): Promise<void> {
    if (this.plan === null) await this.#planAgain();
    else await this.#recheck(this.plan);
  }

  // ---- The confirmation ------------------------------------------------------------------------

  async toConfirm(): Promise<void> {
    if (this.plan === null || this.plan.sends.count === 0 || this.busy) return;
    [this.step, this.error, this.typed, this.change] = ['confirm', null, '', null];
    await this.#takeIntent();
  }

  toCheck(): void {
    if (!this.confirming) [this.step, this.error] = ['check', null];
  }

  /** Whether the confirmation can be pressed: one intent stands for however many presses. */
  get ready(): boolean {
    return this.#hasIntent && !this.confirming;
  }

  #hasIntent = $state(false);

  /** Confirms what is shown, once. `typed` is the sum that was typed, in cents. */
  async confirm(typed: number | null): Promise<void> {
    const [plan, intent] = [this.plan, this.#intent];
    if (plan === null || intent === null || this.confirming) return;
    [this.confirming, this.error] = [true, null];
    try {
      const batch = await ipc.confirmBatch(this.account, {
        plan: plan.plan,
        digest: plan.digest,
        count: plan.sends.count,
        sum: plan.sends.sum,
        typed: plan.typeSum ? typed : null,
        intent,
        refundReason: this.reason.trim() || null,
        note: this.note.trim() || null,
        concurrency: this.concurrency,
      });
      batchesOf(this.account).put(batch);
      this.#forget();
      this.look(batch.id);
    } catch (error) {
      await this.#refused(AppError.of(error).data, plan);
    } finally {
      this.confirming = false;
    }
  }

  /** Shows a batch that is confirmed. */
  look(batch: string): void {
    [this.batch, this.step] = [batch, 'batch'];
  }

  /** The confirmation was not taken. Where the check is not what it was, it is made anew and shown with what became other. */
  async #refused(error: ErrorDto, shown: BatchPlan): Promise<void> {
    const stale = ['batchPlanChanged', 'batchPlanGone', 'batchStale', 'batchPaymentChanged'].includes(error.why?.kind ?? '');
    this.error = error;
    // It may have begun all the same: the list tells.
    if (error.moneyMoved === 'unknown') void batchesOf(this.account).ask();
    if (!stale || error.moneyMoved === 'unknown') return;
    this.step = 'check';
    await this.#recheck(shown);
    // The reason why one stands here again stays readable.
    this.error ??= error;
    if (this.plan) this.change = changed(shown, this.plan);
  }

  async #takeIntent(): Promise<void> {
    [this.#intent, this.#hasIntent] = [null, false];
    try {
      const [intent] = await ipc.newIntents(1);
      this.#intent = intent ?? null;
      this.#hasIntent = intent !== undefined;
    } catch (error) {
      this.error = AppError.of(error).data;
    }
  }

  // ---- Planning --------------------------------------------------------------------------------

  async #planFrom(source: BatchSource): Promise<void> {
    this.#source = source;
    this.#options = NOTHING_SAID;
    this.#said.clear();
    [this.unfit, this.change, this.reason, this.note, this.concurrency] = [null, null, '', '', null];
    await this.#planAgain();
  }

  async #planAgain(): Promise<void> {
    const source = this.#source;
    if (source === null) return;
    const turn = (this.#turn += 1);
    [this.busy, this.error] = [true, null];
    try {
      let plan = await ipc.planBatch(this.account, this.kind, source, this.#options);
      if (this.#said.size > 0 && turn === this.#turn) plan = await ipc.changeBatchPlan(plan.plan, [...this.#said.values()]);
      if (turn !== this.#turn) return;
      this.show = null;
      this.#take(plan);
      this.step = 'check';
    } catch (error) {
      if (turn === this.#turn) this.error = AppError.of(error).data;
    } finally {
      if (turn === this.#turn) this.busy = false;
    }
  }

  async #recheck(plan: BatchPlan): Promise<void> {
    const turn = (this.#turn += 1);
    [this.busy, this.error] = [true, null];
    try {
      const next = await ipc.changeBatchPlan(plan.plan, []);
      if (turn === this.#turn) this.#take(next);
    } catch (error) {
      if (turn !== this.#turn) return;
      if (AppError.of(error).data.why?.kind === 'batchPlanGone') return void (await this.#planAgain());
      this.error = AppError.of(error).data;
    } finally {
      if (turn === this.#turn) this.busy = false;
    }
  }

  #take(plan: BatchPlan): void {
    [this.plan, this.error, this.kind] = [plan, null, plan.kind];
    // A tab whose last line was mended shows nothing more.
    this.showLines(this.show !== null && totalOf(plan, this.show) === 0 ? null : this.show);
  }

  #forget(): void {
    this.#turn += 1;
    this.#source = null;
    this.#said.clear();
    [this.#intent, this.#hasIntent] = [null, false];
    [this.plan, this.error, this.change, this.unfit, this.batch] = [null, null, null, null, null];
    [this.busy, this.without, this.show, this.typed] = [false, 0, null, ''];
  }
}

const works = new Map<number, BulkWork>();

/** The bulk work of a shop. Each has its own: nothing of one stands in the room of another. */
export function bulkOf(account: number): BulkWork {
  const known = works.get(account) ?? new BulkWork(account);
  works.set(account, known);
  return known;
}

/** Acts on many payments: the way from every list to the check. */
export function actOnMany(kind: BatchKind, payments: readonly { readonly transactionId: string | null }[]): void {
  const account = session.account;
  if (account === null) return;
  void bulkOf(account.id).takePayments(kind, payments);
  session.go('bulk');
}
