/** A check that is under way: only the newest question's answer counts. */
import { AppError } from '../../lib/ipc';
import type { CheckReport, ErrorDto } from '../../lib/ipc';

/** Long enough to finish typing, short enough not to be waited for. */
const PAUSE_MS = 700;

/** One account's check and what it found last. */
export class Checking {
  report = $state.raw<CheckReport | null>(null);
  error = $state.raw<ErrorDto | null>(null);
  running = $state(false);
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Asks after a pause; what was found before no longer holds. */
  soon(ask: () => Promise<CheckReport>): void {
    this.forget();
    this.#timer = setTimeout(() => void this.now(ask), PAUSE_MS);
  }

  /** Asks at once; the old lines stay until the new ones are there. */
  async now(ask: () => Promise<CheckReport>): Promise<void> {
    clearTimeout(this.#timer);
    const question = (this.#asked += 1);
    this.running = true;
    this.error = null;
    try {
      const report = await ask();
      if (question === this.#asked) this.report = report;
    } catch (error) {
      if (question !== this.#asked) return;
      this.report = null;
      this.error = AppError.of(error).data;
    } finally {
      if (question === this.#asked) this.running = false;
    }
  }

  /** Forgets what was found, and whoever still answers. */
  forget(): void {
    clearTimeout(this.#timer);
    this.#asked += 1;
    this.running = false;
    this.report = null;
    this.error = null;
  }
}
