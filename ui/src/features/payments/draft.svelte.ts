/**
 * A refund as it is put together: an amount that is typed, or pieces of lines whose sum it then is. The two never disagree:
 * whichever was touched last leads, and the other follows. The lines are those the dialog opened with, so that nothing that becomes
 * known meanwhile changes what is sent; what is left is always the newest that is known.
 */
import type { Line } from '../../lib/ipc';
import { money } from '../../lib/format';
import { t } from '../../lib/i18n';
import { MOST_CENTS, checked, itemsOf, sumOf, typed, type AmountProblem, type Pieces } from './refund';
import type { Order } from './refunding.svelte';

export class Draft {
  text = $state('');
  pieces = $state.raw<Pieces>({});
  /** One of the shop's reasons; empty where none is given. */
  reason = $state('');
  /** The sum once more, where it is over the shop's limit. */
  typedSum = $state('');
  note = $state('');
  reference = $state('');
  /** Only with an address of its own will an email refund be asked for. */
  byEmail = $state(false);
  email = $state('');

  constructor(
    readonly lines: readonly Line[],
    /** What is left at most, now. */
    private readonly left: () => number,
  ) {}

  get byLines(): boolean {
    return this.#sum > 0;
  }

  get #sum(): number {
    return sumOf(this.lines, this.pieces);
  }

  get cents(): number {
    return checked(this.text, this.left()).cents;
  }

  get problem(): AmountProblem | null {
    return checked(this.text, this.left()).problem;
  }

  /** The lines as they will be sent; `null` where the amount goes as a whole. */
  get items() {
    return this.byLines ? itemsOf(this.lines, this.pieces) : null;
  }

  /** What is wrong with the amount, with the figure that would be right. */
  get problemWords(): string | undefined {
    const left = money(this.left());
    switch (this.problem) {
      case 'notAmount':
        return t('payments.notAmount');
      case 'tooManyDecimals':
        return t('payments.tooManyDecimals');
      case 'zero':
        return t('payments.atLeastACent');
      case 'moreThanLeft':
        return t('payments.atMostIsLeft', { left });
      case 'moreThanOnce':
        return t('payments.atMostAtOnce', { most: money(MOST_CENTS) });
      default:
        return undefined;
    }
  }

  get emailProblem(): boolean {
    return this.byEmail && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(this.email.trim());
  }

  /** Nothing goes out but the sum that the button says. */
  get sendable(): boolean {
    return this.problem === null && !this.emailProblem && (!this.byLines || this.#sum === this.cents);
  }

  /** An amount was typed: the lines no longer say what it is for. */
  type(): void {
    this.pieces = {};
  }

  setAmount(cents: number): void {
    this.pieces = {};
    this.text = typed(cents);
  }

  setPieces(pieces: Pieces): void {
    this.pieces = pieces;
    const sum = sumOf(this.lines, pieces);
    this.text = sum > 0 ? typed(sum) : '';
  }

  /** What is ordered; `over` the shop's limit, the sum was typed, and it is this one. */
  order(over: boolean): Order {
    return {
      amount: this.cents,
      items: this.items,
      note: this.note.trim() || null,
      refundReason: this.reason || null,
      typed: over ? this.cents : null,
      reference: this.reference.trim() || null,
      email: this.byEmail ? this.email.trim() : null,
    };
  }
}
