/**
 * From the press to the payment. A press counts once; nothing but what the button said is created; a lost answer is shown as
 * one, and nothing is sent a second time.
 */
import { AppError, ipc } from '../../lib/ipc';
import type { CreatedPayment, DraftCheck, DraftOrder, ErrorDto } from '../../lib/ipc';
import type { Drafting } from './drafting.svelte';
import { toOrder } from './order';
import { rememberReturns } from './returns';

/** A payment that was made, and of what. */
export interface Made {
  readonly payment: CreatedPayment;
  /** The draft it was made of. */
  readonly draft: string;
  readonly order: DraftOrder;
  /** What the order came to here; what Paytrail made of it stands in the payment, once a look has shown it. */
  readonly check: Pick<DraftCheck, 'toPay' | 'toPayIsCertain'>;
}

/** What became of a press. */
export type Pressed = 'made' | 'problems' | 'changed' | 'failed' | 'again';

export class Creating {
  busy = $state(false);
  made = $state.raw<Made | null>(null);

  constructor(private readonly drafting: Drafting) {}

  /** Makes the payment of the draft in the form, if it comes to what the button said. */
  async create(said: number | null): Promise<Pressed> {
    if (this.busy || this.drafting.state !== 'draft') return 'again';
    this.busy = true;
    this.drafting.stay();
    try {
      return await this.#create(said);
    } finally {
      this.busy = false;
    }
  }

  /** Asks whether a look has confirmed the payment by now. One that turned out to be another leaves with its link. */
  async lookAgain(): Promise<void> {
    const { made, drafting } = this;
    if (made === null || made.payment.amount !== null) return;
    try {
      const draft = await ipc.draft(drafting.account, made.draft);
      const { payment } = draft.state === 'created' ? await ipc.showPayment(drafting.account, made.payment.payment) : { payment: null };
      if (this.made !== made) return;
      if (payment) this.made = { ...made, payment: { ...made.payment, amount: payment.amount } };
      else if (draft.state !== 'unconfirmed') {
        this.made = null;
        drafting.settled(draft);
      }
    } catch {
      // It goes on with what it knows.
    }
  }

  /** Leaves the result. */
  forget(): void {
    this.made = null;
  }

  async #create(said: number | null): Promise<Pressed> {
    const { drafting } = this;
    if (!(await drafting.keep())) return 'failed';
    if (drafting.problems.size > 0 || drafting.check?.toPay == null) {
      drafting.showAll = true;
      return 'problems';
    }
    const { id, account, digest, check } = drafting;
    if (!drafting.fresh || check.toPay !== said) return 'changed';
    if (id === null) return 'failed';
    const order = toOrder(drafting.text);
    try {
      const [intent = ''] = await ipc.newIntents(1);
      const payment = await ipc.createPayment(account, id, digest, intent);
      this.made = { payment, draft: id, order, check };
      rememberReturns(account, { success: order.successUrl, cancel: order.cancelUrl });
      drafting.forget();
      void drafting.look();
      return 'made';
    } catch (error) {
      await this.#failed(AppError.of(error).data);
      return 'failed';
    }
  }

  async #failed(error: ErrorDto): Promise<void> {
    const { drafting } = this;
    // An answer that got lost: whatever else happens, it is not sent again.
    if (error.moneyMoved === 'unknown' || error.code === 'unclear') drafting.state = 'unknown';
    drafting.sent = { ...drafting.sent, error };
    // What another program made of the draft is shown before it can be confirmed.
    if (error.why?.kind === 'draftChanged' && drafting.id !== null) await drafting.open(drafting.id);
    else await drafting.lookAgain();
    // What kept it from being sent at all is not kept with it.
    if (drafting.state === 'draft' && drafting.sent.error === null) drafting.sent = { ...drafting.sent, error };
    void drafting.look();
  }
}
