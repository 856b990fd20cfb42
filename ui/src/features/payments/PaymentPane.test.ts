import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { violations } from '../../test/axe';
import { aDetail, aHold, aPayment, anError, anOperation, openSession } from '../../test/fake-ipc';
import { whyWords } from '../../lib/errors';
import { setLocale } from '../../lib/i18n';
import type { PaymentDetail, PaymentRow } from '../../lib/ipc';
import { session } from '../../lib/state/session.svelte';
import PaymentPane from './PaymentPane.svelte';

const said = () => document.body.textContent.replaceAll('\u00a0', ' ').replace(/\s+/g, ' ');

function show(detail: PaymentDetail | null = aDetail(), row: PaymentRow | undefined = detail?.payment ?? aPayment()) {
  const acts = { onrefund: vi.fn(), onhold: vi.fn(), onrefresh: vi.fn(), onretry: vi.fn(), onclose: vi.fn() };
  const view = render(PaymentPane, { id: row.id, row, detail, error: null, refreshing: false, ...acts });
  return { acts, view };
}

const holdDetail = (part: Partial<PaymentRow> = {}): PaymentDetail =>
  aDetail({
    payment: { ...aHold().payment, ...part },
    operations: [],
    refundable: 0,
    cannot: { refund: { kind: 'awaitsActivation', values: {} }, activate: null, cancel: null },
  });

beforeEach(() => {
  openSession();
});

describe('the detail of a payment', () => {
  it('tells its money, what happened, what was ordered and what was given back', async () => {
    const { acts } = show();
    expect(said()).toContain('Order 1048');
    expect(said()).toContain('128,50€');
    expect(said()).toContain('Paid with Klarna21.11.2026 11.33');
    expect(said()).toContain('At most 110,50 € can be refunded');
    expect(said()).toContain('Refunds made elsewhere are known up to the report of 21.11.2026.');
    expect(said()).toContain('Refund 18,00 € requested');
    expect(said()).toContain('Sari Kettunen, “Ohje ostettu kahdesti”');
    expect(said()).toMatch(/Neuleohje Inari refunded 1 × 18,00 18,00/);
    expect(said()).toContain('aino.makela@posti.example');
    expect(said()).toContain('Web shop export 22.11.');
    await fireEvent.click(screen.getByRole('button', { name: /Refund…/ }));
    expect(acts.onrefund).toHaveBeenCalledOnce();
    expect(await violations()).toEqual([]);
  });

  it('shows what the list knows before the rest is here', () => {
    show(null, aPayment());
    expect(said()).toContain('128,50€');
    expect(said()).toContain('At most 110,50 € can be refunded');
    expect(screen.getByRole('button', { name: /Refund…/ })).toHaveProperty('disabled', true);
  });

  it('never shows the rest of another payment', () => {
    const row = aPayment({ id: 'other', reference: '9', customer: 'Muu' });
    show(aDetail(), row);
    expect(said()).not.toContain('Neuleohje');
    expect(said()).toContain('Order 9');
  });

  it('says that refunds elsewhere are not known, where no report was imported', () => {
    show(aDetail({ lastReportAt: null }));
    expect(said()).toContain('No report was imported yet: refunds made elsewhere are not known.');
  });

  it('of a hold says that it is cancelled instead of refunded, how long is left and how sure it is', async () => {
    const { acts } = show(holdDetail());
    expect(said()).toContain('It waits for activation: it is cancelled instead of refunded.');
    expect(screen.queryByRole('button', { name: /Refund/ })).toBeNull();
    expect(said()).toContain('24 days');
    expect(said()).toContain('It was made as a manual invoice.');
    await fireEvent.click(screen.getByRole('button', { name: /Cancel order…/ }));
    expect(acts.onhold).toHaveBeenCalledWith('cancel', expect.objectContaining({ reference: '1042' }));
    expect(await violations()).toEqual([]);
  });

  it('of one that was made here and waits to be paid has its link to copy and to show', async () => {
    const link = { href: 'https://pay.paytrail.com/pay/1', stepUpUrl: null, createdAt: '2026-11-23T08:47:00.000Z', expiresAt: '2026-12-07T08:47:00.000Z' };
    const { view } = show(aDetail({ payment: aPayment({ standing: 'new', status: 'new', refunded: 0 }), link }));
    const section = within(screen.getByRole('region', { name: 'Payment link' }));
    expect(section.getByText('https://pay.paytrail.com/pay/1')).toBeTruthy();
    expect(section.getByRole('img', { name: 'The link as a QR code' })).toBeTruthy();
    expect(section.getByText(/until 7\.12\.2026 10\.47/)).toBeTruthy();
    expect(await violations()).toEqual([]);
    view.unmount();
    show(aDetail({ link }));
    expect(screen.queryByRole('region', { name: 'Payment link' })).toBeNull();
  });

  it('says what Klarna was told of it, and what is not known here', () => {
    show(aDetail({ acceptance: { score: 20, items: [{ what: 'name', state: 'given', worth: 20 }, { what: 'email', state: 'missing', worth: 18 }, { what: 'sessionToken', state: 'unknown', worth: 6 }] } }));
    expect(said()).toContain('What Klarna was told 1 of 3');
    expect(said()).toMatch(/Given ?First and last name ?Missing ?Email ?Not known here ?Klarna session token/);
  });

  it('of a presumed hold says what else it could be', () => {
    show(holdDetail({ manualInvoice: 'presumed' }));
    expect(said()).toContain('That can also be a fraud check');
  });

  it('says in words why a hold can not be activated', () => {
    const detail = holdDetail();
    show({ ...detail, cannot: { ...detail.cannot, activate: { kind: 'noProvider', values: {} } } });
    expect(said()).toContain('Activation: The payment’s method is not known');
  });

  it('without a transaction id says why nothing can be done and how it gets one', () => {
    const payment = aPayment({ id: 'key:7' });
    show(aDetail({ payment, operations: [], cannot: { refund: { kind: 'noTransactionId', values: {} }, activate: null, cancel: null } }));
    expect(said()).toContain('No transaction id is known');
    expect(said()).toContain('it came from a file that has no ids');
    expect(screen.queryByRole('button', { name: /Refund…|Refresh/ })).toBeNull();
    expect(screen.getByRole('button', { name: /Import ids…/ })).toBeTruthy();
  });

  it('of one that is refunded says so and offers no refund', () => {
    const payment = aPayment({ refunded: 12850, standing: 'refunded' });
    show(aDetail({ payment, refundable: 0, cannot: { refund: { kind: 'nothingLeft', values: {} }, activate: null, cancel: null } }));
    expect(said()).toContain('All of it is refunded.');
    expect(screen.queryByRole('button', { name: /Refund…/ })).toBeNull();
  });

  it('says that a hold is cancelled instead only where it can be', () => {
    const detail = holdDetail();
    show({ ...detail, cannot: { ...detail.cannot, cancel: { kind: 'notKlarna', values: {} } } });
    expect(said()).not.toContain('it is cancelled instead of refunded');
    expect(said()).toContain(whyWords({ kind: 'awaitsActivation', values: {} }));
  });

  it('is loud about an unknown outcome and leads to what to do', async () => {
    const payment = aPayment({ reserved: 2000, standing: 'unknown' });
    show(aDetail({ payment, operations: [anOperation({ state: 'unknown', amount: 2000, proof: null, reason: 'unclear', moneyMoved: 'unknown' })] }));
    expect(said()).toContain('Nobody knows yet whether 20,00 € was refunded');
    expect(said()).toContain('Unknown 20,00 €');
    await fireEvent.click(screen.getByRole('button', { name: 'What to do now' }));
    expect(session.view).toBe('refunds');
  });

  it('tells refunds made elsewhere apart by what became of them', () => {
    const foreign = (stamp: string, state: 'pending' | 'done' | 'failed', amount: number) => ({ stamp, transactionId: null, amount, state, source: 'report', seenAt: '2026-11-21T06:00:00.000Z' });
    show(aDetail({ foreignRefunds: [foreign('a', 'done', 100), foreign('b', 'pending', 200), foreign('c', 'failed', 300)] }));
    expect(said()).toMatch(/Refunds made elsewhere.*Refunded.*Payment report, 21.11.2026.*1,00 €.*Requested.*2,00 €.*Failed.*3,00 €/);
  });

  it('unfolds the answers as they came, and where the values come from', async () => {
    const { view } = show();
    const answers = view.container.querySelector<HTMLDetailsElement>('[data-answers]');
    expect(answers?.open).toBe(false);
    await fireEvent.click(screen.getByRole('button', { name: 'Answers as they came' }));
    await waitFor(() => expect(answers?.open).toBe(true));
    expect(answers?.textContent).toContain('"status": "ok"');
    expect(said()).toContain('Amount Signed answer, 23.11.2026 10.45');
  });

  it('says what went wrong with asking, and still shows the row', async () => {
    const acts = { onrefund: vi.fn(), onhold: vi.fn(), onrefresh: vi.fn(), onretry: vi.fn(), onclose: vi.fn() };
    const row = aPayment();
    render(PaymentPane, { id: row.id, row, detail: null, error: anError({ code: 'store' }).data, refreshing: false, ...acts });
    expect(said()).toContain('The data file can’t be used');
    await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(acts.onretry).toHaveBeenCalledOnce();
  });

  it('speaks Finnish and Swedish', async () => {
    show(holdDetail());
    void setLocale('fi');
    await waitFor(() => expect(said()).toContain('Maksu odottaa aktivointia: se peruutetaan, ei palauteta.'));
    void setLocale('sv');
    await waitFor(() => expect(said()).toContain('Den väntar på aktivering'));
  });
});
