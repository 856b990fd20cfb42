/**
 * The arithmetic of a refund: what is left of a line, what so and so many pieces of it cost, what a typed amount comes to, and
 * what of all that is sent. Whole cents only; the shell checks everything again.
 */
import { parseEuros } from '../../lib/format';
import type { ItemAmount, Line, OperationRow, PaymentDetail } from '../../lib/ipc';

/** What Paytrail takes at most in one call. */
export const MOST_CENTS = 99_999_998;

/** What can still be given back of a line; never less than nothing, which a discount would be. */
export function leftOf(line: Line): number {
  return Math.max(0, line.amount - line.refunded - line.reserved);
}

/** The price of so many pieces of a line, rounded down: the last piece takes the cents that are over. */
function priceOf(line: Line, pieces: number): number {
  // The product may be more than what a number counts exactly.
  return Number((BigInt(line.amount) * BigInt(pieces)) / BigInt(line.units));
}

/** The price of one piece. */
export function unitPrice(line: Line): number {
  return line.units > 0 ? priceOf(line, 1) : line.amount;
}

/** How many pieces of a line can still be given back; a piece that is given back in part counts. */
export function piecesLeft(line: Line): number {
  const left = leftOf(line);
  if (left === 0 || line.units <= 0) return 0;
  if (left === line.amount) return line.units;
  const whole = Number((BigInt(left) * BigInt(line.units) + BigInt(line.amount) - 1n) / BigInt(line.amount));
  return Math.min(line.units, whole);
}

/** What so many pieces of a line come to: all of them, all that is left. */
export function centsOf(line: Line, pieces: number): number {
  if (pieces <= 0) return 0;
  if (pieces >= piecesLeft(line)) return leftOf(line);
  return Math.min(leftOf(line), priceOf(line, pieces));
}

/** How many pieces of each line are given back, by the line's place. */
export type Pieces = Readonly<Record<number, number>>;

/** The lines that are given back, with their sums. */
function chosen(lines: readonly Line[], pieces: Pieces): { line: Line; cents: number }[] {
  return lines
    .map((line, at) => ({ line, cents: centsOf(line, Math.min(pieces[at] ?? 0, piecesLeft(line))) }))
    .filter(({ cents }) => cents > 0);
}

/** The sum of the lines that are given back. */
export function sumOf(lines: readonly Line[], pieces: Pieces): number {
  return chosen(lines, pieces).reduce((sum, { cents }) => sum + cents, 0);
}

/**
 * The lines as Paytrail takes them, by their stamps; `null` where one of them has none, or shares one, and only their sum can
 * be sent.
 */
export function itemsOf(lines: readonly Line[], pieces: Pieces): ItemAmount[] | null {
  const items: ItemAmount[] = [];
  for (const { line, cents } of chosen(lines, pieces)) {
    if (line.stamp === null || lines.filter(({ stamp }) => stamp === line.stamp).length > 1) return null;
    items.push({ stamp: line.stamp, amount: cents });
  }
  return items.length > 0 ? items : null;
}

/** What is wrong with an amount. `empty` is nothing to complain about, only nothing to send. */
export type AmountProblem = 'empty' | 'notAmount' | 'tooManyDecimals' | 'zero' | 'moreThanLeft' | 'moreThanOnce';

/** Reads an amount against what is left. */
export function checked(text: string, refundable: number): { cents: number; problem: AmountProblem | null } {
  const read = parseEuros(text);
  if ('error' in read) return { cents: 0, problem: read.error };
  if (read.ok === 0) return { cents: 0, problem: 'zero' };
  if (read.ok > refundable) return { cents: read.ok, problem: 'moreThanLeft' };
  return { cents: read.ok, problem: read.ok > MOST_CENTS ? 'moreThanOnce' : null };
}

/** An amount as a person would type it, for the field. */
export function typed(cents: number): string {
  return `${Math.trunc(cents / 100)},${String(cents % 100).padStart(2, '0')}`;
}

/** Half of what is left, rounded down to a cent. */
export function half(refundable: number): number {
  return (refundable - (refundable % 2)) / 2;
}

const delivery = /toimitu|rahti|postiku|postitus|kuljetu|frakt|leverans|porto|delivery|shipping|postage|freight/i;

/** What can be given back of the delivery, where exactly one line is recognisable as it. */
export function deliveryOf(lines: readonly Line[]): { at: number; cents: number } | null {
  const found = lines.map((line, at) => ({ line, at })).filter(({ line }) => delivery.test(line.description) && leftOf(line) > 0);
  const [only] = found;
  return found.length === 1 && only ? { at: only.at, cents: leftOf(only.line) } : null;
}

/** The refunds of a payment by what became of them, as far as it is open. */
export function openRefunds(operations: readonly OperationRow[]): { requested: number; unknown: number } {
  const refunds = operations.filter(({ kind }) => kind === 'refund');
  const sum = (fits: (operation: OperationRow) => boolean) => refunds.filter(fits).reduce((all, { amount }) => all + amount, 0);
  return {
    requested: sum(({ state }) => state === 'queued' || state === 'sending' || state === 'accepted'),
    unknown: sum(({ state }) => state === 'unknown'),
  };
}

/** Where a payment's money is. What is reserved and not known to be unknown counts as asked back. */
export function moneyOf(detail: PaymentDetail): { refunded: number; requested: number; unknown: number; left: number } {
  const { payment, refundable } = detail;
  const unknown = Math.min(payment.reserved, openRefunds(detail.operations).unknown);
  return { refunded: payment.refunded, requested: payment.reserved - unknown, unknown, left: refundable };
}
