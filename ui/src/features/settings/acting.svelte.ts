/** One thing that a card does: whether it is under way, and how it failed. */
import { AppError } from '../../lib/ipc';
import type { ErrorDto } from '../../lib/ipc';

export class Acting {
  busy = $state(false);
  error = $state.raw<ErrorDto | null>(null);

  /** Does it unless it is being done already; says whether it was done. */
  async run(work: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.error = null;
    try {
      await work();
      return true;
    } catch (error) {
      this.error = AppError.of(error).data;
      return false;
    } finally {
      this.busy = false;
    }
  }
}
