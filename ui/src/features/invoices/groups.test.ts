import { describe, expect, it } from 'vitest';
import type { HoldRow, PaymentRow } from '../../lib/ipc';
import { aHold, aPayment, NOW } from '../../test/fake-ipc';
import { atRisk, byDeadline, byOrder, found, groupOf, perDay, type Entry } from './groups';

const now = Date.parse(NOW);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function hold(reference: string, left: number | null, part: Partial<PaymentRow> = {}): HoldRow {
  const deadline = left === null ? null : new Date(now + left).toISOString();
  const payment = aPayment({ id: `id-${reference}`, reference, deadline, amount: 1000, status: 'pending', standing: 'hold', ...part });
  return aHold({ payment });
}

const named = (entry: Entry): string => ('hold' in entry ? entry.hold.payment.reference : `${entry.group}:${entry.count}:${entry.amount}`);

describe('the group of a deadline', () => {
  it('changes at the millisecond that it says', () => {
    const at = (left: number) => groupOf(new Date(now + left).toISOString(), now);
    expect([at(-1), at(0), at(1), at(3 * DAY), at(3 * DAY + 1), at(7 * DAY), at(7 * DAY + 1)]).toEqual([
      'expired',
      'expired',
      'soon',
      'soon',
      'week',
      'week',
      'later',
    ]);
    expect(groupOf(null, now)).toBe('none');
  });
});

describe('the rows', () => {
  const holds = [hold('1', -HOUR), hold('2', HOUR), hold('3', 2 * DAY, { amount: 250 }), hold('4', 6 * DAY), hold('5', 20 * DAY), hold('6', null)];

  it('stand in their groups, each with its count and sum, and empty groups have no head', () => {
    expect(byDeadline(holds, now).map(named)).toEqual([
      'expired:1:1000', '1', 'soon:2:1250', '2', '3', 'week:1:1000', '4', 'later:1:1000', '5', 'none:1:1000', '6',
    ]);
    expect(byDeadline([hold('5', 20 * DAY)], now).map(named)).toEqual(['later:1:1000', '5']);
  });

  it('stay where they are while the clock goes on, until the list is asked for again', () => {
    const before = byDeadline(holds, now).map(named);
    expect(byDeadline(holds, now).map(named)).toEqual(before);
    expect(byDeadline(holds, now + 2 * HOUR).map(named)[0]).toBe('expired:2:2000');
  });

  it('stand by order as people count', () => {
    expect(byOrder([hold('1000', DAY), hold('99', DAY), hold('A-7', DAY)]).map(named)).toEqual(['99', '1000', 'A-7']);
  });

  it('are found by any words, whatever the accents', () => {
    const some = [hold('1042', DAY, { customer: 'Aino Mäkelä', email: null }), hold('1043', DAY, { customer: 'Öyvind Sandström', email: null })];
    expect(found(some, 'makela AINO').map((each) => each.payment.reference)).toEqual(['1042']);
    expect(found(some, '104').length).toBe(2);
    expect(found(some, 'aino 1043')).toEqual([]);
    expect(found(some, '  ')).toBe(some);
  });
});

describe('what is at risk', () => {
  it('is what ends within three days: not what has ended, nor what nobody knows a deadline of', () => {
    const risk = atRisk([hold('1', -1), hold('2', 5 * HOUR, { amount: 8900 }), hold('3', 3 * DAY, { amount: 50 }), hold('4', 4 * DAY), hold('5', null)], now);
    expect(risk).toEqual({ count: 2, amount: 8950, first: now + 5 * HOUR });
    expect(atRisk([hold('1', -1)], now)).toEqual({ count: 0, amount: 0, first: null });
  });

  it('is summed per day of the wall, today first', () => {
    // It is 10.47 in Helsinki: 14 hours later is tomorrow there, though it is the same day in UTC.
    const days = perDay([hold('1', -HOUR), hold('2', HOUR), hold('3', 14 * HOUR, { amount: 70 }), hold('4', 27 * DAY, { amount: 5 }), hold('5', 40 * DAY)], now);
    expect(days.length).toBe(28);
    expect(days[0]).toEqual({ key: '2026-11-23', count: 1, amount: 1000 });
    expect(days[1]).toEqual({ key: '2026-11-24', count: 1, amount: 70 });
    expect(days[27]).toEqual({ key: '2026-12-20', count: 1, amount: 5 });
    expect(days.reduce((sum, day) => sum + day.count, 0)).toBe(3);
  });
});
