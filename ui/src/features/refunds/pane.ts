/** The journal's entries and an operation's requests, in words. */
import type { Attempt, Entry, OperationKind } from '../../lib/ipc';
import { t, type TextKey } from '../../lib/i18n';

type Mark = 'dot' | 'paid' | 'cancelled' | 'sending' | 'requested' | 'refunded' | 'failed' | 'unknown' | 'warn';

interface Look {
  readonly text: TextKey;
  readonly mark: Mark;
}

const looks: Readonly<Record<string, Look>> = {
  'operation.queued': { text: 'refunds.entryQueued', mark: 'dot' },
  'operation.sending': { text: 'refunds.entrySending', mark: 'sending' },
  'operation.accepted': { text: 'refunds.entryAccepted', mark: 'requested' },
  'operation.done': { text: 'refunds.entryDone', mark: 'refunded' },
  'operation.failed': { text: 'refunds.entryFailed', mark: 'failed' },
  'operation.rejected': { text: 'refunds.entryRejected', mark: 'failed' },
  'operation.unknown': { text: 'refunds.entryUnknown', mark: 'unknown' },
  'evidence.contradicts': { text: 'refunds.entryContradicts', mark: 'warn' },
  'answer.contradicts': { text: 'refunds.entryAnswerContradicts', mark: 'warn' },
};

const doneMarks: Readonly<Record<OperationKind, Mark>> = { refund: 'refunded', activate: 'paid', cancel: 'cancelled' };

/** An entry by its word and mark; one that a later version wrote is shown as it stands. */
export function entryOf(entry: Entry, kind: OperationKind): { text: string; mark: Mark } {
  const look = looks[entry.what];
  if (!look) return { text: entry.what, mark: 'dot' };
  return { text: t(look.text), mark: entry.what === 'operation.done' ? doneMarks[kind] : look.mark };
}

const outcomes: Readonly<Record<string, TextKey>> = {
  not_sent: 'refunds.attemptNotSent',
  accepted: 'refunds.attemptTaken',
  done: 'refunds.attemptDone',
  failed: 'refunds.attemptFailed',
  rejected: 'refunds.attemptRefused',
  unknown: 'refunds.attemptUnknown',
};

/** What came of a request. */
export function attemptOf(attempt: Attempt): string {
  if (attempt.outcome === null) return t('refunds.attemptOpen');
  const key = outcomes[attempt.outcome];
  return key ? t(key) : attempt.outcome;
}
