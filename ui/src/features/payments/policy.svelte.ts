/** What the shop has settled for its refunds, for a dialog that is open: its reasons, and above which sum the sum is typed. */
import { AppError, ipc } from '../../lib/ipc';
import type { ErrorDto, RefundPolicy } from '../../lib/ipc';
import { parseEuros } from '../../lib/format';
import { t } from '../../lib/i18n';

/** The reasons of a shop that has not chosen its own, most frequent first. */
const usual = ['customerReturn', 'orderCancelled', 'faulty', 'wrongItem', 'notDelivered', 'priceCorrected', 'paidTwice', 'goodwill', 'other'] as const;

/** The usual reasons in the language of the window. */
export function usualReasons(): string[] {
  return usual.map((reason) => t(`payments.reason_${reason}`));
}

/** Whether what was typed is this very sum, however it is written: `1 234,50`, `1234.50`. */
export function typedFits(text: string, cents: number): boolean {
  const read = parseEuros(text);
  return 'ok' in read && read.ok === cents;
}

export class Policy {
  value = $state.raw<RefundPolicy | null>(null);
  error = $state.raw<ErrorDto | null>(null);

  constructor(private readonly account: number) {}

  /** Reads it. Where that fails, the shell still holds the limit, and says so when it is met. */
  async load(): Promise<void> {
    try {
      this.value = await ipc.refundPolicy(this.account);
      this.error = null;
    } catch (error) {
      this.error = AppError.of(error).data;
    }
  }

  get reasons(): readonly string[] {
    return this.value?.reasons ?? usualReasons();
  }

  /** Whether a refund of this sum needs the sum to be typed. */
  over(cents: number): boolean {
    const limit = this.value?.refundLimit ?? null;
    return limit !== null && cents > limit;
  }
}
