/**
 * What of a selection an activation or a cancel can be sent for, and why not for the rest.
 *
 * The shell looks at each payment again and decides; this says beforehand what is already known, by the same rules. A
 * deadline that has passed is none of them: it warns and never forbids.
 */
import type { HoldRow, PaymentRow } from '../../lib/ipc';
import { isKlarna, isWalley } from '../../lib/providers';

export type Action = 'activate' | 'cancel';

/** Why a payment is left out. */
export type Obstacle = 'noId' | 'unknown' | 'open' | 'captured' | 'gone' | 'notHold' | 'noProvider' | 'notKlarna' | 'otherProvider';

const openStatuses = new Set(['pending', 'delayed', 'authorization-hold']);
const openStandings = new Set(['activating', 'cancelling', 'sending', 'refundRequested']);

/** Why `action` can't be sent for a payment, or `null`. */
export function obstacle(payment: PaymentRow, action: Action): Obstacle | null {
  if (payment.transactionId === null) return 'noId';
  if (payment.standing === 'unknown') return 'unknown';
  if (openStandings.has(payment.standing)) return 'open';
  if (!openStatuses.has(payment.status)) return closed(payment.status);
  if (payment.provider === null) return 'noProvider';
  return provided(payment.provider, payment.status, action);
}

function closed(status: string): Obstacle {
  if (status === 'ok') return 'captured';
  return status === 'fail' ? 'gone' : 'notHold';
}

function provided(provider: string, status: string, action: Action): Obstacle | null {
  if (isKlarna(provider)) return null;
  if (action === 'cancel') return 'notKlarna';
  const walley = isWalley(provider) && status !== 'authorization-hold';
  return walley ? null : 'otherProvider';
}

/** A payment that is left out, and why. */
export interface LeftOut {
  readonly payment: PaymentRow;
  readonly why: Obstacle;
}

/** A selection in two parts; a payment that stands in it twice counts once. */
export function split(payments: readonly PaymentRow[], action: Action): { able: PaymentRow[]; leftOut: LeftOut[] } {
  const able: PaymentRow[] = [];
  const leftOut: LeftOut[] = [];
  for (const payment of new Map(payments.map((each) => [each.id, each])).values()) {
    const why = obstacle(payment, action);
    if (why === null) able.push(payment);
    else leftOut.push({ payment, why });
  }
  return { able, leftOut };
}

/** Whether `action` fits an open hold, with nothing of it on its way. */
export function fits(hold: HoldRow, action: Action): boolean {
  return hold.operation === null && obstacle(hold.payment, action) === null;
}

/** Whether something of a hold is on its way, or its outcome open. */
export function isBusy(hold: HoldRow): boolean {
  const why = obstacle(hold.payment, 'activate');
  return hold.operation !== null || why === 'open' || why === 'unknown';
}
