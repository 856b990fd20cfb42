import type { ErrorCode } from '../ipc';
import type { TextKey } from '../i18n';

/** What happened, in words, and what a person does next. */
interface CodeWords {
  readonly title: TextKey;
  readonly next: TextKey | null;
  /** Whether the shell's own message says more than the title: Paytrail's words, or which file and why. */
  readonly quote: boolean;
}

/** The words of every code. A reason of its own (`why`) speaks before these. */
export const codeWords: Readonly<Record<ErrorCode, CodeWords>> = {
  badInput: { title: 'errors.badInput', next: null, quote: true },
  notFound: { title: 'errors.notFound', next: 'errors.notFoundNext', quote: false },
  notOperable: { title: 'errors.notOperable', next: 'errors.notOperableNext', quote: true },
  sameAgain: { title: 'errors.sameAgain', next: 'errors.sameAgainNext', quote: false },
  overLimit: { title: 'errors.overLimit', next: 'errors.overLimitNext', quote: false },
  busy: { title: 'errors.busy', next: 'errors.busyNext', quote: false },
  quarantine: { title: 'errors.quarantine', next: 'errors.whereToLook', quote: false },
  paused: { title: 'errors.paused', next: 'errors.pausedNext', quote: false },
  locked: { title: 'errors.locked', next: 'errors.lockedNext', quote: false },
  account: { title: 'errors.account', next: 'errors.accountNext', quote: true },
  secret: { title: 'errors.secret', next: 'errors.secretNext', quote: true },
  unauthorized: { title: 'errors.unauthorized', next: 'errors.unauthorizedNext', quote: false },
  refused: { title: 'errors.refused', next: 'errors.refusedNext', quote: true },
  nothingSent: { title: 'errors.nothingSent', next: 'errors.nothingSentNext', quote: true },
  unclear: { title: 'errors.unclear', next: 'errors.tryLater', quote: true },
  notSaved: { title: 'errors.notSaved', next: 'errors.notSavedNext', quote: false },
  store: { title: 'errors.store', next: 'errors.storeNext', quote: true },
};
