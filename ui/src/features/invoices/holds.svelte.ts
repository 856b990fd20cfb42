/** The open holds of the account: asked again when something has changed, with the old ones on screen meanwhile. */
import { AppError, ipc } from '../../lib/ipc';
import type { ErrorDto, HoldRow } from '../../lib/ipc';
import { session } from '../../lib/state/session.svelte';

export class Holds {
  /** `null` until the first answer. */
  rows = $state.raw<readonly HoldRow[] | null>(null);
  error = $state.raw<ErrorDto | null>(null);
  /** When the list was asked for, in epoch milliseconds: its groups count from here. */
  askedAt = $state(0);
  /** How long this computer took, in milliseconds. */
  tookMs = $state(0);

  #account: number | null = null;
  #running = false;
  #again = false;

  /** Asks for the holds of an account. While a question runs, at most one more waits. */
  async ask(account: number): Promise<void> {
    if (account !== this.#account) {
      this.#account = account;
      this.rows = null;
      this.error = null;
    }
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = true;
    do {
      this.#again = false;
      await this.#askOnce();
    } while (this.#again);
    this.#running = false;
  }

  async #askOnce(): Promise<void> {
    const account = this.#account;
    if (account === null) return;
    const [at, started] = [session.now, performance.now()];
    try {
      const rows = await ipc.holds(account);
      if (account !== this.#account) return;
      [this.rows, this.error, this.askedAt, this.tookMs] = [rows, null, at, performance.now() - started];
    } catch (error) {
      if (account === this.#account) this.error = AppError.of(error).data;
    }
  }
}
