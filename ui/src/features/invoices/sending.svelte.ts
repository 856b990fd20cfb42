/** One confirmation of an activation or a cancel: its intent is taken when the dialog opens, and it is sent at most once. */
import { AppError, ipc } from '../../lib/ipc';
import type { ErrorDto, PaymentRow } from '../../lib/ipc';
import type { Action } from './able';
import { outcomeOf, outcomeOfError, type Outcome } from './outcomes';

export type Phase = 'confirm' | 'sending' | 'ended';

export class Sending {
  phase = $state<Phase>('confirm');
  /** Set when the intent could not be taken: nothing can be confirmed then. */
  noIntent = $state.raw<ErrorDto | null>(null);
  /** What became of it; `null` while it is awaited. */
  outcome = $state.raw<Outcome | null>(null);

  #intent = $state.raw<string | null>(null);

  constructor(
    readonly account: number,
    readonly action: Action,
    readonly payment: PaymentRow,
  ) {}

  get ready(): boolean {
    return this.phase === 'confirm' && this.#intent !== null;
  }

  /** Takes an intent: however often the button is pressed, it is one order. */
  async takeIntent(): Promise<void> {
    this.noIntent = null;
    try {
      this.#intent = (await ipc.newIntents(1))[0] ?? null;
    } catch (error) {
      this.noIntent = AppError.of(error).data;
    }
  }

  /** Sends, once. */
  async send(): Promise<void> {
    const { account, action, payment } = this;
    const intent = this.#intent;
    if (this.phase !== 'confirm' || intent === null || payment.transactionId === null) return;
    this.phase = 'sending';
    try {
      this.outcome = outcomeOf(await ipc.hold({ account, transactionId: payment.transactionId, action, intent }));
    } catch (error) {
      this.outcome = outcomeOfError(AppError.of(error).data);
    }
    this.phase = 'ended';
  }
}
