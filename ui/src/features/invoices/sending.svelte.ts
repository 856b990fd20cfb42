/**
 * One confirmation of many activations or cancels: its intents are taken when the dialog opens, it is sent at most once, and
 * each line hears its outcome as it comes.
 */
import { SvelteMap } from 'svelte/reactivity';
import { AppError, ipc } from '../../lib/ipc';
import type { ErrorDto, LineOutcome, PaymentRow } from '../../lib/ipc';
import type { Action } from './able';
import { outcomeOf, silent, type Outcome } from './outcomes';

export type Phase = 'confirm' | 'sending' | 'ended';

export class Sending {
  phase = $state<Phase>('confirm');
  /** Set when the intents could not be taken: nothing can be confirmed then. */
  noIntents = $state.raw<ErrorDto | null>(null);
  /** Set when the whole of it broke off. */
  broke = $state.raw<ErrorDto | null>(null);
  readonly outcomes = new SvelteMap<string, Outcome>();

  #intents = $state.raw<readonly string[] | null>(null);

  constructor(
    readonly account: number,
    readonly action: Action,
    readonly payments: readonly PaymentRow[],
  ) {}

  get ready(): boolean {
    return this.phase === 'confirm' && this.#intents !== null;
  }

  /** Takes one intent per payment: however often the button is pressed, each is one order. */
  async takeIntents(): Promise<void> {
    this.noIntents = null;
    try {
      this.#intents = await ipc.newIntents(this.payments.length);
    } catch (error) {
      this.noIntents = AppError.of(error).data;
    }
  }

  /** Sends, once. */
  async send(): Promise<void> {
    const intents = this.#intents;
    if (this.phase !== 'confirm' || intents === null) return;
    this.phase = 'sending';
    const lines = this.payments.flatMap(({ transactionId }, index) => {
      const intent = intents[index];
      return transactionId === null || intent === undefined ? [] : [{ transactionId, intent }];
    });
    try {
      await ipc.holdAll(this.account, this.action, lines, (line) => this.#heard(line));
    } catch (error) {
      this.broke = AppError.of(error).data;
    }
    this.phase = 'ended';
  }

  /** The outcome of a payment; `null` while it is awaited. */
  outcome(payment: PaymentRow): Outcome | null {
    const heard = this.outcomes.get(payment.transactionId ?? '');
    if (heard || this.phase !== 'ended') return heard ?? null;
    if (this.broke) return outcomeOf(this.action, { transactionId: '', operation: null, error: this.broke });
    return silent(this.action);
  }

  // The last words may come after the call has ended: they are taken then, too.
  #heard(line: LineOutcome): void {
    this.outcomes.set(line.transactionId, outcomeOf(this.action, line));
  }
}
