import type { Formatters } from 'intl-messageformat';

// The shops are Finnish: figures look the same in every language, `1 284`, only words change. Plurals follow the language.
const numbers = new Map<string, Intl.NumberFormat>();
const dates = new Map<string, Intl.DateTimeFormat>();
const plurals = new Map<string, Intl.PluralRules>();

function kept<Value>(cache: Map<string, Value>, key: string, make: () => Value): Value {
  let value = cache.get(key);
  if (value === undefined) {
    value = make();
    cache.set(key, value);
  }
  return value;
}

/** How messages print figures, dates and plurals; each formatter is made once. */
export const formatters: Formatters = {
  getNumberFormat: (_locales, options) =>
    kept(
      numbers,
      JSON.stringify(options ?? {}),
      () => new Intl.NumberFormat('fi-FI', options as Intl.NumberFormatOptions),
    ),
  getDateTimeFormat: (_locales, options) =>
    kept(dates, JSON.stringify(options ?? {}), () => new Intl.DateTimeFormat('fi-FI', options)),
  getPluralRules: (locales, options) =>
    kept(plurals, JSON.stringify([locales, options ?? {}]), () => new Intl.PluralRules(locales, options)),
};
