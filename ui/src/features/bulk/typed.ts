/** What a person types of money in a batch, read with patience for every way in which it is written. */
import { parseEuros } from '../../lib/format';

/** Thousands with their separators: both kinds of them must be there, or `1.234` could be a thousand as well as one. */
const withPoints = /^\d{1,3}(?:\.\d{3})+,\d{1,2}$/;
const withCommas = /^\d{1,3}(?:,\d{3})+\.\d{1,2}$/;

/** The cents of a sum that was typed; `null` where it is none. `18 230,40`, `18230.40 €`, `18.230,40` and `18,230.40` are one sum. */
export function sumTyped(text: string): number | null {
  const bare = text.replace(/[€\s\u00a0\u202f\u2009]/g, '');
  const plain = withPoints.test(bare) ? bare.replaceAll('.', '') : withCommas.test(bare) ? bare.replaceAll(',', '') : text.replace(/^[€\s]+/, '');
  const euros = parseEuros(plain);
  return 'ok' in euros ? euros.ok : null;
}

/** How long one line takes from its look to its answer, in milliseconds, as far as is known before any was sent. */
const LINE_MS = 3_000;

/** About how long so many lines take, in milliseconds. */
export function estimate(lines: number, atATime: number): number {
  return Math.ceil((lines * LINE_MS) / Math.max(1, atATime));
}
