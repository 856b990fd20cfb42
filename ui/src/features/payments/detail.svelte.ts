/**
 * All that is known of the payment that is open. What was seen before is shown at once and asked again; answers to older
 * questions are dropped.
 */
import { AppError, ipc } from '../../lib/ipc';
import type { ErrorDto, PaymentDetail } from '../../lib/ipc';

/** Details kept for going back and forth. */
const KEPT = 60;

export class OpenDetail {
  detail = $state.raw<PaymentDetail | null>(null);
  error = $state.raw<ErrorDto | null>(null);

  #seen = new Map<string, PaymentDetail>();
  #id: string | null = null;
  #account = -1;
  #asked = 0;

  /** Opens a payment, or none. */
  async show(account: number, id: string | null): Promise<void> {
    if (account !== this.#account) this.#seen.clear();
    [this.#account, this.#id] = [account, id];
    this.detail = id === null ? null : (this.#seen.get(id) ?? null);
    this.error = null;
    await this.look();
  }

  /** Asks again for the open one. */
  async look(): Promise<void> {
    const id = this.#id;
    const turn = (this.#asked += 1);
    if (id === null) return;
    try {
      const detail = await ipc.showPayment(this.#account, id);
      this.#keep(id, detail);
      if (turn !== this.#asked) return;
      this.detail = detail;
      this.error = null;
    } catch (error) {
      if (turn === this.#asked) this.error = AppError.of(error).data;
    }
  }

  #keep(id: string, detail: PaymentDetail): void {
    this.#seen.delete(id);
    this.#seen.set(id, detail);
    const oldest = this.#seen.keys().next();
    if (this.#seen.size > KEPT && !oldest.done) this.#seen.delete(oldest.value);
  }
}
