/** How a payment stands, as a shape and a word. The word is never better than what is known. */
import type { StatusKind } from '../../lib/components';
import { t, type TextKey } from '../../lib/i18n';
import type { PaymentRow, Standing } from '../../lib/ipc';

interface Look {
  readonly kind: StatusKind;
  /** Another word than that of the kind. */
  readonly word?: TextKey;
}

const looks: Readonly<Record<Standing, Look>> = {
  new: { kind: 'new' },
  paid: { kind: 'paid' },
  hold: { kind: 'hold' },
  partlyRefunded: { kind: 'partial' },
  refunded: { kind: 'refunded' },
  refundRequested: { kind: 'requested' },
  sending: { kind: 'sending' },
  unknown: { kind: 'unknown' },
  activating: { kind: 'requested', word: 'payments.activating' },
  cancelling: { kind: 'requested', word: 'payments.cancelling' },
  failed: { kind: 'failed' },
  cancelled: { kind: 'cancelled' },
  holdGone: { kind: 'gone', word: 'payments.holdGone' },
  other: { kind: 'other' },
};

/** The look of a payment. A status that nobody here knows stands by its own name. */
export function standingOf(payment: PaymentRow): { kind: StatusKind; word: string } {
  const { kind, word } = looks[payment.standing];
  if (payment.standing === 'other') return { kind, word: payment.status };
  return { kind, word: t(word ?? `status.${kind}`) };
}

/** Whether a hold is still open, so that its deadline means something. */
export function isOpenHold(payment: PaymentRow): boolean {
  return payment.deadline !== null && ['pending', 'delayed', 'authorization-hold'].includes(payment.status);
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** How long is left, short enough for a column: `19 h`, `2 days`. Rounded down, so that nobody is promised more. */
export function roughlyLeft(ms: number): string {
  if (ms < HOUR) return t('common.leftMinutes', { minutes: Math.max(0, Math.floor(ms / 60_000)) });
  return ms < 2 * DAY ? t('common.leftHours', { hours: Math.floor(ms / HOUR) }) : t('common.leftDays', { days: Math.floor(ms / DAY) });
}

/** How urgent a deadline is: the last day red, the last three ochre. */
export function urgency(ms: number): 'red' | 'ochre' | null {
  if (ms < DAY) return 'red';
  return ms < 3 * DAY ? 'ochre' : null;
}
