import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { violations } from '../../test/axe';
import { anAccount, anError, fakeIpc, openSession, type Fakes } from '../../test/fake-ipc';
import { press } from '../../test/keyboard';
import type { SettlementDetail, SettlementEntry, SettlementList, SettlementRow } from '../../lib/ipc';
import { session } from '../../lib/state/session.svelte';
import SettlementsView from './SettlementsView.svelte';

const row = (part: Partial<SettlementRow> = {}): SettlementRow => ({
  id: 's-1', reference: 'RF12 3456', createdAt: '2026-11-20T04:00:00.000Z', settledAt: '2026-11-21T04:00:00.000Z', entries: 3, total: 11642, withoutFees: 0, ...part,
});

const entry = (part: Partial<SettlementEntry> = {}): SettlementEntry => ({
  kind: 'payment', payment: 'p-1', reference: '1048', stamp: 'kk-1048', customer: 'Aino Mäkelä', amount: 12850, fee: 35, commission: 373, ...part,
});

const detail = (part: Partial<SettlementDetail> = {}): SettlementDetail => ({
  settlement: row(),
  entries: [entry(), entry({ kind: 'refund', amount: -800, fee: null, commission: null, reference: '1042' }), entry({ payment: null, customer: '', reference: '0990' })],
  sums: { payments: 12850, refunds: -800, fees: 35, commission: 373, net: 11642, withoutFees: 0 },
  problems: [],
  ...part,
});

const fresh = () => new Date(session.now).toISOString();
const list = (part: Partial<SettlementList> = {}): SettlementList => ({
  rows: [row(), row({ id: 's-2', reference: '', settledAt: null, entries: 0, total: null })], fetchedAt: fresh(), notFetched: null, ...part,
});

const plain = (text: string | null | undefined) => (text ?? '').replace(/[\s\u00a0]+/g, ' ').trim();

async function open<More extends Fakes>(more: More = {} as More) {
  const account = openSession(anAccount());
  const asked = { settlements: vi.fn(async (_: number, _refresh: boolean) => list()), settlement: vi.fn(async () => detail()), ...more };
  fakeIpc(asked);
  const view = render(SettlementsView, { account });
  await screen.findByRole('heading', { level: 1, name: 'Settlements' });
  return { ...view, ...asked };
}

beforeEach(() => vi.restoreAllMocks());

describe('the settlements', () => {
  it('are listed from this computer, with what is known of them', async () => {
    const { settlements } = await open();
    const first = await screen.findByRole('row', { name: 'Settlement RF12 3456, settled 21.11.2026' });
    expect(plain(first.textContent)).toContain('116,42 €');
    const second = screen.getByRole('row', { name: 'Settlement s-2, settled Not yet' });
    expect(plain(second.textContent)).toContain('No report');
    expect(settlements).toHaveBeenCalledTimes(1);
    expect(settlements).toHaveBeenCalledWith(1, false);
    expect(await violations()).toEqual([]);
  });

  it('are fetched by themselves once they are old, and by key', async () => {
    const old = new Date(session.now - 2 * 60 * 60_000).toISOString();
    const settlements = vi.fn(async (_: number, refresh: boolean) => list({ fetchedAt: refresh ? fresh() : old }));
    await open({ settlements });
    await waitFor(() => expect(settlements.mock.calls).toEqual([[1, false], [1, true]]));
    await press('u');
    await waitFor(() => expect(settlements).toHaveBeenCalledTimes(3));
  });

  it('stay on screen when Paytrail can’t be reached, and say so', async () => {
    const settlements = vi.fn(async (_: number, refresh: boolean) => list({ fetchedAt: null, notFetched: refresh ? anError({ code: 'nothingSent' }).data : null }));
    await open({ settlements });
    expect((await screen.findByRole('alert')).textContent).toContain('Paytrail could not be reached');
    expect(screen.getByRole('row', { name: /RF12 3456/ })).toBeTruthy();
    expect(screen.getByText('What stands here is from the last time that Paytrail answered.')).toBeTruthy();
  });

  it('say why there are none', async () => {
    await open({ settlements: vi.fn(async () => list({ rows: [] })) });
    expect(await screen.findByText('No settlements')).toBeTruthy();
  });
});

describe('a settlement', () => {
  async function opened(found: SettlementDetail, more = {}) {
    const view = await open({ settlement: vi.fn(async () => found), ...more });
    await fireEvent.click(await screen.findByRole('row', { name: /RF12 3456/ }));
    await waitFor(() => expect(screen.queryByText('Settlement id')).toBeTruthy());
    return view;
  }

  it('opens beside the list: what was paid out and why so much', async () => {
    await opened(detail());
    const pane = within(screen.getByRole('complementary'));
    const sums = plain(pane.getByText('Payments').closest('dl')?.textContent);
    expect(sums).toBe('Payments128,50 €Refunds−8,00 €Fees−0,35 €Commission−3,73 € Paid out 116,42 €');
    expect(pane.getByText('Everything adds up with what is known here.')).toBeTruthy();
    expect(pane.getByText('3 entries in it')).toBeTruthy();
    expect(pane.getByText('not known here')).toBeTruthy();
    expect(await violations()).toEqual([]);
    await press('Escape');
    await waitFor(() => expect(screen.queryByRole('complementary')).toBeNull());
  });

  it('says where no report tells what payments cost: that is no zero', async () => {
    const sums = { payments: 25700, refunds: -800, fees: 35, commission: null, net: 24865, withoutFees: 1 };
    await open({ settlements: vi.fn(async () => list({ rows: [row({ total: 24865, withoutFees: 1 })] })), settlement: vi.fn(async () => detail({ sums })) });
    const listed = await screen.findByRole('row', { name: /RF12 3456/ });
    expect(plain(listed.textContent)).toContain('≤ 248,65 €, without fees');
    await fireEvent.click(listed);
    const pane = within(screen.getByRole('complementary'));
    await pane.findByText('not told');
    expect(plain(pane.getByText('Payments').closest('dl')?.textContent)).toBe('Payments257,00 €Refunds−8,00 €Fees−0,35 €Commissionnot told Paid out, without fees 248,65 €');
    expect(pane.getByText('Of 1 payment no imported report tells what it cost: by that less was paid out.')).toBeTruthy();
    expect(await violations()).toEqual([]);
  });

  it('leads from an entry to its payment', async () => {
    await opened(detail());
    await fireEvent.click(screen.getByRole('button', { name: /1048/ }));
    expect([session.view, session.payment]).toEqual(['payments', 'p-1']);
  });

  it('says what does not add up, each with its figures', async () => {
    await opened(
      detail({
        problems: [
          { kind: 'settlementPaymentsUnknown', values: { count: '1', amount: '12850' } },
          { kind: 'settlementAmountDiffers', values: { reference: '1048', settled: '12850', stored: '12800' } },
        ],
      }),
    );
    const words = plain(screen.getByRole('region', { name: 'What does not add up' }).textContent);
    expect(words).toContain('1 payment in it is not known here: 128,50 €');
    expect(words).toContain('Order 1048: 128,50 € was settled, and 128,00 € is stored here');
    expect(screen.queryByText('Everything adds up with what is known here.')).toBeNull();
  });

  it('without a report says what is missing and how to bring it, once', async () => {
    await opened(detail({ entries: [], problems: [{ kind: 'settlementNoEntries', values: {} }], sums: { payments: 0, refunds: 0, fees: null, commission: null, net: 0, withoutFees: 0 } }));
    expect(screen.getByText('No imported report speaks of this settlement')).toBeTruthy();
    expect(screen.getAllByRole('button', { name: /Import/ })).toHaveLength(1);
    expect(screen.queryByRole('region', { name: 'What does not add up' })).toBeNull();
    expect(await violations()).toEqual([]);
  });
});
