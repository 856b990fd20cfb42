import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { tick } from 'svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { violations } from '../../test/axe';
import { aDetail, aPayment, anError, fakeIpc, openSession } from '../../test/fake-ipc';
import { press } from '../../test/keyboard';
import { dismissToast, toasts } from '../../lib/components/toasts.svelte';
import type { PaymentPage, PaymentRow, RefreshReport, SortDto, Totals } from '../../lib/ipc';
import { session } from '../../lib/state/session.svelte';
import PaymentsView from './PaymentsView.svelte';

const plain = (text: string | null | undefined) => (text ?? '').replaceAll('\u00a0', ' ').replace(/\s+/g, ' ');

const some = (): PaymentRow[] => [
  aPayment({ id: 'p-1', reference: '1061', customer: 'Väinö Hämäläinen', amount: 8490, refunded: 0, standing: 'paid' }),
  aPayment({ id: 'p-2', reference: '1060', customer: 'Siiri Öhman', amount: 21900, refunded: 0, standing: 'hold', status: 'pending', manualInvoice: 'known', deadline: '2026-12-20T10:00:00.000Z' }),
  aPayment({ id: 'p-3', reference: '1048' }),
  aPayment({ id: 'key:4', reference: '1040', customer: 'Åsa Lindqvist', standing: 'paid', refunded: 0 }),
];

const sumOf = (rows: PaymentRow[]): Totals => ({ count: rows.length, more: false, amount: rows.reduce((all, { amount }) => all + amount, 0), refunded: rows.reduce((all, { refunded }) => all + refunded, 0) });

/** A shell that finds customers by any part of their name, and knows one way to be wrong. */
function shell(rows: () => PaymentRow[], more = {}) {
  const find = (query: string) => rows().filter(({ customer }) => query.split(' ').every((word) => word.includes(':') || customer.toLowerCase().includes(word.toLowerCase())));
  const fake = {
    listPayments: vi.fn(async (_account: number, query: string, _sort: SortDto, _after: string | null, _limit: number): Promise<PaymentPage> => {
      if (query.endsWith('amount:')) throw anError({ code: 'badInput', why: { kind: 'queryNoValue', values: { operator: 'amount' } } });
      return { rows: find(query), next: null, tookMs: 2.6 };
    }),
    totals: vi.fn(async (_account: number, query: string): Promise<Totals> => sumOf(find(query))),
    showPayment: vi.fn(async (_account: number, id: string) => {
      const payment = rows().find((row) => row.id === id);
      if (!payment) throw anError({ code: 'notFound' });
      const hold = payment.status === 'pending';
      return aDetail({ payment, operations: [], cannot: { refund: hold ? { kind: 'awaitsActivation', values: {} } : null, activate: hold ? null : { kind: 'alreadyCaptured', values: {} }, cancel: hold ? null : { kind: 'alreadyCaptured', values: {} } } });
    }),
    ...more,
  };
  fakeIpc(fake);
  return fake;
}

async function show(rows: () => PaymentRow[] = some, more = {}) {
  const fake = shell(rows, more);
  const view = render(PaymentsView);
  await waitFor(() => expect(fake.totals).toHaveBeenCalled());
  await tick();
  return { fake, view };
}

const orders = () => [...document.querySelectorAll('.rows [data-row]')].map((row) => row.querySelectorAll('.cell')[2]?.textContent?.trim());
const row = (order: string) => {
  const found = [...document.querySelectorAll<HTMLElement>('.rows [data-row]')].find((each) => plain(each.textContent).includes(order));
  if (!found) throw new Error(`no row ${order}`);
  return found;
};
const search = () => screen.getByRole<HTMLInputElement>('searchbox', { name: 'Search payments' });
const type = (text: string) => fireEvent.input(search(), { target: { value: text } });
const pick = (order: string) => fireEvent.click(row(order).querySelector('.pick') ?? document.body);
const said = () => plain(document.body.textContent);

beforeEach(() => {
  openSession();
  session.start = null;
  toasts().forEach(({ id }) => dismissToast(id));
});

describe('the list', () => {
  it('shows payments with their sums, and that they came from this computer', async () => {
    await show();
    await waitFor(() => expect(orders()).toEqual(['1061', '1060', '1048', '1040']));
    expect(plain(row('1048').textContent)).toMatch(/Aino Mäkelä.*128,50 €.*18,00 €.*Partially refunded/);
    expect(plain(row('1060').textContent)).toMatch(/Pending hold.*27 days/);
    expect(plain(screen.getByRole('contentinfo').textContent)).toBe('4 payments Total 560,90 € Refunded 18,00 € From this computer, 3 ms');
    // What is found is said of a search, not of the whole list.
    expect(said()).not.toContain('found');
    await type('aino');
    await waitFor(() => expect(said()).toContain('1 found'));
    expect(await violations()).toEqual([]);
  });

  it('asks at every key press and shows the newest answer', async () => {
    const { fake } = await show();
    await type('a');
    await type('ai');
    expect(fake.listPayments.mock.calls.map(([, query]) => query)).toEqual(['', 'a', 'ai']);
    await waitFor(() => expect(orders()).toEqual(['1048']));
  });

  it('says under the field what is wrong with it, and keeps the rows', async () => {
    await show();
    await type('amount:');
    await waitFor(() => expect(said()).toContain('amount: takes a value right after it, like amount:20..50'));
    expect(orders()).toHaveLength(4);
    await type('amount:>1');
    await waitFor(() => expect(said()).not.toContain('takes a value right after it'));
  });

  it('sorts by asking the shell, and keeps the order', async () => {
    const { fake } = await show();
    await fireEvent.click(screen.getByRole('button', { name: /Amount/ }));
    expect(fake.listPayments.mock.calls.at(-1)?.[2]).toEqual({ by: 'amount', descending: true });
  });

  it('takes a change in place and keeps what is current and selected', async () => {
    let rows = some();
    const { fake } = await show(() => rows);
    await pick('1061');
    await fireEvent.click(row('1048'));
    rows = [aPayment({ id: 'p-9', reference: '1070', customer: 'Uusi' }), ...some()].map((each) => (each.id === 'p-3' ? { ...each, standing: 'refunded' as const, refunded: 12850 } : each));
    session.revision += 1;
    await waitFor(() => expect(orders()[0]).toBe('1070'));
    expect(plain(row('1048').textContent)).toMatch(/Refunded/);
    expect(row('1048').className).toContain('cur');
    expect(row('1061').getAttribute('aria-selected')).toBe('true');
    expect(fake.listPayments).toHaveBeenCalledTimes(2);
  });

  it('begins a new search with nothing selected', async () => {
    await show();
    await pick('1061');
    expect(said()).toContain('1 selected');
    await type('a');
    await waitFor(() => expect(said()).not.toContain('1 selected'));
  });
});

describe('the arrangement', () => {
  it('of columns and views asks for nothing anew and moves nothing', async () => {
    const { fake } = await show();
    await waitFor(() => expect(orders()).toHaveLength(4));
    const list = document.querySelector('.rows')!;
    list.scrollTop = 72;
    const asked = fake.listPayments.mock.calls.length;
    await fireEvent.click(screen.getByRole('button', { name: 'Columns' }));
    await fireEvent.click(screen.getByRole('menuitemcheckbox', { name: 'Customer' }));
    await press('Escape');
    screen.getByRole('separator', { name: 'Width of Amount' }).focus();
    await press('ArrowRight');
    // The account is told anew with the same number.
    session.accounts = session.accounts.map((account) => ({ ...account }));
    await tick();
    expect(screen.queryByRole('columnheader', { name: /Customer/ })).toBeNull();
    expect([fake.listPayments.mock.calls.length, list.scrollTop]).toEqual([asked, 72]);
    expect(said()).toContain('4 payments');
  });

  it('of the order keeps the sums while they are asked again', async () => {
    const { fake } = await show();
    await waitFor(() => expect(said()).toContain('Total 560,90 €'));
    fake.listPayments.mockImplementation(async () => ({ rows: some(), next: 'x', tookMs: 1 }));
    fake.totals.mockImplementation(() => new Promise(() => undefined));
    await fireEvent.click(screen.getByRole('button', { name: /Amount/ }));
    await waitFor(() => expect(fake.totals.mock.calls.length).toBeGreaterThan(1));
    expect(said()).toContain('Total 560,90 €');
  });
});

describe('the filters', () => {
  it('stand as chips in words, and a chip that goes takes its text with it', async () => {
    await show();
    await type('a amount:>20 created:2026-11');
    await waitFor(() => expect(said()).toContain('Amount over 20,00 €'));
    await fireEvent.click(screen.getByRole('button', { name: /Remove the filter Amount over/ }));
    expect(search().value).toBe('a created:2026-11');
    expect(said()).toContain('Created November 2026');
  });

  it('are added from a menu, into the text', async () => {
    await show();
    await fireEvent.click(screen.getByRole('button', { name: /Add a filter$/ }));
    await fireEvent.click(screen.getByRole('menuitemcheckbox', { name: 'Waits for us' }));
    expect(search().value).toBe('status:hold');
    await fireEvent.click(screen.getByRole('button', { name: /Add a filter$/ }));
    await fireEvent.click(screen.getByRole('menuitem', { name: 'Amount over' }));
    await fireEvent.input(screen.getByLabelText('Amount over'), { target: { value: '19,90' } });
    await fireEvent.click(screen.getByRole('button', { name: 'Set' }));
    expect(search().value).toBe('status:hold amount:>19,90');
  });

  it('are kept as a view under a name, which can be removed again', async () => {
    await show();
    await type('aino amount:>20');
    await fireEvent.click(await screen.findByRole('button', { name: 'Save view' }));
    await fireEvent.input(screen.getByLabelText('Name of the view'), { target: { value: 'Aino, big' } });
    await fireEvent.click(screen.getByRole('button', { name: 'Save' }));
    expect(screen.getByRole('button', { name: /Views$/ }).textContent).toContain('Aino, big');
    await fireEvent.click(screen.getByRole('button', { name: /Views$/ }));
    await fireEvent.click(screen.getByRole('menuitem', { name: /Remove “Aino, big”/ }));
    expect(screen.getByRole('button', { name: /Views$/ }).textContent).toContain('Own search');
  });
});

describe('nothing to show', () => {
  it('says how payments come, where there are none, and leads to the import', async () => {
    await show(() => []);
    await fireEvent.click(await screen.findByRole('button', { name: 'Import…' }));
    expect(session.view).toBe('import');
    expect(await violations()).toEqual([]);
  });

  it('offers to let go the filter that leaves out most', async () => {
    await show();
    await type('aino zzz');
    await fireEvent.click(await screen.findByRole('button', { name: 'Leave out “zzz”' }));
    expect(search().value).toBe('aino');
    await waitFor(() => expect(orders()).toEqual(['1048']));
  });

  it('says what went wrong and asks again', async () => {
    let fails = true;
    const rows = some();
    const { fake } = await (async () => {
      const made = shell(() => rows);
      made.listPayments.mockImplementation(async () => {
        if (fails) throw anError({ code: 'store' });
        return { rows, next: null, tookMs: 1 };
      });
      render(PaymentsView);
      return { fake: made };
    })();
    await waitFor(() => expect(said()).toContain('The data file can’t be used'));
    fails = false;
    await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
    await waitFor(() => expect(orders()).toHaveLength(4));
    expect(fake.listPayments).toHaveBeenCalledTimes(2);
  });
});

describe('the selection', () => {
  it('says its sum and how many each act fits', async () => {
    await show();
    for (const order of ['1061', '1060', '1040']) await pick(order);
    const bar = screen.getByRole('toolbar');
    expect(plain(bar.textContent)).toMatch(/3 selected.*432,40 €.*Activate 1….*Cancel 1….*Refresh 2/);
    await press('Escape');
    expect(screen.queryByRole('toolbar')).toBeNull();
  });

  it('of many leads to the check of a batch, by press and by key; of one it stays a single refund', async () => {
    const planBatch = vi.fn(() => new Promise(() => undefined));
    await show(some, { planBatch });
    await pick('1061');
    await pick('1060');
    // One of the two can be refunded: that is no batch.
    await fireEvent.click(within(screen.getByRole('toolbar')).getByRole('button', { name: /^Refund 1…/ }));
    expect(await screen.findByRole('dialog', { name: 'Refund order 1061' })).toBeTruthy();
    await press('Escape');
    await pick('1048');
    await press('r');
    await waitFor(() => expect(planBatch).toHaveBeenCalledTimes(1));
    expect(planBatch).toHaveBeenCalledWith(1, 'refund', { from: 'payments', transactionIds: ['p-1', 'p-2', 'p-3'] }, { columns: null, amountsIn: null });
    expect(session.view).toBe('bulk');
  });

  it('of one payment offers its refund', async () => {
    await show();
    await pick('1048');
    await fireEvent.click(within(screen.getByRole('toolbar')).getByRole('button', { name: /Refund/ }));
    expect(await screen.findByRole('dialog', { name: 'Refund order 1048' })).toBeTruthy();
  });

  it('opens the dialog of holds by a key', async () => {
    await show(some, { newIntents: async (count: number) => Array.from({ length: count }, (_, at) => `i-${at}`) });
    await pick('1060');
    await press('a');
    expect(await screen.findByRole('dialog', { name: /Activate/ })).toBeTruthy();
  });

  it('says what left the list, and offers by what it is now', async () => {
    let rows = some();
    const { fake } = await show(() => rows);
    const all = fake.listPayments.getMockImplementation()!;
    for (const order of ['1061', '1060']) await pick(order);
    // The hold was activated, and the search is for holds, say.
    rows = some().map((each) => (each.id === 'p-2' ? { ...each, status: 'ok', standing: 'paid' as const, deadline: null } : each));
    fake.listPayments.mockImplementation(async (...asked) => {
      const page = await all(...asked);
      return { ...page, rows: page.rows.filter(({ id }) => id !== 'p-2') };
    });
    session.revision += 1;
    await waitFor(() => expect(said()).toContain('1 of them is not in this list'));
    await waitFor(() => expect(screen.queryByRole('button', { name: /Activate 1/ })).toBeNull());
    expect(said()).toContain('2 selected');
    // Now it is gone altogether.
    rows = rows.filter(({ id }) => id !== 'p-2');
    session.revision += 1;
    await waitFor(() => expect(said()).toContain('1 selected'));
    expect(said()).not.toContain('not in this list');
  });

  it('takes its keys from the detail beside it', async () => {
    await show();
    await fireEvent.click(row('1048'));
    const refund = async () => within(await screen.findByRole('complementary', { name: 'Order 1048' })).findByRole('button', { name: /Refund…/ });
    expect((await refund()).querySelector('kbd')).not.toBeNull();
    await pick('1061');
    expect((await refund()).querySelector('kbd')).toBeNull();
  });

  it('is refreshed with each failure told by its payment', async () => {
    const refreshPayments = vi.fn(async (): Promise<RefreshReport> => ({ fetched: 1, changed: 0, errors: [{ id: 'p-1', error: anError({ code: 'nothingSent', requestId: 'req-7' }).data }], notAsked: 0, stopped: null }));
    await show(some, { refreshPayments });
    for (const order of ['1061', '1048', '1040']) await pick(order);
    await fireEvent.click(screen.getByRole('button', { name: /Refresh 2/ }));
    await waitFor(() => expect(said()).toContain('One payment could not be refreshed'));
    expect(refreshPayments).toHaveBeenCalledWith(1, ['p-1', 'p-3']);
    const note = screen.getByRole('alert');
    expect(plain(note.textContent)).toMatch(/1061.*Paytrail could not be reached.*req-7/);
  });
});

describe('the keyboard', () => {
  it('moves, opens, goes on with the detail open, and closes', async () => {
    await show();
    await press('j', 'j', 'Enter');
    await waitFor(() => expect(session.payment).toBe('p-2'));
    expect(await screen.findByRole('complementary', { name: 'Order 1060' })).toBeTruthy();
    await press('j');
    await waitFor(() => expect(session.payment).toBe('p-3'));
    await press('Escape');
    expect(session.payment).toBeNull();
  });

  it('refunds the current row, and says why where that is not possible', async () => {
    await show();
    await press('j', 'j', 'r');
    await waitFor(() => expect(toasts()[0]?.title).toBe('Order 1060 can’t be refunded'));
    expect(session.payment).toBe('p-2');
    await press('j', 'r');
    expect(await screen.findByRole('dialog', { name: 'Refund order 1048' })).toBeTruthy();
  });

  it('says that a payment could not be read, and not that it can’t be refunded', async () => {
    await show(some, { showPayment: async () => Promise.reject(anError({ code: 'store' })) });
    await press('j', 'r');
    await waitFor(() => expect(toasts()[0]).toMatchObject({ title: 'Order 1061 could not be read' }));
    expect(plain(toasts()[0]?.text)).toContain('The data file can’t be used');
  });

  it('finds the search, and leaves it for the list', async () => {
    await show();
    await press('/');
    expect(document.activeElement).toBe(search());
    await press('Escape');
    expect(document.activeElement?.getAttribute('role')).toBe('grid');
  });
});
