import { loadWords, locales } from '../lib/i18n';

/**
 * The parts of the window that it does not open on. Their code is read when they are shown, or a moment after the first rows
 * stand there: reading all of it first would hold up the rows by a third.
 */
export const later = {
  firstStart: () => import('./start/FirstStart.svelte'),
  openFailed: () => import('./start/OpenFailed.svelte'),
  invoices: () => import('./invoices/InvoicesView.svelte'),
  refunds: () => import('./refunds/RefundsView.svelte'),
  settings: () => import('./settings/SettingsView.svelte'),
  bulk: () => import('./bulk/BulkView.svelte'),
  creating: () => import('./create/CreateView.svelte'),
  importing: () => import('./import/ImportView.svelte'),
  settlements: () => import('./settlements/SettlementsView.svelte'),
  activity: () => import('./activity/ActivityView.svelte'),
  pane: () => import('./payments/PaymentPane.svelte'),
  refunding: () => import('./payments/RefundDialog.svelte'),
  holding: () => import('./invoices/HoldDialog.svelte'),
};

/** After the first frames, before anybody has found a row to press. */
const QUIET_MS = 1_000;

/** Reads the parts ahead, so that each is there at once when it is asked for; the languages that are not spoken come last. */
export function readAhead(): void {
  setTimeout(() => {
    for (const read of [later.pane, later.refunding, later.invoices, later.holding, later.refunds, later.bulk, later.importing, later.creating, later.settlements, later.activity, later.settings]) void read();
    for (const language of locales) void loadWords(language);
    void Promise.all([later.pane(), import('./payments/warm')]).then(([{ default: Pane }, { warmPane }]) => warmPane(Pane));
  }, QUIET_MS);
}
