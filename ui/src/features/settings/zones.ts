/** Time zones by name, as a person looks for one. */

const HELSINKI = 'Europe/Helsinki';

/** All zones that this system knows; the one that is set is among them even if the system has forgotten it. */
export function allZones(current: string): string[] {
  const known = Intl.supportedValuesOf?.('timeZone') ?? [];
  return [...new Set([HELSINKI, current, ...known])];
}

/** Without accents, underscores and case: "new york" finds America/New_York. */
function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').replaceAll('_', ' ').toLowerCase();
}

/** The zones whose name has all words of a text; those whose place begins with it first. */
export function foundZones(zones: readonly string[], text: string): string[] {
  const words = plain(text).split(/\s+/).filter(Boolean);
  const found = zones.filter((zone) => words.every((word) => plain(zone).includes(word)));
  const first = words[0];
  if (first === undefined) return found;
  const begins = (zone: string) => (plain(zone.split('/').at(-1) ?? '').startsWith(first) ? 0 : 1);
  return found.toSorted((one, other) => begins(one) - begins(other));
}

/** The time of day in a zone, as in `10.42`; empty where the system does not know the zone. */
export function timeThere(moment: number, timeZone: string): string {
  try {
    const parts = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
    return parts.format(moment).replace(':', '.');
  } catch {
    return '';
  }
}

/** How a zone is shown: `Europe/Helsinki`, `America/New York`. */
export function zoneName(zone: string): string {
  return zone.replaceAll('_', ' ');
}
