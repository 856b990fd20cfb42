import { describe, expect, it } from 'vitest';
import type { OperationRow } from '../../lib/ipc';
import { anOperation } from '../../test/fake-ipc';
import { isOver, mayRepeat, never, overSince } from './quarantine';

const ENDS = Date.parse('2026-11-23T08:59:00.000Z');
const unknown = (part: Partial<OperationRow> = {}) =>
  anOperation({ state: 'unknown', proof: null, amount: 6490, paymentAmount: 6490, lastSentAt: '2026-11-23T08:29:00.000Z', quarantineEndsAt: '2026-11-23T08:59:00.000Z', repeat: 'notYet', ...part });

describe('the waiting time', () => {
  it('is over at its millisecond and not before', () => {
    expect([isOver(unknown(), ENDS - 1), isOver(unknown(), ENDS)]).toEqual([false, true]);
    expect(isOver(unknown({ quarantineEndsAt: null }), 0)).toBe(true);
  });

  it('says since when it is over, also when the shell says only that it is', () => {
    expect(overSince(unknown())).toBe(ENDS);
    expect(overSince(unknown({ quarantineEndsAt: null }))).toBe(ENDS);
    expect(overSince(unknown({ quarantineEndsAt: null, lastSentAt: null }))).toBe(null);
  });
});

describe('a repeat', () => {
  it('is possible only when the shell says so and the time is over', () => {
    expect(mayRepeat(unknown({ repeat: 'possible', quarantineEndsAt: null }), ENDS)).toBe(true);
    expect(mayRepeat(unknown({ repeat: 'possible' }), ENDS - 1)).toBe(false);
    expect(mayRepeat(unknown({ repeat: 'notYet' }), ENDS + 1)).toBe(false);
    expect(mayRepeat(unknown({ repeat: 'never' }), ENDS + 1)).toBe(false);
    expect(mayRepeat(unknown({ repeat: null }), ENDS + 1)).toBe(false);
  });

  it('says why it never is', () => {
    const why = (repeatWhy: string | null) => never(unknown({ repeat: 'never', repeatWhy }));
    expect([why('byEmail'), why('repeatedAlready'), why('notMoreThanHalf'), why('anotherRefund'), why(null)]).toEqual(['email', 'repeated', 'half', 'other', 'other']);
    expect([never(unknown()), never(unknown({ repeat: 'possible' }))]).toEqual([null, null]);
  });
});
