import { afterEach, describe, expect, it, vi } from 'vitest';
import { aPayment, anAccount, anError, fakeIpc, openSession } from '../../test/fake-ipc';
import { session } from '../../lib/state/session.svelte';
import type { PaymentPage, PaymentRow, SortDto, Totals } from '../../lib/ipc';
import { questionOf, readFirst, takeFirst } from './first';
import { PaymentList, type Question } from './list.svelte';

const sort: SortDto = { by: 'created', descending: true };
const question = (query: string): Question => ({ account: 1, query, sort });
const many = (count: number, from = 0): PaymentRow[] => Array.from({ length: count }, (_, at) => aPayment({ id: `id-${from + at}`, reference: String(from + at) }));
const totalsOf = async (): Promise<Totals> => ({ count: 3, more: false, amount: 0, refunded: 0 });

/** A shell with these payments, page by page. */
function shell(rows: () => PaymentRow[]) {
  const listPayments = vi.fn(async (_account: number, _query: string, _sort: SortDto, after: string | null, limit: number): Promise<PaymentPage> => {
    const from = Number(after ?? 0);
    return { rows: rows().slice(from, from + limit), next: from + limit < rows().length ? String(from + limit) : null, tookMs: 2 };
  });
  fakeIpc({ listPayments, totals: async () => ({ count: rows().length, more: false, amount: 0, refunded: 0 }) });
  return listPayments;
}

const settle = () => new Promise((done) => setTimeout(done, 0));

describe('the list of payments', () => {
  it('shows the answer to the newest question, however late an older one comes', async () => {
    const answers: ((page: PaymentPage) => void)[] = [];
    fakeIpc({ listPayments: () => new Promise<PaymentPage>((done) => answers.push(done)), totals: totalsOf });
    const list = new PaymentList();
    const both = [list.ask(question('a')), list.ask(question('ai'))];
    answers[1]?.({ rows: [aPayment({ id: 'new' })], next: null, tookMs: 1 });
    answers[0]?.({ rows: [aPayment({ id: 'old' })], next: null, tookMs: 1 });
    await Promise.all(both);
    expect(list.rows().map(({ id }) => id)).toEqual(['new']);
    expect(list.answered?.query).toBe('ai');
  });

  it('keeps the rows of the last good question while the newest can not be read', async () => {
    const list = new PaymentList();
    fakeIpc({
      listPayments: async (_account, query) => {
        if (query === 'amount:') throw anError({ code: 'badInput' });
        return { rows: many(1), next: null, tookMs: 1 };
      },
      totals: totalsOf,
    });
    await list.ask(question(''));
    await list.ask(question('amount:'));
    expect(list.error?.code).toBe('badInput');
    expect(list.rows()).toHaveLength(1);
    await list.ask(question('amount:>1'));
    expect(list.error).toBeNull();
  });

  it('asks for a small page first and for larger ones ahead of the eye', async () => {
    const rows = many(5000);
    const asked = shell(() => rows);
    const list = new PaymentList();
    await list.ask(question(''));
    await settle();
    expect(asked.mock.calls.map((call) => call[4])).toEqual([60, 200]);
    expect(list.count).toBe(5000);
    list.see(4000, 4020);
    await vi.waitFor(() => expect(list.rowAt(4020)?.reference).toBe('4020'));
    expect(asked.mock.calls.length).toBeLessThan(10);
    expect(list.indexOf('id-4000')).toBe(4000);
  });

  it('takes changed rows in quietly and says what moved', async () => {
    let rows = many(3);
    shell(() => rows);
    const list = new PaymentList();
    await list.ask(question(''));
    const shifted = vi.fn();
    list.onshift = shifted;
    rows = [aPayment({ id: 'id-99' }), ...many(3)].map((row) => (row.id === 'id-1' ? { ...row, standing: 'refunded' as const } : row));
    await list.look();
    expect(list.row('id-1')?.standing).toBe('refunded');
    expect(list.indexOf('id-0')).toBe(1);
    expect(shifted).toHaveBeenCalledOnce();
  });

  it('does not look for a question that was replaced meanwhile', async () => {
    const answers: ((page: PaymentPage) => void)[] = [];
    const list = new PaymentList();
    fakeIpc({ listPayments: async () => ({ rows: many(1), next: null, tookMs: 1 }), totals: totalsOf });
    await list.ask(question('a'));
    fakeIpc({ listPayments: () => new Promise<PaymentPage>((done) => answers.push(done)) });
    const look = list.look();
    const ask = list.ask(question('b'));
    answers[1]?.({ rows: [aPayment({ id: 'b' })], next: null, tookMs: 1 });
    answers[0]?.({ rows: [aPayment({ id: 'a' })], next: null, tookMs: 1 });
    await Promise.all([look, ask]);
    expect(list.rows().map(({ id }) => id)).toEqual(['b']);
  });

  it('reads as much as is to be selected, and no more', async () => {
    const rows = many(5000);
    shell(() => rows);
    const list = new PaymentList();
    await list.ask(question(''));
    expect(await list.readUpTo(1000)).toHaveLength(1000);
    expect(list.rows().length).toBeLessThan(2500);
  });

  it('shows a row once, though it came in two pages', async () => {
    fakeIpc({
      listPayments: async (_account, _query, _sort, after) =>
        after === null ? { rows: many(2), next: 'x', tookMs: 1 } : { rows: many(2, 1), next: null, tookMs: 1 },
      totals: totalsOf,
    });
    const list = new PaymentList();
    await list.ask(question(''));
    await vi.waitFor(() => expect(list.rows().map(({ id }) => id)).toEqual(['id-0', 'id-1', 'id-2']));
  });
});

describe('what is read before the window is drawn', () => {
  afterEach(() => void openSession());

  it('is taken once, and only as the answer to the same question', async () => {
    shell(() => many(3));
    await readFirst(anAccount({ id: 1 }), { first: null });
    expect(takeFirst(questionOf(1, 'aino'))).toBeNull();
    await readFirst(anAccount({ id: 1 }), { first: null });
    expect(takeFirst(questionOf(1, ''))?.rows).toHaveLength(3);
    expect(takeFirst(questionOf(1, ''))).toBeNull();
  });

  it('is what the start brought, and nothing is asked', async () => {
    fakeIpc({});
    await readFirst(anAccount({ id: 1 }), { first: { rows: many(2), next: null, tookMs: 1 } });
    expect(takeFirst(questionOf(1, ''))?.rows).toHaveLength(2);
  });

  it('is asked for where a person has another order than the start', async () => {
    session.settings = { ...session.settings, layout: JSON.stringify({ payments: { sort: { id: 'amount', dir: 'asc' } } }) };
    shell(() => many(3));
    await readFirst(anAccount({ id: 1 }), { first: { rows: many(2), next: null, tookMs: 1 } });
    expect(takeFirst(questionOf(1, ''))?.rows).toHaveLength(3);
  });

  it('stands in the list at once and is summed up afterwards', async () => {
    shell(() => many(300));
    await readFirst(anAccount({ id: 1 }), { first: null });
    const list = new PaymentList();
    const read = takeFirst(questionOf(1, ''));
    if (read) list.begin(questionOf(1, ''), read);
    expect([list.rows().length, list.count]).toEqual([60, 61]);
    await vi.waitFor(() => expect([list.rows().length, list.count]).toEqual([260, 300]));
  });

  it('holds nothing up that can not be read', async () => {
    fakeIpc({
      listPayments: async () => {
        throw anError({ code: 'store' });
      },
      totals: totalsOf,
    });
    await readFirst(anAccount({ id: 1 }), { first: null });
    expect(takeFirst(questionOf(1, ''))).toBeNull();
  });

  it('ends where a page leads nowhere', async () => {
    const listPayments = vi.fn(async (): Promise<PaymentPage> => ({ rows: many(2), next: 'here', tookMs: 1 }));
    fakeIpc({ listPayments, totals: totalsOf });
    const list = new PaymentList();
    await list.ask(question(''));
    await settle();
    expect(listPayments.mock.calls.length).toBeLessThan(4);
  });
});
