/**
 * What can be tried with a payment, as far as its row tells. It only decides what is offered: whether it is done the shell
 * decides, with all that it knows.
 */
import type { PaymentRow } from '../../lib/ipc';

/** Whether a refund may be worth opening. */
export function mayRefund(payment: PaymentRow): boolean {
  const open = ['activating', 'cancelling', 'sending'].includes(payment.standing);
  return payment.transactionId !== null && payment.status === 'ok' && !open && payment.amount - payment.refunded - payment.reserved > 0;
}
