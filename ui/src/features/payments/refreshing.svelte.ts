/** Asking Paytrail for some payments now, and what came of it for each. */
import { AppError, ipc } from '../../lib/ipc';
import type { ErrorDto, PaymentRow, RefreshReport } from '../../lib/ipc';
import { toast } from '../../lib/components';
import { t } from '../../lib/i18n';

/** What did not go well; it stays until it is put away. */
export interface Trouble {
  readonly failed: readonly { readonly payment: PaymentRow; readonly error: ErrorDto }[];
  /** Why the rest was not asked for. */
  readonly stopped: ErrorDto | null;
  readonly notAsked: number;
}

export class Refreshing {
  busy = $state(false);
  trouble = $state.raw<Trouble | null>(null);

  async run(account: number, payments: readonly PaymentRow[]): Promise<void> {
    // Without a transaction id there is nothing to ask for.
    const able = payments.filter(({ transactionId }) => transactionId !== null);
    if (this.busy || able.length === 0) return;
    [this.busy, this.trouble] = [true, null];
    try {
      this.#tell(await ipc.refreshPayments(account, able.map(({ id }) => id)), able);
    } catch (error) {
      this.trouble = { failed: [], stopped: AppError.of(error).data, notAsked: able.length };
    } finally {
      this.busy = false;
    }
  }

  #tell(report: RefreshReport, asked: readonly PaymentRow[]): void {
    const failed = report.errors.flatMap(({ id, error }) => {
      const payment = asked.find((each) => each.id === id);
      return payment ? [{ payment, error }] : [];
    });
    if (failed.length > 0 || report.stopped !== null) {
      this.trouble = { failed, stopped: report.stopped, notAsked: report.notAsked };
    } else {
      toast({ kind: 'good', title: t('payments.refreshed', { count: report.fetched, changed: report.changed }) });
    }
  }
}
