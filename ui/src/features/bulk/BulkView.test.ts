import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { violations } from '../../test/axe';
import { aBatch, aBatchPlan, aPlannedLine, bulkShell, counts } from '../../test/bulk';
import { anError, openSession } from '../../test/fake-ipc';
import { chooseFiles, decoded } from '../../test/importing';
import { press } from '../../test/keyboard';
import { setLocale } from '../../lib/i18n';
import type { BatchSource } from '../../lib/ipc';
import { session } from '../../lib/state/session.svelte';
import BulkView from './BulkView.svelte';
import { batchesOf } from './batches.svelte';
import { actOnMany, bulkOf } from './work.svelte';

const plain = (text: string | null | undefined) => (text ?? '').replaceAll('\u00a0', ' ').replace(/\s+/g, ' ');
const isLocked = (button: HTMLElement) => button.getAttribute('aria-disabled') === 'true';
const panel = () => within(screen.getByRole('complementary', { name: 'What confirming would do' }));

const lines = () => [
  aPlannedLine({ number: 37, key: 'LF-2O31', reference: '', customer: '', payment: null, amount: null, leftAfter: null, verdict: 'error', why: { kind: 'noSuchPayment', values: {} }, suggestion: { key: 'LF-2031' } }),
  aPlannedLine({ number: 58, customer: 'Tiina Kyllönen', verdict: 'error', why: { kind: 'sameAgain', values: { operation: 'x', at: '2026-11-11T08:42:00Z', state: 'done' } }, suggestion: { again: true } }),
  aPlannedLine({ number: 113, verdict: 'error', why: { kind: 'batchTogether', values: { left: '4900', line: '112' } } }),
  aPlannedLine({ number: 205, customer: 'Åke Blomqvist', amount: 8800, verdict: 'error', why: { kind: 'moreThanLeft', values: { wanted: '8800', left: '4400' } }, suggestion: { amount: 4400 } }),
  aPlannedLine({ number: 64, verdict: 'warning', why: { kind: 'batchRefundedBefore', values: { amount: '1000' } } }),
  aPlannedLine({ number: 1 }),
  aPlannedLine({ number: 2, customer: 'Väinö Lehtonen' }),
];

beforeEach(() => {
  const { id } = openSession();
  session.start = null;
  session.batch = null;
  bulkOf(id).leave();
  bulkOf(id).kind = 'refund';
  batchesOf(id).list = null;
});

async function check(...shell: Parameters<typeof bulkShell>) {
  const fakes = bulkShell(...shell);
  const view = render(BulkView);
  await press('n');
  await chooseFiles(new File(['viite;summa'], 'lankafestarit.csv'));
  await screen.findByRole('grid');
  return { ...fakes, ...view };
}

const row = (name: RegExp) => screen.getByRole('row', { name });

describe('a new batch', () => {
  it('begins with what it does and where its lines come from', async () => {
    bulkShell();
    render(BulkView);
    expect(await screen.findByText('No batch yet')).toBeTruthy();
    expect(await violations()).toEqual([]);
    await press('n');
    expect(screen.getByRole('heading', { name: 'Bulk refund' })).toBeTruthy();
    await fireEvent.click(screen.getByRole('radio', { name: /^Activate/ }));
    expect(screen.getByRole('heading', { name: 'Bulk activation' })).toBeTruthy();
    expect(screen.getByText('Nothing is sent before you confirm the checked batch.')).toBeTruthy();
    expect(await violations()).toEqual([]);
  });

  it('is planned from the bytes of a file, and says nothing of them that nobody said', async () => {
    const { planBatch } = await check(lines());
    const [account, kind, source, options] = planBatch.mock.calls[0] ?? [];
    expect([account, kind, options]).toEqual([1, 'refund', { columns: null, amountsIn: null }]);
    const file = source as Extract<BatchSource, { from: 'file' }>;
    expect([file.name, decoded(file.text)]).toEqual(['lankafestarit.csv', 'viite;summa']);
  });

  it('is planned from a file that is dropped on the view, and not taken for an import', async () => {
    const { planBatch } = bulkShell(lines());
    render(BulkView);
    const outside = vi.fn();
    window.addEventListener('drop', outside);
    await fireEvent.drop(screen.getByRole('main'), { dataTransfer: { files: [new File(['x'], 'a.csv')], types: ['Files'] } });
    await waitFor(() => expect(planBatch).toHaveBeenCalledTimes(1));
    expect(outside).not.toHaveBeenCalled();
    window.removeEventListener('drop', outside);
  });

  it('is planned from lines that are pasted', async () => {
    const { planBatch } = bulkShell(lines());
    render(BulkView);
    await press('n');
    await fireEvent.input(screen.getByLabelText('Or paste lines'), { target: { value: 'LF-2031 49,00' } });
    await press('Control+Enter');
    await screen.findByRole('grid');
    expect(planBatch.mock.calls[0]?.[2]).toEqual({ from: 'paste', text: 'LF-2031 49,00' });
  });

  it('of a selection says which payments can’t be in it', async () => {
    const { planBatch } = bulkShell(lines());
    actOnMany('cancel', [{ transactionId: 'a' }, { transactionId: null }, { transactionId: 'b' }]);
    expect(session.view).toBe('bulk');
    render(BulkView);
    await screen.findByRole('grid');
    expect(planBatch.mock.calls[0]?.slice(1, 3)).toEqual(['cancel', { from: 'payments', transactionIds: ['a', 'b'] }]);
    expect(screen.getByText('1 selected payment has no transaction id and can’t be in the batch')).toBeTruthy();
  });

  it('tells why nothing could be planned, and tries again', async () => {
    const planBatch = vi.fn().mockRejectedValueOnce(anError({ code: 'badInput', message: 'x', why: { kind: 'batchTooManyLines', values: { most: '10000' } } })).mockResolvedValue(aBatchPlan(lines()));
    bulkShell(lines(), {}, { planBatch });
    render(BulkView);
    await press('n');
    await chooseFiles(new File(['x'], 'a.csv'));
    expect(plain((await screen.findByRole('alert')).textContent)).toContain('A batch has at most 10 000 lines');
    await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('grid')).toBeTruthy();
  });
});

describe('the check', () => {
  it('shows errors first, each with its reason in words and what mends it, and beside them what would be sent', async () => {
    await check(lines());
    expect(screen.getByText('4 errors')).toBeTruthy();
    expect(screen.getByText('1 warning')).toBeTruthy();
    expect(screen.getByText('2 ready')).toBeTruthy();
    expect(row(/^Line 37, LF-2O31.*This account has no such payment/)).toBeTruthy();
    expect(plain(row(/^Line 205/).textContent)).toContain('at most 44,00 €');
    expect(plain(row(/^Line 64/).textContent)).toContain('10,00 € was refunded before');
    expect(plain(screen.getByRole('complementary').textContent)).toContain('This batch will refund 147,00€');
    expect(panel().getByText('LIVE')).toBeTruthy();
    expect(panel().getByRole('button', { name: 'Confirm 3 refunds…' })).toBeTruthy();
    expect(await violations()).toEqual([]);
  });

  it.each(['fi', 'sv'] as const)('is sound in %s and in the dark', async (language) => {
    document.documentElement.dataset['theme'] = 'dark';
    void setLocale(language);
    bulkShell(lines());
    actOnMany('refund', [{ transactionId: 'a' }, { transactionId: 'b' }]);
    render(BulkView);
    await screen.findByRole('grid');
    expect(await violations()).toEqual([]);
    delete document.documentElement.dataset['theme'];
    void setLocale('en');
  });

  it('mends a line by its suggestion, and everything is checked again', async () => {
    const { changeBatchPlan } = await check(lines());
    await fireEvent.click(screen.getByRole('button', { name: /^Use LF-2031, line 37/ }));
    await waitFor(() => expect(screen.getByText('3 errors')).toBeTruthy());
    expect(changeBatchPlan).toHaveBeenCalledWith('plan-1', [{ number: 37, key: 'LF-2031' }]);
    await fireEvent.click(screen.getByRole('button', { name: /^Use 44,00\s€, line 205/ }));
    await waitFor(() => expect(screen.getByText('2 errors')).toBeTruthy());
    expect(plain(panel().getByRole('button', { name: /^Confirm/ }).textContent)).toContain('Confirm 5 refunds…');
  });

  it('keeps one of two lines that are too much together', async () => {
    const { changeBatchPlan } = await check(lines());
    await fireEvent.click(screen.getByRole('button', { name: 'Keep line 112, line 113' }));
    await waitFor(() => expect(changeBatchPlan).toHaveBeenCalledWith('plan-1', [{ number: 113, leftOut: true }]));
  });

  it('asks for itself before the same is meant again', async () => {
    const { changeBatchPlan } = await check(lines());
    await fireEvent.click(screen.getByRole('button', { name: /^Refund again…, line 58/ }));
    const dialog = within(await screen.findByRole('dialog', { name: /^Refund 49,00\s€ of order LF-2058 again\?/ }));
    expect(changeBatchPlan).not.toHaveBeenCalled();
    expect(await violations()).toEqual([]);
    await fireEvent.click(dialog.getByRole('button', { name: /^Refund 49,00\s€ again/ }));
    await waitFor(() => expect(changeBatchPlan).toHaveBeenCalledWith('plan-1', [{ number: 58, again: true }]));
  });

  it('leaves a line out and takes it back in, by its box and by a key', async () => {
    const { changeBatchPlan } = await check(lines());
    await fireEvent.click(screen.getByRole('checkbox', { name: 'Send line 64, LF-2064' }));
    await waitFor(() => expect(screen.getByText('1 left out')).toBeTruthy());
    expect(changeBatchPlan).toHaveBeenCalledWith('plan-1', [{ number: 64, leftOut: true }]);
    await fireEvent.click(row(/^Line 64/));
    await press('x');
    await waitFor(() => expect(screen.queryByText('1 left out')).toBeNull());
    expect((screen.getByRole('checkbox', { name: 'Send line 37, LF-2O31' }) as HTMLInputElement).disabled).toBe(true);
  });

  it('leaves all warnings out at once', async () => {
    const { changeBatchPlan } = await check(lines());
    await fireEvent.click(screen.getByRole('button', { name: 'Leave all out' }));
    await waitFor(() => expect(changeBatchPlan).toHaveBeenCalledWith('plan-1', [{ number: 64, leftOut: true }]));
  });

  it('takes an amount where it stands; Escape leaves it as it was, and what is no amount is not taken', async () => {
    const { changeBatchPlan } = await check(lines());
    await fireEvent.click(row(/^Line 205/));
    await press('e');
    const field = () => screen.getByRole('textbox', { name: 'Amount of line 205' });
    await fireEvent.input(field(), { target: { value: '1.234' } });
    await fireEvent.keyDown(field(), { key: 'Enter' });
    expect(field().getAttribute('aria-invalid')).toBe('true');
    await fireEvent.keyDown(field(), { key: 'Escape' });
    expect(screen.queryByRole('textbox', { name: 'Amount of line 205' })).toBeNull();
    expect(changeBatchPlan).not.toHaveBeenCalled();
    await press('e');
    await fireEvent.input(field(), { target: { value: '40,00' } });
    await fireEvent.keyDown(field(), { key: 'Enter' });
    await waitFor(() => expect(changeBatchPlan).toHaveBeenCalledWith('plan-1', [{ number: 205, amount: 4000 }]));
  });

  it('asks whether whole numbers are euros or cents, and guesses neither', async () => {
    const { planBatch } = await check(lines(), { amountsUnknown: true, table: { headers: ['viite', 'summa'], columns: ['reference', 'amountEuros'], sample: [['LF-2001', '49']], remembered: false } });
    expect(screen.getByText('Are the amounts euros or cents?')).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: /^Cents: 49 is 0,49\s€/ }));
    await waitFor(() => expect(planBatch).toHaveBeenCalledTimes(2));
    expect(planBatch.mock.calls[1]?.[3]).toEqual({ columns: null, amountsIn: 'cents' });
  });

  it('asks which column names the payment, with the columns that a batch has', async () => {
    const { planBatch } = await check(lines(), { missing: ['reference'], table: { headers: ['tilaus', 'summa'], columns: [null, 'amountEuros'], sample: [['LF-2001', '49,00']], remembered: false } });
    await fireEvent.click(screen.getAllByRole('button', { name: 'Columns…' })[0] as HTMLElement);
    const dialog = within(await screen.findByRole('dialog'));
    await fireEvent.change(dialog.getByLabelText(/tilaus/), { target: { value: 'reference' } });
    await fireEvent.click(dialog.getByRole('button', { name: /^Look/ }));
    await waitFor(() => expect(planBatch.mock.calls[1]?.[3]).toEqual({ columns: ['reference', 'amountEuros'], amountsIn: null }));
  });

  it('says that another batch was made of the same file, and what keeps anything from being confirmed', async () => {
    await check(lines(), { sameFileAs: 7, blocked: anError({ code: 'locked', message: 'locked' }).data });
    expect(screen.getByText('Batch 7 was made of the same file')).toBeTruthy();
    expect(isLocked(panel().getByRole('button', { name: /^Confirm/ }))).toBe(true);
  });

  it('of ten thousand lines draws those in sight only', async () => {
    const many = Array.from({ length: 10_000 }, (_, at) => aPlannedLine({ number: at + 1 }));
    await check(many);
    expect(screen.getByText(/10\s000 ready/)).toBeTruthy();
    expect(screen.getAllByRole('row').length).toBeLessThan(80);
  });
});

describe('the confirmation', () => {
  const confirmable = [aPlannedLine({ number: 1 }), aPlannedLine({ number: 2, amount: 1_818_140 })];

  async function toConfirm(...shell: Parameters<typeof bulkShell>) {
    const fakes = await check(...shell);
    await fireEvent.click(panel().getByRole('button', { name: /^Confirm/ }));
    await screen.findByRole('heading', { name: /\?$/ });
    return fakes;
  }

  it('says the whole act, the shop and whether its money is real, and gives back exactly what was shown, once', async () => {
    const { confirmBatch } = await toConfirm(confirmable);
    const button = screen.getByRole('button', { name: /^Refund 2 payments, 18\s230,40\s€/ });
    expect(screen.getByText('LIVE')).toBeTruthy();
    expect(screen.getByText(/Kehrä & Käpy/)).toBeTruthy();
    expect(await violations()).toEqual([]);
    await waitFor(() => expect((button as HTMLButtonElement).disabled).toBe(false));
    await fireEvent.click(button);
    await fireEvent.click(button);
    await screen.findByText('Batch 12');
    expect(confirmBatch).toHaveBeenCalledTimes(1);
    expect(confirmBatch.mock.calls[0]?.[1]).toEqual({
      plan: 'plan-1', digest: aBatchPlan(confirmable).digest, count: 2, sum: 1_823_040, typed: null, intent: 'intent-1', refundReason: null, note: null, concurrency: null,
    });
  });

  it('takes the sum only as it is, however it is written', async () => {
    const { confirmBatch } = await toConfirm(confirmable, { typeSum: true });
    const button = screen.getByRole('button', { name: /^Refund 2 payments/ });
    const field = screen.getByLabelText(/^Type the sum to confirm/);
    expect(document.activeElement).toBe(field);
    expect(isLocked(button)).toBe(true);
    await fireEvent.input(field, { target: { value: '18 230,41' } });
    expect(isLocked(button)).toBe(true);
    expect(plain(document.body.textContent)).toContain('The batch comes to 18 230,40 €');
    await press('Control+Enter');
    expect(confirmBatch).not.toHaveBeenCalled();
    await fireEvent.input(field, { target: { value: '18.230,40 €' } });
    expect(isLocked(button)).toBe(false);
    await press('Control+Enter');
    await waitFor(() => expect(confirmBatch).toHaveBeenCalledTimes(1));
    expect(confirmBatch.mock.calls[0]?.[1].typed).toBe(1_823_040);
  });

  it('keeps reason, note and how many at a time with it', async () => {
    const fakes = await check(confirmable);
    await fireEvent.change(panel().getByLabelText('Reason'), { target: { value: 'Returned goods' } });
    await fireEvent.input(panel().getByLabelText('Note, only for us'), { target: { value: 'Päätös 20.11.' } });
    bulkOf(1).concurrency = 4;
    await fireEvent.click(panel().getByRole('button', { name: /^Confirm/ }));
    await waitFor(() => expect(bulkOf(1).ready).toBe(true));
    await press('Control+Enter');
    await waitFor(() => expect(fakes.confirmBatch.mock.calls[0]?.[1]).toMatchObject({ refundReason: 'Returned goods', note: 'Päätös 20.11.', concurrency: 4 }));
  });

  it('that no longer fits leads back to the check, with what became other', async () => {
    const confirmBatch = vi.fn(async () => Promise.reject(anError({ code: 'badInput', message: 'changed', why: { kind: 'batchPlanChanged', values: {} } })));
    const changeBatchPlan = vi.fn(async () => aBatchPlan([aPlannedLine({ number: 1 }), aPlannedLine({ number: 2, amount: 1_818_140, verdict: 'error', why: { kind: 'batchPaymentChanged', values: {} } })]));
    await toConfirm(confirmable, {}, { confirmBatch, changeBatchPlan });
    await waitFor(() => expect(bulkOf(1).ready).toBe(true));
    await press('Control+Enter');
    expect(await screen.findByText('The check is not what was shown any more')).toBeTruthy();
    expect(changeBatchPlan).toHaveBeenCalledWith('plan-1', []);
    expect(plain(document.body.textContent)).toContain('Now 1 line, 49,00 €, would be sent; it was 2 lines, 18 230,40 €.');
    expect(screen.getByText(/The payment has changed since the line was planned/)).toBeTruthy();
  });

  it('whose answer got lost is not offered again: the list tells whether it runs', async () => {
    const confirmBatch = vi.fn(async () => Promise.reject(new Error('gone')));
    await toConfirm(confirmable, {}, { confirmBatch: vi.fn(async () => Promise.reject(anError({ code: 'unclear', moneyMoved: 'unknown' }))) });
    void confirmBatch;
    await waitFor(() => expect(bulkOf(1).ready).toBe(true));
    await press('Control+Enter');
    expect(await screen.findByText('The money may have moved, or not.')).toBeTruthy();
    expect(screen.queryByRole('button', { name: /^Refund 2 payments/ })).toBeNull();
    expect(screen.getByRole('button', { name: 'See whether the batch runs' })).toBeTruthy();
  });
});

describe('the list of batches', () => {
  it('tells each one’s number, state, who and what, newest first, and opens one', async () => {
    const batches = [aBatch({ id: 'b', number: 13, state: 'finished', counts: counts({ done: 9, unknown: 1 }), endedAt: '2026-11-23T08:46:00.000Z' }), aBatch({ id: 'a', number: 12, state: 'stopped', counts: counts({ done: 4, waiting: 6 }) })];
    bulkShell([], {}, { batches: async () => batches });
    render(BulkView);
    expect((await screen.findAllByRole('row', { name: /^Batch \d/ })).map((each) => each.getAttribute('aria-label')?.replaceAll('\u00a0', ' '))).toEqual([
      'Batch 13, Refund, Finished, with unknown, 490,00 €',
      'Batch 12, Refund, Stopped, 490,00 €',
    ]);
    expect(await violations()).toEqual([]);
    await press('j', 'Enter');
    expect(await screen.findByText('Batch 13')).toBeTruthy();
  });

  it('says at the top that a batch stands where it stood, and resumes it', async () => {
    const batch = aBatch({ state: 'paused', why: 'interrupted', resumable: true });
    const resumeBatch = vi.fn(async () => aBatch());
    bulkShell([], {}, { batches: async () => [batch], resumeBatch });
    render(BulkView);
    expect(await screen.findByText(/^Batch 12 stands where it stood: the program ended while it ran/)).toBeTruthy();
    expect(plain(document.body.textContent)).toContain('4/10 lines are answered; 4 wait, 196,00 €.'.replace('4/10', '4 of 10'));
    expect(await violations()).toEqual([]);
    await fireEvent.click(screen.getByRole('button', { name: /^Resume: 4 lines, 196,00\s€/ }));
    await waitFor(() => expect(resumeBatch).toHaveBeenCalledWith('batch-12'));
    expect(await screen.findByText(/^Batch 12 runs/)).toBeTruthy();
  });

  it('offers to confirm the rest anew where the confirmation no longer holds', async () => {
    const { planBatch } = bulkShell(lines(), {}, { batches: async () => [aBatch({ state: 'paused', why: 'interrupted', resumable: false })] });
    render(BulkView);
    await fireEvent.click(await screen.findByRole('button', { name: 'Check and confirm the rest anew: 4 lines' }));
    await screen.findByRole('grid');
    expect(planBatch.mock.calls[0]?.[2]).toEqual({ from: 'batch', batch: 'batch-12', lines: 'waiting' });
  });

  it('says what went wrong with asking', async () => {
    bulkShell([], {}, { batches: async () => Promise.reject(anError({ code: 'store' })) });
    render(BulkView);
    expect((await screen.findByRole('alert')).textContent).toContain('The data file can’t be used');
  });
});
