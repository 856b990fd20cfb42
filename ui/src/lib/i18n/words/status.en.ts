/** Words of what can be said about money: one word for each state. */
export default {
  new: 'New',
  paid: 'Paid',
  hold: 'Pending hold',
  failed: 'Failed',
  requested: 'Refund requested',
  approval: 'Waits for approval',
  refunded: 'Refunded',
  partial: 'Partially refunded',
  unknown: 'Outcome unknown',
  sending: 'Sending',
  cancelled: 'Cancelled',
  expired: 'Expired',
  gone: 'Not there any more',
  other: 'Another state',
} as const;
