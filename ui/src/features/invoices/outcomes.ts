/**
 * What became of an activation or a cancel, in words of its own.
 *
 * "Activated" and "Cancelled" are said only of what a look at the payment has shown; what Paytrail has merely taken is
 * requested, and what may or may not have happened is loud.
 */
import type { ErrorDto, OperationRow } from '../../lib/ipc';
import { t, type TextKey } from '../../lib/i18n';
import { errorWords } from '../../lib/errors';
import { happened, quoted, sentence } from '../refunds/words';

/** How it ended. */
export type End = 'unknown' | 'refused' | 'notDone' | 'requested' | 'done';

/** What is shown of it. */
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

/** The outcome of an order that was made. */
export function outcomeOf(operation: OperationRow): Outcome {
  const [end, title, text] = said(operation);
  return {
    end,
    title: t(title),
    text: text ?? null,
    quote: quoted(operation),
    requestId: end === 'done' ? null : operation.requestId,
  };
}

/** The outcome of one that failed. */
export function outcomeOfError(error: ErrorDto): Outcome {
  const words = errorWords(error);
  return {
    end: error.moneyMoved === 'unknown' ? 'unknown' : 'notDone',
    title: words.title,
    text: [words.text, words.next].filter(Boolean).join(' '),
    quote: words.detail,
    requestId: error.requestId,
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
