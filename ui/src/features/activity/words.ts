/** The entries of the audit log in plain words. Every entry that this program writes has its own; one of a later version says so. */
import type { AuditBreak, AuditEntry } from '../../lib/ipc';
import type { GlyphName } from '../../lib/components/glyphs';
import { money, moment } from '../../lib/format';
import { t, type TextKey } from '../../lib/i18n';
import { reasonOf } from '../refunds/words';

/** What entries are about, as the filter has it. */
export const kinds = ['operations', 'batches', 'payments', 'imports', 'exports', 'settings', 'accounts', 'dataFile'] as const;

interface Look {
  readonly text: TextKey;
  readonly mark: GlyphName;
}

const looks: Readonly<Record<string, Look>> = {
  'operation.queued': { text: 'activity.queued', mark: 'dot' },
  'operation.sending': { text: 'activity.sending', mark: 'sending' },
  'operation.accepted': { text: 'activity.accepted', mark: 'requested' },
  'operation.done': { text: 'activity.done', mark: 'refunded' },
  'operation.failed': { text: 'activity.failed', mark: 'failed' },
  'operation.rejected': { text: 'activity.rejected', mark: 'failed' },
  'operation.unknown': { text: 'activity.unknown', mark: 'unknown' },
  'answer.contradicts': { text: 'activity.answerContradicts', mark: 'warn' },
  'evidence.contradicts': { text: 'activity.evidenceContradicts', mark: 'warn' },
  'refund.elsewhere': { text: 'activity.elsewhere', mark: 'refunded' },
  'refund.pointed': { text: 'activity.pointed', mark: 'dot' },
  'batch.confirmed': { text: 'activity.batchConfirmed', mark: 'dot' },
  'batch.paused': { text: 'activity.batchPaused', mark: 'warn' },
  'batch.resumed': { text: 'activity.batchResumed', mark: 'sending' },
  'batch.stopped': { text: 'activity.batchStopped', mark: 'cancelled' },
  'batch.finished': { text: 'activity.batchFinished', mark: 'paid' },
  'payment.sending': { text: 'activity.paymentSending', mark: 'sending' },
  'payment.created': { text: 'activity.paymentCreated', mark: 'new' },
  'payment.found': { text: 'activity.paymentFound', mark: 'new' },
  'payment.notSent': { text: 'activity.paymentNotSent', mark: 'failed' },
  'payment.refused': { text: 'activity.paymentRefused', mark: 'failed' },
  'payment.unknown': { text: 'activity.paymentUnknown', mark: 'unknown' },
  'payment.markedNotMade': { text: 'activity.paymentNotMade', mark: 'dot' },
  'payment.idGiven': { text: 'activity.idGiven', mark: 'dot' },
  'payment.confirmed': { text: 'activity.paymentConfirmed', mark: 'new' },
  'draft.begun': { text: 'activity.draftBegun', mark: 'dot' },
  'draft.deleted': { text: 'activity.draftDeleted', mark: 'cancelled' },
  import: { text: 'activity.imported', mark: 'dot' },
  'import.undone': { text: 'activity.importUndone', mark: 'cancelled' },
  'payments.exported': { text: 'activity.paymentsExported', mark: 'dot' },
  'audit.exported': { text: 'activity.auditExported', mark: 'dot' },
  'account.added': { text: 'activity.accountAdded', mark: 'new' },
  'account.used': { text: 'activity.accountUsed', mark: 'dot' },
  'account.renamed': { text: 'activity.accountRenamed', mark: 'dot' },
  'account.secret': { text: 'activity.accountSecret', mark: 'dot' },
  'account.removed': { text: 'activity.accountRemoved', mark: 'cancelled' },
  'account.paused': { text: 'activity.accountPaused', mark: 'warn' },
  'account.unpaused': { text: 'activity.accountUnpaused', mark: 'dot' },
  'journal.taken_over': { text: 'activity.takenOver', mark: 'warn' },
};

const marks = { refund: 'refunded', activate: 'paid', cancel: 'cancelled' } as const;

/** The settings that are in the log, by their names. */
const settings: Readonly<Record<string, TextKey>> = {
  language: 'activity.settingLanguage',
  theme: 'activity.settingTheme',
  timeZone: 'activity.settingTimeZone',
  refundReasons: 'activity.settingReasons',
  refundLimit: 'activity.settingRefundLimit',
  batchLimit: 'activity.settingBatchLimit',
  batch_concurrency: 'activity.settingConcurrency',
};

const cents = (text: string | undefined) => (text !== undefined && /^-?\d+$/.test(text) ? money(Number(text)) : '');

function list(text: string | undefined): string {
  try {
    const read: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(read) ? read.join(', ') : (text ?? '');
  } catch {
    return text ?? '';
  }
}

function settingText({ name = '', value = '' }: Record<string, string | undefined>): string {
  const key = settings[name];
  const what = key ? t(key) : name;
  if (value === '') return t('activity.settingCleared', { what });
  const shown = name === 'refundLimit' || name === 'batchLimit' ? cents(value) : name === 'refundReasons' ? list(value) : value;
  return t('activity.settingSet', { what, value: shown });
}

/** What the entry says, in one line. */
export function textOf(entry: AuditEntry): string {
  const { values } = entry;
  if (entry.what === 'setting.changed') return settingText(values);
  if (entry.what === 'account.callback') {
    const address = values['callbackUrl'];
    return address ? t('activity.callbackSet', { address }) : t('activity.callbackCleared');
  }
  // Back in the queue: the request surely was not carried out.
  const back = entry.what === 'operation.queued' && values['from'] !== undefined;
  const marked = values['reason'] === 'marked_moved' || values['reason'] === 'marked_not_moved' ? values['reason'] : null;
  const key = back ? 'activity.notSent' : marked ? (`activity.${marked === 'marked_moved' ? 'markedMoved' : 'markedNotMoved'}` as const) : looks[entry.what]?.text;
  if (!key) return t('activity.other', { what: entry.what });
  return t(key, {
    kind: entry.kind ?? values['kind'] ?? 'refund',
    amount: entry.amount !== null ? money(entry.amount) : cents(values['amount']),
    order: entry.reference || '–',
    files: list(values['files']),
    payments: Number(values['payments'] ?? 0),
    entries: Number(values['entries'] ?? 0),
    format: (values['format'] ?? '').toUpperCase(),
    count: Number(values['lines'] ?? values['removed'] ?? 0),
    sum: cents(values['sum']),
    batch: values['batch'] ?? '',
    name: values['name'] ?? values['to'] ?? '',
    from: values['from'] ?? '',
  });
}

/** The shape that stands before it. */
export function markOf(entry: AuditEntry): GlyphName {
  if (entry.what === 'operation.done' && entry.kind) return marks[entry.kind];
  return looks[entry.what]?.mark ?? 'dot';
}

/** What an import did, in a few words. */
function importCounts(values: Readonly<Record<string, string | undefined>>): string {
  const counted = (['new', 'changed', 'refunds', 'awaited'] as const).flatMap((name) => {
    const count = Number(values[name] ?? 0);
    return count > 0 ? [t(`activity.import_${name}`, { count })] : [];
  });
  return counted.join(', ');
}

/** Why and how, beside what it says; each with its name. */
export function factsOf(entry: AuditEntry): { key: string; value: string }[] {
  const { values } = entry;
  const isOperation = entry.what.startsWith('operation.');
  const reason = isOperation && values['reason'] ? reasonOf(values['reason'], values['message'] ?? null) : null;
  const isMarked = values['reason']?.startsWith('marked_') ?? false;
  const said = entry.what === 'operation.rejected' || isMarked ? values['message'] : undefined;
  const facts: [string, string | null | undefined][] = [
    [t('activity.reason'), entry.refundReason],
    [t('activity.why'), isMarked ? null : reason],
    [isMarked ? t('activity.note') : t('activity.paytrailSaid'), said],
    [t('activity.note'), values['note']],
    [t('activity.counts'), entry.what === 'import' ? importCounts(values) : null],
    [t('activity.files'), entry.what.startsWith('import') ? list(values['files']) : values['file']],
    [t('activity.batchWhy'), entry.what.startsWith('batch.') ? values['why'] : null],
    [t('activity.status'), values['httpStatus']],
  ];
  return facts.flatMap(([key, value]) => (value ? [{ key, value }] : []));
}

/** Where the log does not hold, in words. */
export function breakText(broken: AuditBreak): string {
  const of = broken.of ?? '';
  return t(`activity.flaw_${broken.what}`, { seq: broken.seq, known: broken.known ?? 0, operation: broken.operation ?? '', of });
}

/** A row in one line, for readers. */
export function labelOf(entry: AuditEntry, now: number): string {
  return t('activity.rowLabel', { when: moment(entry.at, now), who: entry.by, what: textOf(entry) });
}
