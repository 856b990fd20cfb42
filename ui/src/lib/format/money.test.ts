import { describe, expect, it } from 'vitest';
import { amount, count, money, parseEuros, parts, percent } from '.';

describe('money', () => {
  it.each([
    [0, '0,00 €'],
    [5, '0,05 €'],
    [50, '0,50 €'],
    [12850, '128,50 €'],
    [99999, '999,99 €'],
    [123450, '1 234,50 €'],
    [1823040, '18 230,40 €'],
    [123456789012, '1 234 567 890,12 €'],
    [-1, '−0,01 €'],
    [-123450, '−1 234,50 €'],
  ])('%d cents', (cents, text) => {
    expect(money(cents)).toBe(text.replaceAll(' ', '\u00a0'));
    expect(money(BigInt(cents))).toBe(text.replaceAll(' ', '\u00a0'));
  });

  it('is exact where floating point is not', () => {
    expect(money(9_007_199_254_740_993n)).toBe('90 071 992 547 409,93 €'.replaceAll(' ', '\u00a0'));
  });

  it('refuses a fraction of a cent instead of rounding it away', () => {
    expect(() => money(1.5)).toThrow(RangeError);
  });

  it('comes in parts', () => {
    expect(parts(12850)).toEqual({ whole: '128,50', sign: '€' });
    expect(amount(760)).toBe('7,60');
  });
});

describe('figures', () => {
  it('are grouped', () => {
    expect(count(1284)).toBe('1\u00a0284');
    expect(count(100)).toBe('100');
    expect(count(-1234567)).toBe('−1\u00a0234\u00a0567');
  });

  it('are shares', () => {
    expect(percent(0.035)).toBe('3,5\u00a0%');
    expect(percent(-0.12)).toBe('−12\u00a0%');
    expect(percent(0.12345, 2)).toBe('12,35\u00a0%');
  });
});

describe('an amount that was typed', () => {
  it.each([
    ['19,90', 1990],
    ['19.90', 1990],
    ['19,9', 1990],
    ['19', 1900],
    ['0,05', 5],
    ['0', 0],
    ['007', 700],
    ['1 234,5', 123450],
    ['1\u00a0234,50\u00a0€', 123450],
    ['1\u202f234', 123400],
    [' 12,00 ', 1200],
    ['12 €', 1200],
    ['12 345 678,90', 1234567890],
    ['999999999999,99', 99999999999999],
  ])('%j is %d cents', (text, cents) => {
    expect(parseEuros(text)).toEqual({ ok: cents });
  });

  it.each([
    ['', 'empty'],
    ['   ', 'empty'],
    ['€', 'notAmount'],
    ['abc', 'notAmount'],
    ['12,', 'notAmount'],
    [',50', 'notAmount'],
    ['-5', 'notAmount'],
    ['−5', 'notAmount'],
    ['+5', 'notAmount'],
    ['1e3', 'notAmount'],
    ['0x10', 'notAmount'],
    ['1.234', 'tooManyDecimals'],
    ['1,234', 'tooManyDecimals'],
    ['19,999', 'tooManyDecimals'],
    ['1.234,50', 'notAmount'],
    ['1,234.50', 'notAmount'],
    ['1 23,00', 'notAmount'],
    ['12 34', 'notAmount'],
    ['1  234', 'notAmount'],
    ['€ 12', 'notAmount'],
    ['12 kpl', 'notAmount'],
    ['١٢', 'notAmount'],
    ['NaN', 'notAmount'],
    ['Infinity', 'notAmount'],
    ['1'.repeat(13), 'notAmount'],
  ])('%j is refused as %s', (text, error) => {
    expect(parseEuros(text)).toEqual({ error });
  });

  it('comes back as it was printed', () => {
    // A fixed walk over the whole range: the same every time, and no two steps alike.
    for (let step = 0, cents = 1; step < 5000; step += 1) {
      expect(parseEuros(money(cents))).toEqual({ ok: cents });
      expect(parseEuros(amount(cents))).toEqual({ ok: cents });
      expect(parseEuros((cents / 100).toFixed(2))).toEqual({ ok: cents });
      cents = (cents * 48271 + step) % 2_147_483_647;
    }
  });

  it('never yields anything but whole cents', () => {
    const signs = ['1', '0', '9', ',', '.', ' ', '\u00a0', '€', '-', 'e', '٣'];
    for (let seed = 1; seed < 20_000; seed += 1) {
      let rest = seed * 7919;
      let text = '';
      while (rest > 0) {
        text += signs[rest % signs.length];
        rest = Math.floor(rest / signs.length);
      }
      const read = parseEuros(text);
      if ('ok' in read) {
        expect(Number.isSafeInteger(read.ok) && read.ok >= 0).toBe(true);
        expect(text).toMatch(/^[\s\u00a0]*[\d \u00a0]+([,.]\d{1,2})?[\s\u00a0€]*$/);
      }
    }
  });
});
