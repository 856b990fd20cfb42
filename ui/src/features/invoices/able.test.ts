import { describe, expect, it } from 'vitest';
import type { PaymentRow } from '../../lib/ipc';
import { aHold, aPayment } from '../../test/fake-ipc';
import { fits, isBusy, obstacle, split } from './able';

const open = (part: Partial<PaymentRow> = {}) => aPayment({ status: 'pending', standing: 'hold', provider: 'klarna', ...part });

describe('what can be activated or cancelled', () => {
  it('is an open hold of Klarna, by whichever of its statuses', () => {
    for (const status of ['pending', 'delayed', 'authorization-hold']) {
      expect([obstacle(open({ status }), 'activate'), obstacle(open({ status }), 'cancel')]).toEqual([null, null]);
    }
  });

  it('is for Walley an activation only', () => {
    const walley = open({ provider: 'walleyb2c' });
    expect([obstacle(walley, 'activate'), obstacle(walley, 'cancel')]).toEqual([null, 'notKlarna']);
    expect(obstacle(open({ provider: 'nordea' }), 'activate')).toBe('otherProvider');
    expect(obstacle(open({ provider: 'walleyb2c', status: 'authorization-hold' }), 'activate')).toBe('otherProvider');
  });

  it('is nothing that lacks an id or a method, is settled, or has something open', () => {
    const why = (part: Partial<PaymentRow>) => obstacle(open(part), 'activate');
    expect(why({ transactionId: null })).toBe('noId');
    expect(why({ provider: null })).toBe('noProvider');
    expect(why({ status: 'ok' })).toBe('captured');
    expect(why({ status: 'fail' })).toBe('gone');
    expect(why({ status: 'shrug' })).toBe('notHold');
    expect(why({ standing: 'activating' })).toBe('open');
    expect(why({ standing: 'cancelling' })).toBe('open');
    expect(why({ standing: 'unknown' })).toBe('unknown');
  });

  it('is not forbidden by a deadline: Paytrail’s clock decides', () => {
    expect(obstacle(open({ deadline: '2001-01-01T00:00:00.000Z' }), 'activate')).toBe(null);
  });
});

it('takes a payment once, however often it is in the selection', () => {
  const one = open({ id: 'a' });
  const { able, leftOut } = split([one, { ...one }, open({ id: 'b', status: 'ok' })], 'cancel');
  expect(able.map(({ id }) => id)).toEqual(['a']);
  expect(leftOut.map(({ payment, why }) => [payment.id, why])).toEqual([['b', 'captured']]);
});

it('offers nothing for a hold with an open operation', () => {
  const busy = aHold({ operation: { id: 'o', kind: 'activate', state: 'unknown' } });
  expect([fits(busy, 'activate'), isBusy(busy), fits(aHold(), 'activate'), isBusy(aHold())]).toEqual([false, true, true, false]);
});
