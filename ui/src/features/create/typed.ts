/** What a person types into an order, and how it is printed back: prices that may be below zero, whole units, percents. */
import { minus, parseEuros } from '../../lib/format';

/** What a typed figure came to; `null` where nothing was typed. */
export type Read = { readonly ok: number | null } | { readonly error: true };

const WRONG: Read = { error: true };

/** Cents of a price. A sign before it makes it a discount. */
export function readPrice(text: string): Read {
  const bare = text.trim();
  if (bare === '') return { ok: null };
  const below = /^[-\u2010-\u2015\u2212]\s*/.exec(bare);
  const read = parseEuros(below ? bare.slice(below[0].length) : bare);
  if ('error' in read) return WRONG;
  return { ok: below && read.ok !== 0 ? -read.ok : read.ok };
}

/** The units of a line, in whole numbers. */
export function readUnits(text: string): Read {
  const bare = text.replace(/[\s\u00a0\u202f\u2009]/g, '');
  if (bare === '') return { ok: null };
  return /^\d{1,9}$/.test(bare) ? { ok: Number(bare) } : WRONG;
}

/** A percentage with at most one decimal, in tenths. */
export function readVat(text: string): Read {
  const bare = text.replace(/[%\s\u00a0\u202f\u2009]/g, '');
  if (bare === '') return { ok: null };
  const found = /^(\d{1,3})(?:[,.](\d))?$/.exec(bare);
  return found ? { ok: Number(found[1]) * 10 + Number(found[2] ?? 0) } : WRONG;
}

/** A price as it would be typed. */
export function printPrice(cents: number | null): string {
  if (cents === null) return '';
  const digits = String(Math.abs(cents)).padStart(3, '0');
  return `${cents < 0 ? minus : ''}${digits.slice(0, -2)},${digits.slice(-2)}`;
}

/** A rate as it would be typed: `25,5`. */
export function printVat(permille: number | null): string {
  if (permille === null) return '';
  const tenth = permille % 10;
  return `${(permille - tenth) / 10}${tenth === 0 ? '' : `,${tenth}`}`;
}
