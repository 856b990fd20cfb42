/**
 * What the shell gives with a reason, made fit for words.
 *
 * Values come as texts under their names; the names say what they are: cents, a count, a time, a state.
 */
import type { WhyDto } from '../ipc';
import { dateTime, money } from '../format';
import type { Values } from '../i18n';

/** Values that are whole cents. */
const cents = new Set(['wanted', 'left', 'amount', 'refunded', 'reserved', 'shown', 'stored', 'said', 'sum', 'settled', 'limit', 'typed']);

/** Values that are printed as numbers, or decide the form of a word: one minute, two minutes. */
const counts = new Set(['minutes', 'count', 'line', 'most', 'days', 'seconds', 'row', 'found', 'expected']);

const whole = /^-?\d+$/;

/** A day by itself, in no time zone. */
const days = new Set(['shown', 'stored']);
const isoDay = /^(\d{4})-(\d{2})-(\d{2})$/;

function word(name: string, value: string): string {
  if (name === 'at' && !Number.isNaN(Date.parse(value))) return dateTime(value);
  if (cents.has(name) && whole.test(value)) return money(Number(value));
  const day = days.has(name) ? isoDay.exec(value) : null;
  return day ? `${Number(day[3])}.${Number(day[2])}.${day[1]}` : value;
}

function value(name: string, text: string): string | number {
  return counts.has(name) && whole.test(text) ? Number(text) : word(name, text);
}

/** The values of a reason as its words take them. */
export function valuesOf(why: WhyDto): Values {
  return Object.fromEntries(Object.entries(why.values).map(([name, text]) => [name, value(name, text)]));
}
