/** Small words of the new payment that are chosen by what stands in it. */
import { t, type TextKey } from '../../lib/i18n';
import type { AcceptanceState, DraftCheck, DraftWay } from '../../lib/ipc';
import { money } from '../../lib/format';
import type { GlyphName } from '../../lib/components';

const MOST = 24;

/** A text that fits a small place; the whole of it stands in the form. */
export function shortened(text: string): string {
  const signs = [...text.trim()];
  return signs.length <= MOST ? signs.join('') : `${signs.slice(0, MOST - 1).join('')}…`;
}

/** A sum, with a word before it where Paytrail may come to another one. */
export function sumWords(amount: number, certain: boolean): string {
  return certain ? money(amount) : t('create.about', { amount: money(amount) });
}

/** What the button does, the whole of it. */
export function actWords(way: DraftWay, check: Pick<DraftCheck, 'toPay' | 'toPayIsCertain'> | null): string {
  if (check === null || check.toPay === null) return t(`create.act_${way}`);
  return t(`create.actOf_${way}`, { amount: sumWords(check.toPay, check.toPayIsCertain) });
}

const fieldNames: Readonly<Record<string, TextKey>> = {
  reference: 'create.reference',
  email: 'create.email',
  firstName: 'create.firstName',
  lastName: 'create.lastName',
  phone: 'create.phone',
  companyName: 'create.companyName',
  vatId: 'create.vatId',
  lines: 'create.lines',
  description: 'create.description',
  productCode: 'create.productCode',
  units: 'create.units',
  unitPrice: 'create.unitPrice',
  vatPermille: 'create.vat',
  delivery: 'create.delivery',
  invoicing: 'create.invoicing',
  streetAddress: 'create.streetAddress',
  postalCode: 'create.postalCode',
  city: 'create.city',
  county: 'create.county',
  country: 'create.country',
  manualActivation: 'create.activation',
  successUrl: 'create.successUrl',
  cancelUrl: 'create.cancelUrl',
  klarnaToken: 'create.token',
  networkData: 'create.data',
  way: 'create.way',
  amount: 'create.sum',
};

/** The name of a field by the shell's name of it: "Line 3, Unit price"; `null` of one that this form has not. */
export function fieldWords(field: string): string | null {
  const parts = field.split('.');
  const name = fieldNames[parts.at(-1) ?? ''];
  const inside = parts[0] === 'lines' && parts.length > 2 ? t('create.line', { line: Number(parts[1]) + 1 }) : null;
  const address = parts.length === 2 && (parts[0] === 'delivery' || parts[0] === 'invoicing') ? t(`create.${parts[0]}`) : null;
  return name ? [inside ?? address, t(name)].filter(Boolean).join(', ') : null;
}

/** How good a score is, in a word. */
export function scoreWords(score: number): string {
  return t(`create.score_${score >= 90 ? 'best' : score >= 70 ? 'good' : score >= 40 ? 'fair' : 'weak'}`);
}

/** How a part of the score is drawn. */
export const acceptanceGlyphs = {
  given: { name: 'paid', tone: 'moss' },
  missing: { name: 'new', tone: 'ochre' },
  unknown: { name: 'dot', tone: 'ink3' },
} as const satisfies Record<AcceptanceState, { name: GlyphName; tone: string }>;
