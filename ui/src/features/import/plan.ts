/** What a plan says, for showing: its verdicts, its files and its values, in words. */
import type { StatusKind } from '../../lib/components';
import { hasWords, whyWords } from '../../lib/errors';
import { count, dateTime, money, parseEuros } from '../../lib/format';
import { hasText, t } from '../../lib/i18n';
import type { ImportChange, ImportColumn, ImportCounts, ImportFile, ImportKind, ImportPlan, ImportRow, ImportVerdict, ImportedFile } from '../../lib/ipc';

/** The verdicts in the order of what needs a person. */
export const verdicts = ['broken', 'conflict', 'ambiguous', 'changed', 'new', 'same'] as const satisfies readonly ImportVerdict[];

/** The sign of each verdict. */
export const signs = {
  new: { name: 'new', tone: 'accent' },
  changed: { name: 'partial', tone: 'blue' },
  same: { name: 'dot', tone: 'ink3' },
  ambiguous: { name: 'warn', tone: 'ochre' },
  conflict: { name: 'error', tone: 'red' },
  broken: { name: 'failed', tone: 'red' },
} as const satisfies Record<ImportVerdict, unknown>;

/** The kinds of files, in the order they are offered. */
export const kinds = [
  'reportJson',
  'reportCsv',
  'merchantPanel',
  'settlement',
  'wooCommerce',
  'table',
  'transactionIds',
  'signedUrls',
] as const satisfies readonly ImportKind[];

/** What a column can be, in the order it is offered. */
export const columnKinds = [
  'transactionId',
  'stamp',
  'reference',
  'amountEuros',
  'amountCents',
  'dateTime',
  'date',
  'time',
  'status',
  'provider',
  'firstName',
  'lastName',
  'name',
  'company',
  'email',
  'description',
  'refundStamp',
  'originalReference',
  'settlementId',
  'settlementReference',
  'settlementDate',
  'fee',
  'commission',
] as const satisfies readonly ImportColumn[];

/** How many rows Import would take without a person's choices. */
export function taken(counts: ImportCounts): number {
  return counts.new + counts.changed;
}

/** How many rows there are. */
export function all(counts: ImportCounts): number {
  return verdicts.reduce((sum, verdict) => sum + counts[verdict], 0);
}

const mayHold: Readonly<Record<ImportKind, readonly ImportRow['kind'][]>> = {
  reportJson: ['payment', 'refund'],
  reportCsv: ['payment', 'refund'],
  merchantPanel: ['payment', 'refund'],
  settlement: ['payment', 'refund'],
  wooCommerce: ['payment'],
  table: ['payment', 'refund'],
  transactionIds: ['transactionId'],
  signedUrls: ['payment', 'refund'],
};

/** What the rows are, for the button that takes them: never more exact than what is known. */
export function nounOf(plan: ImportPlan): 'payments' | 'refunds' | 'both' | 'ids' | 'rows' {
  const seen = new Set(plan.rows.filter(({ verdict }) => ['new', 'changed', 'ambiguous'].includes(verdict)).map(({ kind }) => kind));
  if (plan.rows.length < all(plan.counts)) for (const { kind } of plan.files) for (const each of mayHold[kind]) seen.add(each);
  if (seen.size === 1) return seen.has('payment') ? 'payments' : seen.has('refund') ? 'refunds' : 'ids';
  return seen.has('transactionId') ? 'rows' : 'both';
}

/** What a file is written in and how: `UTF-8, semicolon`. */
export function formOf({ encoding, delimiter, sheet }: ImportedFile): string {
  const sign = { ';': 'semicolon', ',': 'comma', '\t': 'tab', '|': 'bar' } as const;
  return [
    sheet === null ? t(`import.encoding_${encoding}`) : t('import.sheet', { sheet }),
    ...(delimiter === null ? [] : [delimiter in sign ? t(`import.delimiter_${sign[delimiter as keyof typeof sign]}`) : delimiter]),
  ].join(', ');
}

/** Whether a column is an amount whose unit nobody but a person knows. */
export function asksForUnit({ table }: ImportedFile): boolean {
  return table !== null && table.euros === null && table.columns.some((column) => column === 'amountEuros' || column === 'amountCents');
}

/** Whether the columns of a file have to be looked at before anything of it can be taken. */
export function needsColumns(file: ImportedFile): boolean {
  return (file.table?.missing.length ?? 0) > 0 || asksForUnit(file);
}

/** The name of a value. */
export function fieldName(field: string): string {
  const key = `import.field_${field}`;
  return hasText(key) ? t(key) : field;
}

const standing: Readonly<Record<string, 'new' | 'paid' | 'hold' | 'failed'>> = {
  new: 'new',
  ok: 'paid',
  pending: 'hold',
  delayed: 'hold',
  'authorization-hold': 'hold',
  fail: 'failed',
};

/** A status by its wire name, as a sign and a word. */
export function statusOf(status: string): { kind: StatusKind; word?: string } {
  const kind = standing[status];
  return kind === undefined ? { kind: 'other', word: status } : { kind };
}

/** A value as a person reads it: money as money, moments as moments. */
export function valueWords(field: string, value: string): string {
  if (field === 'amount') {
    const euros = parseEuros(value);
    if ('ok' in euros) return money(euros.ok);
  }
  if (field === 'createdAt' && !Number.isNaN(Date.parse(value))) return dateTime(value);
  if (field === 'manualInvoice') return t(value === 'true' ? 'common.yes' : 'common.no');
  if (field === 'items' && /^\d+$/.test(value)) return count(Number(value));
  return value;
}

/** What a value was and what it becomes. A status stands by its own name where two of them have one word. */
export function changeWords({ field, old, new: next }: ImportChange): { was: string; is: string } {
  const [was, is] = [old, next].map((value) => {
    if (value === null) return t('import.nothing');
    const kind = field === 'status' ? standing[value] : undefined;
    return kind === undefined ? valueWords(field, value) : t(`status.${kind}`);
  }) as [string, string];
  return was === is ? { was: old ?? was, is: next } : { was, is };
}

/** Why a row is not taken, or not as it stands; `null` where there is no reason. */
export function reasonOf({ why, message }: ImportRow): string | null {
  if (why === null) return message;
  return hasWords(why.kind) ? whyWords(why) : (message ?? whyWords(why));
}

/** Where a row stands: `line 14, column amount, report.csv`. A line tells nothing where all records are on the first one. */
export function placeOf({ fileName, line, record, column }: ImportRow, named = true): string {
  const places = [...(record === null ? [] : [t('import.record', { record })]), ...(record === null || line > 1 ? [t('import.line', { line })] : [])];
  return [...places, column === null ? '' : t('import.column', { column }), named ? fileName : ''].filter(Boolean).join(', ');
}

/** The place of the file that an error of whole files is about, where it names one. */
export function blamed(sources: readonly Pick<ImportFile, 'name'>[], file: string | undefined): number {
  return file === undefined ? -1 : sources.findIndex(({ name }) => name === file);
}
