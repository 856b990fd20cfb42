/** The keys of the payments. Each works on the selection, else on the row that is current, else on the payment that is open. */
import { t } from '../../lib/i18n';
import type { PaymentRow } from '../../lib/ipc';
import { useKeys } from '../../lib/keys';
import { session } from '../../lib/state/session.svelte';
import { split } from '../invoices/able';

interface Acts {
  readonly search: () => void;
  readonly aimed: () => PaymentRow | null;
  readonly aimedAll: () => PaymentRow[];
  readonly refund: (payment: PaymentRow) => void;
  /** What refunds the many that are selected; `null` where no more than one can be. */
  readonly refundMany: () => (() => void) | null;
  readonly hold: (action: 'activate' | 'cancel') => void;
  readonly refresh: () => void;
  readonly copy: () => void;
  readonly escape: () => void;
  readonly canEscape: () => boolean;
}

/** Whether text is selected somewhere, or written in: then copying is the system's. */
function copiesText(): boolean {
  const field = document.activeElement;
  if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) return true;
  return window.getSelection()?.isCollapsed === false;
}

export function paymentKeys(acts: Acts): void {
  const group = () => t('keys.groupRow');
  const any = () => acts.aimedAll().length > 0;
  const one = () => acts.aimed() !== null;
  // A hold that nothing can be done with still opens the dialog, which says why; any other payment is left alone.
  const holds = () => acts.aimedAll().some((payment) => payment.deadline !== null) || split(acts.aimedAll(), 'activate').able.length > 0;
  useKeys(() => ({
    '/': { title: t('keys.search'), group: t('keys.groupView'), run: acts.search },
    '$mod+f': acts.search,
    n: { title: t('keys.create'), group: t('keys.groupView'), run: () => session.go('create') },
    r: {
      title: t('keys.refund'),
      group: group(),
      when: () => one() || acts.refundMany() !== null,
      run: () => {
        const payment = acts.aimed();
        if (payment) acts.refund(payment);
        else acts.refundMany()?.();
      },
    },
    a: { title: t('keys.activate'), group: group(), when: holds, run: () => acts.hold('activate') },
    c: { title: t('keys.cancel'), group: group(), when: holds, run: () => acts.hold('cancel') },
    'Shift+r': { title: t('keys.refresh'), group: group(), when: any, run: acts.refresh },
    '$mod+c': { title: t('payments.copyReference'), group: group(), when: () => one() && !copiesText(), run: acts.copy },
    Escape: { title: t('keys.closeDetail'), group: t('keys.groupView'), when: acts.canEscape, run: acts.escape },
  }));
}
