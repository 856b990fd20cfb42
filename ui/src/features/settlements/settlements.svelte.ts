/**
 * The settlements as they were fetched last, and anew when it is asked for or they are old; and the one that is open. What is
 * here stands on screen while Paytrail is asked.
 */
import { AppError, ipc } from '../../lib/ipc';
import type { ErrorDto, SettlementDetail, SettlementRow } from '../../lib/ipc';

/** Settlements come once a day or more seldom. */
const OLD_MS = 60 * 60 * 1000;

export class Settlements {
  /** `null` until the first answer. */
  rows = $state.raw<readonly SettlementRow[] | null>(null);
  fetchedAt = $state.raw<string | null>(null);
  /** Why Paytrail's list could not be had. */
  notFetched = $state.raw<ErrorDto | null>(null);
  error = $state.raw<ErrorDto | null>(null);
  fetching = $state(false);

  #asked = 0;

  constructor(private readonly account: number) {}

  /** Reads what is here, and asks Paytrail where that is old. */
  async begin(now: number): Promise<void> {
    await this.look();
    const old = this.fetchedAt === null || now - Date.parse(this.fetchedAt) > OLD_MS;
    if (old && this.error === null) await this.fetch();
  }

  /** Reads what is here. */
  async look(): Promise<void> {
    await this.#ask(false);
  }

  /** Asks Paytrail, unless it is being asked. */
  async fetch(): Promise<void> {
    if (this.fetching) return;
    this.fetching = true;
    await this.#ask(true);
    this.fetching = false;
  }

  async #ask(refresh: boolean): Promise<void> {
    const turn = (this.#asked += 1);
    try {
      const { rows, fetchedAt, notFetched } = await ipc.settlements(this.account, refresh);
      // A look that began later knows as much as one that began before; what Paytrail said is never old.
      if (!refresh && turn !== this.#asked) return;
      [this.rows, this.fetchedAt, this.error] = [rows, fetchedAt, null];
      if (refresh) this.notFetched = notFetched;
    } catch (error) {
      if (refresh || turn === this.#asked) this.error = AppError.of(error).data;
    }
  }
}

/** The settlement beside the list. */
export class OpenSettlement {
  detail = $state.raw<SettlementDetail | null>(null);
  error = $state.raw<ErrorDto | null>(null);

  #asked = 0;

  constructor(private readonly account: number) {}

  /** Opens one, or none. Of several the last one wins. */
  async show(id: string | null): Promise<void> {
    const turn = (this.#asked += 1);
    if (id === null || this.detail?.settlement.id !== id) this.detail = null;
    this.error = null;
    if (id === null) return;
    try {
      const detail = await ipc.settlement(this.account, id);
      if (turn === this.#asked) this.detail = detail;
    } catch (error) {
      if (turn === this.#asked) this.error = AppError.of(error).data;
    }
  }
}
