/**
 * A look at Paytrail that a person asked for. It goes on in the background after it was taken on; what it came to stands in
 * the session once it has ended.
 */
import { AppError, ipc } from '../ipc';
import type { ErrorDto, SyncState } from '../ipc';
import { session } from './session.svelte';

export class Look {
  #asking = $state(false);
  #failed = $state.raw<ErrorDto | null>(null);
  #pressedAt = $state(Infinity);
  #before = $state.raw<SyncState | null>(null);

  /** Whether a look is under way. */
  get running(): boolean {
    return this.#asking || session.sync?.running === true;
  }

  /** Whether a whole look has ended since it was asked for. */
  get done(): boolean {
    return !this.running && session.sync?.at != null && Date.parse(session.sync.at) >= this.#pressedAt;
  }

  /** Why there was none. */
  get error(): ErrorDto | null {
    if (this.#failed !== null || this.running || this.#pressedAt === Infinity) return this.#failed;
    // What stood there before the press is about an earlier look.
    return session.sync === this.#before ? null : (session.sync?.error ?? null);
  }

  /** Asks for it, unless one that was asked for here is being taken on. */
  async ask(account: number): Promise<void> {
    if (this.#asking) return;
    [this.#asking, this.#failed, this.#pressedAt, this.#before] = [true, null, session.now, session.sync];
    try {
      await ipc.sync(account);
    } catch (error) {
      this.#failed = AppError.of(error).data;
    }
    this.#asking = false;
  }
}
