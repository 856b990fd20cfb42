/** What is said by ear of a batch: each quarter of its lines, and what it does. Each line would drown everything else. */
import { money } from '../../lib/format';
import { t } from '../../lib/i18n';
import type { Batch } from '../../lib/ipc';
import { answered, batchState, countOf, isOver, needing } from './states';

/** The words; they change only when there is something to say. */
export function milestone(batch: Batch): string {
  const state = batchState(batch).word;
  const needs = needing(batch);
  if (isOver(batch)) {
    const done = countOf(batch, ['done']);
    const words = [`${state}.`, t(`bulk.outcomeSum_${batch.kind}`, { count: done.count, of: batch.lines, sum: money(done.sum) })];
    return needs > 0 ? [...words, t('bulk.needYou', { count: needs })].join(' ') : words.join(' ');
  }
  if (batch.state !== 'running') return t('bulk.saidStands', { number: batch.number, state });
  const quarter = batch.lines === 0 ? 0 : Math.floor((answered(batch) * 4) / batch.lines) * 25;
  return t('bulk.saidRuns', { number: batch.number, state, percent: quarter });
}
