/** What a plan says, for showing: its groups, its lines in words, what became other. */
import { whyWords } from '../../lib/errors';
import { money } from '../../lib/format';
import { t } from '../../lib/i18n';
import type { BatchLineVerdict, BatchPlan, BatchSum, LineChange, PlannedBatchLine } from '../../lib/ipc';

/** The verdicts in the order in which the lines stand. */
export const verdicts = ['error', 'warning', 'ready', 'leftOut'] as const satisfies readonly BatchLineVerdict[];

const fields = { error: 'errors', warning: 'warnings', ready: 'ready', leftOut: 'leftOut' } as const;

/** The sign of each verdict. */
export const signs = {
  error: { name: 'error', tone: 'red' },
  warning: { name: 'warn', tone: 'ochre' },
  ready: { name: 'paid', tone: 'moss' },
  leftOut: { name: 'gone', tone: 'ink3' },
} as const satisfies Record<BatchLineVerdict, unknown>;

/** The lines of one verdict: how many and their sum. */
export function sumOf(plan: BatchPlan, verdict: BatchLineVerdict): BatchSum {
  return plan[fields[verdict]];
}

/** How many lines have this verdict. */
export function totalOf(plan: BatchPlan, verdict: BatchLineVerdict): number {
  return sumOf(plan, verdict).count;
}

/** The head of a group among the lines. */
export interface GroupHead {
  readonly group: BatchLineVerdict;
  readonly count: number;
}

/** Where each group stands among the rows: its head, then its lines. */
export interface Section extends GroupHead {
  /** The place of the head among the rows. */
  readonly at: number;
  /** The place of its first line among the lines. */
  readonly from: number;
}

/** The groups of a plan in their places. */
export function sectionsOf(plan: BatchPlan): Section[] {
  const sections: Section[] = [];
  let [at, from] = [0, 0];
  for (const group of verdicts) {
    const count = totalOf(plan, group);
    if (count === 0) continue;
    sections.push({ group, count, at, from });
    [at, from] = [at + count + 1, from + count];
  }
  return sections;
}

/** What the check says of a line. */
export function verdictWords(line: PlannedBatchLine): string {
  if (line.why !== null) return whyWords(line.why);
  return t(`bulk.verdict_${line.verdict}`);
}

/** What became other since a plan was shown. */
export interface PlanChange {
  readonly was: BatchSum;
  readonly is: BatchSum;
  readonly newErrors: number;
}

export function changed(shown: BatchPlan, now: BatchPlan): PlanChange {
  return { was: shown.sends, is: now.sends, newErrors: Math.max(0, now.errors.count - shown.errors.count) };
}

/** A change in words, as in "410 payments, 18 100,40 € instead of 412, 18 230,40 €". */
export function changeWords({ was, is }: PlanChange): string {
  const same = was.count === is.count && was.sum === is.sum;
  return same ? t('bulk.changeSame') : t('bulk.changeSends', { was: was.count, wasSum: money(was.sum), is: is.count, isSum: money(is.sum) });
}

/** Two things said of one line as one: the later one counts. Another key or amount is judged for itself. */
export function mend(before: LineChange | undefined, now: LineChange): LineChange {
  return { ...before, ...now };
}
