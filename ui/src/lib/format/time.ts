import { locale, t } from '../i18n';
import { zone } from './zone.svelte';

/** A moment: an ISO string in UTC as the ledger keeps it, or milliseconds since 1970. */
export type Moment = string | number;

type Fields = Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', string>;

// One formatter per zone: making one costs as much as printing hundreds of dates.
const readers = new Map<string, Intl.DateTimeFormat>();

function reader(timeZone: string): Intl.DateTimeFormat {
  let known = readers.get(timeZone);
  if (!known) {
    known = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    readers.set(timeZone, known);
  }
  return known;
}

// A cell asks for the parts of its moment one after the other.
let last: { at: Moment; zone: string; fields: Fields } | undefined;

function fields(at: Moment): Fields {
  if (last?.at !== at || last.zone !== zone.current) last = { at, zone: zone.current, fields: read(at) };
  return last.fields;
}

function read(at: Moment): Fields {
  const found = {} as Fields;
  for (const part of reader(zone.current).formatToParts(new Date(at))) {
    if (part.type in placeholder) found[part.type as keyof Fields] = part.value;
  }
  found.day = String(Number(found.day));
  found.month = String(Number(found.month));
  return found;
}

const placeholder: Fields = { year: '', month: '', day: '', hour: '', minute: '', second: '' };

/** `23.11.2026` */
export function date(at: Moment): string {
  const { day, month, year } = fields(at);
  return `${day}.${month}.${year}`;
}

/** `23.11.` */
export function dayMonth(at: Moment): string {
  const { day, month } = fields(at);
  return `${day}.${month}.`;
}

/** `2026` */
export function year(at: Moment): string {
  return fields(at).year;
}

/** `10.42` */
export function time(at: Moment): string {
  const { hour, minute } = fields(at);
  return `${hour}.${minute}`;
}

/** `10.42.07` */
export function timeSeconds(at: Moment): string {
  const { hour, minute, second } = fields(at);
  return `${hour}.${minute}.${second}`;
}

/** `23.11.2026 10.42` */
export function dateTime(at: Moment): string {
  return `${date(at)} ${time(at)}`;
}

/** `2026-11-23`: the day in the zone, for grouping and for queries. */
export function dayKey(at: Moment): string {
  const { year, month, day } = fields(at);
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
}

/** `Mon 30.11.`, the weekday in the language of the window. */
export function weekdayDayMonth(at: Moment): string {
  const weekday = new Intl.DateTimeFormat(locale.current, { weekday: 'short', timeZone: zone.current }).format(
    new Date(at),
  );
  return `${weekday} ${dayMonth(at)}`;
}

/** `November 2026` for `2026-11`, the month in the language of the window. */
export function monthName(month: string): string {
  const name = new Intl.DateTimeFormat(locale.current, { month: 'long', timeZone: 'UTC' }).format(
    new Date(`${month}-15T12:00:00Z`),
  );
  return `${name} ${month.slice(0, 4)}`;
}

/** `today 10.45`, `yesterday 9.12`, `22.11. 09.14`, or with the year if it is another one. */
export function moment(at: Moment, now: Moment = Date.now()): string {
  const day = dayKey(at);
  if (day === dayKey(now)) return `${t('common.today')} ${time(at)}`;
  if (day === dayBefore(dayKey(now))) return `${t('common.yesterday')} ${time(at)}`;
  return `${year(at) === year(now) ? dayMonth(at) : date(at)} ${time(at)}`;
}

function dayBefore(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}
