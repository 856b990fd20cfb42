/** Words that are chosen by what a settlement is. */
import type { SettlementRow } from '../../lib/ipc';

/** By this people call it: the bank's reference, or its id where there is none. */
export function nameOf(row: SettlementRow): string {
  return row.reference === '' ? row.id : row.reference;
}
