import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { tick } from 'svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { violations } from '../../test/axe';
import { aHold, aPayment, anError, fakeIpc, NOW, openSession } from '../../test/fake-ipc';
import { press } from '../../test/keyboard';
import type { HoldRow, PaymentRow, RefreshReport } from '../../lib/ipc';
import { session } from '../../lib/state/session.svelte';
import InvoicesView from './InvoicesView.svelte';

const now = Date.parse(NOW);
const HOUR = 3_600_000;

function hold(reference: string, hours: number | null, part: Partial<PaymentRow> = {}, more: Partial<HoldRow> = {}): HoldRow {
  const deadline = hours === null ? null : new Date(now + hours * HOUR).toISOString();
  const payment = aPayment({ id: `id-${reference}`, reference, customer: `Customer ${reference}`, amount: 8000, refunded: 0, status: 'pending', standing: 'hold', manualInvoice: 'known', deadline, ...part });
  return aHold({ payment, ...more });
}

const some = () => [hold('1001', -1), hold('1002', 5), hold('1003', 50, { amount: 1050, manualInvoice: 'presumed' }), hold('1004', 100, { provider: 'walleyb2c' }), hold('1005', null)];

async function show(holds: HoldRow[] = some(), more = {}) {
  const fake = { holds: vi.fn(async (_account: number) => holds), ...more };
  fakeIpc(fake);
  render(InvoicesView);
  await waitFor(() => expect(screen.queryByText(/open holds?$/)).toBeTruthy());
  await tick();
  return fake;
}

/** Heads and orders, in the order they stand. */
const list = () => [...document.querySelectorAll('.rows [role="row"]')].map((row) => row.getAttribute('aria-label')?.match(/\d+/)?.[0] ?? row.querySelector('b')?.textContent ?? '');

const pick = (order: string) => fireEvent.click(screen.getByRole('row', { name: new RegExp(`Order ${order}`) }).querySelector('.pick') ?? document.body);

beforeEach(() => {
  openSession();
  session.start = null;
});

describe('the open holds', () => {
  it('stand by deadline, what is at risk on top in euros', async () => {
    await show();
    await waitFor(() => expect(list()).toEqual(['Deadline passed', '1001', 'Expires within 3 days', '1002', '1003', 'Within 7 days', '1004', 'No deadline known', '1005']));
    const figures = screen.getByRole('region', { name: 'Open holds in figures' });
    expect(figures.textContent?.replace(/\s/g, ' ')).toContain('90,50');
    expect(figures.textContent?.replace(/\s/g, ' ')).toContain('2 holds, the first in 5 h 0 min');
    expect(figures.textContent).toContain('1 more has passed its deadline');
    expect(await violations()).toEqual([]);
  });

  it('say of a hold that Klarna holds it for 28 days and what “presumed” means', async () => {
    await show();
    expect(screen.getByRole('tooltip', { hidden: true }).textContent).toContain('fraud check');
  });

  it('count down without moving, and regroup when they are asked for again', async () => {
    const fake = await show([hold('1002', 5), hold('1003', 73)]);
    await waitFor(() => expect(list()).toEqual(['Expires within 3 days', '1002', 'Within 7 days', '1003']));
    session.now = now + 2 * HOUR;
    await tick();
    expect(screen.getByText('3 h 0 min')).toBeTruthy();
    expect(list()).toEqual(['Expires within 3 days', '1002', 'Within 7 days', '1003']);
    session.revision += 1;
    await waitFor(() => expect(list()).toEqual(['Expires within 3 days', '1002', '1003']));
    expect(fake.holds).toHaveBeenCalledTimes(2);
  });

  it('are searched by words on this computer', async () => {
    const fake = await show();
    await fireEvent.input(screen.getByRole('searchbox'), { target: { value: '1003' } });
    await waitFor(() => expect(list()).toEqual(['Expires within 3 days', '1003']));
    await fireEvent.input(screen.getByRole('searchbox'), { target: { value: 'nobody' } });
    expect(await screen.findByText('No open hold matches')).toBeTruthy();
    expect(fake.holds).toHaveBeenCalledTimes(1);
  });

  it('show what is on its way, and no button beside it', async () => {
    await show([
      hold('1', 5, {}, { operation: { id: 'a', kind: 'activate', state: 'sending' } }),
      hold('2', 6, {}, { operation: { id: 'b', kind: 'cancel', state: 'accepted' } }),
      hold('3', 7, {}, { operation: { id: 'c', kind: 'activate', state: 'unknown' } }),
    ]);
    await screen.findByText('Activating');
    expect(screen.getByText('Cancelling')).toBeTruthy();
    expect(screen.getByText('Unknown')).toBeTruthy();
    expect(screen.queryByRole('button', { name: /Activate/ })).toBe(null);
  });

  it('say that there are none, and what went wrong', async () => {
    await show([]);
    expect(screen.getByText('No open holds')).toBeTruthy();
    expect(await violations()).toEqual([]);
  });

  it('tell an error, and keep what was there', async () => {
    const holds = vi.fn<() => Promise<HoldRow[]>>().mockResolvedValueOnce(some()).mockRejectedValue(anError({ code: 'store', message: 'disk I/O error' }));
    await show(some(), { holds });
    session.revision += 1;
    expect(await screen.findByText('The data file can’t be used')).toBeTruthy();
    expect(list()).toContain('1002');
  });
});

describe('the selection', () => {
  it('says how many each act fits, and the whole sum', async () => {
    await show();
    for (const order of ['1002', '1003', '1004']) await pick(order);
    expect(await screen.findByRole('button', { name: /^Activate 3 invoices, 170,50\s€$/ })).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Cancel 2 orders…' })).toBeTruthy();
    expect(screen.getByText('Each is looked at again before it is sent')).toBeTruthy();
  });

  it('says that Walley’s holds can’t be cancelled', async () => {
    await show();
    await pick('1004');
    const cancel = await screen.findByRole('button', { name: /^Cancel 0 orders/ });
    expect(cancel.getAttribute('aria-disabled')).toBe('true');
    expect(cancel.title).toBe('Only Klarna’s holds can be cancelled');
  });

  it('of many leads to the check of a batch, with everything that is selected', async () => {
    const planBatch = vi.fn(() => new Promise(() => undefined));
    await show(some(), { planBatch });
    for (const order of ['1002', '1003', '1004']) await pick(order);
    await fireEvent.click(await screen.findByRole('button', { name: /^Activate 3 invoices/ }));
    await waitFor(() => expect(planBatch).toHaveBeenCalledTimes(1));
    expect(planBatch).toHaveBeenCalledWith(1, 'activate', { from: 'payments', transactionIds: ['id-1002', 'id-1003', 'id-1004'] }, { columns: null, amountsIn: null });
    expect(session.view).toBe('bulk');
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('is acted on by key, and the dialog names it', async () => {
    await show();
    await pick('1002');
    await press('a');
    expect(await screen.findByRole('dialog', { name: 'Activate the invoice of order 1002?' })).toBeTruthy();
  });

  it('says what the search hides of it', async () => {
    await show();
    await pick('1002');
    await fireEvent.input(screen.getByRole('searchbox'), { target: { value: '1003' } });
    expect(await screen.findByText('1 of them is hidden by the search')).toBeTruthy();
  });
});

it('opens the payment of a row with Enter', async () => {
  await show();
  await press('j', 'Enter');
  expect([session.view, session.payment]).toEqual(['payments', 'id-1001']);
});

describe('a look at all', () => {
  const report = (part: Partial<RefreshReport> = {}): RefreshReport => ({ fetched: 0, changed: 0, errors: [], notAsked: 0, stopped: null, ...part });

  it('asks in small parts for every hold that has an id', async () => {
    const refreshPayments = vi.fn(async (_account: number, ids: string[]) => report({ fetched: ids.length }));
    const holds = [...Array.from({ length: 23 }, (_, index) => hold(String(2000 + index), 5)), hold('9', 5, { id: 'key:9', transactionId: null })];
    const fake = await show(holds, { refreshPayments });
    await fireEvent.click(screen.getByRole('button', { name: 'Look at all 23' }));
    await waitFor(() => expect(fake.holds.mock.calls.length).toBe(2));
    expect(refreshPayments.mock.calls.map(([, ids]) => ids.length)).toEqual([10, 10, 3]);
  });

  it('stops and tells where it was stopped', async () => {
    const refreshPayments = vi.fn(async (_account: number, ids: string[]) => report({ fetched: 1, notAsked: ids.length - 1, stopped: anError({ code: 'unauthorized', message: '401' }).data }));
    await show(Array.from({ length: 23 }, (_, index) => hold(String(2000 + index), 5)), { refreshPayments });
    await fireEvent.click(screen.getByRole('button', { name: 'Look at all 23' }));
    expect(await screen.findByText('22 of 23 were not looked at')).toBeTruthy();
    expect(screen.getByText('Paytrail did not accept the signature')).toBeTruthy();
    expect(refreshPayments).toHaveBeenCalledTimes(1);
  });
});
