/** A shell that plans, runs and tells of batches as the real one does: for the tests of bulk work. */
import { vi } from 'vitest';
import { fakeIpc, type Fakes } from './fake-ipc';
import type { Batch, BatchKind, BatchLine, BatchLineState, BatchLineVerdict, BatchOptions, BatchOrder, BatchPlan, BatchSource, LineChange, PlannedBatchLine } from '../lib/ipc';

/** Line 1 of a refund file: order LF-2001, paid with 49,00 €, all of it back. */
export function aPlannedLine(part: Partial<PlannedBatchLine> = {}): PlannedBatchLine {
  const number = part.number ?? 1;
  return {
    number,
    place: number,
    key: `LF-${2000 + number}`,
    reference: `LF-${2000 + number}`,
    customer: 'Aino Mäkelä',
    payment: `p-${number}`,
    amount: 4900,
    wasEmpty: false,
    leftAfter: 0,
    itemStamp: null,
    email: null,
    refundReference: null,
    note: null,
    verdict: 'ready',
    why: null,
    suggestion: null,
    ...part,
  };
}

const order: readonly BatchLineVerdict[] = ['error', 'warning', 'ready', 'leftOut'];

/** A plan of lines: its sums are those of the lines. */
export function aBatchPlan(lines: readonly PlannedBatchLine[], part: Partial<BatchPlan> = {}): BatchPlan {
  const sorted = [...lines].sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict) || a.number - b.number);
  const of = (...verdicts: BatchLineVerdict[]) => {
    const some = lines.filter(({ verdict }) => verdicts.includes(verdict));
    return { count: some.length, sum: some.reduce((sum, { amount }) => sum + (amount ?? 0), 0) };
  };
  return {
    plan: 'plan-1',
    digest: `digest of ${JSON.stringify(sorted.map(({ number, amount, verdict }) => [number, amount, verdict]))}`,
    kind: 'refund',
    name: 'lankafestarit.xlsx',
    sourceKind: 'file',
    plannedAt: '2026-11-23T08:44:00.000Z',
    table: { headers: ['viite', 'summa'], columns: ['reference', 'amountEuros'], sample: [['LF-2001', '49,00']], remembered: false },
    amountsUnknown: false,
    missing: [],
    sameFileAs: null,
    blocked: null,
    lines: lines.length,
    ready: of('ready'),
    warnings: of('warning'),
    errors: of('error'),
    leftOut: of('leftOut'),
    sends: of('ready', 'warning'),
    typeSum: false,
    concurrency: 8,
    first: sorted.slice(0, 200),
    ...part,
  };
}

/** Counts of a batch's lines by state, 49,00 € each. */
export function counts(by: Partial<Record<BatchLineState, number>>): Batch['counts'] {
  return Object.entries(by).map(([state, count]) => ({ state: state as BatchLineState, count, sum: count * 4900 }));
}

/** Batch 12 as it runs: 10 lines, 4 of them done. */
export function aBatch(part: Partial<Batch> = {}): Batch {
  return {
    id: 'batch-12',
    number: 12,
    kind: 'refund',
    name: 'lankafestarit.xlsx',
    state: 'running',
    why: null,
    whyMessage: null,
    ending: false,
    by: 'Sari Kettunen',
    confirmedAt: '2026-11-23T08:45:00.000Z',
    startedAt: '2026-11-23T08:45:00.000Z',
    endedAt: null,
    concurrency: 8,
    refundReason: null,
    note: null,
    follows: null,
    lines: 10,
    sum: 49000,
    counts: counts({ done: 4, sending: 2, waiting: 4 }),
    perSecond: 2.6,
    secondsLeft: 61,
    resumable: false,
    ...part,
  };
}

export function aBatchLine(part: Partial<BatchLine> = {}): BatchLine {
  const number = part.number ?? 1;
  return {
    number,
    place: number,
    key: `LF-${2000 + number}`,
    reference: `LF-${2000 + number}`,
    customer: 'Aino Mäkelä',
    payment: `p-${number}`,
    amount: 4900,
    itemStamp: null,
    state: 'done',
    operation: `op-${number}`,
    why: null,
    message: null,
    requestId: `8f2c1d7a-4b0e-4f5a-9c3e-${number}`,
    refundId: null,
    proof: 'signed answer',
    approval: false,
    quarantineEndsAt: null,
    at: '2026-11-23T08:46:38.000Z',
    ...part,
  };
}

/** How a changed line is judged: what is left out is left out, what was mended is ready. */
function judged(line: PlannedBatchLine, change: LineChange): PlannedBatchLine {
  const next = { ...line };
  if (change.leftOut != null) return { ...next, verdict: change.leftOut ? 'leftOut' : 'ready' };
  if (change.amount != null) next.amount = change.amount;
  if (change.key != null) [next.key, next.reference, next.payment] = [change.key, change.key, `of ${change.key}`];
  return { ...next, verdict: 'ready', why: null, suggestion: null, amount: next.amount ?? 4900 };
}

/** The shell with the lines of a plan and the batches that are known; gives its fakes. */
export function bulkShell<More extends Fakes>(lines: PlannedBatchLine[] = [aPlannedLine()], part: Partial<BatchPlan> = {}, more: More = {} as More) {
  let now = lines;
  let plan = aBatchPlan(now, part);
  const batches = new Map<string, Batch>();
  const asked = {
    planBatch: vi.fn(async (_: number, kind: BatchKind, source: BatchSource, _options: BatchOptions) => {
      now = lines;
      plan = aBatchPlan(now, { ...part, kind, sourceKind: source.from });
      return plan;
    }),
    planBatchLines: vi.fn(async (_: string, show: BatchLineVerdict | null, from: number, limit: number) => {
      const shown = aBatchPlan(now).first.filter(({ verdict }) => show === null || verdict === show);
      return { lines: shown.slice(from, from + limit), total: shown.length };
    }),
    changeBatchPlan: vi.fn(async (_: string, changes: LineChange[]) => {
      now = now.map((line) => changes.filter(({ number }) => number === line.number).reduce(judged, line));
      plan = aBatchPlan(now, { ...part, kind: plan.kind, plan: `${plan.plan}+` });
      return plan;
    }),
    confirmBatch: vi.fn(async (_: number, order: BatchOrder) => {
      const batch = aBatch({ lines: order.count, sum: order.sum, counts: [{ state: 'waiting', count: order.count, sum: order.sum }] });
      batches.set(batch.id, batch);
      return batch;
    }),
    batches: vi.fn(async () => [...batches.values()]),
    batch: vi.fn(async (id: string) => batches.get(id) ?? aBatch({ id })),
    batchLines: vi.fn(async (_id: string, _show: BatchLineState | null, _from: number, _limit: number): Promise<{ lines: BatchLine[]; total: number }> => ({ lines: [], total: 0 })),
    ...more,
  };
  fakeIpc(asked);
  return { ...asked, known: batches };
}
