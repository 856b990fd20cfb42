/** Which operations a tab, a kind and some words find, and the sums of what is there. Pure. */
import { folded } from '../../lib/components/palette';
import { amount } from '../../lib/format';
import type { OperationKind, OperationRow, OperationState, StateSum } from '../../lib/ipc';

export const tabs = ['all', 'unknown', 'requested', 'failed', 'done'] as const;
export type Tab = (typeof tabs)[number];

export const kinds = ['all', 'refunds', 'holds'] as const;
export type KindFilter = (typeof kinds)[number];

const states: Record<Tab, ReadonlySet<OperationState> | null> = {
  all: null,
  unknown: new Set(['unknown']),
  requested: new Set(['queued', 'sending', 'accepted']),
  failed: new Set(['failed', 'rejected']),
  done: new Set(['done']),
};

function isOfKind(kind: OperationKind, filter: KindFilter): boolean {
  return filter === 'all' || (kind === 'refund') === (filter === 'refunds');
}

function isIn(state: OperationState, tab: Tab): boolean {
  return states[tab]?.has(state) ?? true;
}

/** How many, and how much together. */
export interface Sum {
  readonly count: number;
  readonly amount: number;
}

/** The sum of a tab, from the shell's sums over everything. */
export function sumOf(sums: readonly StateSum[], tab: Tab, kind: KindFilter): Sum {
  const within = sums.filter((sum) => isOfKind(sum.kind, kind) && isIn(sum.state, tab));
  return {
    count: within.reduce((all, sum) => all + sum.count, 0),
    amount: within.reduce((all, sum) => all + sum.amount, 0),
  };
}

/** The sum of one kind in a tab. */
export function sumOfKind(sums: readonly StateSum[], tab: Tab, kind: OperationKind): Sum {
  return sumOf(
    sums.filter((sum) => sum.kind === kind),
    tab,
    'all',
  );
}

// Folding thousands of rows at each letter would be felt; a row never changes, a new one takes its place.
const texts = new WeakMap<OperationRow, string>();

/** The amount as people type it: `1 234,50`, `1234,50` and `1234.50`. */
function sums(row: OperationRow): string[] {
  const plain = (row.amount / 100).toFixed(2);
  return [amount(row.amount), plain, plain.replace('.', ',')];
}

function textOf(row: OperationRow): string {
  let text = texts.get(row);
  if (text === undefined) {
    text = folded(
      [row.reference, row.customer, row.id, row.transactionId, row.refundStamp, row.refundTransactionId, row.refundReference, row.requestId, row.email, row.by, row.note, row.refundReason, ...sums(row)].join('\n'),
    );
    texts.set(row, text);
  }
  return text;
}

/** The operations of a tab and kind in which each of the words stands somewhere. */
export function found(rows: readonly OperationRow[], tab: Tab, kind: KindFilter, query: string): OperationRow[] {
  const wanted = folded(query).split(/\s+/).filter(Boolean);
  return rows.filter((row) => {
    if (!isOfKind(row.kind, kind) || !isIn(row.state, tab)) return false;
    return wanted.length === 0 || wanted.every((word) => textOf(row).includes(word));
  });
}
