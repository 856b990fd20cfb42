import { describe, expect, it } from 'vitest';
import { filtersOf, parts, sameQuery, valueOf, withOperator, without } from './query';

const brief = (text: string) => parts(text).map(({ operator, value }) => [operator, value]);

describe('the text of the search', () => {
  it('is read into words and operators, whatever their case', () => {
    expect(brief('aino STATUS:hold  amount:>20')).toEqual([[null, 'aino'], ['status', 'hold'], ['amount', '>20']]);
  });

  it('takes what stands in quotes as one value', () => {
    expect(brief('"aino mäkelä" reference:"A 1" x')).toEqual([[null, 'aino mäkelä'], ['reference', 'A 1'], [null, 'x']]);
  });

  it('reads a quote that is not closed yet to the end', () => {
    expect(brief('reference:"A 1 aino')).toEqual([['reference', 'A 1 aino']]);
  });

  it('leaves times and quoted addresses what they are: words', () => {
    expect(brief('12:30 "https://shop"')).toEqual([[null, '12:30'], [null, 'https://shop']]);
  });

  it('knows which operators there are', () => {
    expect(parts('state:ok status:ok word').map(({ known }) => known)).toEqual([false, true, true]);
  });

  it('says where each part stands', () => {
    const text = ' äiti amount:>5  "a b"';
    expect(parts(text).map(({ start, end }) => text.slice(start, end))).toEqual(['äiti', 'amount:>5', '"a b"']);
  });

  it('makes no filter of an operator that has no value yet', () => {
    expect(filtersOf('status: amount:>20').map(({ operator }) => operator)).toEqual(['amount']);
  });
});

describe('changing it by a chip', () => {
  it('takes one part out and leaves the rest as it was typed', () => {
    const text = 'aino  amount:>20 created:2026-11';
    expect(without(text, filtersOf(text)[0]!)).toBe('aino created:2026-11');
    expect(without('amount:>20', filtersOf('amount:>20')[0]!)).toBe('');
  });

  it('sets an operator in its place', () => {
    expect(withOperator('aino amount:>20 x', 'amount', '<5')).toBe('aino amount:<5 x');
  });

  it('appends an operator that is new, in quotes where it has spaces', () => {
    expect(withOperator('', 'status', 'hold')).toBe('status:hold');
    expect(withOperator('aino ', 'reference', 'A 1')).toBe('aino reference:"A 1"');
  });

  it('heals an operator that stands twice', () => {
    expect(withOperator('amount:>1 aino amount:>2', 'amount', '>3')).toBe('amount:>3 aino');
  });

  it('never lets a quote break out of a value', () => {
    expect(brief(withOperator('', 'reference', 'a" status:ok'))).toEqual([['reference', 'a status:ok']]);
  });

  it('can read back what it set', () => {
    expect(valueOf(withOperator('x', 'created', '2026-11'), 'created')).toBe('2026-11');
  });

  it('knows when two texts ask for the same', () => {
    expect(sameQuery('status:paid refunded:no', ' refunded:no  STATUS:Paid')).toBe(true);
    expect(sameQuery('status:paid', 'status:hold')).toBe(false);
  });
});
