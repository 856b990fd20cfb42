import { describe, expect, it } from 'vitest';
import { curve } from './curve';
import { estimate, sumTyped } from './typed';

describe('a sum that is typed', () => {
  it.each(['18 230,40', '18\u00a0230,40 €', '18230.40', '18.230,40', '18,230.40', '18230,4', '€ 18 230,40'])('is read from %s', (text) => {
    expect(sumTyped(text)).toBe(1_823_040);
  });

  it.each(['', '€', 'all', '18.230', '18,230', '1.82.30,40', '18230,401', '-18 230,40'])('is not read from %j', (text) => {
    expect(sumTyped(text)).toBeNull();
  });
});

it('more at a time take less time', () => {
  expect(estimate(412, 8)).toBe(154_500);
  expect(estimate(412, 1)).toBe(1_236_000);
  expect(estimate(412, 0)).toBe(1_236_000);
});

it('a curve begins at zero, so that its height tells no lie', () => {
  const [still, half, full] = curve([0, 1, 2], 100, 36);
  expect(still?.y).toBe(33);
  expect(half?.y).toBe(19);
  expect(full?.y).toBe(5);
  expect(curve([], 100, 36)).toEqual([]);
});
