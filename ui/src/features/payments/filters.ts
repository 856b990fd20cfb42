/**
 * Filters in words: what a chip says of an operator and its value, and which filters the menu offers.
 */
import { date, money, monthName, parseEuros } from '../../lib/format';
import { t, type TextKey } from '../../lib/i18n';
import { methodName } from './method';
import type { Operator, Part } from './query';

/** A chip in two inks: what is narrowed, and to what. */
export interface ChipWords {
  readonly name: string;
  readonly value: string;
}

const names: Readonly<Record<Operator, TextKey>> = {
  status: 'payments.colStatus',
  provider: 'payments.colMethod',
  reference: 'payments.colOrder',
  email: 'payments.email',
  tx: 'payments.transactionId',
  stamp: 'payments.stamp',
  amount: 'payments.colAmount',
  created: 'payments.colCreated',
  refunded: 'payments.colRefunded',
};

const statuses: Readonly<Record<string, TextKey>> = {
  paid: 'status.paid',
  ok: 'status.paid',
  hold: 'payments.waitsForUs',
  failed: 'status.failed',
  fail: 'status.failed',
  new: 'status.new',
};

const refunds: Readonly<Record<string, TextKey>> = {
  yes: 'common.yes',
  no: 'common.no',
  partly: 'payments.partly',
  full: 'payments.whole',
};

/** What a chip says. A value that is not understood stands as it was typed. */
export function chipWords(part: Part): ChipWords {
  if (!part.known || part.operator === null) return { name: part.operator ?? '', value: part.value };
  const operator = part.operator as Operator;
  return { name: t(names[operator]), value: valueWords(operator, part.value) };
}

function valueWords(operator: Operator, value: string): string {
  const lower = value.toLowerCase();
  switch (operator) {
    case 'status':
      return statuses[lower] ? t(statuses[lower]) : value;
    case 'refunded':
      return refunds[lower] ? t(refunds[lower]) : value;
    case 'provider':
      return methodName(lower);
    case 'amount':
      return rangeWords(value, 'amount', euros) ?? value;
    case 'created':
      return rangeWords(value, 'created', period) ?? value;
    default:
      return t('payments.beginsWith', { text: value });
  }
}

function euros(text: string): string | null {
  const read = parseEuros(text);
  return 'ok' in read ? money(read.ok) : null;
}

function period(text: string): string | null {
  if (/^\d{4}$/.test(text)) return text;
  const month = /^\d{4}-(\d{2})$/.exec(text);
  if (month) return Number(month[1]) >= 1 && Number(month[1]) <= 12 ? monthName(text) : null;
  // Noon in Europe is the same day in every zone that a shop here could set.
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T10:00:00Z`) : NaN;
  return Number.isNaN(day) ? null : date(day);
}

/** What stands before a value, for amounts and for days. */
const shapes: readonly (readonly [RegExp, Record<'amount' | 'created', TextKey>])[] = [
  [/^>=(.*)$/s, { amount: 'payments.atLeast', created: 'payments.since' }],
  [/^>(.*)$/s, { amount: 'payments.over', created: 'payments.after' }],
  [/^<=(.*)$/s, { amount: 'payments.atMost', created: 'payments.until' }],
  [/^<(.*)$/s, { amount: 'payments.under', created: 'payments.before' }],
];

/** `over 20,00 €`, `from November 2026 to …`; `null` where a value can't be read. */
function rangeWords(text: string, of: 'amount' | 'created', read: (text: string) => string | null): string | null {
  const between = text.split('..');
  if (between.length === 2) {
    const [from, to] = between.map((end) => read(end.trim()));
    return from && to ? t('payments.fromTo', { from, to }) : null;
  }
  for (const [shape, keys] of shapes) {
    const found = shape.exec(text.trim());
    if (!found) continue;
    const value = read((found[1] ?? '').trim());
    return value === null ? null : t(keys[of], { value });
  }
  return read(text.trim());
}

/** A filter that the menu offers. */
export interface Offer {
  readonly id: string;
  readonly operator: Operator;
  readonly value: string;
  readonly title: string;
}

/** The filters that are asked for most. `today` is a day in the zone of the window, as in `2026-11-23`. */
export function offers(today: string): { heading: string; offers: Offer[] }[] {
  const offer = (operator: Operator, value: string, title: string): Offer => ({ id: `${operator}:${value}`, operator, value, title });
  return [
    {
      heading: t('payments.colStatus'),
      offers: [
        offer('status', 'paid', t('status.paid')),
        offer('status', 'hold', t('payments.waitsForUs')),
        offer('status', 'new', t('status.new')),
        offer('status', 'failed', t('status.failed')),
      ],
    },
    {
      heading: t('payments.colCreated'),
      offers: [
        offer('created', today, t('payments.today')),
        offer('created', today.slice(0, 7), t('payments.thisMonth')),
        offer('created', monthBefore(today), t('payments.lastMonth')),
      ],
    },
    {
      heading: t('payments.colRefunded'),
      offers: [
        offer('refunded', 'yes', t('payments.somethingRefunded')),
        offer('refunded', 'no', t('payments.nothingRefunded')),
      ],
    },
    { heading: t('payments.colMethod'), offers: [offer('provider', 'klarna', t('payments.klarnaOnly'))] },
  ];
}

/** `2026-10` for a day in November 2026. */
export function monthBefore(day: string): string {
  const [year = 0, month = 1] = day.split('-').map(Number);
  return month === 1 ? `${year - 1}-12` : `${year}-${String(month - 1).padStart(2, '0')}`;
}

/** An amount as the search writes it, without anything to group it: `19,90` or `20`. */
export function euroValue(cents: number): string {
  const whole = Math.trunc(cents / 100);
  const rest = cents % 100;
  return rest === 0 ? String(whole) : `${whole},${String(rest).padStart(2, '0')}`;
}
