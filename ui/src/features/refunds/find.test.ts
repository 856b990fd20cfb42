import { describe, expect, it } from 'vitest';
import { anOperation } from '../../test/fake-ipc';
import { found, sumOf, sumOfKind } from './find';

const rows = [
  anOperation({ id: 'a', state: 'unknown', reference: '1054', customer: 'Juhani Räsänen' }),
  anOperation({ id: 'b', state: 'accepted', refundStamp: 'abcd1234' }),
  anOperation({ id: 'c', state: 'failed', requestId: 'req-77' }),
  anOperation({ id: 'd', state: 'rejected', amount: 123450, refundReason: 'Rikki tullut', note: 'Kuoppala soitti', refundReference: 'H-7' }),
  anOperation({ id: 'e', state: 'done' }),
  anOperation({ id: 'f', state: 'done', kind: 'activate' }),
  anOperation({ id: 'g', state: 'queued', kind: 'cancel' }),
];
const ids = (...args: Parameters<typeof found> extends [unknown, ...infer Rest] ? Rest : never) => found(rows, ...args).map(({ id }) => id).join('');

describe('the list', () => {
  it('is narrowed by tab: failed are the refused ones, too, and requested what is on its way', () => {
    expect([ids('all', 'all', ''), ids('unknown', 'all', ''), ids('requested', 'all', ''), ids('failed', 'all', ''), ids('done', 'all', '')]).toEqual(['abcdefg', 'a', 'bg', 'cd', 'ef']);
  });

  it('is narrowed by kind', () => {
    expect([ids('all', 'refunds', ''), ids('all', 'holds', ''), ids('done', 'refunds', '')]).toEqual(['abcde', 'fg', 'e']);
  });

  it('is searched by customer, stamps, request-ids and ids, whatever the accents', () => {
    expect([ids('all', 'all', 'rasanen 1054'), ids('all', 'all', 'ABCD12'), ids('all', 'all', 'req-77'), ids('all', 'all', 'nobody')]).toEqual(['a', 'b', 'c', '']);
  });

  it('is searched by reason, note, refund reference and amount, as people write it', () => {
    expect(['rikki', 'kuoppala', 'h-7', '1 234,50', '1234,50', '1234.50'].map((words) => ids('all', 'all', words))).toEqual(['d', 'd', 'd', 'd', 'd', 'd']);
  });
});

it('sums come from everything there is, not from what was read', () => {
  const sums = [
    { kind: 'refund' as const, state: 'done' as const, count: 355, amount: 1680430 },
    { kind: 'refund' as const, state: 'failed' as const, count: 1, amount: 100 },
    { kind: 'refund' as const, state: 'rejected' as const, count: 2, amount: 50 },
    { kind: 'activate' as const, state: 'done' as const, count: 4, amount: 9000 },
  ];
  expect(sumOf(sums, 'all', 'all')).toEqual({ count: 362, amount: 1689580 });
  expect(sumOf(sums, 'failed', 'refunds')).toEqual({ count: 3, amount: 150 });
  expect(sumOf(sums, 'done', 'holds')).toEqual({ count: 4, amount: 9000 });
  expect(sumOfKind(sums, 'done', 'refund')).toEqual({ count: 355, amount: 1680430 });
});
