/**
 * What a person reads when something failed: what happened, whether money moved, what to do next.
 *
 * The shell says it by names; the words are here, once, in three languages. A reason of its own (`why`) speaks before
 * the code, and what neither says is quoted.
 */
import type { ErrorDto, Moved, WhyDto } from '../ipc';
import { hasText, t, type TextKey } from '../i18n';
import { codeWords } from './codes';
import { valuesOf } from './values';

/** The parts of a notice. */
export interface ErrorWords {
  /** What happened. */
  title: string;
  /** Whether money moved. */
  text: string;
  /** What to do next, where there is something to do. */
  next: string | null;
  /** The shell's or Paytrail's own words, where ours don't say it. */
  detail: string | null;
}

const moved: Readonly<Record<Moved, TextKey>> = {
  no: 'errors.movedNo',
  yes: 'errors.movedYes',
  unknown: 'errors.movedUnknown',
};

function keyOf(kind: string, part: '' | 'Next'): TextKey | null {
  const name = `why${kind.charAt(0).toUpperCase()}${kind.slice(1)}${part}`;
  const key = `errors.${name}`;
  return hasText(key) ? key : null;
}

/** The words of a reason; `null` where there are none, or where it lacks a value that they need. */
function said(why: WhyDto | null, part: '' | 'Next' = ''): string | null {
  const key = why && keyOf(why.kind, part);
  if (!key) return null;
  try {
    return t(key, valuesOf(why));
  } catch {
    return null;
  }
}

/** Whether there are words for a reason of this name. */
export function hasWords(kind: string): boolean {
  return keyOf(kind, '') !== null;
}

/** Why something can't be done, as in "2 000,00 € is more than what is left, at most 1 000,00 €". */
export function whyWords(why: WhyDto): string {
  return said(why) ?? t('errors.otherReason', { kind: why.kind });
}

/** What to do about a reason; `null` where there is nothing to say. */
export function whyNext(why: WhyDto): string | null {
  return said(why, 'Next');
}

/** Everything that is said about an error. */
export function errorWords(error: ErrorDto): ErrorWords {
  const code = codeWords[error.code];
  const why = said(error.why);
  return {
    title: why ?? t(code.title),
    text: t(moved[error.moneyMoved]),
    next: nextOf(error),
    detail: detailOf(error, why !== null),
  };
}

function nextOf(error: ErrorDto): string | null {
  // While money may have moved, the advice is never to try again.
  if (error.moneyMoved === 'unknown' && error.code !== 'notSaved') return t('errors.unclearNext');
  const own = said(error.why, 'Next');
  if (own !== null) return own;
  const next = codeWords[error.code].next;
  return next && t(next);
}

function detailOf(error: ErrorDto, explained: boolean): string | null {
  const message = error.message.trim();
  if (message === '') return null;
  // Paytrail's own words say which field it means; ours can't.
  if (error.code === 'refused') return t('errors.paytrailSays', { message: error.why?.values['words'] ?? message });
  return explained || !codeWords[error.code].quote ? null : t('errors.shellSays', { message });
}
