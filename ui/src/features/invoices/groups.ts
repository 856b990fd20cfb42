/**
 * Open holds by what is left of them. Pure: everything counts from the moment that it is given, so that rows stay where
 * they are while the clock goes on, and move only when the list is asked for again.
 */
import type { HoldRow } from '../../lib/ipc';
import { folded } from '../../lib/components/palette';
import { dayKey } from '../../lib/format';

const DAY = 86_400_000;
const SOON = 3 * DAY;
const WEEK = 7 * DAY;

/** Where a hold stands by its deadline, the most urgent first. */
const groupNames = ['expired', 'soon', 'week', 'later', 'none'] as const;
type GroupName = (typeof groupNames)[number];

/** The head of a group, or a hold: what the table draws as a row. */
export type Entry =
  | { readonly key: string; readonly group: GroupName; readonly count: number; readonly amount: number }
  | { readonly key: string; readonly hold: HoldRow };

/** The group of a deadline as seen at a moment. */
export function groupOf(deadline: string | null, at: number): GroupName {
  if (deadline === null) return 'none';
  const left = Date.parse(deadline) - at;
  if (left <= 0) return 'expired';
  if (left <= SOON) return 'soon';
  return left <= WEEK ? 'week' : 'later';
}

/** The sum of holds, in cents. */
export function sumOf(holds: readonly HoldRow[]): number {
  return holds.reduce((sum, { payment }) => sum + payment.amount, 0);
}

/** The rows by deadline: the shell gives them soonest first, and each group gets a head. */
export function byDeadline(holds: readonly HoldRow[], at: number): Entry[] {
  return groupNames.flatMap((group) => {
    const within = holds.filter(({ payment }) => groupOf(payment.deadline, at) === group);
    if (within.length === 0) return [];
    return [{ key: `group:${group}`, group, count: within.length, amount: sumOf(within) }, ...within.map(entry)];
  });
}

const numbers = new Intl.Collator('fi', { numeric: true });

/** The rows by order reference, as people count: 99 before 100. */
export function byOrder(holds: readonly HoldRow[]): Entry[] {
  return holds.toSorted((a, b) => numbers.compare(a.payment.reference, b.payment.reference)).map(entry);
}

function entry(hold: HoldRow): Entry {
  return { key: hold.payment.id, hold };
}

/** The holds in which each of the words stands somewhere; `aiti` finds Äiti. */
export function found(holds: readonly HoldRow[], query: string): readonly HoldRow[] {
  const wanted = folded(query).split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return holds;
  return holds.filter(({ payment, firstLine }) => {
    const text = folded([payment.reference, payment.customer, payment.email, firstLine, payment.transactionId].join('\n'));
    return wanted.every((word) => text.includes(word));
  });
}

/** What is lost if nobody acts. */
interface Risk {
  readonly count: number;
  readonly amount: number;
  /** The first deadline, in epoch milliseconds. */
  readonly first: number | null;
}

/** What expires within three days of a moment. */
export function atRisk(holds: readonly HoldRow[], at: number): Risk {
  const soon = holds.filter(({ payment }) => groupOf(payment.deadline, at) === 'soon');
  const deadlines = soon.map(({ payment }) => Date.parse(payment.deadline ?? ''));
  return { count: soon.length, amount: sumOf(soon), first: soon.length === 0 ? null : Math.min(...deadlines) };
}

/** What expires on one day. */
interface DayOfHolds {
  /** `2026-11-23` */
  readonly key: string;
  readonly count: number;
  readonly amount: number;
}

/** What expires on each of the coming days, today first; what expired earlier today is not among it. */
export function perDay(holds: readonly HoldRow[], at: number, days = 28): DayOfHolds[] {
  const today = Date.parse(`${dayKey(at)}T00:00:00Z`);
  const keys = Array.from({ length: days }, (_, day) => new Date(today + day * DAY).toISOString().slice(0, 10));
  const open = holds.filter(({ payment }) => payment.deadline !== null && Date.parse(payment.deadline) > at);
  return keys.map((key) => {
    const ending = open.filter(({ payment }) => payment.deadline !== null && dayKey(payment.deadline) === key);
    return { key, count: ending.length, amount: sumOf(ending) };
  });
}
