/**
 * One refund, from the confirmation to its outcome. The intent is taken before anything can be pressed and sent once, so that
 * a double click is one refund; a second try is a new intent, and only where it is certain that no money moved.
 */
import { AppError, ipc } from '../../lib/ipc';
import type { ErrorDto, ItemAmount, OperationRow } from '../../lib/ipc';

/** What is ordered; the account and the payment are those the dialog was opened for. */
export interface Order {
  readonly amount: number;
  /** By lines; else the amount as a whole. */
  readonly items: ItemAmount[] | null;
  readonly note: string | null;
  readonly refundReason: string | null;
  /** The sum that was typed to confirm it, where it is over the shop's limit. */
  readonly typed: number | null;
  readonly reference: string | null;
  readonly email: string | null;
}

export type Phase = 'edit' | 'again' | 'sending' | 'ended';

export class Refunding {
  phase = $state<Phase>('edit');
  intent = $state.raw<string | null>(null);
  /** The operation that came of it. */
  result = $state.raw<OperationRow | null>(null);
  error = $state.raw<ErrorDto | null>(null);
  /** Why it is asked for once more: the same was refunded before. */
  same = $state.raw<ErrorDto | null>(null);
  /** What was ordered last, for the step that confirms it once more. */
  order = $state.raw<Order | null>(null);

  constructor(
    private readonly account: number,
    private readonly transactionId: string,
  ) {}

  get ready(): boolean {
    return this.intent !== null && (this.phase === 'edit' || this.phase === 'again');
  }

  /** Takes a fresh intent; without one nothing can be sent. */
  async takeIntent(): Promise<void> {
    this.intent = null;
    try {
      this.intent = (await ipc.newIntents(1))[0] ?? null;
    } catch (error) {
      this.error = AppError.of(error).data;
    }
  }

  /** Sends an order, for the first time. */
  async send(order: Order): Promise<void> {
    if (this.phase !== 'edit') return;
    await this.#send(order, false);
  }

  /** Sends the same order although the same was refunded before: confirmed for itself. */
  async sendAgain(): Promise<void> {
    if (this.phase !== 'again' || this.order === null) return;
    await this.#send(this.order, true);
  }

  /** Back to the form, with everything as it was typed. */
  async back(): Promise<void> {
    if (this.phase === 'sending') return;
    [this.phase, this.result, this.error] = ['edit', null, null];
    await this.takeIntent();
  }

  async #send(order: Order, again: boolean): Promise<void> {
    const intent = this.intent;
    if (intent === null) return;
    [this.order, this.phase, this.error] = [order, 'sending', null];
    // An intent is spent by being sent, whatever comes of it.
    this.intent = null;
    try {
      this.result = await ipc.refund({
        account: this.account,
        transactionId: this.transactionId,
        amount: order.items === null ? order.amount : null,
        items: order.items,
        intent,
        again,
        note: order.note,
        refundReason: order.refundReason,
        typed: order.typed,
        reference: order.reference,
        email: order.email,
      });
      this.phase = 'ended';
    } catch (error) {
      await this.#failed(AppError.of(error).data);
    }
  }

  async #failed(error: ErrorDto): Promise<void> {
    if (error.moneyMoved !== 'no') {
      [this.error, this.phase] = [error, 'ended'];
      return;
    }
    if (error.code === 'sameAgain') [this.same, this.error, this.phase] = [error, null, 'again'];
    else [this.error, this.phase] = [error, 'edit'];
    await this.takeIntent();
  }
}
