/** The whole of one operation, asked for again when it has changed; the last answer stays on screen meanwhile. */
import { AppError, ipc } from '../../lib/ipc';
import type { ErrorDto, OperationDetail } from '../../lib/ipc';

export class History {
  detail = $state.raw<OperationDetail | null>(null);
  error = $state.raw<ErrorDto | null>(null);

  #newest = 0;
  #id: string | null = null;

  async ask(account: number, id: string): Promise<void> {
    this.#newest += 1;
    const mine = this.#newest;
    if (id !== this.#id) [this.#id, this.detail, this.error] = [id, null, null];
    try {
      const detail = await ipc.operation(account, id);
      if (mine === this.#newest) [this.detail, this.error] = [detail, null];
    } catch (error) {
      if (mine === this.#newest) this.error = AppError.of(error).data;
    }
  }
}
