import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { violations } from '../../test/axe';
import { anError, fakeIpc, openSession } from '../../test/fake-ipc';
import type { ImportFile, ImportPlan, ImportResult, ImportRow } from '../../lib/ipc';
import { session } from '../../lib/state/session.svelte';
import ImportDialog from './ImportDialog.svelte';
import { countOf, firstPart, rowsOf, taken } from './plan';
import { LARGEST, sorted } from './read';

function aRow(part: Partial<ImportRow> = {}): ImportRow {
  return { file: 'report.csv', line: 2, kind: 'payment', about: '1048', verdict: 'new', changes: [], why: null, column: null, ...part };
}

function aPlan(part: Partial<ImportPlan> = {}): ImportPlan {
  return {
    plan: 'plan-1',
    files: [{ name: 'report.csv', kind: 'ReportCsv', rows: 903, ignored: 0 }],
    counts: { new: 700, changed: 2, same: 200, ambiguous: 0, conflict: 0, broken: 1 },
    rows: [
      aRow({ line: 3, about: '1049', verdict: 'new' }),
      aRow({ line: 15, about: '1051', verdict: 'changed', changes: [{ field: 'status', old: 'pending', new: 'ok' }, { field: 'email', old: null, new: 'a@b.fi' }] }),
      aRow({ line: 14, about: '', verdict: 'broken', why: '12,5o is no amount', column: 'amount' }),
    ],
    lastReportAt: '2026-11-21T06:00:00.000Z',
    ...part,
  };
}

const aResult: ImportResult = { payments: 702, refunds: 3, awaited: 0, settled: 1, contradicted: 0, notFetched: null };

beforeEach(() => void openSession());

function open(more = {}) {
  const onclose = vi.fn();
  const planImport = vi.fn(async (_account: number, _files: ImportFile[]) => aPlan());
  const applyImport = vi.fn(async (_account: number, _plan: string) => aResult);
  const sync = vi.fn(async () => null);
  const fakes = { planImport, applyImport, sync, ...more };
  fakeIpc(fakes);
  render(ImportDialog, { onclose });
  return { onclose, ...fakes };
}

/** Gives files as a person chooses them. */
async function choose(...files: File[]): Promise<void> {
  const input = document.querySelector('input[type=file]');
  if (!input) throw new Error('there is nothing to choose files with');
  Object.defineProperty(input, 'files', { configurable: true, value: files });
  await fireEvent.change(input);
}

const decoded = (text: string) => new TextDecoder().decode(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)));
const isLocked = (button: HTMLElement) => button.getAttribute('aria-disabled') === 'true';

describe('an import', () => {
  it('begins with what can be given, and says in which shop', async () => {
    open();
    expect(screen.getByText('Drop files here')).toBeTruthy();
    expect(screen.getByText('LIVE')).toBeTruthy();
    expect(screen.getByText('Nothing is kept before you press Import.')).toBeTruthy();
    expect(await violations()).toEqual([]);
  });

  it('hands the bytes of files over as they are', async () => {
    const { planImport } = open();
    await choose(new File(['maksaja;Äiti'], 'report.csv'), new File([new Uint8Array([0xe4, 0x00])], 'latin.csv'));
    await screen.findByText('report.csv');
    const [account, files] = planImport.mock.calls[0] ?? [];
    expect(account).toBe(1);
    expect(files?.map((file) => file.name)).toEqual(['report.csv', 'latin.csv']);
    expect(decoded(files?.[0]?.text ?? '')).toBe('maksaja;Äiti');
    expect(atob(files?.[1]?.text ?? '')).toBe('\u00e4\u0000');
  });

  it('takes files that are dropped', async () => {
    const { planImport } = open();
    await fireEvent.drop(screen.getByRole('group', { name: 'Drop files here' }), {
      dataTransfer: { files: [new File(['x'], 'dropped.json')], getData: () => '' },
    });
    await waitFor(() => expect(planImport).toHaveBeenCalledTimes(1));
    expect(planImport.mock.calls[0]?.[1][0]?.name).toBe('dropped.json');
  });

  it('takes text that is pasted', async () => {
    const { planImport } = open();
    await fireEvent.input(screen.getByLabelText('Or paste text'), { target: { value: '5770642a-9a02-4ca2-8eaa-cc6260a78eb6' } });
    await fireEvent.click(screen.getByRole('button', { name: /Look at the text/ }));
    await waitFor(() => expect(planImport).toHaveBeenCalledTimes(1));
    expect(decoded(planImport.mock.calls[0]?.[1][0]?.text ?? '')).toBe('5770642a-9a02-4ca2-8eaa-cc6260a78eb6');
  });

  it('says of a file over 64 MB that it is too large, and does not read it', async () => {
    const { planImport } = open();
    const large = new File(['x'], 'huge.json');
    Object.defineProperty(large, 'size', { value: LARGEST + 1 });
    await choose(large);
    expect((await screen.findByRole('alert')).textContent).toContain('huge.json is larger than 64 MB and was not read');
    expect(planImport).not.toHaveBeenCalled();
  });

  it('shows what files are, which rows are broken and where, and keeps nothing before the button', async () => {
    const { applyImport, onclose } = open();
    await choose(new File(['x'], 'report.csv'));
    expect(await screen.findByText('Payment report (CSV)')).toBeTruthy();
    expect(screen.getByText('903 rows')).toBeTruthy();
    // Problems are what is shown first.
    expect(screen.getByRole('tab', { selected: true }).textContent).toContain('Left out');
    expect(screen.getByText('12,5o is no amount')).toBeTruthy();
    expect(screen.getByText('line 14, column amount')).toBeTruthy();
    expect(screen.getByText('1 row is left out')).toBeTruthy();
    expect(await violations()).toEqual([]);
    await fireEvent.click(screen.getByRole('button', { name: 'Close' }));
    expect(onclose).toHaveBeenCalled();
    expect(applyImport).not.toHaveBeenCalled();
  });

  it('shows what would change, from what to what', async () => {
    open();
    await choose(new File(['x'], 'report.csv'));
    await fireEvent.click(await screen.findByRole('tab', { name: /Changed/ }));
    expect(await screen.findByText('Status: pending → ok · Email: nothing → a@b.fi')).toBeTruthy();
  });

  it('imports with a button that says how much, once, and tells what came of it', async () => {
    const { applyImport, sync } = open();
    await choose(new File(['x'], 'report.csv'));
    const button = await screen.findByRole('button', { name: /Import 702 changes/ });
    await fireEvent.click(button);
    await fireEvent.click(button);
    expect(await screen.findByText('702 payments are new or changed')).toBeTruthy();
    expect(screen.getByText('3 refunds made elsewhere are known now')).toBeTruthy();
    expect(screen.getByText('1 refund with an unknown outcome is settled')).toBeTruthy();
    expect(applyImport).toHaveBeenCalledTimes(1);
    expect(applyImport).toHaveBeenCalledWith(1, 'plan-1');
    expect(sync).not.toHaveBeenCalled();
    expect(await violations()).toEqual([]);
  });

  it('asks Paytrail when ids wait', async () => {
    const { sync } = open({ applyImport: async () => ({ ...aResult, awaited: 12 }) });
    await choose(new File(['x'], 'ids.txt'));
    await fireEvent.click(await screen.findByRole('button', { name: /Import 702/ }));
    expect(await screen.findByText('12 ids wait to be asked for')).toBeTruthy();
    expect(screen.getByText(/Paytrail is being asked for them now/)).toBeTruthy();
    expect(sync).toHaveBeenCalledWith(1);
  });

  it('says when Paytrail could not be asked for the ids', async () => {
    open({ applyImport: async () => ({ ...aResult, awaited: 12 }) });
    await choose(new File(['x'], 'ids.txt'));
    await fireEvent.click(await screen.findByRole('button', { name: /Import 702/ }));
    await screen.findByText(/Paytrail is being asked for them now/);
    const error = anError({ code: 'nothingSent', message: 'no route' }).data;
    session.sync = { account: 1, running: false, at: null, error, offlineSince: '2026-11-23T08:47:00.000Z', unsaved: 0 };
    expect(await screen.findByText('They are asked for at the next look.')).toBeTruthy();
    expect(screen.getByRole('alert').textContent).toContain('Paytrail could not be reached');
  });

  it('has nothing to press where nothing is new', async () => {
    const counts = { new: 0, changed: 0, same: 903, ambiguous: 0, conflict: 0, broken: 0 };
    const { applyImport } = open({ planImport: async () => aPlan({ counts, rows: [] }) });
    await choose(new File(['x'], 'report.csv'));
    const button = await screen.findByRole('button', { name: /Import 0 changes/ });
    expect(isLocked(button)).toBe(true);
    await fireEvent.click(button);
    expect(applyImport).not.toHaveBeenCalled();
  });

  it('says why a file is none, and lets another be chosen', async () => {
    const bad = anError({ code: 'badInput', message: 'photo.png: this is no file that payments can be read from' });
    const planImport = vi.fn().mockRejectedValueOnce(bad).mockResolvedValue(aPlan());
    open({ planImport });
    await choose(new File(['x'], 'photo.png'));
    expect((await screen.findByRole('alert')).textContent).toContain('photo.png: this is no file');
    await choose(new File(['x'], 'report.csv'));
    expect(await screen.findByText('903 rows')).toBeTruthy();
  });

  it('keeps the plan when it could not be written', async () => {
    const applyImport = vi.fn().mockRejectedValueOnce(anError({ code: 'notSaved' })).mockResolvedValue(aResult);
    open({ applyImport });
    await choose(new File(['x'], 'report.csv'));
    await fireEvent.click(await screen.findByRole('button', { name: /Import 702/ }));
    expect((await screen.findByRole('alert')).textContent).toContain('The disk did not take');
    await fireEvent.click(screen.getByRole('button', { name: /Import 702/ }));
    expect(await within(screen.getByRole('dialog')).findByText('702 payments are new or changed')).toBeTruthy();
  });
});

describe('a plan', () => {
  it('has its problems first', () => {
    expect(rowsOf(aPlan(), 'all').map((row) => row.verdict)).toEqual(['broken', 'changed', 'new']);
    expect(rowsOf(aPlan(), 'same')).toEqual([]);
    expect(countOf(aPlan().counts, 'all')).toBe(903);
    expect(taken(aPlan().counts)).toBe(702);
    expect(firstPart(aPlan().counts)).toBe('problems');
    expect(firstPart({ ...aPlan().counts, broken: 0 })).toBe('all');
  });

  it('sorts files by what can be taken', () => {
    const fits = new File(['x'], 'a');
    const large = new File(['x'], 'b');
    Object.defineProperty(fits, 'size', { value: LARGEST });
    Object.defineProperty(large, 'size', { value: LARGEST + 1 });
    expect(sorted([fits, large])).toEqual({ fit: [fits], large: [large] });
  });
});
