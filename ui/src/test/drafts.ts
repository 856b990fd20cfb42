/** A shell that keeps drafts in memory and sums orders up as the real one does: for the tests of a new payment. */
import { vi } from 'vitest';
import { fakeIpc, type Fakes } from './fake-ipc';
import type { Acceptance, CreatedPayment, Draft, DraftBrief, DraftCheck, DraftOrder, DraftProblem } from '../lib/ipc';

export const LINK: CreatedPayment = {
  payment: '9d2a7b10-6c1e-4d3b-8a55-0c1f2e3d4b5a',
  link: {
    href: 'https://pay.paytrail.com/pay/9d2a7b10-6c1e-4d3b-8a55-0c1f2e3d4b5a',
    stepUpUrl: null,
    createdAt: '2026-11-23T08:47:00.000Z',
    expiresAt: '2026-12-07T08:47:00.000Z',
  },
  amount: 12_850,
};

/** The worth of what Klarna would like to know. */
const worths = { name: 20, email: 18, reference: 15, lines: 14, invoicingAddress: 12, deliveryAddress: 10, sessionToken: 6, networkData: 5 } as const;

export function acceptanceOf(given: Partial<Record<keyof typeof worths, boolean>>): Acceptance {
  const items = Object.entries(worths).map(([what, worth]) => ({
    what: what as keyof typeof worths,
    state: given[what as keyof typeof worths] ? ('given' as const) : ('missing' as const),
    worth,
  }));
  return { score: items.filter(({ state }) => state === 'given').reduce((sum, { worth }) => sum + worth, 0), items };
}

export function checkOf(order: DraftOrder): DraftCheck {
  const problems: DraftProblem[] = [];
  const missing = (field: string) => problems.push({ field, why: { kind: 'orderMissing', values: {} } });
  if (order.reference === '') missing('reference');
  if (order.customer.email === '') missing('customer.email');
  else if (!order.customer.email.includes('@')) problems.push({ field: 'customer.email', why: { kind: 'orderNotAnEmail', values: {} } });
  const rates = new Map<number, number>();
  let amount: number | null = 0;
  order.lines.forEach((line, at) => {
    if (line.productCode === '') missing(`lines.${at}.productCode`);
    if (line.unitPrice === null) missing(`lines.${at}.unitPrice`);
    if (line.units === null || line.unitPrice === null || amount === null) return (amount = null);
    amount += line.units * line.unitPrice;
    if (line.vatPermille !== null) rates.set(line.vatPermille, (rates.get(line.vatPermille) ?? 0) + line.units * line.unitPrice);
    return undefined;
  });
  for (const field of ['successUrl', 'cancelUrl'] as const) if (!order[field].startsWith('https://')) problems.push({ field, why: { kind: 'orderNotHttps', values: {} } });
  if (order.way !== 'link' && order.klarnaToken === '') problems.push({ field: 'klarnaToken', why: { kind: 'orderTokenMissing', values: {} } });
  if (order.networkData !== '' && !order.networkData.startsWith('{')) problems.push({ field: 'networkData', why: { kind: 'orderNotJson', values: {} } });
  const vat = [...rates]
    .sort(([a], [b]) => b - a)
    .map(([vatPermille, gross]) => {
      const net = Math.round((gross * 1000) / (1000 + vatPermille));
      return { vatPermille, net, tax: gross - net, gross };
    });
  const acceptance = acceptanceOf({
    name: order.customer.firstName !== '' && order.customer.lastName !== '',
    email: order.customer.email !== '',
    reference: order.reference !== '',
    lines: amount !== null,
    invoicingAddress: (order.invoicingAsDelivery ? order.delivery : order.invoicing) !== null,
    deliveryAddress: order.delivery !== null,
    sessionToken: order.klarnaToken !== '',
    networkData: order.networkData !== '',
  });
  return { amount, toPay: amount, toPayIsCertain: !order.pricesWithoutVat, vat, problems, acceptance };
}

/** A confirmation names what was shown. */
export const digestOf = (order: DraftOrder) => `digest of ${JSON.stringify(order)}`;

export function aDraft(order: DraftOrder, part: Partial<Draft> = {}): Draft {
  return {
    id: 'draft-1', order, check: checkOf(order), state: 'draft', digest: digestOf(order), updatedAt: '2026-11-23T08:40:00.000Z',
    payment: null, sentAt: null, error: null, resolvableAt: null, ...part,
  };
}

function briefOf({ id, order, check, state, updatedAt }: Draft): DraftBrief {
  const customer = [order.customer.firstName, order.customer.lastName].filter(Boolean).join(' ');
  return { id, reference: order.reference, customer, amount: check.toPay, amountIsCertain: check.toPayIsCertain, updatedAt, ready: check.problems.length === 0, state };
}

/** The shell, with what was kept before; gives what it keeps now. */
export function draftShell<More extends Fakes>(kept: Draft[] = [], more: More = {} as More) {
  const drafts = new Map(kept.map((draft) => [draft.id, draft]));
  let made = 0;
  const asked = {
    drafts: vi.fn(async () => [...drafts.values()].reverse().map(briefOf)),
    draft: vi.fn(async (_: number, id: string) => {
      const found = drafts.get(id);
      if (!found) throw new Error(`no draft ${id}`);
      return found;
    }),
    saveDraft: vi.fn(async (_: number, id: string | null, order: DraftOrder) => {
      const name = id ?? `draft-${(made += 1) + 10}`;
      const draft = aDraft(order, { id: name });
      drafts.delete(name);
      drafts.set(name, draft);
      return draft;
    }),
    deleteDraft: vi.fn(async (_: number, id: string) => (drafts.delete(id), null)),
    checkOrder: vi.fn(async (_: number, order: DraftOrder) => checkOf(order)),
    createPayment: vi.fn(async (_: number, id: string) => (drafts.delete(id), LINK)),
    ...more,
  };
  fakeIpc(asked);
  return { ...asked, kept: drafts };
}
