import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { tick } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { violations } from '../../test/axe';
import { anError, anOperation, fakeIpc, NOW, openSession } from '../../test/fake-ipc';
import { press } from '../../test/keyboard';
import type { OperationDetail, OperationPage, OperationRow, RefundOrder, StateSum } from '../../lib/ipc';
import { session } from '../../lib/state/session.svelte';
import RefundsView from './RefundsView.svelte';

const ENDS = '2026-11-23T08:59:00.000Z';
const OVER = Date.parse(ENDS);

const unknown = (part: Partial<OperationRow> = {}) =>
  anOperation({
    id: 'op-u', state: 'unknown', reason: 'unclear', message: 'no answer came in time', proof: null, requestId: null, refundTransactionId: null,
    reference: '1054', customer: 'Juhani Räsänen', amount: 6490, paymentAmount: 6490, by: 'Sari Kettunen',
    confirmedAt: '2026-11-23T08:28:55.000Z', lastSentAt: '2026-11-23T08:29:00.000Z', changedAt: '2026-11-23T08:29:30.000Z',
    quarantineEndsAt: ENDS, repeat: 'notYet', moneyMoved: 'unknown', ...part,
  });
const over = (part: Partial<OperationRow> = {}) => unknown({ quarantineEndsAt: null, repeat: 'possible', ...part });

function sumsOf(rows: readonly OperationRow[]): StateSum[] {
  return rows.map(({ kind, state, amount }) => ({ kind, state, amount, count: 1 }));
}

const pageOf = (rows: OperationRow[], next: string | null = null): OperationPage => ({ rows, next, sums: sumsOf(rows) });

function detailOf(operation: OperationRow): OperationDetail {
  return {
    operation,
    attempts: [{ call: 'refund', committedAt: '2026-11-23T08:29:00.000Z', answeredAt: '2026-11-23T08:29:30.000Z', outcome: 'unknown', httpStatus: null, requestId: null, answer: null }],
    entries: [{ at: operation.confirmedAt, what: 'operation.queued', by: 'sari', requestId: null }],
  };
}

async function show(rows: OperationRow[], more = {}) {
  const now = { rows };
  const fake = {
    operations: vi.fn(async (_account: number, _after: string | null, _limit: number) => pageOf(now.rows)),
    operation: vi.fn(async (_account: number, id: string) => detailOf(now.rows.find((row) => row.id === id) ?? anOperation())),
    ...more,
  };
  fakeIpc(fake);
  const { container } = render(RefundsView);
  await waitFor(() => expect(container.querySelector('[aria-label="This row is on its way"], .sk')).toBe(null));
  await tick();
  return { ...fake, now };
}

const button = (name: RegExp | string) => screen.getByRole('button', { name });
const isLocked = (name: RegExp | string) => button(name).getAttribute('aria-disabled') === 'true';

async function at(ms: number): Promise<void> {
  session.now = ms;
  await tick();
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(NOW) });
  openSession();
  session.view = 'refunds';
});
afterEach(() => void vi.useRealTimers());

describe('an unknown refund', () => {
  it('stands first, with what is known, where to look and what now', async () => {
    await show([unknown(), anOperation()]);
    expect(screen.getByText('One refund needs you')).toBeTruthy();
    const card = screen.getByRole('region', { name: 'Outcome unknown: Refund to order 1054' });
    const text = card.textContent?.replace(/\s+/g, ' ') ?? '';
    expect(text).toContain('10.28.55 Confirmed by Sari Kettunen');
    expect(await within(card).findByText('No answer came in time (30 s)')).toBeTruthy();
    expect(text).toContain('64,90 €stays reserved');
    expect(text).toContain('The money may have moved, or not');
    expect(text).toContain('Until 10.59 nobody can say it did not go through');
    expect(await violations()).toEqual([]);
  });

  it('leads to where its outcome shows', async () => {
    const openPlace = vi.fn(async () => null);
    await show([unknown()], { openPlace });
    await fireEvent.click(button(/Merchant Panel, refunds/));
    expect(openPlace).toHaveBeenCalledWith('merchantPanelRefunds');
    await fireEvent.click(button('Import a report…'));
    expect(session.view).toBe('import');
  });

  it('can’t be called undone before the waiting time is over, and can at its end', async () => {
    await show([unknown()]);
    await at(OVER - 1);
    expect([isLocked(/^Repeat once/), isLocked(/^It did not go through/), isLocked(/^It went through/)]).toEqual([true, true, false]);
    await fireEvent.click(button(/^It did not go through/));
    expect(screen.queryByRole('dialog')).toBe(null);
    await at(OVER);
    expect(isLocked(/^It did not go through/)).toBe(false);
    await fireEvent.click(button(/^It did not go through/));
    expect(await screen.findByRole('dialog', { name: 'The refund did not go through?' })).toBeTruthy();
  });

  it('can be repeated only when the shell says so, which is asked at the end of the waiting', async () => {
    const fake = await show([unknown()]);
    await at(OVER);
    expect(isLocked(/^Repeat once/)).toBe(true);
    await waitFor(() => expect(fake.operations.mock.calls.length).toBe(2));
    await new Promise((done) => setTimeout(done, 400));
    expect(fake.operations.mock.calls.length).toBe(2);
    fake.now.rows = [over()];
    // The shell's clock is behind: some seconds later it is asked again.
    await at(OVER + 5000);
    await waitFor(() => expect(isLocked(/^Repeat once/)).toBe(false));
  });

  it.each([
    ['notMoreThanHalf', /is not more than half of the payment/],
    ['byEmail', /an email refund is not held to the payment’s limit/],
    ['repeatedAlready', /it has been repeated once already/],
  ])('says why it can’t be repeated: %s', async (repeatWhy, words) => {
    await show([over({ repeat: 'never', repeatWhy, amount: 2500 })]);
    expect(screen.getByText(words)).toBeTruthy();
    expect(screen.queryByRole('button', { name: /Repeat/ })).toBe(null);
  });

  it('does not vanish when it settles: what became of it stands there until it is put away', async () => {
    const fake = await show([unknown()]);
    fake.now.rows = [unknown({ state: 'done', reason: 'evidence', proof: 'report', quarantineEndsAt: null, repeat: null })];
    session.revision += 1;
    const said = await screen.findByText(/Proof: payment report/, { selector: '.settled *' });
    expect(said.textContent).toContain('Refund to order 1054');
    await fireEvent.click(button('Close this notice'));
    await waitFor(() => expect(document.querySelector('.settled')).toBe(null));
  });
});

describe('a person’s word', () => {
  it('needs a note of what was seen and where', async () => {
    const resolve = vi.fn(async () => over({ state: 'done' }));
    await show([over()], { resolve });
    await fireEvent.click(button('It went through…'));
    expect(screen.getByText(/A callback or a report that says otherwise overrides it/)).toBeTruthy();
    expect(await violations()).toEqual([]);
    const say = button(/^Say that 64,90\s€ went through/);
    await fireEvent.click(say);
    expect(screen.getByText('Write what you saw and where: it is kept with your name.')).toBeTruthy();
    await fireEvent.input(screen.getByLabelText('What you saw, and where'), { target: { value: '   ' } });
    await fireEvent.click(say);
    expect(resolve).not.toHaveBeenCalled();
    await fireEvent.input(screen.getByLabelText('What you saw, and where'), { target: { value: ' Refund list, 10.30 ' } });
    await fireEvent.click(say);
    expect(resolve).toHaveBeenCalledWith(1, 'op-u', true, 'Refund list, 10.30');
  });

  it('is said once, however often it is pressed', async () => {
    const resolve = vi.fn(() => new Promise(() => undefined));
    await show([over()], { resolve });
    await fireEvent.click(button('It did not go through…'));
    expect(screen.getByText(/the customer gets it twice/)).toBeTruthy();
    await fireEvent.input(screen.getByLabelText('What you saw, and where'), { target: { value: 'nothing there' } });
    const say = button(/^Say that .* did not go through/);
    await Promise.all([fireEvent.click(say), fireEvent.click(say)]);
    await press('Control+Enter', 'Escape');
    expect(resolve.mock.calls).toEqual([[1, 'op-u', false, 'nothing there']]);
    expect(screen.getByRole('dialog')).toBeTruthy();
  });

  it('that came too early is explained, and what was written stays', async () => {
    const resolve = vi.fn(async () => Promise.reject(anError({ code: 'quarantine', message: 'wait 2 more minutes' })));
    await show([over()], { resolve });
    await fireEvent.click(button('It did not go through…'));
    await fireEvent.input(screen.getByLabelText('What you saw, and where'), { target: { value: 'nothing there' } });
    await fireEvent.click(button(/^Say that .* did not go through/));
    expect(await screen.findByText('The waiting time is not over yet')).toBeTruthy();
    expect(screen.getByLabelText<HTMLTextAreaElement>('What you saw, and where').value).toBe('nothing there');
  });
});

describe('the one repeat', () => {
  const open = async (result: OperationRow | Error, part: Partial<OperationRow> = {}) => {
    const refund = vi.fn((_order: RefundOrder) => (result instanceof Error ? Promise.reject(result) : Promise.resolve(result)));
    const newIntents = vi.fn(async () => ['intent-1']);
    await show([over(part)], { refund, newIntents });
    await fireEvent.click(button('Repeat once…'));
    await tick();
    return { refund, newIntents, act: () => button(/^Refund 64,90\s€ once more/) };
  };

  it('explains what makes it safe, and sends the same amount again, once', async () => {
    const { refund, newIntents, act } = await open(anOperation({ state: 'done', amount: 6490 }));
    expect(screen.getByText(/Paytrail’s own limit refuses this one/)).toBeTruthy();
    expect(screen.getByText(/that proves nothing about the first refund: it stays unknown/)).toBeTruthy();
    expect(await violations()).toEqual([]);
    const press = act();
    await Promise.all([fireEvent.click(press), fireEvent.click(press), fireEvent.dblClick(press)]);
    expect(refund.mock.calls).toEqual([
      [{ account: 1, transactionId: over().transactionId, amount: 6490, items: null, intent: 'intent-1', again: true, note: null, refundReason: null, typed: null, reference: null, email: null }],
    ]);
    expect(newIntents).toHaveBeenCalledTimes(1);
    expect(await screen.findByText(/went out with this attempt/)).toBeTruthy();
  });

  it('above the shop’s limit is sent once the sum is typed', async () => {
    fakeIpc({ refundPolicy: async () => ({ reasons: null, refundLimit: 5000, batchLimit: null }) });
    const { refund, act } = await open(anOperation({ state: 'done', amount: 6490 }));
    const typed = await screen.findByLabelText('Type the sum to confirm');
    await fireEvent.click(act());
    expect(refund).not.toHaveBeenCalled();
    await fireEvent.input(typed, { target: { value: '64,90' } });
    await fireEvent.click(act());
    expect(refund.mock.calls[0]?.[0]).toMatchObject({ amount: 6490, typed: 6490 });
  });

  it('shows what came of it though its button is pressed twice', async () => {
    const { act } = await open(anOperation({ state: 'done', amount: 6490 }));
    await fireEvent.click(act());
    expect(await screen.findByText(/went out with this attempt/)).toBeTruthy();
    await new Promise((done) => setTimeout(done, 150));
    await fireEvent.click(screen.getAllByRole('button', { name: 'Close' }).at(-1)!);
    expect(screen.getByText(/went out with this attempt/)).toBeTruthy();
  });

  it('of a refund by items sends the same items', async () => {
    const items = [{ stamp: 'l-1', amount: 6490 }];
    const { refund, act } = await open(anOperation({ state: 'accepted' }), { items });
    await fireEvent.click(act());
    expect(refund.mock.calls[0]?.[0]).toMatchObject({ amount: null, items });
    expect(await screen.findByText(/the first one stays unknown until then/)).toBeTruthy();
  });

  it('that is refused proves nothing about the first', async () => {
    const { act } = await open(anOperation({ state: 'rejected', reason: 'refused', message: 'More than what is left', requestId: 'req-9' }));
    await fireEvent.click(act());
    expect(await screen.findByText(/That proves nothing about the first refund: it stays unknown\./)).toBeTruthy();
    expect(screen.getByText('Paytrail says: “More than what is left”')).toBeTruthy();
    expect(screen.getByText('req-9')).toBeTruthy();
  });

  it('whose outcome is unclear offers no second one', async () => {
    const { refund, act } = await open(anError({ code: 'unclear', message: 'cut', moneyMoved: 'unknown' }));
    await fireEvent.click(act());
    expect(await screen.findByText(/Don’t send it again/)).toBeTruthy();
    expect(screen.queryByRole('button', { name: /once more|Try again/ })).toBe(null);
    await press('Control+Enter');
    expect(refund).toHaveBeenCalledTimes(1);
  });
});

describe('an unknown cancel', () => {
  it('settles by looking: it can be neither repeated nor marked', async () => {
    const sync = vi.fn(async () => null);
    await show([unknown({ kind: 'cancel', refundStamp: null, repeat: null, quarantineEndsAt: null })], { sync });
    expect(screen.getByText(/A look settles it/)).toBeTruthy();
    expect(screen.queryByRole('button', { name: /went through|did not go through|Repeat/ })).toBe(null);
    await fireEvent.click(button('Look again'));
    expect(sync).toHaveBeenCalledWith(1);
    session.sync = { account: 1, running: true, at: null, error: null, offlineSince: null, unsaved: 0 };
    await tick();
    expect(screen.queryByText('Looked, and still open.')).toBe(null);
    session.sync = { account: 1, running: false, at: new Date(session.now + 2000).toISOString(), error: null, offlineSince: null, unsaved: 0 };
    expect(await screen.findByText('Looked, and still open.')).toBeTruthy();
  });
});

describe('every operation', () => {
  it('is opened where another view leads to it, also one that was not read yet', async () => {
    session.operation = 'op-far';
    const far = anOperation({ id: 'op-far', reference: '1001' });
    await show([unknown()], { operation: vi.fn(async () => detailOf(far)) });
    expect(await screen.findByRole('complementary', { name: /1001/ })).toBeTruthy();
    expect(session.operation).toBeNull();
  });

  const rows = [
    unknown(),
    anOperation({ id: 'a', state: 'accepted', reference: '1029', customer: 'Elsa Åkerblom', proof: null, amount: 15400 }),
    anOperation({ id: 'b', state: 'rejected', reference: '1033', customer: 'Niklas Öberg', proof: null, reason: 'refused', message: 'Balance too low' }),
    anOperation({ id: 'c', reference: '1048', requestId: 'req-48' }),
    anOperation({ id: 'd', kind: 'activate', reference: '1060', proof: 'signed answer of a look at the payment' }),
  ];
  const orders = () => [...document.querySelectorAll('.rows [role="row"]')].map((row) => row.getAttribute('aria-label'));

  it('stands with its state and its proof, and the sums below', async () => {
    await show(rows);
    await waitFor(() => expect(orders()).toEqual(['Refund to order 1029, Refund requested', 'Refund to order 1033, Refused', 'Refund to order 1048, Refunded', 'Activation of order 1060, Activated']));
    expect(screen.getByText('Balance too low. No money moved.')).toBeTruthy();
    const foot = screen.getByRole('contentinfo').textContent?.replace(/\s+/g, ' ') ?? '';
    expect(foot).toContain('5 operations');
    expect(foot).toContain('Refunded 18,00 €');
    expect(foot).toContain('Requested 154,00 €');
    expect(foot).toContain('Unknown 64,90 €');
    expect(foot).toContain('Refunds made elsewhere are known up to the report of 21.11.2026');
  });

  it('is narrowed by tab and by words; unknown ones leave with what they don’t match', async () => {
    await show(rows);
    await fireEvent.click(screen.getByRole('tab', { name: /Failed/ }));
    await waitFor(() => expect(orders()).toEqual(['Refund to order 1033, Refused']));
    expect(screen.queryByRole('region', { name: /Outcome unknown/ })).toBe(null);
    await fireEvent.click(screen.getByRole('tab', { name: /All/ }));
    await fireEvent.input(screen.getByRole('searchbox'), { target: { value: 'req-48' } });
    await waitFor(() => expect(orders()).toEqual(['Refund to order 1048, Refunded']));
    await fireEvent.input(screen.getByRole('searchbox'), { target: { value: 'nobody' } });
    expect(await screen.findByText('Nothing matches')).toBeTruthy();
  });

  it('is read to its end for a search', async () => {
    const operations = vi.fn(async (_account: number, after: string | null) => (after === null ? pageOf(rows.slice(0, 3), 'more') : pageOf(rows.slice(3))));
    await show(rows, { operations });
    expect(operations).toHaveBeenCalledTimes(1);
    await fireEvent.input(screen.getByRole('searchbox'), { target: { value: '1060' } });
    await waitFor(() => expect(orders()).toEqual(['Activation of order 1060, Activated']));
    expect(operations.mock.calls.map(([, after]) => after)).toEqual([null, 'more']);
  });

  it('opens with its whole history beside the list, and closes with Escape', async () => {
    await show(rows);
    await waitFor(() => expect(orders().length).toBe(4));
    await fireEvent.click(screen.getByRole('row', { name: /1048/ }));
    const pane = await screen.findByRole('complementary', { name: /order 1048/ });
    expect(await within(pane).findByText('Confirmed')).toBeTruthy();
    expect(within(pane).getByText('req-48')).toBeTruthy();
    expect(await violations()).toEqual([]);
    await fireEvent.click(within(pane).getByRole('button', { name: 'Open the payment' }));
    expect([session.view, session.payment]).toEqual(['payments', anOperation().paymentId]);
    await press('Escape');
    await waitFor(() => expect(screen.queryByRole('complementary')).toBe(null));
  });

  it('shows loudly where evidence overrode what was said', async () => {
    await show([anOperation({ id: 'o', reference: '1070', reason: 'evidence_overrides', proof: 'report' })]);
    await waitFor(() => expect(orders().length).toBe(1));
    await fireEvent.click(screen.getByRole('row', { name: /1070/ }));
    expect(await screen.findByText('Evidence overrode what was said before')).toBeTruthy();
  });

  it('says that there is nothing yet, and what went wrong', async () => {
    await show([]);
    expect(screen.getByText('No refunds yet')).toBeTruthy();
    expect(await violations()).toEqual([]);
  });

  it('keeps what was there when it can’t be asked again', async () => {
    const operations = vi.fn<() => Promise<OperationPage>>().mockResolvedValueOnce(pageOf(rows)).mockRejectedValue(anError({ code: 'store', message: 'disk' }));
    await show(rows, { operations });
    session.revision += 1;
    expect(await screen.findByText('The data file can’t be used')).toBeTruthy();
    expect(orders().length).toBe(4);
  });
});
