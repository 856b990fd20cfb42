/**
 * How long nothing may be said or done about an unknown refund, and whether a person may repeat it then.
 *
 * The shell decides both, and refuses what comes too early; here it is said beforehand. A lock opens by the shell's word
 * alone: when the time has passed on this clock, the list is asked again and only its answer opens "repeat".
 */
import type { OperationRow } from '../../lib/ipc';

/** The whole waiting time. */
export const QUARANTINE = 30 * 60_000;

/** When the waiting ends, in epoch milliseconds; `null` where none runs. */
export function endsAt(operation: OperationRow): number | null {
  return operation.quarantineEndsAt === null ? null : Date.parse(operation.quarantineEndsAt);
}

/** Whether the waiting time is over at a moment. */
export function isOver(operation: OperationRow, now: number): boolean {
  const ends = endsAt(operation);
  return ends === null || now >= ends;
}

/** When the waiting time ended, as far as is known. */
export function overSince(operation: OperationRow): number | null {
  const ends = endsAt(operation);
  if (ends !== null) return ends;
  return operation.lastSentAt === null ? null : Date.parse(operation.lastSentAt) + QUARANTINE;
}

/** Why a refund can never be repeated. */
export type Never = 'email' | 'repeated' | 'half' | 'other';

const nevers: Readonly<Record<string, Never>> = { byEmail: 'email', repeatedAlready: 'repeated', notMoreThanHalf: 'half' };

/** Why, or `null` where it can be, now or when the waiting time is over. */
export function never(operation: OperationRow): Never | null {
  if (operation.repeat === 'possible' || operation.repeat === 'notYet') return null;
  return nevers[operation.repeatWhy ?? ''] ?? 'other';
}

/** Whether "repeat once" can be pressed. */
export function mayRepeat(operation: OperationRow, now: number): boolean {
  return operation.repeat === 'possible' && isOver(operation, now);
}
