/**
 * The draft that is being written, and the list of those that wait. What is typed is checked at once and kept a moment later,
 * by itself; leaving the view, the draft or the window keeps it sooner. Nothing here asks Paytrail.
 */
import { untrack } from 'svelte';
import { SvelteSet } from 'svelte/reactivity';
import { whyWords } from '../../lib/errors';
import { locale, t } from '../../lib/i18n';
import { AppError, ipc } from '../../lib/ipc';
import type { Draft, DraftBrief, DraftCheck, PaymentLanguage, DraftOrder, DraftState, ErrorDto } from '../../lib/ipc';
import { blank, fromOrder, toOrder, unread, type OrderText } from './order';
import { returnsOf } from './returns';

/** Long enough that not each key is a question, short enough that the sums seem to follow the keys. */
const CHECK_MS = 80;
const KEEP_MS = 500;

/** What is known of the request that went out for a draft. */
export type Sent = Pick<Draft, 'payment' | 'sentAt' | 'error' | 'resolvableAt'>;

const NEVER: Sent = { payment: null, sentAt: null, error: null, resolvableAt: null };

export class Drafting {
  /** The drafts that wait, the one changed last first; `null` before the first answer. */
  list = $state.raw<readonly DraftBrief[] | null>(null);
  listError = $state.raw<ErrorDto | null>(null);
  /** The one in the form; `null` while it is not kept yet. */
  id = $state<string | null>(null);
  /** What was kept of it last, as a confirmation names it. */
  digest = '';
  text = $state<OrderText>(blank({ success: '', cancel: '' }, 'FI'));
  state = $state<DraftState>('draft');
  check = $state.raw<DraftCheck | null>(null);
  /** Of a draft that was sent: when, how that ended, and from when it can be said that it was not made. */
  sent = $state.raw<Sent>(NEVER);
  /** Why it could not be kept, or opened. */
  error = $state.raw<ErrorDto | null>(null);
  /** Whether something typed is not kept yet. */
  unkept = $state(false);
  /** The fields that were left once: what is wrong with them is said. */
  touched = new SvelteSet<string>();
  /** Everything that is wrong is said: a payment was asked for. */
  showAll = $state(false);
  /** Grows with every other draft in the form. */
  sheet = $state(0);

  /** What the form says, word for word; what was checked; what was kept. */
  #now = $state('');
  #checked = $state('');
  #kept = '';
  #asked = 0;
  #opened = 0;
  #checking: ReturnType<typeof setTimeout> | undefined;
  #keeping: ReturnType<typeof setTimeout> | undefined;
  #chain: Promise<void> = Promise.resolve();

  constructor(readonly account: number) {
    this.#start(null, blank(returnsOf(account), language()), 'draft', null);
  }

  readonly #unread = $derived(unread(this.text));

  /** Whether the sums and problems are of what stands in the form now. */
  get fresh(): boolean {
    return this.check !== null && this.#checked === this.#now;
  }

  /** What is wrong, by field: what can't be read before what the shell says. */
  get problems(): ReadonlyMap<string, string> {
    const found = new Map<string, string>();
    for (const [field, key] of this.#unread) found.set(field, t(key));
    for (const { field, why } of this.check?.problems ?? []) if (!found.has(field)) found.set(field, why === null ? t('errors.badInput') : whyWords(why));
    return found;
  }

  /** What is wrong with a field, once it may be said. */
  problemOf(field: string): string | undefined {
    return this.showAll || this.touched.has(field) ? this.problems.get(field) : undefined;
  }

  /** Asks for the list. */
  async look(): Promise<void> {
    try {
      const list = await ipc.drafts(this.account);
      this.list = list.filter(({ state }) => state !== 'created');
      this.listError = null;
    } catch (error) {
      this.listError = AppError.of(error).data;
    }
  }

  /** Hears what the form says now. */
  changed(order: DraftOrder): void {
    const now = JSON.stringify(order);
    if (now === this.#now) return;
    this.#now = now;
    clearTimeout(this.#checking);
    this.#checking = setTimeout(() => void this.#look(), CHECK_MS);
    this.unkept = now !== this.#kept;
    clearTimeout(this.#keeping);
    if (this.unkept) this.#keeping = setTimeout(() => void this.keep(), KEEP_MS);
  }

  /** Keeps what is typed, now; says whether it is kept. */
  async keep(): Promise<boolean> {
    clearTimeout(this.#keeping);
    this.#chain = this.#chain.then(() => this.#keep());
    await this.#chain;
    // What was sent stays as it was sent.
    if (this.state !== 'draft') this.unkept = false;
    return !this.unkept;
  }

  /** Puts another draft into the form. What stood there is kept first; if that fails, it stays. */
  async open(id: string): Promise<void> {
    const turn = (this.#opened += 1);
    if (!(await this.keep()) || turn !== this.#opened) return;
    try {
      const draft = await ipc.draft(this.account, id);
      if (turn === this.#opened) this.#put(draft);
    } catch (error) {
      if (turn === this.#opened) this.error = AppError.of(error).data;
    }
  }

  /** Puts a new draft into the form, empty or with something in it; says whether it came to that. */
  async begin(text: OrderText | null = null): Promise<boolean> {
    const turn = (this.#opened += 1);
    if (!(await this.keep()) || turn !== this.#opened) return false;
    this.#start(null, text ?? blank(returnsOf(this.account), language()), 'draft', null);
    if (text) {
      // What somebody has written before is worth keeping as it is.
      [this.#kept, this.unkept] = ['', true];
      this.#keeping = setTimeout(() => void this.keep(), KEEP_MS);
    }
    return true;
  }

  /** Throws the draft in the form away; gives what it was, for whoever wants it back. */
  async drop(): Promise<OrderText | null> {
    clearTimeout(this.#keeping);
    const text = $state.snapshot(this.text) as OrderText;
    try {
      // What is being kept now would bring it back.
      await this.#chain;
      if (this.id !== null) await ipc.deleteDraft(this.account, this.id);
    } catch (error) {
      // It stays, as one that was sent does: what was typed last is kept, and why it stays is said.
      await this.keep();
      this.error = AppError.of(error).data;
      return null;
    }
    this.forget();
    await this.look();
    return text;
  }

  /** Keeps what was thrown away anew, beside what stands in the form. */
  async bringBack(text: OrderText): Promise<void> {
    await ipc.saveDraft(this.account, null, toOrder(text));
    await this.look();
  }

  /** Whatever was to come into the form next does not: a payment is being made of what stands there. */
  stay(): void {
    this.#opened += 1;
  }

  /** Empties the form: what stood there is a payment now, or gone. */
  forget(): void {
    this.#opened += 1;
    this.#start(null, blank(returnsOf(this.account), language()), 'draft', null);
  }

  /** Asks the shell where the draft in the form stands. */
  async lookAgain(): Promise<void> {
    const id = this.id;
    if (id === null) return;
    try {
      const draft = await ipc.draft(this.account, id);
      if (id === this.id) this.#tell(draft);
    } catch {
      // It goes on with what it knows.
    }
  }

  /** Takes over what a person found out about a draft whose answer got lost. */
  settled(draft: Draft): void {
    this.#opened += 1;
    this.#put(draft);
    void this.look();
  }

  #put(draft: Draft): void {
    this.#start(draft.id, fromOrder(draft.order), draft.state, draft.check);
    this.digest = draft.digest;
    this.#tell(draft);
  }

  #tell({ state, payment, sentAt, error, resolvableAt }: Draft): void {
    this.state = state;
    this.sent = { payment, sentAt, error, resolvableAt };
  }

  #start(id: string | null, text: OrderText, state: DraftState, check: DraftCheck | null): void {
    clearTimeout(this.#checking);
    clearTimeout(this.#keeping);
    [this.id, this.text, this.state, this.check, this.error] = [id, text, state, check, null];
    this.sent = NEVER;
    this.touched.clear();
    this.showAll = false;
    this.unkept = false;
    const now = JSON.stringify(toOrder(text));
    // A new one is worth keeping once something stands in it.
    [this.#now, this.#kept, this.#checked] = [now, now, check ? now : ''];
    this.sheet = untrack(() => this.sheet) + 1;
    if (!check) void this.#look();
  }

  async #look(): Promise<void> {
    const [asked, turn] = [this.#now, (this.#asked += 1)];
    try {
      const check = await ipc.checkOrder(this.account, JSON.parse(asked) as DraftOrder);
      if (turn === this.#asked && asked === this.#now) [this.check, this.#checked] = [check, asked];
    } catch (error) {
      if (turn === this.#asked) this.error = AppError.of(error).data;
    }
  }

  async #keep(): Promise<void> {
    const [now, sheet] = [this.#now, this.sheet];
    if (now === this.#kept || this.state !== 'draft') return;
    try {
      const draft = await ipc.saveDraft(this.account, this.id, JSON.parse(now) as DraftOrder);
      if (sheet === this.sheet) this.#taken(draft, now);
    } catch (error) {
      if (sheet === this.sheet) this.error = AppError.of(error).data;
      return;
    }
    await this.look();
  }

  #taken({ id, digest, check }: Draft, kept: string): void {
    [this.id, this.digest, this.#kept, this.error] = [id, digest, kept, null];
    this.unkept = this.#now !== kept;
    if (!this.unkept) [this.check, this.#checked] = [check, kept];
  }
}

/** The language of a new order's payment page: that of whoever writes it. */
function language(): PaymentLanguage {
  return ({ fi: 'FI', sv: 'SV', en: 'EN' } as const)[locale.current];
}
