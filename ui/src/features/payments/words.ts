/** Small words of the detail: where a value comes from, by which method something was paid. */
import { dateTime, dayMonth } from '../../lib/format';
import { t, type TextKey } from '../../lib/i18n';
import type { PaymentDetail, PaymentRow, SourceName, ValueSource } from '../../lib/ipc';
import { methodName } from './method';

const sources: Readonly<Record<SourceName, TextKey>> = {
  csv: 'payments.sourceCsv',
  report: 'payments.sourceReport',
  callback: 'payments.sourceCallback',
  signed: 'payments.sourceSigned',
  created: 'payments.sourceCreated',
};

/** The name of a source, else its wire name. */
export function sourceName(source: string): string {
  return source in sources ? t(sources[source as SourceName]) : source;
}

/** `Signed answer, 23.11.2026 10.45`. */
export function sourceWords({ source, at }: ValueSource): string {
  return at === null ? sourceName(source) : t('payments.sourceAt', { source: sourceName(source), at: dateTime(at) });
}

/** Where the values of a section come from, for the right end of its title: `Web shop export 22.11.` */
export function sourceOf(detail: PaymentDetail, ...fields: string[]): string | undefined {
  const found = detail.sources.find(({ field }) => fields.includes(field));
  if (!found) return undefined;
  return found.at === null ? sourceName(found.source) : `${sourceName(found.source)} ${dayMonth(found.at)}`;
}

const fields: Readonly<Record<string, TextKey>> = {
  transactionId: 'payments.transactionId',
  stamp: 'payments.stamp',
  reference: 'payments.colOrder',
  status: 'payments.colStatus',
  provider: 'payments.colMethod',
  amount: 'payments.colAmount',
  createdAt: 'payments.colCreated',
  firstName: 'payments.firstName',
  lastName: 'payments.lastName',
  customer: 'payments.colCustomer',
  email: 'payments.email',
  manualInvoice: 'payments.manualInvoice',
  items: 'payments.lines',
};

/** The name of a value, else its wire name. */
export function fieldName(field: string): string {
  const key = fields[field];
  return key ? t(key) : field;
}

/** How it was paid, and when: `Paid with Klarna` and the moment, the best that is known. */
export function paidWords(payment: PaymentRow, detail: PaymentDetail | null): { words: string; at: string } {
  const method = payment.provider === null ? null : methodName(payment.provider);
  const paid = detail?.timeline.find(({ what }) => what === 'told');
  if (payment.status === 'ok') {
    return {
      words: method ? t('payments.paidWith', { method }) : t('status.paid'),
      at: paid?.at ?? payment.createdAt,
    };
  }
  const held = payment.standing === 'hold' || payment.standing === 'activating' || payment.standing === 'cancelling';
  return { words: method && held ? t('payments.heldWith', { method }) : (method ?? t('payments.colCreated')), at: payment.createdAt };
}
