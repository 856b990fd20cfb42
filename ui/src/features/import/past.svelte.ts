/** The imports of before, asked for again when something has changed; the last answer stays on screen meanwhile. */
import { AppError, ipc } from '../../lib/ipc';
import type { ErrorDto, ImportRun } from '../../lib/ipc';

export class Past {
  /** `null` until the first answer. The newest first. */
  runs = $state.raw<readonly ImportRun[] | null>(null);
  error = $state.raw<ErrorDto | null>(null);

  #newest = 0;

  async ask(account: number): Promise<void> {
    const mine = (this.#newest += 1);
    try {
      const runs = await ipc.imports(account);
      if (mine === this.#newest) [this.runs, this.error] = [runs, null];
    } catch (error) {
      if (mine === this.#newest) this.error = AppError.of(error).data;
    }
  }
}
