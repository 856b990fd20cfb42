/**
 * What became of each line of an activation or a cancel, in words of its own.
 *
 * "Activated" and "Cancelled" are said only of what a look at the payment has shown; what Paytrail has merely taken is
 * requested, and what may or may not have happened is loud.
 */
import type { ErrorDto, LineOutcome, OperationRow } from '../../lib/ipc';
import { t, type TextKey } from '../../lib/i18n';
import { errorWords } from '../../lib/errors';
import { happened, quoted, sentence } from '../refunds/words';
import type { Action } from './able';

/** How a line ended, the worst first: the order in which the results are read. */
export const ends = ['unknown', 'refused', 'notDone', 'requested', 'done'] as const;
export type End = (typeof ends)[number];

/** What is shown of a line. */
export interface Outcome {
  readonly end: End;
  /** A few words. */
  readonly title: string;
  /** What it means, where the title does not say it all. */
  readonly text: string | null;
  /** What Paytrail says. */
  readonly quote: string | null;
  readonly requestId: string | null;
}

/** The outcome of a line. */
export function outcomeOf(action: Action, line: LineOutcome): Outcome {
  if (line.operation) return ofOperation(line.operation);
  return ofError(action, line.error);
}

function ofError(action: Action, error: ErrorDto | null): Outcome {
  if (error === null) return silent(action);
  const words = errorWords(error);
  return {
    end: error.moneyMoved === 'unknown' ? 'unknown' : 'notDone',
    title: words.title,
    text: [words.text, words.next].filter(Boolean).join(' '),
    quote: words.detail,
    requestId: error.requestId,
  };
}

/** The outcome of a line of which nothing was heard though the rest has ended. */
export function silent(action: Action): Outcome {
  return { end: 'unknown', title: t(`invoices.${action}Unknown`), text: t('invoices.noWord'), quote: null, requestId: null };
}

function ofOperation(operation: OperationRow): Outcome {
  const [end, title, text] = said(operation);
  return {
    end,
    title: t(title),
    text: text ?? null,
    quote: quoted(operation),
    requestId: end === 'done' ? null : operation.requestId,
  };
}

type Said = [End, TextKey, string?];

function said(operation: OperationRow): Said {
  const cancel = operation.kind === 'cancel';
  switch (operation.state) {
    case 'done':
      return cancel ? cancelled(operation.reason) : ['done', 'invoices.activated', t('invoices.activatedText')];
    case 'accepted':
      return cancel ? cancelTaken(operation.reason) : ['requested', 'invoices.activateRequested', t('invoices.followed')];
    case 'rejected':
      return ['refused', cancel ? 'invoices.cancelRefused' : 'invoices.activateRefused', t('invoices.nothingChanged')];
    case 'failed':
      return failed(operation, cancel);
    case 'unknown':
      return ['unknown', cancel ? 'invoices.cancelUnknown' : 'invoices.activateUnknown', unknownText(operation)];
    default:
      return ['requested', 'invoices.onItsWay', t('invoices.followed')];
  }
}

function cancelled(reason: string | null): Said {
  if (reason === 'already_cancelled') return ['done', 'invoices.alreadyCancelled', t('invoices.alreadyCancelledText')];
  if (reason === 'hold_gone') return ['done', 'invoices.holdGone', t('invoices.holdGoneText')];
  return ['done', 'invoices.cancelled', t('invoices.cancelledText')];
}

function cancelTaken(reason: string | null): Said {
  if (reason === 'already_cancelled') return ['requested', 'invoices.alreadyCancelled', t('invoices.alreadyCancelledOpen')];
  if (reason === 'cancelled') return ['requested', 'invoices.cancelAnswered', t('invoices.followed')];
  return ['requested', 'invoices.cancelRequested', t('invoices.followed')];
}

function failed(operation: OperationRow, cancel: boolean): Said {
  if (operation.reason === 'was_captured') return ['notDone', 'invoices.wasCaptured', t('invoices.wasCapturedText')];
  if (operation.reason === 'hold_gone') return ['notDone', 'invoices.activateGone', t('invoices.activateGoneText')];
  const why = happened(operation);
  const text = [why && sentence(why), t('invoices.nothingChanged')].filter(Boolean).join(' ');
  return ['notDone', cancel ? 'invoices.cancelFailed' : 'invoices.activateFailed', text];
}

function unknownText(operation: OperationRow): string {
  const why = happened(operation);
  const asked = operation.sends > 1 ? t('invoices.askedAgain') : null;
  return [why && sentence(why), asked, t('invoices.outcomeOpen')].filter(Boolean).join(' ');
}

/** How many lines ended how. */
export function tally(outcomes: Iterable<Outcome>): Record<End, number> {
  const counts: Record<End, number> = { unknown: 0, refused: 0, notDone: 0, requested: 0, done: 0 };
  for (const { end } of outcomes) counts[end] += 1;
  return counts;
}
