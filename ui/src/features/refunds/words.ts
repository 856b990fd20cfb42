/**
 * The words of an operation: its state, what happened, what proves it, what happens next. In one place, so that every view
 * says the same of the same thing. "Refunded", "Activated" and "Cancelled" are said only of what is done.
 *
 * The journal keeps short codes and, for what it wrote itself, English; here both get words in the window's language, and
 * what Paytrail said is quoted as it is.
 */
import type { OperationKind, OperationRow, OperationState } from '../../lib/ipc';
import { t, type TextKey } from '../../lib/i18n';

/** The look of a state. */
export type Look = 'requested' | 'approval' | 'refunded' | 'paid' | 'cancelled' | 'failed' | 'unknown' | 'sending' | 'other';

type Done = Record<OperationKind, [Look, TextKey]>;

const done: Done = {
  refund: ['refunded', 'refunds.stateRefunded'],
  activate: ['paid', 'refunds.stateActivated'],
  cancel: ['cancelled', 'refunds.stateCancelled'],
};

const accepted: Done = {
  refund: ['requested', 'refunds.stateRequested'],
  activate: ['requested', 'refunds.stateActivateRequested'],
  cancel: ['requested', 'refunds.stateCancelRequested'],
};

const others: Record<Exclude<OperationState, 'done' | 'accepted' | 'failed'>, [Look, TextKey]> = {
  draft: ['other', 'refunds.stateDraft'],
  queued: ['sending', 'refunds.stateQueued'],
  sending: ['sending', 'refunds.stateSending'],
  rejected: ['failed', 'refunds.stateRefused'],
  unknown: ['unknown', 'refunds.stateUnknown'],
};

/** Reasons of a failure before anything reached Paytrail. */
const unsent = new Set(['nothing_sent', 'not_looked', 'too_many_requests', 'no_secret', 'changed', 'not_operable', 'paused', 'not_saved', 'confirmation_stale', 'stopped']);

/** Whether it is known that no request of it was carried out because none was sent. */
export function wasUnsent(operation: OperationRow): boolean {
  return operation.state === 'failed' && unsent.has(operation.reason ?? '');
}

/** The state by its look and its word. */
export function stateOf(operation: OperationRow): { look: Look; word: string } {
  const [look, key] = looks(operation);
  return { look, word: t(key) };
}

function looks(operation: OperationRow): [Look, TextKey] {
  switch (operation.state) {
    case 'done':
      return done[operation.kind];
    case 'accepted':
      return operation.pending ? ['approval', 'refunds.statePending'] : accepted[operation.kind];
    case 'failed':
      return ['failed', wasUnsent(operation) ? 'refunds.stateNotSent' : 'refunds.stateFailed'];
    default:
      return others[operation.state];
  }
}

const reasons: Readonly<Record<string, TextKey>> = {
  nothing_sent: 'refunds.reasonNothingSent',
  not_looked: 'refunds.reasonNotLooked',
  unauthorized: 'refunds.reasonUnauthorized',
  too_many_requests: 'refunds.reasonTooMany',
  no_secret: 'refunds.reasonNoSecret',
  changed: 'refunds.reasonChanged',
  not_operable: 'refunds.reasonNotOperable',
  paused: 'refunds.reasonPaused',
  not_saved: 'refunds.reasonNotSaved',
  confirmation_stale: 'refunds.reasonStale',
  stopped: 'refunds.reasonStopped',
  interrupted: 'refunds.reasonInterrupted',
  restored: 'refunds.reasonRestored',
  refused: 'refunds.reasonRefused',
  refused_unclear: 'refunds.reasonRefusedUnclear',
  refund_failed: 'refunds.reasonRefundFailed',
  refund_not_found: 'refunds.reasonNotFound',
  does_not_fit: 'refunds.reasonDoesNotFit',
  not_done: 'refunds.reasonNotDone',
  hold_gone: 'refunds.reasonHoldGone',
  was_captured: 'refunds.reasonWasCaptured',
  marked_not_moved: 'refunds.reasonMarkedNotMoved',
  marked_moved: 'refunds.reasonMarkedMoved',
  twin_done: 'refunds.reasonTwinDone',
  evidence: 'refunds.reasonEvidence',
  evidence_overrides: 'refunds.reasonOverrides',
  already_cancelled: 'refunds.reasonAlreadyCancelled',
  to_verify: 'refunds.reasonToVerify',
};

/** How the program says why no answer counts; the journal keeps it in English. */
const unclear: readonly (readonly [RegExp, TextKey])[] = [
  [/^no answer came in time/, 'refunds.unclearTimeout'],
  [/^the connection was cut/, 'refunds.unclearCut'],
  [/^the answer broke off/, 'refunds.unclearTruncated'],
  [/^the answer is not signed/, 'refunds.unclearUnsigned'],
  [/^the answer's signature is wrong/, 'refunds.unclearSignature'],
  [/^the server reported an error/, 'refunds.unclearServer'],
  [/^the answer does not belong/, 'refunds.unclearDoesNotFit'],
];

function unclearKey(message: string | null): TextKey {
  return unclear.find(([pattern]) => pattern.test(message ?? ''))?.[1] ?? 'refunds.reasonUnclear';
}

/** Why it is as it is, without a full stop; empty where its state says it all. */
export function happened(operation: OperationRow): string {
  if (operation.reason === 'unclear') return t(unclearKey(operation.message));
  const key = reasons[operation.reason ?? ''];
  return key ? t(key) : '';
}

/** The words of a reason's code; `null` where there are none, or the state says it all. */
export function reasonOf(code: string, message: string | null): string | null {
  if (code === 'unclear') return t(unclearKey(message));
  const key = reasons[code];
  return key ? t(key) : null;
}

/** Reasons whose message is Paytrail's, or says more than the words here. */
const quotedReasons = new Set(['refused', 'refused_unclear', 'not_done', 'refund_failed', 'refund_not_found', 'changed', 'not_operable', 'no_secret', 'not_looked', 'nothing_sent', 'does_not_fit']);

const itSays = /\(it says: (.*)\)$/s;

/** What Paytrail said, or the exact cause; `null` where there is nothing beyond the words above. */
export function quoted(operation: OperationRow): string | null {
  const message = operation.message?.trim();
  if (!message) return null;
  if (operation.reason === 'unclear') return itSays.exec(message)?.[1] ?? (unclearKey(message) === 'refunds.reasonUnclear' ? message : null);
  return quotedReasons.has(operation.reason ?? '') ? message : null;
}

const MARKED = 'marked by ';

/** Who settled it by their word, if it rests on a person's word. */
export function markedBy(operation: OperationRow): string | null {
  return operation.proof?.startsWith(MARKED) ? operation.proof.slice(MARKED.length) : null;
}

const proofs: Readonly<Record<string, TextKey>> = {
  'signed answer': 'refunds.proofSigned',
  'signed answer of a look at the payment': 'refunds.proofLook',
  'signed answer of a look at the refund': 'refunds.proofRefundLook',
  callback: 'refunds.proofCallback',
  report: 'refunds.proofReport',
};

/** What proves the state, as in "Signed answer"; `null` where nothing does. */
export function proofOf(operation: OperationRow): string | null {
  if (operation.proof === null) return null;
  if (operation.reason === 'twin_done' && markedBy(operation) === null) return t('refunds.proofTwin');
  return proofWords(operation.proof);
}

/** A proof as the journal names it, in words. */
export function proofWords(proof: string): string {
  if (proof.startsWith(MARKED)) return t('refunds.proofMarked', { name: proof.slice(MARKED.length) });
  const key = proofs[proof];
  return key ? t(key) : proof;
}

/** Whether evidence has overridden a refusal, a failure or a person's word. */
export function isOverridden(operation: OperationRow): boolean {
  return operation.reason === 'evidence_overrides';
}

/** Whether something says otherwise than what the journal has a proof of. */
export function isContradicted(operation: OperationRow): boolean {
  return /says otherwise: look at it/.test(operation.message ?? '');
}

/** One short line: what proves it, or what happens next. */
export function nextOf(operation: OperationRow): string {
  if (isContradicted(operation)) return t('refunds.nextContradicted');
  if (isOverridden(operation)) return t('refunds.nextOverridden', { proof: proofOf(operation) ?? '' });
  switch (operation.state) {
    case 'done':
      return doneLine(operation);
    case 'accepted':
      return acceptedLine(operation);
    case 'unknown':
      return t(operation.kind === 'refund' ? 'refunds.nextUnknown' : 'refunds.nextUnknownHold');
    case 'failed':
    case 'rejected':
      return failedLine(operation);
    case 'queued':
      return t('refunds.nextQueued');
    case 'sending':
      return t('refunds.nextSending');
    default:
      return '';
  }
}

function doneLine(operation: OperationRow): string {
  const proof = proofOf(operation);
  const how = operation.reason === 'already_cancelled' || operation.reason === 'hold_gone' ? happened(operation) : '';
  return [how, proof && t('refunds.proof', { proof })].filter(Boolean).join('. ');
}

function acceptedLine(operation: OperationRow): string {
  if (operation.kind !== 'refund') return t('refunds.nextAcceptedHold');
  if (operation.reason === 'to_verify') return t('refunds.nextToVerify');
  if (operation.pending) return t('refunds.nextPending');
  return t(operation.email === null ? 'refunds.nextAccepted' : 'refunds.nextAcceptedEmail');
}

function failedLine(operation: OperationRow): string {
  const name = markedBy(operation);
  if (name !== null) return t('refunds.proof', { proof: t('refunds.proofMarked', { name }) });
  const said = operation.state === 'rejected' ? (quoted(operation) ?? happened(operation)) : happened(operation);
  // Here something did move or change, only not by this operation.
  const elsewhere = ['twin_done', 'was_captured', 'hold_gone'].includes(operation.reason ?? '');
  const moved = elsewhere ? '' : t(operation.kind === 'refund' ? 'refunds.noMoneyMoved' : 'refunds.nothingChanged');
  return [said && sentence(said), moved].filter(Boolean).join(' ');
}

/** A text with its full stop. */
export function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
