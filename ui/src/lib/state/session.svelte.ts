/**
 * Who works with which shop, and what the background says: the state that every view shares.
 *
 * Views read it and call its functions; only the window's frame starts it. A view that shows data reads `session.revision`
 * in its query, so that it asks again when something in the data file has changed.
 */
import { drawn } from '../drawn';
import { ipc, events, AppError } from '../ipc';
import type { AccountDto, BatchChanged, BatchEnded, Closing, ErrorDto, Settings, Start, SyncState } from '../ipc';
import { setLocale, systemLocale } from '../i18n';
import { setZone } from '../format';

/** The views that there are; a later one gets its name here and its room under `features/`. */
export const views = ['payments', 'invoices', 'refunds', 'bulk', 'create', 'settlements', 'activity', 'import', 'settings'] as const;
export type View = (typeof views)[number];

/** The zone of a shop that has not chosen one, or one that is not known here. */
const HOME_ZONE = 'Europe/Helsinki';

class Session {
  /** What the start said; `null` until the data file is open. */
  start = $state.raw<Start | null>(null);
  /** Why the data file could not be opened. */
  failed = $state.raw<ErrorDto | null>(null);
  accounts = $state.raw<AccountDto[]>([]);
  settings = $state.raw<Settings>({ language: null, theme: 'system', timeZone: HOME_ZONE, layout: null, batchConcurrency: 8 });
  /** How the look at Paytrail in the background stands, for the active account. */
  sync = $state.raw<SyncState | null>(null);
  /** Grows when something in the data file has changed: read it where a list is asked for. */
  revision = $state(0);
  /** Set while the window waits for answers before it closes. */
  closing = $state.raw<Closing | null>(null);
  /** The batch that the shell spoke of last; a new object each time. */
  batch = $state.raw<BatchChanged | null>(null);
  /** The batch that ended last, or was paused, without a person's word; a new object each time. */
  ended = $state.raw<BatchEnded | null>(null);
  view = $state<View>('payments');
  /** The payment whose detail is open, by its id; views share it, so that Back finds it again. */
  payment = $state<string | null>(null);
  /** The operation that Refunds is to open when it is shown; it takes it from here. */
  operation: string | null = null;
  /** The text of the payments' search. */
  query = $state('');
  /** Now, to the second, in milliseconds: what counts down reads it. */
  now = $state(Date.now());
  /** Now, to the minute begun: what needs no seconds reads it, so that lists are not drawn anew each second. */
  minute = $derived(Math.floor(this.now / 60_000) * 60_000);

  /** How often the accounts were taken anew on purpose: an answer from before that is old. */
  #reloads = 0;
  #freshening = false;
  #freshenAgain = false;

  /** The account that is worked on; `null` before the first one. */
  get account(): AccountDto | null {
    return this.accounts.find((account) => account.active) ?? null;
  }

  /** Whether Paytrail can't be reached. */
  get offline(): boolean {
    return this.sync?.offlineSince != null;
  }

  /**
   * Opens the data file and takes everything in. Called once by the frame, and again by "Try again". `before` the shop is
   * shown, what it opens on may be read.
   */
  async open(before?: (account: AccountDto, start: Start) => Promise<void>): Promise<void> {
    try {
      const start = await ipc.start();
      this.failed = null;
      this.accounts = start.accounts;
      const spoken = this.#takeSettings(start.settings);
      if (start.wantsSandbox && start.accounts.length === 0) {
        await ipc.openSandbox();
        this.accounts = await ipc.accounts();
      }
      if (this.account) await before?.(this.account, start);
      await spoken;
      this.start = start;
      await drawn();
      await this.#lookAtSync();
    } catch (error) {
      this.failed = AppError.of(error).data;
    }
  }

  /** Listens to the shell; gives what ends the listening. */
  async listen(): Promise<() => void> {
    const tick = setInterval(() => (this.now = Date.now()), 1000);
    const ends = await Promise.all([
      events.changed.listen(({ account }) => {
        if (account === this.account?.id) this.revision += 1;
        void this.#freshen();
      }),
      events.syncState.listen((state) => {
        if (state.account === this.account?.id) this.sync = state;
      }),
      events.closing.listen((closing) => (this.closing = closing)),
      events.batchChanged.listen((changed) => (this.batch = changed)),
      events.batchEnded.listen((ended) => (this.ended = ended)),
    ]);
    return () => {
      clearInterval(tick);
      ends.forEach((end) => end());
    };
  }

  /** Shows a view. */
  go(view: View, payment: string | null = null): void {
    this.view = view;
    this.payment = payment;
    if (view !== 'refunds') this.operation = null;
  }

  /** Shows an operation among all of them. */
  showOperation(id: string): void {
    this.operation = id;
    this.go('refunds');
  }

  /** Shows the payments that fit a query. */
  search(query: string): void {
    this.query = query;
    this.go('payments');
  }

  /** Takes the accounts anew, after one was added, changed or removed. */
  async reloadAccounts(): Promise<void> {
    const before = this.account?.id;
    this.#reloads += 1;
    const mine = this.#reloads;
    const accounts = await ipc.accounts();
    if (mine !== this.#reloads) return;
    this.accounts = accounts;
    if (this.account?.id !== before) {
      this.payment = null;
      this.query = '';
      await this.#lookAtSync();
    }
    this.revision += 1;
  }

  /** Works on another account. */
  async use(id: number): Promise<void> {
    await ipc.useAccount(id);
    await this.reloadAccounts();
  }

  /** Changes settings, at once on screen and then on disk. */
  async change(part: Partial<Settings>): Promise<void> {
    await Promise.all([this.#takeSettings({ ...this.settings, ...part }), ipc.setSettings(this.settings)]);
  }

  /** Asks Paytrail now. */
  async look(): Promise<void> {
    if (this.account) await ipc.sync(this.account.id);
  }

  /** Shows the window by the settings. Ends once their language is spoken, which takes a moment where it was not read yet. */
  #takeSettings(settings: Settings): Promise<void> {
    this.settings = settings;
    const spoken = setLocale(settings.language ?? systemLocale());
    try {
      setZone(settings.timeZone);
    } catch {
      // The data file may come from a system that knows more zones: that must not keep anybody out.
      setZone(HOME_ZONE);
    }
    const root = document.documentElement;
    if (settings.theme === 'system') delete root.dataset['theme'];
    else root.dataset['theme'] = settings.theme;
    return spoken;
  }

  /** What else changes of the accounts: whether one is paused, up to which report it knows. Not which one is worked on. */
  async #freshen(): Promise<void> {
    if (this.#freshening) {
      this.#freshenAgain = true;
      return;
    }
    this.#freshening = true;
    do {
      this.#freshenAgain = false;
      const reloads = this.#reloads;
      try {
        const accounts = await ipc.accounts();
        const active = this.account?.id;
        if (reloads === this.#reloads && accounts.some(({ id }) => id === active)) {
          this.accounts = accounts.map((account) => ({ ...account, active: account.id === active }));
        }
      } catch {
        // The views say what is wrong with the data file; the next change asks again.
      }
    } while (this.#freshenAgain);
    this.#freshening = false;
  }

  async #lookAtSync(): Promise<void> {
    this.sync = null;
    const asked = this.account?.id;
    if (asked === undefined) return;
    const state = await ipc.syncState(asked);
    // An event that came meanwhile is newer than this answer.
    if (asked === this.account?.id) this.sync ??= state;
  }
}

/** The one session of this window. */
export const session = new Session();
