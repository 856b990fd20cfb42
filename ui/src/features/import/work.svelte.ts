/**
 * An import from its files to its result. It lives as long as the window: a long preview, and what was chosen in it, is still
 * there after a look at a payment.
 */
import { AppError, ipc } from '../../lib/ipc';
import type { ErrorDto, ImportColumn, ImportKind, ImportLayout, ImportStep, ImportPlan, ImportProgress, ImportResult, ImportVerdict } from '../../lib/ipc';
import { taken } from './plan';
import { readAll, sorted, sourceOf, UnreadableFile, type Source } from './read';
import { PlanRows } from './rows.svelte';

export type Step = 'choose' | 'planning' | 'plan' | 'applying' | 'result';

export class ImportWork {
  step = $state<Step>('choose');
  /** What was given, in the order that the plan names it in. */
  sources = $state.raw<readonly Source[]>([]);
  plan = $state.raw<ImportPlan | null>(null);
  result = $state.raw<ImportResult | null>(null);
  error = $state.raw<ErrorDto | null>(null);
  progress = $state.raw<ImportProgress | null>(null);
  /** A stop was asked for, and what is under way has not ended yet. */
  stopping = $state(false);
  /** The last look at the files was stopped. */
  stopped = $state(false);
  /** Names of files that are larger than what can be taken. */
  large = $state.raw<readonly string[]>([]);
  /** A file that the system did not let be read. */
  unreadable = $state<string | null>(null);
  pasted = $state('');
  /** What was chosen for rows that are not clear: payments by the rows' numbers. */
  choices = $state.raw<ReadonlyMap<number, string>>(new Map());
  /** Which rows are shown. */
  show = $state<ImportVerdict | null>(null);
  /** Of which file, by its place; all of them if `null`. */
  file = $state<number | null>(null);
  readonly rows = new PlanRows();

  constructor(private readonly account: number) {}

  /** Whether something is under way that files would get in the way of. */
  get busy(): boolean {
    return this.step === 'planning' || this.step === 'applying';
  }

  /** What is being done, as far as it was told. */
  get phase(): ImportStep {
    return this.progress?.phase ?? (this.step === 'applying' ? 'keeping' : 'reading');
  }

  /** How many rows Import would take. */
  get count(): number {
    return this.plan ? taken(this.plan.counts) + this.choices.size : 0;
  }

  /** Takes files in: beside those of the plan that is on screen, else as a new import. */
  take(files: readonly File[]): Promise<void> {
    if (this.busy) return Promise.resolve();
    const { fit, large } = sorted(files);
    this.large = large.map(({ name }) => name);
    if (fit.length === 0) return Promise.resolve();
    const kept = this.step === 'plan' ? this.sources : [];
    // The same file again takes the place of the one before.
    const names = new Set(fit.map(({ name }) => name));
    return this.#look([...kept.filter(({ name }) => !names.has(name)), ...fit.map((file) => sourceOf(file.name, file))]);
  }

  /** Takes the text in that was pasted, under a name. */
  async paste(name: string): Promise<void> {
    if (this.busy || this.pasted.trim() === '') return;
    this.large = [];
    await this.#look([sourceOf(name, new Blob([this.pasted]))]);
    if (this.plan !== null) this.pasted = '';
  }

  /** Looks at the same files again. */
  again(): Promise<void> {
    return this.busy ? Promise.resolve() : this.#look(this.sources);
  }

  /** A person says what a file is; its columns are guessed anew. */
  setKind(file: number, kind: ImportKind): Promise<void> {
    return this.#change(file, { kind, columns: null, remember: false });
  }

  /** A person says what the columns of a file are. */
  setColumns(file: number, columns: readonly (ImportColumn | null)[], remember: boolean): Promise<void> {
    return this.#change(file, { columns, remember });
  }

  /** Leaves a file out, and looks at the others; without any left it begins anew. */
  leaveOut(file: number): Promise<void> {
    if (this.busy) return Promise.resolve();
    const rest = this.sources.filter((_, index) => index !== file);
    if (rest.length > 0) return this.#look(rest);
    this.restart();
    return Promise.resolve();
  }

  /** Chooses what a row is about; `null` leaves it out. */
  choose(row: number, payment: string | null): void {
    const choices = new Map(this.choices);
    if (payment === null) choices.delete(row);
    else choices.set(row, payment);
    this.choices = choices;
  }

  /** Shows rows of one verdict, of one file, or all. */
  showRows(show: ImportVerdict | null, file: number | null): void {
    [this.show, this.file] = [show, file];
    if (!this.plan) return;
    const { counts } = this.plan;
    const known = file !== null ? 0 : show === null ? Object.values(counts).reduce((sum, count) => sum + count, 0) : counts[show];
    this.rows.ask({ plan: this.plan.plan, show, file }, known);
  }

  /** Does what the plan says. */
  async apply(): Promise<void> {
    if (this.step !== 'plan' || !this.plan || this.count === 0) return;
    [this.step, this.error, this.progress, this.stopping] = ['applying', null, null, false];
    const choices = [...this.choices].map(([row, payment]) => ({ row, payment }));
    try {
      this.result = await ipc.applyImport(this.account, this.plan.plan, choices, (progress) => (this.progress = progress));
      this.step = 'result';
    } catch (error) {
      [this.step, this.error] = ['plan', AppError.of(error).data];
    }
  }

  /** Stops what is under way. It ends by itself at the next part. */
  async stop(): Promise<void> {
    if (!this.busy || this.stopping) return;
    this.stopping = true;
    try {
      await ipc.stopImport();
    } catch (error) {
      [this.stopping, this.error] = [false, AppError.of(error).data];
    }
  }

  /** Begins anew. */
  restart(): void {
    if (this.busy) return;
    [this.step, this.plan, this.result, this.error, this.unreadable, this.stopped] = ['choose', null, null, null, null, false];
    [this.sources, this.large, this.choices] = [[], [], new Map()];
  }

  #change(file: number, part: Partial<Source>): Promise<void> {
    if (this.busy) return Promise.resolve();
    return this.#look(this.sources.map((source, index) => (index === file ? { ...source, ...part } : source)));
  }

  async #look(sources: readonly Source[]): Promise<void> {
    [this.sources, this.step, this.plan, this.result, this.choices] = [sources, 'planning', null, null, new Map()];
    [this.error, this.unreadable, this.progress, this.stopping, this.stopped] = [null, null, null, false, false];
    const layouts = sources.flatMap(({ kind, columns, remember }, file): ImportLayout[] =>
      kind === null && columns === null ? [] : [{ file, kind, columns: columns === null ? null : [...columns], remember }],
    );
    try {
      const plan = await ipc.planImport(this.account, await readAll(sources), { layouts }, (progress) => (this.progress = progress));
      if (this.stopping) {
        [this.step, this.stopped] = ['choose', true];
        return;
      }
      [this.plan, this.step] = [plan, 'plan'];
      this.showRows(null, null);
    } catch (error) {
      this.step = 'choose';
      if (this.stopping) this.stopped = true;
      else if (error instanceof UnreadableFile) this.unreadable = error.message;
      else this.error = AppError.of(error).data;
    }
  }
}

const works = new Map<number, ImportWork>();

/** The import of a shop. Each has its own: nothing of one stands in the room of another. */
export function workOf(account: number): ImportWork {
  const known = works.get(account) ?? new ImportWork(account);
  works.set(account, known);
  return known;
}
