import { describe, expect, it } from 'vitest';
import { aPlan, aTable, anImportRow, anImportedFile } from '../../test/importing';
import { changeWords, formOf, needsColumns, nounOf, placeOf, reasonOf, statusOf, valueWords } from './plan';
import { LARGEST, sorted } from './read';

const plain = (text: string) => text.replaceAll('\u00a0', ' ');
const counts = { new: 0, changed: 0, same: 0, ambiguous: 0, conflict: 0, broken: 0 };

describe('the name of the rows', () => {
  const seen = (...kinds: ('payment' | 'refund' | 'transactionId')[]) =>
    nounOf(aPlan({ counts: { ...counts, new: kinds.length }, rows: kinds.map((kind) => anImportRow({ kind })) }));

  it('is what all of them are', () => {
    expect([seen('payment'), seen('refund'), seen('transactionId'), seen('payment', 'refund'), seen('payment', 'transactionId')]).toEqual([
      'payments',
      'refunds',
      'ids',
      'both',
      'rows',
    ]);
  });

  it('is no more exact than what is known of a long preview', () => {
    const long = (kind: 'wooCommerce' | 'reportCsv') => nounOf(aPlan({ files: [anImportedFile({ kind })], counts: { ...counts, new: 9000 }, rows: [anImportRow()] }));
    expect([long('wooCommerce'), long('reportCsv')]).toEqual(['payments', 'both']);
  });

  it('does not come from rows that are not taken', () => {
    const rows = [anImportRow(), anImportRow({ kind: 'refund', verdict: 'broken' })];
    expect(nounOf(aPlan({ counts: { ...counts, new: 1, broken: 1 }, rows }))).toBe('payments');
  });
});

describe('words of a plan', () => {
  it('say a value as a person reads it, and what can’t be read as it stands', () => {
    expect(plain(valueWords('amount', '1234.50'))).toBe('1 234,50 €');
    expect(valueWords('amount', 'many')).toBe('many');
    expect(valueWords('createdAt', '2026-11-21T09:31:00.000Z')).toBe('21.11.2026 11.31');
    expect(valueWords('manualInvoice', 'true')).toBe('Yes');
    expect(valueWords('stamp', 'kk-1048')).toBe('kk-1048');
  });

  it('tell two statuses with one word apart by their own names', () => {
    expect(changeWords({ field: 'status', old: 'pending', new: 'ok' })).toEqual({ was: 'Pending hold', is: 'Paid' });
    expect(changeWords({ field: 'status', old: 'pending', new: 'delayed' })).toEqual({ was: 'pending', is: 'delayed' });
    expect(changeWords({ field: 'status', old: null, new: 'halted' })).toEqual({ was: 'nothing', is: 'halted' });
    expect(statusOf('halted')).toEqual({ kind: 'other', word: 'halted' });
  });

  it('say why by the name of the reason, else by its message', () => {
    const why = { kind: 'aReasonOfLater', values: {} };
    expect(reasonOf(anImportRow())).toBeNull();
    expect(reasonOf(anImportRow({ message: 'as it is' }))).toBe('as it is');
    expect(reasonOf(anImportRow({ why: { kind: 'nothingLeft', values: { amount: '100', refunded: '100', reserved: '0' } } }))).toContain('Nothing is left');
    expect(reasonOf(anImportRow({ why, message: 'as it is' }))).toBe('as it is');
  });

  it('say where a row stands and how a file is written', () => {
    expect(placeOf(anImportRow({ column: 'sum' }))).toBe('line 2, column sum, report.csv');
    expect(placeOf(anImportRow(), false)).toBe('line 2');
    expect(placeOf(anImportRow({ record: 14, line: 1 }), false), 'all records on one line').toBe('record 14');
    expect(placeOf(anImportRow({ record: 14, line: 30 }), false)).toBe('record 14, line 30');
    expect(formOf(anImportedFile({ delimiter: '#' }))).toBe('UTF-8 with a mark, #');
  });

  it('ask for columns where a row lacks what it needs, or an amount its unit', () => {
    const file = (part: Parameters<typeof aTable>[0]) => anImportedFile({ table: aTable(part) });
    expect([needsColumns(anImportedFile()), needsColumns(file({})), needsColumns(file({ missing: ['date'] })), needsColumns(file({ euros: null }))]).toEqual([false, false, true, true]);
    // Where no column is an amount, there is no unit to ask for.
    expect(needsColumns(file({ euros: null, columns: ['transactionId', null, null, null] }))).toBe(false);
  });
});

it('sorts files by what can be taken', () => {
  const fits = new File(['x'], 'a');
  const large = new File(['x'], 'b');
  Object.defineProperty(fits, 'size', { value: LARGEST });
  Object.defineProperty(large, 'size', { value: LARGEST + 1 });
  expect(sorted([fits, large])).toEqual({ fit: [fits], large: [large] });
});
