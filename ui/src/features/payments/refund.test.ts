import { describe, expect, it } from 'vitest';
import { aDetail, anOperation, aPayment } from '../../test/fake-ipc';
import type { Line } from '../../lib/ipc';
import { Draft } from './draft.svelte';
import { centsOf, checked, deliveryOf, half, itemsOf, leftOf, moneyOf, piecesLeft, sumOf, typed, unitPrice } from './refund';

const line = (part: Partial<Line>): Line => ({
  stamp: 's',
  description: 'Villalanka',
  productCode: null,
  units: 1,
  amount: 1000,
  vatPermille: null,
  refunded: 0,
  reserved: 0,
  ...part,
});

describe('a line of the order', () => {
  it('has left what is neither given back nor asked back', () => {
    expect(leftOf(line({ amount: 1000, refunded: 300, reserved: 200 }))).toBe(500);
    expect(leftOf(line({ amount: -500 }))).toBe(0);
  });

  it('gives its cents away without losing or making one', () => {
    const three = line({ units: 3, amount: 1000 });
    expect([0, 1, 2, 3].map((pieces) => centsOf(three, pieces))).toEqual([0, 333, 666, 1000]);
    expect(unitPrice(three)).toBe(333);
  });

  it('never gives more than what is left, however many pieces are asked for', () => {
    const some = line({ units: 6, amount: 7740, refunded: 1290 });
    expect(piecesLeft(some)).toBe(5);
    expect(centsOf(some, 5)).toBe(6450);
    expect(centsOf(some, 99)).toBe(6450);
    const odd = line({ units: 6, amount: 7740, refunded: 1000 });
    expect(piecesLeft(odd)).toBe(6);
    expect(centsOf(odd, 6)).toBe(6740);
  });

  it('counts exactly where a number would not', () => {
    const many = line({ units: 99_999_998, amount: 99_999_998 });
    expect(centsOf(many, 99_999_997)).toBe(99_999_997);
  });

  it('without pieces can not be chosen', () => {
    expect(piecesLeft(line({ units: 0 }))).toBe(0);
    expect(centsOf(line({ units: 0 }), 1)).toBe(1000);
    expect(sumOf([line({ units: 0 })], { 0: 1 })).toBe(0);
  });
});

describe('what is sent', () => {
  const lines = [line({ stamp: 'a', units: 2, amount: 500 }), line({ stamp: 'b', amount: 700 }), line({ stamp: null, amount: 90 })];

  it('goes by stamps where every chosen line has one', () => {
    expect(itemsOf(lines, { 0: 1, 1: 1 })).toEqual([{ stamp: 'a', amount: 250 }, { stamp: 'b', amount: 700 }]);
  });

  it('goes as a plain sum where one has none', () => {
    expect(itemsOf(lines, { 0: 1, 2: 1 })).toBeNull();
    expect(sumOf(lines, { 0: 1, 2: 1 })).toBe(340);
  });

  it('goes as a plain sum where two lines share a stamp', () => {
    expect(itemsOf([line({ stamp: 'a' }), line({ stamp: 'a' })], { 0: 1 })).toBeNull();
  });

  it('is never another sum than the amount', () => {
    const draft = new Draft(lines, () => 10_000);
    draft.setPieces({ 0: 1, 1: 1 });
    expect([draft.cents, draft.sendable]).toEqual([950, true]);
    draft.text = '9,51';
    expect(draft.sendable).toBe(false);
  });

});

describe('a typed amount', () => {
  it('is told apart by what is wrong with it', () => {
    const problem = (text: string) => checked(text, 11_050).problem;
    expect(['', 'x', '1,234', '0', '110,51', '110,50'].map(problem)).toEqual(['empty', 'notAmount', 'tooManyDecimals', 'zero', 'moreThanLeft', null]);
    expect(checked('999999,99', 200_000_000).problem).toBe('moreThanOnce');
  });

  it('comes back from the cents it was made of', () => {
    for (const cents of [1, 9, 10, 100, 2550, 123_456]) expect(checked(typed(cents), 1_000_000).cents).toBe(cents);
  });

  it('is halved downwards', () => {
    expect([half(11_050), half(3), half(1)]).toEqual([5525, 1, 0]);
  });
});

describe('a payment', () => {
  it('knows its delivery where one line is it', () => {
    expect(deliveryOf(aDetail().lines)).toEqual({ at: 3, cents: 760 });
    expect(deliveryOf([line({ description: 'Rahti' }), line({ description: 'Toimitus' })])).toBeNull();
    expect(deliveryOf([line({ description: 'Rahti', refunded: 1000 })])).toBeNull();
  });

  it('never calls unknown what is only asked back, nor the other way round', () => {
    const payment = aPayment({ amount: 10_000, refunded: 1000, reserved: 3000 });
    const operations = [anOperation({ state: 'unknown', amount: 2000 }), anOperation({ id: 'op-2', state: 'accepted', amount: 1000 })];
    expect(moneyOf(aDetail({ payment, operations }))).toEqual({ refunded: 1000, requested: 1000, unknown: 2000, left: 6000 });
  });
});
