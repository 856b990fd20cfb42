import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { violations } from '../../test/axe';
import { anError, openSession } from '../../test/fake-ipc';
import { aPlan, aTable, anImportRow, anImportedFile, chooseFiles, importingShell } from '../../test/importing';
import { press } from '../../test/keyboard';
import type { ImportPlan, ImportRow, ImportVerdict } from '../../lib/ipc';
import { session } from '../../lib/state/session.svelte';
import ImportView from './ImportView.svelte';
import { workOf } from './work.svelte';

const said = () => document.body.textContent.replaceAll('\u00a0', ' ').replace(/\s+/g, ' ');
const isLocked = (button: HTMLElement) => button.getAttribute('aria-disabled') === 'true';
const importButton = () => screen.findByRole('button', { name: /^Import \d/ });
const list = () => within(screen.getByRole('grid', { name: 'Preview' }));
const detail = () => within(screen.getByRole('region', { name: 'The row' }));

beforeEach(() => {
  const { id } = openSession();
  workOf(id).restart();
});

async function show(plan: ImportPlan = aPlan(), more: Parameters<typeof importingShell>[1] = {}, ...names: string[]) {
  const fakes = importingShell(plan, more);
  render(ImportView);
  await chooseFiles(...(names.length > 0 ? names : ['report.csv']).map((name) => new File(['x'], name)));
  await importButton();
  await list().findAllByRole('row');
  return fakes;
}

const twoCandidates = [
  { payment: 'b1cf7a52-1c60-4f5b-8d3f-2c8f4f1a3e11', reference: '1042', customer: 'Veera Sjöblom', amount: 6100, createdAt: '2026-11-19T16:33:00.000Z', status: 'pending' },
  { payment: 'key:12', reference: '1042', customer: 'Veera Sjöblom', amount: 6100, createdAt: '2026-11-19T18:00:00.000Z', status: 'ok' },
];
const unclear = (part: Partial<ImportRow> = {}): ImportPlan =>
  aPlan({
    counts: { new: 0, changed: 0, same: 0, ambiguous: 1, conflict: 0, broken: 0 },
    rows: [anImportRow({ row: 41, line: 5, about: '1042', verdict: 'ambiguous', candidates: twoCandidates, ...part })],
  });

describe('the preview', () => {
  it('says what each file is, how it is written, how much is in it and what is not', async () => {
    await show(
      aPlan({
        files: [
          anImportedFile({ ignored: 2 }),
          anImportedFile({ name: 'orders.xlsx', kind: 'table', delimiter: null, sheet: 'Tilaukset', rows: 1, table: aTable({ remembered: true }) }),
          anImportedFile({ name: 'old.csv', kind: 'merchantPanel', encoding: 'windows1252', delimiter: '\t' }),
        ],
      }),
      {},
      'report.csv',
      'orders.xlsx',
      'old.csv',
    );
    const files = screen.getByRole('list', { name: 'Files' }).textContent?.replaceAll('\u00a0', ' ').replace(/\s+/g, ' ');
    expect(files).toContain('903 rows, 2 lines without a payment UTF-8 with a mark, semicolons');
    expect(files).toContain('1 row sheet “Tilaukset” columns as remembered');
    expect(files).toContain('Windows-1252, tabs');
    expect((screen.getByLabelText('What orders.xlsx is') as HTMLSelectElement).value).toBe('table');
    expect(await violations()).toEqual([]);
  });

  it('counts every verdict in tabs, and asks for the rows of one', async () => {
    const { planRows } = await show();
    const tab = (name: RegExp) => screen.getByRole('tab', { name });
    expect(['All 903', 'Broken 1', 'Changed 2', 'New 700', 'Known already 200'].map((name) => tab(new RegExp(`^${name}`)) !== null)).not.toContain(false);
    expect(screen.queryByRole('tab', { name: /Not clear/ })).toBeNull();
    await fireEvent.click(tab(/^Changed/));
    await waitFor(() => expect(planRows).toHaveBeenLastCalledWith('plan-1', 'changed', null, 0, 200));
    await waitFor(() => expect(list().queryByText('1049')).toBeNull());
    expect(list().getByText('1051')).toBeTruthy();
  });

  it('shows a broken row with its line, its column and why', async () => {
    await show();
    const row = await list().findByRole('row', { name: /^Broken:/ });
    expect(row.textContent).toContain('12,5o is no amount');
    expect(row.textContent).toContain('line 14, column amount');
    await fireEvent.click(within(row).getByText('12,5o is no amount'));
    expect(detail().getByText('12,5o is no amount')).toBeTruthy();
    expect(detail().getByText(/Mend it in the file/)).toBeTruthy();
    expect(detail().getByText('line 14, column amount, report.csv')).toBeTruthy();
  });

  it('says a reason by its name in the language of the window, before the message', async () => {
    const row = anImportRow({ verdict: 'broken', why: { kind: 'noTransactionId', values: {} }, message: null });
    await show(aPlan({ rows: [row] }));
    expect(list().getByText('The payment has no transaction id yet')).toBeTruthy();
  });

  it('shows what changes, from what to what, money as money, and which payment it is by what', async () => {
    await show();
    await fireEvent.click(await list().findByText('1051'));
    const changes = said();
    expect(changes).toContain('Status Pending hold → Paid');
    expect(changes).toContain('Email nothing → a@b.fi');
    expect(changes).toContain('Amount 61,00 € → 1 234,50 €');
    expect(detail().getByText('Found by the stamp')).toBeTruthy();
    expect(await violations()).toEqual([]);
    await fireEvent.click(detail().getByRole('button', { name: 'Open the payment' }));
    expect([session.view, session.payment]).toEqual(['payments', 'b1cf7a52-1c60-4f5b-8d3f-2c8f4f1a3e11']);
  });

  it('of many thousand rows reads only those in sight, and any others when they come', async () => {
    const plan = aPlan({ counts: { new: 50_000, changed: 0, same: 0, ambiguous: 0, conflict: 0, broken: 0 } });
    const planRows = vi.fn(async (_plan: string, _show: ImportVerdict | null, _file: number | null, from: number, limit: number) => ({
      rows: Array.from({ length: limit }, (_, index) => anImportRow({ row: from + index, line: from + index + 2, about: `order ${from + index}` })),
      total: 50_000,
    }));
    await show(plan, { planRows });
    await list().findByText('order 0');
    expect(planRows.mock.calls).toEqual([['plan-1', null, null, 0, 200]]);
    const scroller = document.querySelector('[role=grid] .rows') as HTMLElement;
    scroller.scrollTop = 36 * 40_000;
    await fireEvent.scroll(scroller);
    expect(await list().findByText('order 40000')).toBeTruthy();
    expect(planRows.mock.calls.map(([, , , from]) => from)).toContain(40_000);
    expect(planRows.mock.calls.length).toBeLessThan(5);
  });

  it('says when its rows could not be read, and reads them again', async () => {
    const planRows = vi.fn().mockRejectedValueOnce(anError({ code: 'store', message: 'disk' })).mockResolvedValue({ rows: [anImportRow()], total: 1 });
    importingShell(aPlan(), { planRows });
    render(ImportView);
    await chooseFiles(new File(['x'], 'report.csv'));
    expect(await screen.findByRole('alert')).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await list().findByText('1048')).toBeTruthy();
  });

  it('is made anew when the shell has another plan by now', async () => {
    const planRows = vi.fn().mockRejectedValueOnce(anError({ code: 'notFound', message: 'no such plan' })).mockResolvedValue({ rows: [anImportRow()], total: 1 });
    const { planImport } = importingShell(aPlan(), { planRows });
    render(ImportView);
    await chooseFiles(new File(['x'], 'report.csv'));
    await fireEvent.click(await screen.findByRole('button', { name: 'Try again' }));
    expect(await screen.findByText('1048')).toBeTruthy();
    expect(planImport).toHaveBeenCalledTimes(2);
  });

  it('shows the rows of one file where there are several', async () => {
    const { planRows } = await show(aPlan({ files: [anImportedFile(), anImportedFile({ name: 'other.csv' })] }), {}, 'report.csv', 'other.csv');
    await fireEvent.change(screen.getByLabelText('Rows of which file'), { target: { value: '1' } });
    await waitFor(() => expect(planRows).toHaveBeenLastCalledWith('plan-1', null, 1, 0, 200));
    expect(await screen.findByText('No such rows')).toBeTruthy();
  });

  it('is walked through by keys, and Escape lets a row go', async () => {
    await show();
    await list().findByText('1051');
    await press('j', 'j');
    expect(detail().getByText('1051')).toBeTruthy();
    await press('Escape');
    expect(screen.queryByRole('region', { name: 'The row' })).toBeNull();
    expect(screen.getByRole('complementary', { name: 'What the import would do' })).toBeTruthy();
  });
});

describe('a row that is not clear', () => {
  it('is chosen among the candidates, and the choice is sent', async () => {
    const { applyImport } = await show(unclear());
    expect(isLocked(await importButton())).toBe(true);
    await fireEvent.click(await list().findByText('May be 2 payments: choose'));
    expect(said()).toContain('Veera Sjöblom, 61,00 €, 19.11.2026 18.33, Pending hold');
    expect(await violations()).toEqual([]);
    await fireEvent.click(detail().getAllByRole('radio', { name: /Order 1042/ })[1] as HTMLElement);
    expect(await list().findByText('Chosen by you')).toBeTruthy();
    const button = await importButton();
    expect(isLocked(button)).toBe(false);
    expect(button.textContent).toContain('Import 1 payment');
    await fireEvent.click(button);
    await waitFor(() => expect(applyImport).toHaveBeenCalledTimes(1));
    expect(applyImport.mock.calls[0]?.[2]).toEqual([{ row: 41, payment: 'key:12' }]);
  });

  it('is left out again', async () => {
    await show(unclear());
    await fireEvent.click(await list().findByText('May be 2 payments: choose'));
    await fireEvent.click(detail().getAllByRole('radio', { name: /Order 1042/ })[0] as HTMLElement);
    await fireEvent.click(detail().getByRole('radio', { name: /None of these/ }));
    expect(isLocked(await importButton())).toBe(true);
  });

  it('leads to its candidates with Enter', async () => {
    await show(unclear());
    await list().findByText('May be 2 payments: choose');
    await press('j', 'Enter');
    await waitFor(() => expect((document.activeElement as HTMLInputElement).type).toBe('radio'));
  });

  it('of a refund says that a choice proves nothing', async () => {
    await show(unclear({ kind: 'refund' }));
    await fireEvent.click(await list().findByText('May be 2 payments: choose'));
    expect(detail().getByText(/A refund row without a stamp proves nothing/)).toBeTruthy();
  });

  it('that nothing known fits says so', async () => {
    await show(unclear({ candidates: [] }));
    await fireEvent.click(await list().findByText('Nothing known fits'));
    expect(detail().getByText(/None of the known payments fits/)).toBeTruthy();
  });
});

describe('what a file is', () => {
  const tableFile = (part: Parameters<typeof aTable>[0] = {}) => aPlan({ files: [anImportedFile({ name: 'orders.csv', kind: 'table', table: aTable(part) })] });
  const dialog = () => within(screen.getByRole('dialog', { name: 'What the columns are' }));
  const openColumns = () => fireEvent.click(screen.getByRole('button', { name: 'Columns…' }));
  const column = (name: string) => dialog().getByLabelText(`What “${name}” is`) as HTMLSelectElement;

  it('can be said by a person, and the file is looked at anew', async () => {
    const { planImport, applyImport } = await show();
    await fireEvent.change(screen.getByLabelText('What report.csv is'), { target: { value: 'settlement' } });
    await waitFor(() => expect(planImport).toHaveBeenCalledTimes(2));
    expect(planImport.mock.calls[1]?.[2]).toEqual({ layouts: [{ file: 0, kind: 'settlement', columns: null, remember: false }] });
    expect(applyImport).not.toHaveBeenCalled();
  });

  it('shows the columns with cells, as they were guessed', async () => {
    await show(tableFile());
    await openColumns();
    expect([column('order').value, column('sum').value, column('day').value, column('note').value]).toEqual(['reference', 'amountEuros', 'date', '']);
    expect(dialog().getByText('128,50')).toBeTruthy();
    expect(dialog().getByText('22.11.2026')).toBeTruthy();
    expect(await violations()).toEqual([]);
  });

  it('sends the columns again as a person says them, to be remembered', async () => {
    const { planImport } = await show(tableFile({ columns: ['reference', 'amountEuros', null, null], missing: ['date'] }));
    expect(screen.getByText(/something that every row needs is missing/)).toBeTruthy();
    await openColumns();
    expect(dialog().getByText('Still missing')).toBeTruthy();
    await fireEvent.change(column('day'), { target: { value: 'date' } });
    await waitFor(() => expect(dialog().queryByText('Still missing')).toBeNull());
    await fireEvent.click(dialog().getByRole('button', { name: /Look with these columns/ }));
    await waitFor(() => expect(planImport).toHaveBeenCalledTimes(2));
    expect(planImport.mock.calls[1]?.[2]).toEqual({ layouts: [{ file: 0, kind: null, columns: ['reference', 'amountEuros', 'date', null], remember: true }] });
  });

  it('forgets them when a person does not want them remembered', async () => {
    const { planImport } = await show(tableFile());
    await openColumns();
    await fireEvent.click(dialog().getByLabelText('Remember for files with these headings'));
    await fireEvent.change(column('note'), { target: { value: 'description' } });
    await press('Control+Enter');
    await waitFor(() => expect(planImport).toHaveBeenCalledTimes(2));
    expect(planImport.mock.calls[1]?.[2].layouts[0]).toMatchObject({ columns: ['reference', 'amountEuros', 'date', 'description'], remember: false });
  });

  it('never takes the unit of whole numbers for granted: it asks', async () => {
    const counts = { new: 0, changed: 0, same: 0, ambiguous: 0, conflict: 0, broken: 2 };
    const plan = { ...tableFile({ euros: null, sample: [['1048', '12850', '21.11.2026', '']] }), counts };
    const { planImport } = await show(plan);
    expect((await importButton()).title).toBe('Say first what the columns are');
    await openColumns();
    expect(dialog().getByText('The amounts are whole numbers, like 12850. What are they?')).toBeTruthy();
    const look = dialog().getByRole('button', { name: /Look with these columns/ });
    expect([isLocked(look), look.title]).toEqual([true, 'Say whether the amounts are euros or cents']);
    await press('Control+Enter');
    expect(planImport).toHaveBeenCalledTimes(1);
    await fireEvent.click(dialog().getByRole('radio', { name: /^Cents: 128,50/ }));
    expect(column('sum').value).toBe('amountCents');
    await fireEvent.click(look);
    await waitFor(() => expect(planImport).toHaveBeenCalledTimes(2));
    expect(planImport.mock.calls[1]?.[2].layouts[0]?.columns).toEqual(['reference', 'amountCents', 'date', null]);
  });

  it('refuses one meaning for two columns', async () => {
    await show(tableFile());
    await openColumns();
    await fireEvent.change(column('note'), { target: { value: 'reference' } });
    const look = dialog().getByRole('button', { name: /Look with these columns/ });
    await waitFor(() => expect(look.title).toBe('“Order reference” stands for two columns'));
  });

  it('takes more files beside those that are there, and what was said of those stays', async () => {
    const { planImport } = await show(tableFile(), {}, 'orders.csv');
    await openColumns();
    await press('Control+Enter');
    await waitFor(() => expect(planImport).toHaveBeenCalledTimes(2));
    await importButton();
    await chooseFiles(new File(['y'], 'ids.txt'));
    await waitFor(() => expect(planImport).toHaveBeenCalledTimes(3));
    expect(planImport.mock.calls[2]?.[1].map(({ name }) => name)).toEqual(['orders.csv', 'ids.txt']);
    expect(planImport.mock.calls[2]?.[2].layouts.map(({ file }) => file)).toEqual([0]);
  });

  it('leaves a file out, and begins anew when it was the last', async () => {
    await show();
    await fireEvent.click(screen.getByRole('button', { name: 'Leave report.csv out' }));
    expect(await screen.findByText('Drop files here')).toBeTruthy();
  });
});
