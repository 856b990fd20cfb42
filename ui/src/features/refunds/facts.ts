/** What is known of an operation, as a list of moments: who confirmed it, each request, what came back or that nothing did. */
import type { Attempt, OperationDetail, OperationRow } from '../../lib/ipc';
import { dayKey, dayMonth, duration, time, timeSeconds } from '../../lib/format';
import { t } from '../../lib/i18n';
import { happened } from './words';

/** One line: when, and what. */
interface Fact {
  readonly key: string;
  /** ISO; `null` for what holds now or has no time. */
  readonly at: string | null;
  readonly label: string;
  readonly text: string;
  /** Something to copy beside the text. */
  readonly id?: string;
}

/** A moment as short as it can be: the second matters today, the day matters else. */
function shortTime(at: string, now: number): string {
  return dayKey(at) === dayKey(now) ? timeSeconds(at) : `${dayMonth(at)} ${time(at)}`;
}

/** The facts; without the detail, those that the row has. */
export function factsOf(row: OperationRow, detail: OperationDetail | null, now: number): Fact[] {
  const facts: Fact[] = [confirmed(row, now)];
  if (detail) facts.push(...requests(row, detail.attempts, now));
  else if (row.lastSentAt !== null) facts.push(fact('sent', row.lastSentAt, t('refunds.factSent'), now));
  const ids = [...new Set([row.requestId, ...(detail?.attempts.map((attempt) => attempt.requestId) ?? [])])];
  for (const id of ids) {
    if (id !== null) facts.push({ key: `id:${id}`, at: null, label: t('common.requestId'), text: id, id });
  }
  facts.push({ key: 'now', at: null, label: t('refunds.now'), text: t(row.kind === 'refund' ? 'refunds.factOpen' : 'refunds.factHoldOpen') });
  return facts;
}

function fact(key: string, at: string, text: string, now: number): Fact {
  return { key, at, label: shortTime(at, now), text };
}

function confirmed(row: OperationRow, now: number): Fact {
  const text = row.by === null ? t('refunds.factConfirmed') : t('refunds.factConfirmedBy', { name: row.by });
  return fact('confirmed', row.confirmedAt, text, now);
}

function requests(row: OperationRow, attempts: readonly Attempt[], now: number): Fact[] {
  return attempts.flatMap((attempt, index) => {
    const isLast = index === attempts.length - 1;
    const sent = fact(`sent:${index}`, attempt.committedAt, t(index === 0 ? 'refunds.factSent' : 'refunds.factSentAgain'), now);
    return [sent, came(row, attempt, index, isLast, now)];
  });
}

function came(row: OperationRow, attempt: Attempt, index: number, isLast: boolean, now: number): Fact {
  const at = attempt.answeredAt ?? (isLast ? row.changedAt : attempt.committedAt);
  return fact(`came:${index}`, at, cameWords(row, attempt, isLast), now);
}

function cameWords(row: OperationRow, attempt: Attempt, isLast: boolean): string {
  if (attempt.outcome === 'not_sent') return t('refunds.factNotSent');
  const why = isLast ? happened(row) : '';
  if (attempt.httpStatus !== null) {
    const status = String(attempt.httpStatus);
    return why === '' ? t('refunds.factAnswer', { status }) : t('refunds.factAnswerWhy', { status, why });
  }
  if (attempt.answeredAt === null) return why === '' ? t('refunds.factNoAnswer') : why;
  const waited = duration(Date.parse(attempt.answeredAt) - Date.parse(attempt.committedAt));
  return why === '' ? t('refunds.factNoAnswerIn', { waited }) : t('refunds.factNoAnswerWhy', { waited, why });
}

/** An id short enough to compare by eye: its first and last four characters. */
export function shortId(id: string): string {
  return id.length <= 12 ? id : `${id.slice(0, 4)}…${id.slice(-4)}`;
}
