import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { aHold, aPayment, anAccount, anError, fakeIpc, openSession } from '../../test/fake-ipc';
import { violations } from '../../test/axe';
import type { SyncState } from '../../lib/ipc';
import { batchesOf } from '../bulk/batches.svelte';
import { aBatch, counts } from '../../test/bulk';
import { session } from '../../lib/state/session.svelte';
import Frame from './Frame.svelte';

const quiet: SyncState = { account: 1, running: false, at: null, error: null, offlineSince: null, unsaved: 0 };
const start = {
  version: '0.1.0',
  accounts: [],
  settings: { language: 'en' as const, theme: 'system' as const, timeZone: 'Europe/Helsinki', layout: null, batchConcurrency: 8 },
  wantsSandbox: false,
  locked: null,
  sealed: true,
  dataFolder: '/data',
  osUser: 'maija',
  first: null,
};

function open(part: Parameters<typeof anAccount>[0] = {}) {
  const account = openSession(anAccount(part));
  session.start = start;
  session.closing = null;
  return { account, ...render(Frame, { account }) };
}

function press(key: string, init: KeyboardEventInit = {}) {
  document.body.dispatchEvent(new KeyboardEvent('keydown', { key, code: `Key${key.toUpperCase()}`, bubbles: true, ...init }));
}

beforeEach(() => {
  fakeIpc({
    listPayments: async () => ({ rows: [aPayment()], next: null, tookMs: 3 }),
    totals: async () => ({ count: 1, more: false, amount: 12850, refunded: 1800 }),
    holds: async () => [
      aHold({ payment: aPayment({ id: 'h1', standing: 'hold', status: 'pending', deadline: '2026-11-24T08:00:00.000Z' }) }),
      aHold({ payment: aPayment({ id: 'h2', standing: 'hold', status: 'pending', deadline: '2026-12-20T08:00:00.000Z' }) }),
    ],
    operations: async () => ({ rows: [], next: null, sums: [{ kind: 'refund', state: 'unknown', count: 2, amount: 8990 }] }),
    secretState: async () => 'kept',
    useAccount: async () => anAccount({ id: 2, active: true }),
    accounts: async () => [anAccount({ active: false }), anAccount({ id: 2, name: 'Toinen', active: true })],
    syncState: async () => ({ ...quiet, account: 2 }),
    sync: async () => null,
    weather: async () => 'fair',
    imports: async () => [],
  });
});

describe('the frame', () => {
  it('says which shop is open and whether its money is real', () => {
    const { container } = open({ mode: 'live' });
    const side = within(screen.getByRole('complementary', { name: 'Shop and views' }));
    expect(side.getByText('Kehrä & Käpy')).toBeTruthy();
    expect(side.getByText('LIVE')).toBeTruthy();
    expect(side.getByText('Real money')).toBeTruthy();
    expect(container.querySelector('[data-env="live"]')).toBeTruthy();
  });

  it('paints a sandbox as another room than a live shop', () => {
    const { container } = open({ mode: 'sandbox' });
    expect(screen.getByText('SANDBOX')).toBeTruthy();
    expect(container.querySelector('[data-env="live"]')).toBeNull();
    expect(container.querySelector('[data-env="sandbox"]')).toBeTruthy();
  });

  it('counts what needs a person: holds that end within three days, and unknown outcomes', async () => {
    open();
    await waitFor(() => expect(screen.getByText('1 hold ends within 3 days')).toBeTruthy());
    expect(screen.getByText('2 outcomes are unknown')).toBeTruthy();
  });

  it('counts the new payments of which nobody knows whether they were made', async () => {
    const draft = { id: 'd', reference: '1049', customer: '', amount: 12850, updatedAt: '2026-11-23T08:00:00.000Z', ready: true };
    fakeIpc({ drafts: async () => [{ ...draft, state: 'unknown' }, { ...draft, id: 'e', state: 'draft' }] });
    open();
    await waitFor(() => expect(screen.getByText('1 outcome is unknown')).toBeTruthy());
    expect(screen.getByRole('link', { name: /^New payment.*1 outcome is unknown/ })).toBeTruthy();
  });

  it('goes to a view by two keys and marks it as the present one', async () => {
    open();
    press('g');
    press('m');
    await waitFor(() => expect(session.view).toBe('invoices'));
    expect(screen.getByRole('link', { name: /^Manual invoices/ }).getAttribute('aria-current')).toBe('page');
    expect(screen.getByRole('link', { name: 'Payments' }).getAttribute('aria-current')).toBeNull();
  });

  it('goes to the import by two keys, and from the palette', async () => {
    open();
    press('g');
    press('i');
    expect(await screen.findByRole('heading', { name: 'Import' })).toBeTruthy();
    expect(screen.getByRole('link', { name: 'Import' }).getAttribute('aria-current')).toBe('page');
    session.go('payments');
    press('k', { ctrlKey: true });
    (await screen.findByRole('option', { name: /Import files…/ })).click();
    await waitFor(() => expect(session.view).toBe('import'));
  });

  it('goes to bulk by two keys, and says at the side how far a batch is', async () => {
    batchesOf(78).list = null;
    fakeIpc({ batches: async () => [aBatch()] });
    open({ id: 78 });
    expect(await screen.findByRole('link', { name: /^Bulk 40 % of the running batch/ })).toBeTruthy();
    press('g');
    press('b');
    expect(await screen.findByRole('heading', { name: 'Bulk' })).toBeTruthy();
    expect(screen.getByRole('link', { name: /^Bulk/ }).getAttribute('aria-current')).toBe('page');
  });

  it('follows the batch that the shell speaks of', async () => {
    batchesOf(79).list = null;
    fakeIpc({ batches: async () => [aBatch()], batch: async () => aBatch({ counts: counts({ done: 9, sending: 1 }) }) });
    open({ id: 79 });
    await screen.findByRole('link', { name: /^Bulk 40 %/ });
    session.batch = { account: 79, batch: 'batch-12' };
    expect(await screen.findByRole('link', { name: /^Bulk 90 %/ })).toBeTruthy();
  });

  it('says at the side that a batch stands where it stood', async () => {
    batchesOf(80).list = null;
    fakeIpc({ batches: async () => [aBatch({ state: 'paused', why: 'interrupted' })] });
    open({ id: 80 });
    expect(await screen.findByRole('link', { name: /^Bulk.*1 batch stands where it stood/ })).toBeTruthy();
  });

  it('asks before it closes while a batch runs: pause and close, or keep open', async () => {
    const pauseAndClose = vi.fn(async () => null);
    fakeIpc({ pauseAndClose });
    open();
    session.closing = { orders: 2, unsaved: 0, batches: 1 };
    const dialog = within(await screen.findByRole('dialog', { name: 'A batch runs. Close the window?' }));
    expect(screen.queryByText(/^Waiting for 2 answers/)).toBeNull();
    expect(await violations()).toEqual([]);
    await fireEvent.click(dialog.getByRole('button', { name: 'Keep open' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(pauseAndClose).not.toHaveBeenCalled();
    session.closing = { orders: 2, unsaved: 0, batches: 1 };
    await fireEvent.click(await screen.findByRole('button', { name: 'Pause and close' }));
    await waitFor(() => expect(pauseAndClose).toHaveBeenCalledTimes(1));
    // What the shell tells then takes the place of the question.
    session.closing = { orders: 2, unsaved: 0, batches: 0 };
    expect(await screen.findByText(/^Waiting for 2 answers/)).toBeTruthy();
  });

  it('takes files that are dropped on any view into the import', async () => {
    const plan = vi.fn(() => new Promise(() => undefined));
    fakeIpc({ planImport: plan });
    // Of a shop of its own: this look never ends.
    open({ id: 77 });
    await fireEvent.drop(document.body, { dataTransfer: { files: [new File(['x'], 'report.csv')], types: ['Files'], getData: () => '' } });
    expect(await screen.findByRole('heading', { name: 'Looking at 1 file' })).toBeTruthy();
    await waitFor(() => expect(plan).toHaveBeenCalledTimes(1));
  });

  it('keeps the keys of a view that came in the place of another', async () => {
    open();
    await screen.findByRole('row', { name: /1048/ });
    press('g');
    press('m');
    await screen.findByRole('heading', { name: 'Manual invoices' });
    expect((await screen.findAllByRole('row', { name: /1048/ })).length).toBeGreaterThan(0);
    press('j');
    press('a');
    expect(await screen.findByRole('dialog', { name: /Activate/ })).toBeTruthy();
  });

  it('shows the shortcuts that worked when the sheet was asked for', async () => {
    open();
    press('?');
    const sheet = within(await screen.findByRole('dialog', { name: 'Shortcuts' }));
    expect(sheet.getByText('Manual invoices')).toBeTruthy();
    expect(sheet.getByText('Command palette')).toBeTruthy();
  });

  it('finds an order from the palette and opens it', async () => {
    open();
    press('k', { ctrlKey: true });
    const field = await screen.findByRole('combobox', { name: 'Jump to…' });
    (field as HTMLInputElement).value = '1048';
    field.dispatchEvent(new Event('input', { bubbles: true }));
    const order = await screen.findByRole('option', { name: /1048/ });
    order.click();
    await waitFor(() => expect(session.payment).toBe(aPayment().id));
  });

  it('says since when Paytrail cannot be reached, and asks again at a press', async () => {
    open();
    session.sync = { ...quiet, offlineSince: '2026-11-23T08:31:00.000Z' };
    const line = await screen.findByRole('button', { name: /Offline since/ });
    expect(line.textContent).toContain('10.31');
  });

  it('says by ear only that Paytrail is gone and that it is back', async () => {
    open();
    const ear = () => document.querySelector('.sr-only[role="status"]')?.textContent;
    session.sync = { ...quiet, at: '2026-11-23T08:30:00.000Z' };
    await screen.findByText('Up to date');
    expect(ear()).toBe('');
    session.sync = { ...quiet, offlineSince: '2026-11-23T08:31:00.000Z' };
    await waitFor(() => expect(ear()).toBe('Offline since today 10.31'));
    session.sync = { ...quiet, running: true };
    await screen.findByText('Asking Paytrail…');
    expect(ear()).toBe('Offline since today 10.31');
    session.sync = { ...quiet, at: '2026-11-23T08:40:00.000Z' };
    await waitFor(() => expect(ear()).toBe('Up to date'));
    expect(screen.getByText('Up to date', { selector: 'b' }).closest('[aria-live]')).toBeNull();
  });

  it('tells it when Paytrail could not be asked', async () => {
    fakeIpc({ sync: async () => Promise.reject(anError({ code: 'store', message: 'disk' })) });
    open();
    await fireEvent.click(screen.getByRole('button', { name: /Not asked yet/ }));
    expect(await screen.findByText('The data file can’t be used')).toBeTruthy();
  });

  it.each([
    ['behind', /This data file is an older copy/],
    ['elsewhere', /This data file comes from another computer or user/],
    ['unremembered', /This computer can’t remember what happens in the data file/],
  ] as const)('says why money is locked: %s', async (kind, words) => {
    openSession();
    session.start = { ...start, locked: { kind, message: 'as the shell says it' } };
    render(Frame, { account: anAccount() });
    expect((await screen.findByText(words)).textContent).toMatch(words);
  });

  it('tells that money is locked, an account paused and answers unsaved, each with its own words', async () => {
    openSession(anAccount({ paused: 'not accepted' }));
    session.start = { ...start, locked: { kind: 'behind', message: 'an older copy' } };
    session.sync = { ...quiet, unsaved: 2 };
    render(Frame, { account: anAccount({ paused: 'not accepted' }) });
    expect(await screen.findByText(/Money is locked/)).toBeTruthy();
    expect(screen.getByText('Nothing is sent for Kehrä & Käpy')).toBeTruthy();
    expect(screen.getByText(/The disk did not take 2 answers/)).toBeTruthy();
  });

  it('says what it waits for before it closes', async () => {
    open();
    session.closing = { orders: 1, unsaved: 0, batches: 0 };
    expect(await screen.findByText('Waiting for one answer, then the window closes')).toBeTruthy();
    session.closing = { orders: 0, unsaved: 1, batches: 0 };
    expect(await screen.findByText('Closing now would lose one answer')).toBeTruthy();
  });

  it('is sound for people who use it by ear or by keyboard', async () => {
    const { container } = open();
    await waitFor(() => expect(screen.getByText('2 outcomes are unknown')).toBeTruthy());
    expect(await violations(container)).toEqual([]);
  });
});
