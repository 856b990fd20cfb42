import { describe, expect, it } from 'vitest';
import type { CheckReport, SignatureCheck } from '../../lib/ipc';
import { apiProblem, callbackProblem, greetingOf, hourIn, merchantProblem, modeOf } from './account';
import { answeredElsewhere, checkRows, mayConnect } from './check';
import { helpOf } from './open-failed';
import { aReport } from '../../test/check-report';

/** With plain spaces, for reading. */
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value).replaceAll('\u00a0', ' ')) as T;
const titles = (report: CheckReport) => plain(checkRows(report).map((row) => `${row.state}: ${row.title}`));

describe('what a check found', () => {
  it('reads as a person would say it', () => {
    expect(plain(checkRows(aReport()))).toEqual([
      { key: 'signature', state: 'ok', title: 'Signature accepted', figure: '0,3 s' },
      { key: 'clock', state: 'ok', title: 'Clock agrees with Paytrail', figure: '0,4 s apart' },
      { key: 'klarna', state: 'ok', title: 'Klarna is switched on', figure: '50 € and 500 €' },
      {
        key: 'notOffered',
        state: 'warn',
        title: 'Klarna is not offered for 5 000 €',
        help: 'Nothing to do, unless you sell at that price.',
      },
    ]);
  });

  it('names the clock as the reason of a refusal where it is far off', () => {
    const rows = plain(checkRows(aReport({ signature: 'unauthorized', clock: 'ahead', clockSkewMs: 724_000, klarna: [] })));
    expect(rows[0]?.help).toContain('clock of this computer is wrong');
    expect(rows[1]?.title).toBe('The clock of this computer is 12 min 4 s fast');
  });

  it('says that a slow clock is slow', () => {
    expect(titles(aReport({ clock: 'behind', clockSkewMs: -724_000 }))[1]).toBe('warn: The clock of this computer is 12 min 4 s slow');
  });

  it('says where Klarna is off, not asked, or half answered', () => {
    const off = [5_000, 50_000].map((amount) => ({ amount, offered: 'no' as const }));
    expect(titles(aReport({ klarna: off })).at(-1)).toBe('warn: Klarna is not switched on for this account');
    const open = off.map(({ amount }) => ({ amount, offered: 'notKnown' as const }));
    expect(titles(aReport({ klarna: open })).at(-1)).toBe('skipped: Klarna not asked about');
    const half = [{ amount: 5_000, offered: 'yes' as const }, { amount: 50_000, offered: 'notKnown' as const }];
    expect(titles(aReport({ klarna: half })).slice(2)).toEqual(['ok: Klarna is switched on', 'skipped: No answer about 500 €']);
  });

  it.each(['dns', 'connect', 'tls', 'timeout', 'cut', 'serverError', 'tooManyRequests'] as SignatureCheck[])(
    'lets a person connect when nobody could be asked: %s',
    (signature) => {
      const report = aReport({ signature, clock: 'notKnown', clockSkewMs: null, klarna: [] });
      expect(mayConnect(report)).toBe(true);
      expect(checkRows(report)[0]?.state).toBe('warn');
    },
  );

  it.each(['unauthorized', 'unsigned', 'wrongSignature', 'unexpected'] as SignatureCheck[])(
    'lets nobody connect after %s',
    (signature) => {
      const report = aReport({ signature });
      expect(mayConnect(report)).toBe(false);
      expect(answeredElsewhere(report)).toBe(signature !== 'unauthorized');
      expect(checkRows(report)[0]?.state).toBe('bad');
    },
  );
});

describe('an account', () => {
  it('is live in doubt', () => {
    expect(modeOf('812440', '')).toBe('live');
    expect(modeOf('375917', '')).toBe('test');
    expect(modeOf(' 695861 ', 'https://services.paytrail.com')).toBe('test');
    expect(modeOf('695874', '')).toBe('test');
    expect(modeOf('812440', 'http://127.0.0.1:8787')).toBe('sandbox');
    expect(modeOf('812440', 'http://localhost')).toBe('sandbox');
    expect(modeOf('812440', 'http://[::1]:8787')).toBe('sandbox');
    expect(modeOf('812440', 'https://127.0.0.1.example.com')).toBe('live');
  });

  it('has an id of digits', () => {
    expect(merchantProblem('')).toBeNull();
    expect(merchantProblem(' 812440 ')).toBeNull();
    expect(merchantProblem('FI812440')).toBe('start.merchantDigits');
  });

  it('has an encrypted address without a path, or one on this computer', () => {
    for (const fine of ['', 'https://services.paytrail.com', 'https://api.example.com:8443/', 'http://localhost:8787']) {
      expect(apiProblem(fine), fine).toBeNull();
    }
    expect(apiProblem('services.paytrail.com')).toBe('start.notAddress');
    expect(apiProblem('ftp://services.paytrail.com')).toBe('start.notAddress');
    expect(apiProblem('http://services.paytrail.com')).toBe('start.notEncrypted');
    expect(apiProblem('https://services.paytrail.com/v2')).toBe('start.notOrigin');
    expect(apiProblem('https://user@services.paytrail.com')).toBe('start.notOrigin');
  });

  it('has an encrypted callback address, or none', () => {
    for (const fine of ['', 'https://shop.example.com/paytrail?x=1', 'http://127.0.0.1/cb']) {
      expect(callbackProblem(fine), fine).toBeNull();
    }
    expect(callbackProblem('http://shop.example.com')).toBe('start.callbackNotEncrypted');
    expect(callbackProblem('shop')).toBe('start.callbackNotAddress');
    expect(callbackProblem(`https://a.example/${'x'.repeat(3000)}`)).toBe('start.callbackLong');
  });
});

describe('the greeting', () => {
  it('follows the hour in the zone', () => {
    expect(hourIn(Date.parse('2026-11-23T22:30:00Z'), 'Europe/Helsinki')).toBe(0);
    expect([4, 5, 10, 11, 16, 17, 22, 23].map(greetingOf)).toEqual([
      'start.night', 'start.morning', 'start.morning', 'start.day', 'start.day', 'start.evening', 'start.evening', 'start.night',
    ]);
  });
});

describe('a data file that can’t be opened', () => {
  const error = { code: 'store', message: '', why: null, moneyMoved: 'no', requestId: null } as const;
  const why = (kind: string) => helpOf({ ...error, why: { kind, values: {} } }).title;

  it('is told apart by its reason', () => {
    expect(['fileIsNewer', 'fileNotOurs', 'diskRefused', 'sealDamaged', 'fileUnusable'].map(why)).toEqual([
      'start.newerTitle', 'start.damagedTitle', 'start.fullTitle', 'start.sealTitle', 'start.otherTitle',
    ]);
  });

  it('is told apart by what the system says, where the reason does not', () => {
    const said = (message: string) => helpOf({ ...error, message }).title;
    expect(said('database disk image is malformed')).toBe('start.damagedTitle');
    expect(said('No space left on device')).toBe('start.fullTitle');
    expect(said('database is locked')).toBe('start.busyTitle');
    expect(said('permission denied')).toBe('start.otherTitle');
  });
});
