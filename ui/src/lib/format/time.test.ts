import { describe, expect, it } from 'vitest';
import { setLocale } from '../i18n';
import {
  clock,
  date,
  dateTime,
  dayKey,
  dayMonth,
  duration,
  left,
  moment,
  monthName,
  setZone,
  time,
  timeSeconds,
  weekdayDayMonth,
  zone,
} from '.';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MINUTE = 60_000;

describe('a moment', () => {
  const at = '2026-11-23T08:42:07Z';

  it('is written the Finnish way in every language', () => {
    for (const language of ['en', 'fi', 'sv'] as const) {
      void setLocale(language);
      expect(date(at)).toBe('23.11.2026');
      expect(dayMonth(at)).toBe('23.11.');
      expect(time(at)).toBe('10.42');
      expect(timeSeconds(at)).toBe('10.42.07');
      expect(dateTime(at)).toBe('23.11.2026 10.42');
    }
  });

  it('has no noughts before days and months, but before hours', () => {
    expect(dateTime('2026-02-03T04:05:00Z')).toBe('3.2.2026 06.05');
    expect(dayKey('2026-02-03T04:05:00Z')).toBe('2026-02-03');
  });

  it('has its weekday and month in the language', () => {
    expect(weekdayDayMonth('2026-11-30T10:00:00Z')).toBe('Mon 30.11.');
    expect(monthName('2026-11')).toBe('November 2026');
    void setLocale('fi');
    expect(weekdayDayMonth('2026-11-30T10:00:00Z')).toBe('ma 30.11.');
    expect(monthName('2026-11')).toBe('marraskuu 2026');
    void setLocale('sv');
    expect(weekdayDayMonth('2026-11-30T10:00:00Z')).toBe('mån 30.11.');
  });

  it('follows the zone', () => {
    setZone('Europe/Stockholm');
    expect(time(at)).toBe('09.42');
    expect(date('2026-12-31T22:30:00Z')).toBe('31.12.2026');
    setZone('Europe/Helsinki');
    expect(date('2026-12-31T22:30:00Z')).toBe('1.1.2027');
    expect(time('2026-12-31T22:30:00Z')).toBe('00.30');
  });

  it('refuses a zone that does not exist, and keeps the one it had', () => {
    expect(() => setZone('Europe/Atlantis')).toThrow(RangeError);
    expect(zone.current).toBe('Europe/Helsinki');
  });

  it('is near or far', () => {
    const now = '2026-11-23T12:00:00Z';
    expect(moment('2026-11-23T08:45:00Z', now)).toBe('today 10.45');
    expect(moment('2026-11-22T07:14:00Z', now)).toBe('yesterday 09.14');
    expect(moment('2026-11-21T07:14:00Z', now)).toBe('21.11. 09.14');
    expect(moment('2025-11-21T07:14:00Z', now)).toBe('21.11.2025 09.14');
    // 22.30 UTC is after midnight in Helsinki: another day than it looks.
    expect(moment('2026-11-22T22:30:00Z', now)).toBe('today 00.30');
    expect(moment('2026-02-28T12:00:00Z', '2026-03-01T12:00:00Z')).toBe('yesterday 14.00');
  });
});

describe('when the clocks change', () => {
  it('springs over the hour that is not', () => {
    expect(time('2026-03-29T00:59:59Z')).toBe('02.59');
    expect(time('2026-03-29T01:00:00Z')).toBe('04.00');
  });

  it('says the hour twice that is there twice', () => {
    expect(time('2026-10-25T00:30:00Z')).toBe('03.30');
    expect(time('2026-10-25T01:30:00Z')).toBe('03.30');
    expect(time('2026-10-25T02:30:00Z')).toBe('04.30');
  });

  it('keeps the days apart on days of 23 and 25 hours', () => {
    expect(dayKey('2026-03-28T22:00:00Z')).toBe('2026-03-29');
    expect(dayKey('2026-03-29T20:59:59Z')).toBe('2026-03-29');
    expect(dayKey('2026-03-29T21:00:00Z')).toBe('2026-03-30');
    expect(dayKey('2026-10-25T21:59:59Z')).toBe('2026-10-25');
    expect(dayKey('2026-10-25T22:00:00Z')).toBe('2026-10-26');
    expect(moment('2026-10-24T21:30:00Z', '2026-10-25T21:30:00Z')).toBe('today 00.30');
  });
});

describe('what is left', () => {
  it.each([
    [5 * HOUR + 12 * MINUTE, '5 h 12 min', '5 t 12 min', '5 tim 12 min'],
    [21 * HOUR + 53 * MINUTE + 59_999, '21 h 53 min', '21 t 53 min', '21 tim 53 min'],
    [24 * HOUR - 1, '23 h 59 min', '23 t 59 min', '23 tim 59 min'],
    [26 * HOUR + 20 * MINUTE, '26 h', '26 t', '26 tim'],
    [48 * HOUR - 1, '47 h', '47 t', '47 tim'],
    [2 * DAY + 6 * HOUR, '2 days 6 h', '2 päivää 6 t', '2 dagar 6 tim'],
    [3 * DAY - 1, '2 days 23 h', '2 päivää 23 t', '2 dagar 23 tim'],
    [3 * DAY, '3 days', '3 päivää', '3 dagar'],
    [20 * DAY - 1, '19 days', '19 päivää', '19 dagar'],
    [12 * MINUTE, '12 min', '12 min', '12 min'],
    [0, '0 min', '0 min', '0 min'],
    [-5, '0 min', '0 min', '0 min'],
  ])('%d ms', (ms, en, fi, sv) => {
    expect(left(ms)).toBe(en);
    void setLocale('fi');
    expect(left(ms)).toBe(fi);
    void setLocale('sv');
    expect(left(ms)).toBe(sv);
  });
});

describe('a span', () => {
  it.each([
    [0, '0,0 s'],
    [340, '0,3 s'],
    [9_940, '9,9 s'],
    [12_000, '12 s'],
    [59_400, '59 s'],
    [59_600, '1 min 0 s'],
    [252_000, '4 min 12 s'],
    [7_500_000, '2 h 5 min'],
  ])('%d ms took %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it('counts down to zero at zero', () => {
    expect(clock(12 * MINUTE + 24_000)).toBe('12.24');
    expect(clock(1)).toBe('00.01');
    expect(clock(0)).toBe('00.00');
    expect(clock(-1000)).toBe('00.00');
  });
});
