import { expect, it } from 'vitest';
import { holdDays, isKlarna, isWalley } from './providers';

it('the window of a hold is known of Klarna and Walley alone', () => {
  expect(['klarna', 'PaytrailKlarnaPayLater', 'walleyb2c', 'Collector', 'nordea', null].map(holdDays)).toEqual([28, 28, 90, 90, null, null]);
});

it('a provider is known by its name in any case, and nobody is one by nothing', () => {
  expect([isKlarna('KLARNA'), isKlarna(null), isWalley('WalleyB2B'), isWalley(null)]).toEqual([true, false, true, false]);
});
