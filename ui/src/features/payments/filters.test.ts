import { afterEach, describe, expect, it } from 'vitest';
import { setLocale } from '../../lib/i18n';
import { chipWords, euroValue, monthBefore, offers } from './filters';
import { filtersOf, withOperator } from './query';

const chip = (text: string) => {
  const { name, value } = chipWords(filtersOf(text)[0]!);
  return `${name} ${value}`.replaceAll('\u00a0', ' ');
};

afterEach(() => void setLocale('en'));

describe('a filter in words', () => {
  it('says amounts as money', () => {
    expect(chip('amount:>20')).toBe('Amount over 20,00 €');
    expect(chip('amount:<=19,90')).toBe('Amount at most 19,90 €');
    expect(chip('amount:20..50')).toBe('Amount 20,00 € to 50,00 €');
    expect(chip('amount:128.50')).toBe('Amount 128,50 €');
  });

  it('says months and days by their names', () => {
    expect(chip('created:2026-11')).toBe('Created November 2026');
    expect(chip('created:2026-11-03')).toBe('Created 3.11.2026');
    expect(chip('created:>=2026-11-03')).toBe('Created since 3.11.2026');
  });

  it('says what the shell calls hold as what it means for us', () => {
    expect(chip('status:hold')).toBe('Status Waits for us');
    expect(chip('status:paid')).toBe('Status Paid');
    expect(chip('refunded:partly')).toBe('Refunded partly');
    expect(chip('provider:klarna')).toBe('Method Klarna');
  });

  it('leaves what it does not understand as it was typed', () => {
    expect(chip('created:2026-13')).toBe('Created 2026-13');
    expect(chip('amount:abc')).toBe('Amount abc');
    expect(chip('state:ok')).toBe('state ok');
  });

  it('follows the language', () => {
    void setLocale('fi');
    expect(chip('amount:>20')).toBe('Summa yli 20,00 €');
  });
});

describe('the filters on offer', () => {
  it('are all understood by the search', () => {
    for (const { operator, value } of offers('2026-11-23').flatMap((group) => group.offers)) {
      const [part] = filtersOf(withOperator('', operator, value));
      expect(part).toMatchObject({ operator, value, known: true });
    }
  });

  it('know the month before January', () => {
    expect([monthBefore('2026-01-15'), monthBefore('2026-11-23')]).toEqual(['2025-12', '2026-10']);
  });

  it('write amounts without rounding', () => {
    expect([2000, 1990, 5, 123450].map(euroValue)).toEqual(['20', '19,90', '0,05', '1234,50']);
  });
});
