import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { violations } from '../../test/axe';
import { anAccount, anError, fakeIpc, openSession } from '../../test/fake-ipc';
import { aPlan, anImportResult, anImportRow, anImportRun, anImportedFile, chooseFiles, decoded, importingShell } from '../../test/importing';
import { press } from '../../test/keyboard';
import { setLocale } from '../../lib/i18n';
import type { ImportPlan, ImportProgress, ImportResult } from '../../lib/ipc';
import { session } from '../../lib/state/session.svelte';
import DropAnywhere from './DropAnywhere.svelte';
import ImportView from './ImportView.svelte';
import { LARGEST } from './read';
import { workOf } from './work.svelte';

const file = (name = 'report.csv', text = 'x') => new File([text], name);
const isLocked = (button: HTMLElement) => button.getAttribute('aria-disabled') === 'true';
const importButton = () => screen.findByRole('button', { name: /^Import \d/ });

beforeEach(() => {
  const { id } = openSession();
  workOf(id).restart();
  workOf(id).pasted = '';
});

function open(...shell: Parameters<typeof importingShell>) {
  const fakes = importingShell(...shell);
  render(ImportView);
  return fakes;
}

describe('an import', () => {
  it('begins with every way in, where to get it, and what can be done with its payments', async () => {
    open();
    for (const way of ['Payment report', 'Merchant Panel export, settlement', 'Orders of the web shop', 'Transaction ids', 'Addresses that Paytrail called']) {
      expect(screen.getByRole('heading', { name: way })).toBeTruthy();
    }
    expect(screen.getByText(/WooCommerce: an order export as CSV/)).toBeTruthy();
    expect(screen.getAllByText('With transaction ids: can be refunded at once').length).toBe(3);
    expect(screen.getByText('Nothing is kept before you press Import.')).toBeTruthy();
    expect(await screen.findByText('Nothing was imported yet')).toBeTruthy();
    expect(await violations()).toEqual([]);
  });

  it('leads to the Merchant Panel', async () => {
    const openPlace = vi.fn(async () => null);
    open(aPlan(), { openPlace });
    await fireEvent.click(screen.getByRole('button', { name: 'Open the Merchant Panel' }));
    expect(openPlace).toHaveBeenCalledWith('merchantPanel');
  });

  it('hands the bytes of files over as they are, and says nothing of them that nobody said', async () => {
    const { planImport } = open();
    await chooseFiles(file('report.csv', 'maksaja;Äiti'), new File([new Uint8Array([0xe4, 0x00])], 'latin.csv'));
    await importButton();
    const [account, files, options] = planImport.mock.calls[0] ?? [];
    expect(account).toBe(1);
    expect(files?.map(({ name }) => name)).toEqual(['report.csv', 'latin.csv']);
    expect(decoded(files?.[0]?.text ?? '')).toBe('maksaja;Äiti');
    expect(atob(files?.[1]?.text ?? '')).toBe('\u00e4\u0000');
    expect(options).toEqual({ layouts: [] });
  });

  it('takes text that is pasted, by a key', async () => {
    const { planImport } = open();
    await fireEvent.input(screen.getByLabelText('Or paste text'), { target: { value: '5770642a-9a02-4ca2-8eaa-cc6260a78eb6' } });
    await press('Control+Enter');
    await waitFor(() => expect(planImport).toHaveBeenCalledTimes(1));
    expect(decoded(planImport.mock.calls[0]?.[1][0]?.text ?? '')).toBe('5770642a-9a02-4ca2-8eaa-cc6260a78eb6');
  });

  it('opens the choice of files by a key', async () => {
    open();
    const click = vi.spyOn(HTMLInputElement.prototype, 'click').mockImplementation(() => undefined);
    await press('o');
    expect(click).toHaveBeenCalledTimes(1);
    click.mockRestore();
  });

  it('takes files that are dropped anywhere in the window, and shows them', async () => {
    const { planImport } = importingShell();
    render(DropAnywhere);
    const dropped = await fireEvent.drop(document.body, { dataTransfer: { files: [file('dropped.json')], types: ['Files'], getData: () => '' } });
    // Taken: else the web view would show the file in the place of the program.
    expect(dropped).toBe(false);
    expect(session.view).toBe('import');
    await waitFor(() => expect(planImport).toHaveBeenCalledTimes(1));
    expect(planImport.mock.calls[0]?.[1][0]?.name).toBe('dropped.json');
  });

  it('says of a file over 64 MB that it is too large, and does not read it', async () => {
    const { planImport } = open();
    const large = file('huge.json');
    Object.defineProperty(large, 'size', { value: LARGEST + 1 });
    await chooseFiles(large);
    expect((await screen.findByRole('alert')).textContent).toContain('huge.json is larger than 64 MB and was not read');
    expect(planImport).not.toHaveBeenCalled();
  });

  it('keeps nothing before the button, and the button says the whole act', async () => {
    const { applyImport } = open();
    await chooseFiles(file());
    const button = await importButton();
    expect(button.textContent?.replaceAll('\u00a0', ' ')).toContain('Import 702 payments and refunds');
    expect(applyImport).not.toHaveBeenCalled();
    expect(screen.getByRole('status').textContent?.replaceAll('\u00a0', ' ')).toBe('This import brings 702 payments and refunds');
    await fireEvent.click(button);
    await fireEvent.click(button);
    expect(await screen.findByText('702 payments are new or changed')).toBeTruthy();
    expect(screen.getByRole('status').textContent).toBe('Imported');
    expect(applyImport).toHaveBeenCalledTimes(1);
    expect(applyImport.mock.calls[0]?.slice(0, 3)).toEqual([1, 'plan-1', []]);
  });

  it('names the rows by what they are', async () => {
    const ids = aPlan({
      files: [anImportedFile({ name: 'ids.txt', kind: 'transactionIds', rows: 1204 })],
      counts: { new: 1204, changed: 0, same: 0, ambiguous: 0, conflict: 0, broken: 0 },
      rows: [anImportRow({ kind: 'transactionId', about: '5770642a-9a02-4ca2-8eaa-cc6260a78eb6' })],
      lastReportAt: null,
    });
    open(ids);
    await chooseFiles(file('ids.txt'));
    expect((await importButton()).textContent?.replaceAll('\u00a0', ' ')).toContain('Import 1 204 transaction ids');
    expect(screen.getByText(/Paytrail is asked for the ids at the end/)).toBeTruthy();
    session.sync = { account: 1, running: false, at: null, error: null, offlineSince: '2026-11-23T08:31:00.000Z', unsaved: 0 };
    expect(await screen.findByText(/Paytrail can’t be reached now. The ids are kept/)).toBeTruthy();
  });

  it('is done by a key, too', async () => {
    const { applyImport } = open();
    await chooseFiles(file());
    await importButton();
    await press('Control+Enter');
    await waitFor(() => expect(applyImport).toHaveBeenCalledTimes(1));
  });

  it('has nothing to press where nothing is new', async () => {
    const counts = { new: 0, changed: 0, same: 903, ambiguous: 0, conflict: 0, broken: 0 };
    const { applyImport } = open(aPlan({ counts, rows: [] }));
    await chooseFiles(file());
    const button = await importButton();
    expect(isLocked(button)).toBe(true);
    await fireEvent.click(button);
    await press('Control+Enter');
    expect(applyImport).not.toHaveBeenCalled();
  });

  it('stays as it is while another view is looked at', async () => {
    const { planImport } = importingShell();
    const first = render(ImportView);
    await chooseFiles(file());
    await importButton();
    first.unmount();
    render(ImportView);
    expect(await importButton()).toBeTruthy();
    expect(planImport).toHaveBeenCalledTimes(1);
  });

  it('of one shop is not seen in another', async () => {
    importingShell();
    const first = render(ImportView);
    await chooseFiles(file());
    await importButton();
    first.unmount();
    openSession(anAccount({ id: 2, name: 'Toinen' }));
    workOf(2).restart();
    render(ImportView);
    expect(screen.getByText('Drop files here')).toBeTruthy();
  });

  it('speaks Finnish and Swedish', async () => {
    open();
    await chooseFiles(file());
    await importButton();
    void setLocale('fi');
    expect(await screen.findByRole('button', { name: /^Tuo 702 maksua ja palautusta/ })).toBeTruthy();
    void setLocale('sv');
    expect(await screen.findByRole('button', { name: /^Importera 702 betalningar och återbetalningar/ })).toBeTruthy();
  });
});

/** Something that the test ends itself. */
function later<T>() {
  let give: (value: T) => void = () => undefined;
  let fail: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((done, broken) => ([give, fail] = [done, broken]));
  return { promise, give: (value: T) => give(value), fail: (error: unknown) => fail(error) };
}

describe('a look that takes its time', () => {
  it('says how far it is, is stopped between two parts, and keeps nothing', async () => {
    const plan = later<ImportPlan>();
    let tell: (progress: ImportProgress) => void = () => undefined;
    const { stopImport, applyImport } = open(aPlan(), { planImport: async (...args: never[]) => ((tell = args[3] as never), plan.promise) });
    await chooseFiles(file());
    await screen.findByRole('heading', { name: 'Looking at 1 file' });
    await waitFor(() => (tell({ phase: 'comparing', done: 30, of: 120 }), expect(screen.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('25')));
    expect(screen.getByRole('status').textContent).toBe('Comparing with what is known');
    expect(await violations()).toEqual([]);
    await fireEvent.click(screen.getByRole('button', { name: 'Stop' }));
    expect(stopImport).toHaveBeenCalledTimes(1);
    expect(isLocked(await screen.findByRole('button', { name: 'Stopping…' }))).toBe(true);
    plan.fail(anError({ code: 'badInput', message: 'stopped' }));
    expect(await screen.findByText('The look at the files was stopped')).toBeTruthy();
    expect(screen.queryByRole('alert')).toBeNull();
    expect(applyImport).not.toHaveBeenCalled();
  });

  it('can be made again after a stop, with the same files', async () => {
    const plan = later<ImportPlan>();
    const planImport = vi.fn(async (_account: number, _files: { name: string }[]): Promise<ImportPlan> => (planImport.mock.calls.length === 1 ? plan.promise : aPlan()));
    open(aPlan(), { planImport });
    await chooseFiles(file('big.csv'));
    await fireEvent.click(await screen.findByRole('button', { name: 'Stop' }));
    plan.give(aPlan());
    await fireEvent.click(await screen.findByRole('button', { name: 'Look again' }));
    await importButton();
    expect(planImport.mock.calls[1]?.[1].map(({ name }) => name)).toEqual(['big.csv']);
  });

  it('lets no other files in meanwhile', async () => {
    const planImport = vi.fn(() => new Promise<ImportPlan>(() => undefined));
    open(aPlan(), { planImport });
    // Of a shop of its own: this look never ends.
    const { id } = openSession(anAccount({ id: 99 }));
    void workOf(id).take([file()]);
    await waitFor(() => expect(planImport).toHaveBeenCalledTimes(1));
    await workOf(id).take([file('other.csv')]);
    expect(planImport).toHaveBeenCalledTimes(1);
  });
});

describe('an import that is under way', () => {
  it('is stopped, and says what stays', async () => {
    const result = later<ImportResult>();
    const { stopImport } = open(aPlan(), { applyImport: () => result.promise });
    await chooseFiles(file());
    await fireEvent.click(await importButton());
    expect(await screen.findByText(/what was taken so far stays/)).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: 'Stop' }));
    expect(stopImport).toHaveBeenCalledTimes(1);
    result.give(anImportResult({ payments: 300, refunds: 0, settled: 0, stopped: true }));
    expect(await screen.findByRole('heading', { name: 'Stopped' })).toBeTruthy();
    expect(screen.getByText('300 payments are new or changed', { selector: 'li span' })).toBeTruthy();
    expect(screen.getByText(/What was taken before the stop stays/)).toBeTruthy();
  });

  it('that could not be written keeps its plan, and can be tried again', async () => {
    const applyImport = vi.fn().mockRejectedValueOnce(anError({ code: 'notSaved' })).mockResolvedValue(anImportResult());
    open(aPlan(), { applyImport });
    await chooseFiles(file());
    await fireEvent.click(await importButton());
    expect((await screen.findByRole('alert')).textContent).toContain('The disk did not take');
    await fireEvent.click(await importButton());
    expect(await screen.findByText('702 payments are new or changed')).toBeTruthy();
  });
});

describe('the result', () => {
  async function show(part: Partial<ImportResult>) {
    const fakes = open(aPlan(), { applyImport: async () => anImportResult(part), imports: async () => [anImportRun()] });
    await chooseFiles(file());
    await fireEvent.click(await importButton());
    await screen.findByRole('heading', { name: 'Imported' });
    return fakes;
  }

  it('tells each part of what came, and stands beside the way back', async () => {
    await show({ awaited: 12, leftOut: 2 });
    for (const words of [
      '3 refunds made elsewhere are known now',
      '1 refund with an unknown outcome is settled',
      '12 ids wait to be asked for',
      '2 rows that were not clear are left out',
    ]) {
      expect(screen.getByText(words)).toBeTruthy();
    }
    expect(await screen.findByRole('button', { name: 'Undo this import…' })).toBeTruthy();
    expect(await violations()).toEqual([]);
  });

  it('leads to refunds that read differently there, and to those that are settled', async () => {
    await show({ contradicted: 2, settled: 0 });
    expect(screen.getByText('2 refunds read differently there')).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: 'Show the refunds' }));
    expect(session.view).toBe('refunds');
  });

  it('says why Paytrail could not be asked for the ids', async () => {
    await show({ awaited: 12, notFetched: anError({ code: 'nothingSent', message: 'no route' }).data });
    expect(screen.getByRole('alert').textContent).toContain('Paytrail could not be reached');
    expect(screen.getByText(/Paytrail is asked for them at the next look/)).toBeTruthy();
  });

  it('leads to the payments, and to the next import', async () => {
    await show({});
    await fireEvent.click(screen.getByRole('button', { name: 'Show the payments' }));
    expect(session.view).toBe('payments');
    await fireEvent.click(screen.getByRole('button', { name: 'Import more' }));
    expect(await screen.findByText('Drop files here')).toBeTruthy();
  });
});

describe('a file that is none', () => {
  const notRecognised = anError({
    code: 'badInput',
    message: 'odd.csv: this is no file that payments can be read from',
    why: { kind: 'importNotRecognised', values: { file: 'odd.csv' } },
  });

  it('says why, and a person says what it is', async () => {
    const planImport = vi.fn().mockRejectedValueOnce(notRecognised).mockResolvedValue(aPlan());
    open(aPlan(), { planImport });
    await chooseFiles(file('odd.csv'));
    expect((await screen.findByRole('alert')).textContent).toContain('odd.csv is not a file that payments can be read from');
    expect(await violations()).toEqual([]);
    await fireEvent.change(screen.getByLabelText('What odd.csv is'), { target: { value: 'wooCommerce' } });
    await fireEvent.click(screen.getByRole('button', { name: 'Look at it so' }));
    await importButton();
    expect(planImport.mock.calls[1]?.[2]).toEqual({ layouts: [{ file: 0, kind: 'wooCommerce', columns: null, remember: false }] });
  });

  it('is left out, and the others are looked at', async () => {
    const planImport = vi.fn().mockRejectedValueOnce(notRecognised).mockResolvedValue(aPlan());
    open(aPlan(), { planImport });
    await chooseFiles(file('report.csv'), file('odd.csv'));
    await fireEvent.click(await screen.findByRole('button', { name: 'Leave odd.csv out' }));
    await importButton();
    expect(planImport.mock.calls[1]?.[1].map(({ name }: File) => name)).toEqual(['report.csv']);
  });

  it('that the system does not let be read is named', async () => {
    const { planImport } = open();
    const gone = file('gone.csv');
    const readAsDataURL = vi.spyOn(FileReader.prototype, 'readAsDataURL').mockImplementation(function readAsDataURL(this: FileReader) {
      queueMicrotask(() => this.onerror?.(new ProgressEvent('error') as ProgressEvent<FileReader>));
    });
    await chooseFiles(gone);
    expect((await screen.findByRole('alert')).textContent).toContain('gone.csv could not be read');
    expect(planImport).not.toHaveBeenCalled();
    readAsDataURL.mockRestore();
  });
});

describe('past imports', () => {
  const runs = [
    anImportRun({ id: 9, at: '2026-11-23T08:42:00.000Z', files: ['orders.csv', 'ids.txt'], awaited: 12 }),
    anImportRun({ id: 8, undoneAt: '2026-11-22T10:00:00.000Z', canUndo: false }),
    anImportRun({ id: 7, canUndo: false }),
  ];

  it('tell who, when, which files and what of them', async () => {
    open(aPlan(), { imports: async () => runs });
    const list = within(await screen.findByRole('region', { name: 'Past imports' }));
    expect(await list.findByText('orders.csv, ids.txt')).toBeTruthy();
    expect(list.getAllByText('Sari Kettunen').length).toBe(3);
    expect(list.getByText('700 new, 2 changed, 3 refunds, 12 ids asked for')).toBeTruthy();
    expect(list.getByText('Undone yesterday 12.00')).toBeTruthy();
    const [first, last] = list.getAllByRole('button', { name: /Undo this import…/ }) as [HTMLElement, HTMLElement];
    expect([isLocked(first), isLocked(last), last.title]).toEqual([false, true, 'It can’t be undone any more']);
    expect(await violations()).toEqual([]);
  });

  it('that were broken off say so, with what is kept of them, and can be undone', async () => {
    const nothing = { new: 0, changed: 0, refunds: 0, awaited: 0 };
    const broken = [anImportRun({ id: 3, interrupted: true }), anImportRun({ id: 2, interrupted: true, ...nothing })];
    open(aPlan(), { imports: async () => broken });
    const list = within(await screen.findByRole('region', { name: 'Past imports' }));
    expect(await list.findByText('Broken off: only this much is kept. The same file again takes the rest.')).toBeTruthy();
    expect(list.getByText('Broken off before anything was kept')).toBeTruthy();
    expect(list.getAllByRole('button', { name: /Undo this import…/ }).map(isLocked)).toEqual([false, false]);
  });

  it('are undone after a confirmation that says what stays', async () => {
    const undoImport = vi.fn(async () => ({ removed: 690, restored: 2, kept: 10, refundsKept: 3 }));
    const imports = vi.fn(async () => runs);
    open(aPlan(), { imports, undoImport });
    await fireEvent.click((await screen.findAllByRole('button', { name: 'Undo this import…' }))[0] as HTMLElement);
    const dialog = within(screen.getByRole('dialog', { name: 'Undo the import of 23.11.2026 10.42?' }));
    expect(dialog.getByText(/Refunds that it proved stay refunded/)).toBeTruthy();
    expect(undoImport).not.toHaveBeenCalled();
    expect(await violations()).toEqual([]);
    const sure = dialog.getByRole('button', { name: 'Undo this import' });
    await fireEvent.click(sure);
    await fireEvent.click(sure);
    expect(undoImport).toHaveBeenCalledTimes(1);
    expect(undoImport).toHaveBeenCalledWith(1, 9);
    expect(await screen.findByText('690 payments are gone')).toBeTruthy();
    expect(screen.getByText('10 payments stay: something else speaks of them since')).toBeTruthy();
    expect(screen.getByText('3 proven refunds stay')).toBeTruthy();
    expect(imports).toHaveBeenCalledTimes(2);
  });

  it('say when an undo could not be had, and leave it as it was', async () => {
    open(aPlan(), { imports: async () => runs, undoImport: async () => Promise.reject(anError({ code: 'store', message: 'disk' })) });
    await fireEvent.click((await screen.findAllByRole('button', { name: 'Undo this import…' }))[0] as HTMLElement);
    await fireEvent.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Undo this import' }));
    expect((await screen.findByRole('alert')).textContent).toContain('The data file can’t be used');
  });

  it('are asked for anew when something has changed, and the older ones shown when asked for', async () => {
    const imports = vi.fn(async () => Array.from({ length: 20 }, (_, index) => anImportRun({ id: index, files: [`file-${index}.csv`] })));
    open(aPlan(), { imports });
    expect(await screen.findByText('file-7.csv')).toBeTruthy();
    expect(screen.queryByText('file-8.csv')).toBeNull();
    await fireEvent.click(screen.getByRole('button', { name: 'Show all 20' }));
    expect(await screen.findByText('file-19.csv')).toBeTruthy();
    session.revision += 1;
    await waitFor(() => expect(imports).toHaveBeenCalledTimes(2));
  });

  it('tell what went wrong with asking', async () => {
    open(aPlan(), { imports: async () => Promise.reject(anError({ code: 'store' })) });
    expect((await screen.findByRole('alert')).textContent).toContain('The data file can’t be used');
    fakeIpc({ imports: async () => [anImportRun()] });
    await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText('report.csv')).toBeTruthy();
  });
});
