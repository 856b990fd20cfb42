/** Days of the shop's wall as moments in UTC. */
import { dayKey } from '../../lib/format';

const QUARTER = 15 * 60_000;
const MOST_HOURS = 26 * 3_600_000;

/** When a day (`2026-11-24`) begins in the zone of the window; `null` where the text is no day. */
export function dayBegins(day: string): string | null {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || Number.isNaN(midnight)) return null;
  // Zones differ from UTC by whole quarters, and no day begins in two of them.
  for (let at = midnight - MOST_HOURS; at <= midnight + MOST_HOURS; at += QUARTER) {
    if (dayKey(at) === day) return new Date(at).toISOString();
  }
  return null;
}

/** When the day after begins. */
export function dayEnds(day: string): string | null {
  const midnight = Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(midnight)) return null;
  return dayBegins(new Date(midnight + 24 * 3_600_000).toISOString().slice(0, 10));
}
