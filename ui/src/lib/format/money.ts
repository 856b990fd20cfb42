/** The minus sign of money and figures; a hyphen is too short beside tabular figures and breaks lines. */
export const minus = '\u2212';

const NO_BREAK_SPACE = '\u00a0';

/** An amount of money as the ledger keeps it: whole cents. */
export type Cents = number | bigint;

function grouped(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, NO_BREAK_SPACE);
}

/** The figure alone, as in `1 234,50`, for columns that say the currency in their head. */
export function amount(cents: Cents): string {
  const exact = BigInt(cents);
  const digits = (exact < 0n ? -exact : exact).toString().padStart(3, '0');
  return `${exact < 0n ? minus : ''}${grouped(digits.slice(0, -2))},${digits.slice(-2)}`;
}

/** Money as it is written in Finland, as in `1 234,50 €`; nothing in it can break over two lines. */
export function money(cents: Cents): string {
  return `${amount(cents)}${NO_BREAK_SPACE}€`;
}

/** The large amount of a page in two parts: its sign is set in a quieter ink. */
export function parts(cents: Cents): { whole: string; sign: string } {
  return { whole: amount(cents), sign: '€' };
}

/** A whole number with grouped thousands, as in `1 284`. */
export function count(value: Cents): string {
  const exact = BigInt(value);
  return `${exact < 0n ? minus : ''}${grouped((exact < 0n ? -exact : exact).toString())}`;
}

/** A share as a percentage, as in `3,5 %`: `percent(0.035)`. */
export function percent(share: number, decimals = 1): string {
  const figure = new Intl.NumberFormat('fi-FI', { maximumFractionDigits: decimals }).format(share * 100);
  return `${figure.replace('-', minus)}${NO_BREAK_SPACE}%`;
}

/** What a typed amount came to. */
export type ParsedEuros = { readonly ok: number } | { readonly error: 'empty' | 'notAmount' | 'tooManyDecimals' };

/** More than any payment, and far inside the whole numbers JavaScript counts exactly. */
const MOST_DIGITS = 12;

/**
 * Reads an amount a person typed. Works on the characters, never on floating point: `19,90` is 1990 cents.
 * A point before three digits is refused, for nobody can tell whether `1.234` means one euro or a thousand.
 */
export function parseEuros(text: string): ParsedEuros {
  const bare = text.replace(/[€\s\u00a0\u202f\u2009]+$/, '').trim();
  if (bare === '') return { error: /€/.test(text) ? 'notAmount' : 'empty' };

  const found = /^(\d{1,3}(?:[ \u00a0\u202f\u2009]\d{3})+|\d+)(?:[,.](\d*))?$/.exec(bare);
  if (!found) return { error: 'notAmount' };
  const whole = (found[1] ?? '').replace(/\D/g, '');
  const decimals = found[2] ?? '';
  if (bare.endsWith(',') || bare.endsWith('.')) return { error: 'notAmount' };
  if (decimals.length > 2) return { error: 'tooManyDecimals' };
  if (whole.length > MOST_DIGITS) return { error: 'notAmount' };
  return { ok: Number(whole + decimals.padEnd(2, '0')) };
}
