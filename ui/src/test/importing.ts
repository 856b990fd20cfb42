/** Plans, rows and results of imports, and a shell that answers with them. */
import { fireEvent } from '@testing-library/svelte';
import { vi } from 'vitest';
import type {
  ImportChoice,
  ImportFile,
  ImportOptions,
  ImportPlan,
  ImportProgress,
  ImportResult,
  ImportRow,
  ImportRun,
  ImportTable,
  ImportVerdict,
  ImportedFile,
} from '../lib/ipc';
import { fakeIpc } from './fake-ipc';

export function anImportRow(part: Partial<ImportRow> = {}): ImportRow {
  return {
    row: 1,
    file: 0,
    fileName: 'report.csv',
    line: 2,
    record: null,
    kind: 'payment',
    about: '1048',
    verdict: 'new',
    changes: [],
    joined: null,
    candidates: [],
    why: null,
    message: null,
    column: null,
    ...part,
  };
}

/** A table whose columns are guessed and complete. */
export function aTable(part: Partial<ImportTable> = {}): ImportTable {
  return {
    headers: ['order', 'sum', 'day', 'note'],
    sample: [
      ['1048', '128,50', '21.11.2026', 'hello'],
      ['1049', '61,00', '22.11.2026', ''],
    ],
    columns: ['reference', 'amountEuros', 'date', null],
    remembered: false,
    missing: [],
    euros: true,
    ...part,
  };
}

export function anImportedFile(part: Partial<ImportedFile> = {}): ImportedFile {
  return { name: 'report.csv', kind: 'reportCsv', encoding: 'utf8Bom', delimiter: ';', sheet: null, rows: 903, ignored: 0, table: null, ...part };
}

/** 700 new rows, 2 changed, 200 known, one broken. */
export function aPlan(part: Partial<ImportPlan> = {}): ImportPlan {
  return {
    plan: 'plan-1',
    files: [anImportedFile()],
    counts: { new: 700, changed: 2, same: 200, ambiguous: 0, conflict: 0, broken: 1 },
    rows: [
      anImportRow({ row: 14, line: 14, about: '', verdict: 'broken', message: '12,5o is no amount', column: 'amount' }),
      anImportRow({
        row: 15,
        line: 15,
        about: '1051',
        verdict: 'changed',
        changes: [
          { field: 'status', old: 'pending', new: 'ok' },
          { field: 'email', old: null, new: 'a@b.fi' },
          { field: 'amount', old: '61.00', new: '1234.50' },
        ],
        joined: { payment: 'b1cf7a52-1c60-4f5b-8d3f-2c8f4f1a3e11', by: 'stamp' },
      }),
      anImportRow({ row: 3, line: 3, about: '1049' }),
    ],
    lastReportAt: '2026-11-21T06:00:00.000Z',
    ...part,
  };
}

export function anImportResult(part: Partial<ImportResult> = {}): ImportResult {
  return { run: 7, payments: 702, refunds: 3, awaited: 0, settled: 1, contradicted: 0, leftOut: 0, stopped: false, notFetched: null, ...part };
}

export function anImportRun(part: Partial<ImportRun> = {}): ImportRun {
  return {
    id: 7,
    at: '2026-11-23T08:42:00.000Z',
    by: 'Sari Kettunen',
    files: ['report.csv'],
    new: 700,
    changed: 2,
    refunds: 3,
    awaited: 0,
    undoneAt: null,
    interrupted: false,
    canUndo: true,
    why: null,
    ...part,
  };
}

type Progress = (progress: ImportProgress) => void;

/** A shell that plans and imports; what it was asked stands in its mocks. */
export function importingShell(plan: ImportPlan = aPlan(), more: Record<string, (...args: never[]) => Promise<unknown>> = {}) {
  const fakes = {
    planImport: vi.fn(async (_account: number, _files: ImportFile[], _options: ImportOptions, _onProgress: Progress): Promise<ImportPlan> => plan),
    applyImport: vi.fn(async (_account: number, _plan: string, _choices: ImportChoice[], _onProgress: Progress): Promise<ImportResult> => anImportResult()),
    planRows: vi.fn(async (_plan: string, show: ImportVerdict | null, file: number | null, from: number, limit: number) => {
      const rows = plan.rows.filter((row) => (show === null || row.verdict === show) && (file === null || row.file === file));
      return { rows: rows.slice(from, from + limit), total: rows.length };
    }),
    imports: vi.fn(async (_account: number): Promise<ImportRun[]> => []),
    stopImport: vi.fn(async () => null),
  };
  fakeIpc({ ...fakes, ...more });
  return fakes;
}

/** Gives files as a person chooses them. */
export async function chooseFiles(...files: File[]): Promise<void> {
  const input = document.querySelector('input[type=file]');
  if (!input) throw new Error('there is nothing to choose files with');
  Object.defineProperty(input, 'files', { configurable: true, value: files });
  await fireEvent.change(input);
}

/** The text of a file as the shell gets it. */
export const decoded = (text: string) => new TextDecoder().decode(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)));
