/**
 * All that is known of the payment that is open. What was seen before is shown at once and asked again; answers to older
 * questions are dropped.
 */
import { AppError, ipc } from '../../lib/ipc';
import type { ErrorDto, PaymentDetail } from '../../lib/ipc';

/** The shell answers within a frame; a slower answer leaves the place to what the list knows. */
const PATIENCE_MS = 60;

/** Details kept for going back and forth. */
const KEPT = 60;

export class OpenDetail {
  /** The payment that is shown: the one that was asked for, as soon as there is something to show of it. */
  shown = $state<string | null>(null);
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
    const known = id === null ? null : (this.#seen.get(id) ?? null);
    // The next one takes its place at once, and what stands there stays until then: drawn in two steps, both would be slow.
    if (id === null || known !== null) this.#turn(id, known);
    else setTimeout(() => this.#id === id && this.shown !== id && this.#turn(id, null), PATIENCE_MS);
    await this.look();
  }

  #turn(id: string | null, detail: PaymentDetail | null): void {
    [this.shown, this.detail, this.error] = [id, detail, null];
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
      this.#turn(id, detail);
    } catch (error) {
      if (turn !== this.#asked) return;
      if (this.shown !== id) this.#turn(id, null);
      this.error = AppError.of(error).data;
    }
  }

  #keep(id: string, detail: PaymentDetail): void {
    this.#seen.delete(id);
    this.#seen.set(id, detail);
    const oldest = this.#seen.keys().next();
    if (this.#seen.size > KEPT && !oldest.done) this.#seen.delete(oldest.value);
  }
}
