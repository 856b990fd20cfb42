/** What happened to a payment, in words. */
import type { GlyphName, TimelineItem } from '../../lib/components';
import { moment, money } from '../../lib/format';
import { t, type TextKey } from '../../lib/i18n';
import type { OperationKind, TimelineEntry, TimelineWhat } from '../../lib/ipc';
import { proofWords } from '../refunds/words';

interface Look {
  readonly glyph: GlyphName;
  readonly text: TextKey | Readonly<Record<OperationKind, TextKey>>;
}

const looks: Readonly<Record<TimelineWhat, Look>> = {
  created: { glyph: 'new', text: 'payments.tlCreated' },
  looked: { glyph: 'dot', text: 'payments.tlLooked' },
  told: { glyph: 'dot', text: 'payments.tlTold' },
  confirmed: { glyph: 'dot', text: { refund: 'payments.tlConfirmedRefund', activate: 'payments.tlConfirmedActivate', cancel: 'payments.tlConfirmedCancel' } },
  sending: { glyph: 'sending', text: { refund: 'payments.tlSendingRefund', activate: 'payments.tlSendingActivate', cancel: 'payments.tlSendingCancel' } },
  notSent: { glyph: 'dot', text: 'payments.tlNotSent' },
  accepted: { glyph: 'requested', text: { refund: 'payments.tlRequestedRefund', activate: 'payments.tlRequestedActivate', cancel: 'payments.tlRequestedCancel' } },
  done: { glyph: 'refunded', text: { refund: 'payments.tlRefunded', activate: 'payments.tlActivated', cancel: 'payments.tlCancelled' } },
  failed: { glyph: 'failed', text: { refund: 'payments.tlFailedRefund', activate: 'payments.tlFailedActivate', cancel: 'payments.tlFailedCancel' } },
  rejected: { glyph: 'failed', text: { refund: 'payments.tlRefusedRefund', activate: 'payments.tlRefusedActivate', cancel: 'payments.tlRefusedCancel' } },
  unknown: { glyph: 'unknown', text: { refund: 'payments.tlUnknownRefund', activate: 'payments.tlUnknownActivate', cancel: 'payments.tlUnknownCancel' } },
  markedMoved: { glyph: 'dot', text: 'payments.tlMarkedMoved' },
  markedNotMoved: { glyph: 'dot', text: 'payments.tlMarkedNotMoved' },
  evidenceDone: { glyph: 'refunded', text: 'payments.tlEvidenceDone' },
  evidenceFailed: { glyph: 'failed', text: 'payments.tlEvidenceFailed' },
  evidencePending: { glyph: 'requested', text: 'payments.tlEvidencePending' },
  evidenceContradicts: { glyph: 'error', text: 'payments.tlEvidenceContradicts' },
  answerContradicts: { glyph: 'error', text: 'payments.tlAnswerContradicts' },
  refundedElsewhere: { glyph: 'refunded', text: 'payments.tlForeign' },
  refundPendingElsewhere: { glyph: 'requested', text: 'payments.tlForeignPending' },
  refundFailedElsewhere: { glyph: 'failed', text: 'payments.tlForeignFailed' },
  other: { glyph: 'dot', text: 'payments.tlOther' },
};

/** An activation and a cancel that are done look like what they leave behind. */
const doneGlyphs = { refund: 'refunded', activate: 'paid', cancel: 'cancelled' } as const;

/** Whether a callback told that the customer has paid: the one status that people look for in the timeline. */
const isPaid = ({ what, status }: TimelineEntry) => what === 'told' && status === 'ok';

function glyphOf(entry: TimelineEntry): GlyphName {
  const { what, kind } = entry;
  if (isPaid(entry)) return 'paid';
  return what === 'done' && kind !== null ? doneGlyphs[kind] : looks[what].glyph;
}

function textOf(entry: TimelineEntry): string {
  if (isPaid(entry)) return t('status.paid');
  const key = looks[entry.what].text;
  return t(typeof key === 'string' ? key : key[entry.kind ?? 'refund'], { amount: entry.amount === null ? '' : money(entry.amount), reason: entry.reason ?? '' })
    .replace(/\s{2,}/g, ' ')
    .trim();
}

function detailOf(entry: TimelineEntry): string | undefined {
  const said = [
    entry.by,
    entry.note && t('payments.quoted', { text: entry.note }),
    entry.what === 'told' ? isPaid(entry) && t('payments.sourceCallback') : entry.proof && t('refunds.proof', { proof: proofWords(entry.proof) }),
    entry.message && t('payments.quoted', { text: entry.message }),
  ].filter(Boolean);
  return said.length > 0 ? said.join(', ') : undefined;
}

/** The entries as the timeline shows them; the newest first, as they came. */
export function timelineItems(entries: readonly TimelineEntry[], now: number): TimelineItem[] {
  return entries.map((entry, at) => ({
    // Two things may happen in the same millisecond: their order tells them apart, counted from the oldest, which never moves.
    key: String(entries.length - at),
    kind: glyphOf(entry),
    text: textOf(entry),
    detail: detailOf(entry),
    when: moment(entry.at, now),
  }));
}
