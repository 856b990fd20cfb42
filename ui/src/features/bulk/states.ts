/** The states of a batch and of its lines: how each is told apart, counted and worded. */
import type { StatusKind } from '../../lib/components';
import { t } from '../../lib/i18n';
import type { Batch, BatchKind, BatchLine, BatchLineState, BatchSum } from '../../lib/ipc';

/** Groups of states as the bar, the figures and the tabs show them. */
export const groups = ['done', 'accepted', 'rejected', 'notDone', 'unknown', 'sending', 'waiting', 'moved'] as const;
export type Group = (typeof groups)[number];

const members: Readonly<Record<Group, readonly BatchLineState[]>> = {
  done: ['done'],
  accepted: ['accepted'],
  rejected: ['rejected'],
  // Nothing of these happened, whoever decided it.
  notDone: ['failed', 'refused'],
  unknown: ['unknown'],
  sending: ['sending'],
  waiting: ['waiting'],
  moved: ['moved', 'voided'],
};

/** The look of each group in the bar, as status.css has it. */
export const looks: Readonly<Record<Group, string>> = {
  done: 'done',
  accepted: 'req',
  rejected: 'ref',
  notDone: 'ref',
  unknown: 'unk',
  sending: 'snd',
  waiting: 'wait',
  moved: 'wait',
};

/** Groups that are shown though nothing is in them: their places never move while a batch runs. */
const always: ReadonlySet<Group> = new Set(['done', 'accepted', 'rejected', 'unknown', 'sending', 'waiting']);

/** How many lines of a batch stand in any of these states, and their sum. */
export function countOf(batch: Batch, states: readonly BatchLineState[]): BatchSum {
  return batch.counts
    .filter(({ state }) => states.includes(state))
    .reduce((all, { count, sum }) => ({ count: all.count + count, sum: all.sum + sum }), { count: 0, sum: 0 });
}

/** The lines of a group. */
export function ofGroup(batch: Batch, group: Group): BatchSum {
  return countOf(batch, members[group]);
}

/** The groups that a batch shows, with their figures. */
export function shownGroups(batch: Batch): { group: Group; count: number; sum: number }[] {
  const runs = !isOver(batch);
  return groups
    .map((group) => ({ group, ...ofGroup(batch, group) }))
    .filter(({ group, count }) => count > 0 || (always.has(group) && (runs || (group !== 'sending' && group !== 'waiting'))));
}

/** How many lines have their end, whichever it is; a request that was taken counts. */
export function answered(batch: Batch): number {
  return countOf(batch, ['done', 'accepted', 'rejected', 'failed', 'refused', 'unknown']).count;
}

/** How many lines a person has to look at. */
export function needing(batch: Batch): number {
  return countOf(batch, ['unknown', 'rejected', 'failed', 'refused']).count;
}

/** Whether nothing more will be sent of it and nothing is under way. */
export function isOver(batch: Batch): boolean {
  return (batch.state === 'finished' || batch.state === 'stopped') && !batch.ending;
}

/** The word of a group: what is done is called by what it did. */
export function groupWords(group: Group, batch: Batch): string {
  if (group === 'done') return t(`bulk.done_${batch.kind}`);
  if (group === 'waiting' && batch.state === 'stopped') return t('bulk.neverSent');
  return t(`bulk.group_${group}`);
}

const doneLooks: Readonly<Record<BatchKind, StatusKind>> = { refund: 'refunded', activate: 'paid', cancel: 'cancelled' };

const lineLooks: Readonly<Record<Exclude<BatchLineState, 'done' | 'accepted'>, StatusKind>> = {
  waiting: 'new',
  sending: 'sending',
  failed: 'failed',
  rejected: 'failed',
  unknown: 'unknown',
  refused: 'failed',
  leftOut: 'gone',
  moved: 'gone',
  voided: 'gone',
};

/** The state of a line by its look and its word. */
export function stateOf(line: BatchLine, batch: Batch): { kind: StatusKind; word: string } {
  if (line.state === 'done') return { kind: doneLooks[batch.kind], word: t(`bulk.done_${batch.kind}`) };
  if (line.state === 'accepted') return line.approval ? { kind: 'approval', word: t('bulk.awaitsApproval') } : { kind: 'requested', word: t(`bulk.requested_${batch.kind}`) };
  if (line.state === 'waiting' && batch.state === 'stopped') return { kind: 'gone', word: t('bulk.neverSent') };
  return { kind: lineLooks[line.state], word: t(`bulk.line_${line.state}`) };
}

/** The tabs of the lines: a group, or one of the states that it is made of where a filter can take only one. */
export const tabStates = ['done', 'accepted', 'rejected', 'failed', 'refused', 'unknown', 'waiting', 'moved', 'voided'] as const satisfies readonly BatchLineState[];

/** The word of a state as a tab has it. */
export function tabWords(state: (typeof tabStates)[number], batch: Batch): string {
  if (state === 'done') return t(`bulk.done_${batch.kind}`);
  if (state === 'accepted') return t('bulk.group_accepted');
  if (state === 'waiting' && batch.state === 'stopped') return t('bulk.neverSent');
  return t(`bulk.line_${state}`);
}

/** In a word how a batch stands. */
export function batchState(batch: Batch): { kind: StatusKind; word: string } {
  if (batch.state === 'running') return { kind: 'sending', word: t('bulk.state_running') };
  if (batch.ending) return { kind: 'sending', word: t('bulk.state_ending') };
  if (batch.state === 'paused') return { kind: 'hold', word: t(batch.why === 'interrupted' ? 'bulk.state_interrupted' : 'bulk.state_paused') };
  if (batch.state === 'stopped') return { kind: 'gone', word: t('bulk.state_stopped') };
  return countOf(batch, ['unknown']).count > 0 ? { kind: 'unknown', word: t('bulk.state_withUnknown') } : { kind: 'paid', word: t('bulk.state_finished') };
}
