/** What a plan says, for showing: its rows by verdict, problems first, and in words. */
import type { ImportCounts, ImportPlan, ImportRow } from '../../lib/ipc';
import type { TextKey } from '../../lib/i18n';

export type Verdict = ImportRow['verdict'];

/** What can be looked at on its own. */
export type Part = 'all' | 'problems' | 'changed' | 'new' | 'same';

/** Problems first: what needs a person stands where the eye begins. */
const order: readonly Verdict[] = ['broken', 'conflict', 'ambiguous', 'changed', 'new', 'same'];

const parts: Readonly<Record<Part, readonly Verdict[]>> = {
  all: order,
  problems: ['broken', 'conflict', 'ambiguous'],
  changed: ['changed'],
  new: ['new'],
  same: ['same'],
};

export const verdictWords: Readonly<Record<Verdict, TextKey>> = {
  new: 'import.verdictNew',
  changed: 'import.verdictChanged',
  same: 'import.verdictSame',
  ambiguous: 'import.verdictAmbiguous',
  conflict: 'import.verdictConflict',
  broken: 'import.verdictBroken',
};

const kinds: Readonly<Record<string, TextKey>> = {
  reportjson: 'import.kindReportJson',
  reportcsv: 'import.kindReportCsv',
  transactionids: 'import.kindIds',
  transactionidtable: 'import.kindIdTable',
  signedurls: 'import.kindSigned',
};

/** The words of a kind of file; `null` for one that is not known here. */
export function kindWords(kind: string): TextKey | null {
  return kinds[kind.toLowerCase()] ?? null;
}

const fields: Readonly<Record<string, TextKey>> = {
  transactionId: 'import.fieldTransactionId',
  stamp: 'import.fieldStamp',
  reference: 'import.fieldReference',
  status: 'import.fieldStatus',
  provider: 'import.fieldProvider',
  amount: 'import.fieldAmount',
  createdAt: 'import.fieldCreatedAt',
  firstName: 'import.fieldFirstName',
  lastName: 'import.fieldLastName',
  email: 'import.fieldEmail',
  manualInvoice: 'import.fieldManualInvoice',
  items: 'import.fieldItems',
  state: 'import.fieldState',
};

/** The words of a field; `null` for one that is not known here. */
export function fieldWords(field: string): TextKey | null {
  return fields[field] ?? null;
}

/** How many rows a part has, over the whole plan. */
export function countOf(counts: ImportCounts, part: Part): number {
  return parts[part].reduce((sum, verdict) => sum + counts[verdict], 0);
}

/** How many rows Import would take. */
export function taken(counts: ImportCounts): number {
  return counts.new + counts.changed;
}

/** The rows of a part, problems first, else as they stand in the files. */
export function rowsOf(plan: ImportPlan, part: Part): ImportRow[] {
  const wanted = new Set(parts[part]);
  return plan.rows
    .filter((row) => wanted.has(row.verdict))
    .toSorted((one, other) => order.indexOf(one.verdict) - order.indexOf(other.verdict));
}

/** Which part a person should see first. */
export function firstPart(counts: ImportCounts): Part {
  return countOf(counts, 'problems') > 0 ? 'problems' : 'all';
}
