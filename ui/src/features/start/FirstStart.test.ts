import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { tick } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { violations } from '../../test/axe';
import { aReport } from '../../test/check-report';
import { anAccount, anError, fakeIpc, NOW, openSession } from '../../test/fake-ipc';
import { press } from '../../test/keyboard';
import { events } from '../../lib/ipc';
import type { CheckReport, Filling, NewAccount } from '../../lib/ipc';
import { session } from '../../lib/state/session.svelte';
import FirstStart from './FirstStart.svelte';

const SECRET = 'SAIPPUAKAUPPIAS-12345';
let fill: (filling: Filling) => void = () => undefined;

beforeEach(() => {
  openSession();
  session.accounts = [];
  session.now = Date.parse(NOW);
  vi.spyOn(events.filling, 'listen').mockImplementation(async (heard) => {
    fill = heard;
    return () => undefined;
  });
});
afterEach(() => vi.restoreAllMocks());

const idField = () => screen.getByLabelText('Merchant id');
const secretField = () => screen.getByLabelText<HTMLInputElement>('Secret key');
const connectButton = () => screen.getByRole('button', { name: /^Connect / });
const isLocked = (button: HTMLElement) => button.getAttribute('aria-disabled') === 'true';

async function fillIn({ id = '812440', secret = SECRET, name = 'Kehrä & Käpy' } = {}): Promise<void> {
  await fireEvent.input(idField(), { target: { value: id } });
  await fireEvent.input(secretField(), { target: { value: secret } });
  await fireEvent.input(screen.getByLabelText('Name of the shop'), { target: { value: name } });
  await tick();
}

/** Fills in and lets the check run that starts by itself. */
async function checked(report: CheckReport | (() => Promise<CheckReport>) = aReport(), more = {}) {
  const checkCredentials = vi.fn(async (_id: string, _secret: string, _api: string | null) =>
    typeof report === 'function' ? report() : report,
  );
  const fakes = fakeIpc({ checkCredentials, accounts: async () => [anAccount()], syncState: async () => null, ...more });
  vi.useFakeTimers();
  const view = render(FirstStart);
  await fillIn();
  await vi.advanceTimersByTimeAsync(1000);
  vi.useRealTimers();
  await tick();
  return { ...view, ...fakes, checkCredentials };
}

describe('the first start', () => {
  it('greets by the hour, and has nothing that fails a reader', async () => {
    fakeIpc({});
    render(FirstStart);
    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('Good morning. Which shop?');
    expect(await violations()).toEqual([]);
  });

  it('speaks another language at once, and keeps it', async () => {
    const { setSettings } = fakeIpc({ setSettings: vi.fn(async () => null) });
    render(FirstStart);
    await fireEvent.click(screen.getByRole('radio', { name: 'Suomi' }));
    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('Huomenta. Mikä kauppa?');
    expect(setSettings).toHaveBeenCalledWith(expect.objectContaining({ language: 'fi' }));
  });
});

describe('the built-in shop', () => {
  const fakes = () =>
    fakeIpc({
      openSandbox: vi.fn(async () => anAccount({ builtIn: true, mode: 'sandbox' })),
      accounts: vi.fn(async () => [anAccount({ builtIn: true, mode: 'sandbox' })]),
      syncState: async () => null,
    });

  it('opens with one click', async () => {
    const { openSandbox } = fakes();
    render(FirstStart);
    await fireEvent.click(screen.getByRole('button', { name: /Open the sandbox shop/ }));
    await waitFor(() => expect(session.accounts).toHaveLength(1));
    expect(openSandbox).toHaveBeenCalledTimes(1);
  });

  it('opens with Enter', async () => {
    const { openSandbox } = fakes();
    render(FirstStart);
    await press('Enter');
    await waitFor(() => expect(session.accounts).toHaveLength(1));
    expect(openSandbox).toHaveBeenCalledTimes(1);
  });

  it('does not open with an Enter that was meant for the form', async () => {
    const { openSandbox } = fakes();
    render(FirstStart);
    idField().focus();
    await press('Enter');
    expect(openSandbox).not.toHaveBeenCalled();
  });

  it('shows how far it is, and opens once for two clicks', async () => {
    let done: () => void = () => undefined;
    const openSandbox = vi.fn(() => new Promise((resolve) => (done = () => resolve(anAccount()))));
    fakeIpc({ openSandbox, accounts: async () => [anAccount()], syncState: async () => null });
    render(FirstStart);
    const button = screen.getByRole('button', { name: /Open the sandbox shop/ });
    await fireEvent.click(button);
    await fireEvent.click(button);
    await tick();
    fill({ percent: 42 });
    await tick();
    expect(screen.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('42');
    expect(button.textContent).toContain('Filling the shop: 42 %');
    done();
    await waitFor(() => expect(session.accounts).toHaveLength(1));
    expect(openSandbox).toHaveBeenCalledTimes(1);
  });

  it('says why it did not open, and tries again', async () => {
    const openSandbox = vi.fn().mockRejectedValueOnce(anError({ code: 'store', message: 'no port is free' })).mockResolvedValue(anAccount());
    fakeIpc({ openSandbox, accounts: async () => [anAccount()], syncState: async () => null });
    render(FirstStart);
    await fireEvent.click(screen.getByRole('button', { name: /Open the sandbox shop/ }));
    expect((await screen.findByRole('alert')).textContent).toContain('no port is free');
    await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
    await waitFor(() => expect(session.accounts).toHaveLength(1));
  });
});

describe('one’s own account', () => {
  it('is checked by itself when both are filled in, with what stands there', async () => {
    const { checkCredentials } = await checked();
    expect(checkCredentials).toHaveBeenCalledTimes(1);
    expect(checkCredentials).toHaveBeenCalledWith('812440', SECRET, null);
    expect(screen.getByText('Signature accepted')).toBeTruthy();
    expect(screen.getByText('Nothing to do, unless you sell at that price.')).toBeTruthy();
    expect(await violations()).toEqual([]);
  });

  it('names shop and room on the button, and goes in', async () => {
    const addAccount = vi.fn(async (_order: NewAccount) => anAccount());
    await checked(aReport(), { addAccount });
    expect(connectButton().textContent?.trim()).toBe('Connect Kehrä & Käpy, LIVE');
    await fireEvent.click(connectButton());
    await waitFor(() => expect(session.accounts).toHaveLength(1));
    expect(addAccount).toHaveBeenCalledWith({
      name: 'Kehrä & Käpy', merchantId: '812440', secret: SECRET, api: null, callbackUrl: null,
    });
  });

  it('is a test where Paytrail publishes the merchant, and a sandbox where the address is here', async () => {
    await checked();
    await fireEvent.input(idField(), { target: { value: '375917' } });
    expect(connectButton().textContent).toContain('TEST');
    await fireEvent.input(screen.getByLabelText(/^API address/), { target: { value: 'http://127.0.0.1:8787' } });
    expect(connectButton().textContent).toContain('SANDBOX');
  });

  it('can’t be connected when its credentials were refused', async () => {
    const addAccount = vi.fn();
    await checked(aReport({ signature: 'unauthorized', klarna: [] }), { addAccount });
    expect(screen.getByText('Paytrail did not accept the signature')).toBeTruthy();
    expect(isLocked(connectButton())).toBe(true);
    await fireEvent.click(connectButton());
    const form = connectButton().closest('form');
    if (form) await fireEvent.submit(form);
    expect(addAccount).not.toHaveBeenCalled();
  });

  it('can be connected when nobody could be asked, and says that it was not checked', async () => {
    await checked(aReport({ signature: 'dns', clock: 'notKnown', clockSkewMs: null, klarna: [] }));
    expect(screen.getByText(/^Not checked\. You can connect all the same/)).toBeTruthy();
    expect(isLocked(connectButton())).toBe(false);
  });

  it('is asked about anew when the secret changes, and what was found before no longer counts', async () => {
    const { checkCredentials } = await checked();
    await fireEvent.input(secretField(), { target: { value: 'another' } });
    await tick();
    expect(screen.queryByText('Signature accepted')).toBeNull();
    expect(isLocked(connectButton())).toBe(true);
    await waitFor(() => expect(checkCredentials).toHaveBeenCalledWith('812440', 'another', null), { timeout: 2000 });
  });

  it('ignores an answer to what no longer stands there', async () => {
    let answer: (report: CheckReport) => void = () => undefined;
    const first = new Promise<CheckReport>((resolve) => (answer = resolve));
    await checked(() => first);
    await fireEvent.input(idField(), { target: { value: '' } });
    await tick();
    answer(aReport());
    await tick();
    await tick();
    expect(screen.queryByText('Signature accepted')).toBeNull();
    expect(isLocked(connectButton())).toBe(true);
  });

  it('says what is wrong with an address while it is typed', async () => {
    await checked();
    await fireEvent.input(screen.getByLabelText(/^API address/), { target: { value: 'http://services.paytrail.com' } });
    expect(screen.getByText('Must begin with https:// unless it is on this computer')).toBeTruthy();
    expect(isLocked(connectButton())).toBe(true);
  });
});

describe('the secret', () => {
  it('is nowhere on the page while it is typed, but in its field', async () => {
    const { container } = await checked();
    expect(secretField().type).toBe('password');
    expect(container.innerHTML).not.toContain(SECRET);
  });

  it('is gone from its field once the account is connected', async () => {
    await checked(aReport(), { addAccount: async () => anAccount() });
    const field = secretField();
    await fireEvent.click(connectButton());
    await waitFor(() => expect(session.accounts).toHaveLength(1));
    expect(field.value).toBe('');
    expect(JSON.stringify(session.accounts)).not.toContain(SECRET);
  });

  it('is gone from its field when the form goes', async () => {
    const { unmount } = await checked();
    const field = secretField();
    expect(field.value).toBe(SECRET);
    unmount();
    expect(field.value).toBe('');
  });

  it.each([
    ['keychainLocked', 'The keychain is locked', /Unlock the keychain/],
    ['keychainUnavailable', 'There is no keychain in this session', /HYVITYS_MERCHANT_SECRET/],
    ['keychainDenied', 'The keychain refused', /Allow this program/],
    ['keychainNoAnswer', 'The keychain has not answered', /behind this window/],
    ['keychainFailed', 'The keychain failed', /keychain’s own program/],
  ])('stays in its field when it could not be kept, with a way on: %s', async (kind, title, next) => {
    const addAccount = vi
      .fn()
      .mockRejectedValueOnce(anError({ code: 'secret', why: { kind, values: {} } }))
      .mockResolvedValue(anAccount());
    await checked(aReport(), { addAccount });
    await fireEvent.click(connectButton());
    const note = await screen.findByRole('alert');
    expect(note.textContent).toContain(title);
    expect(note.textContent).toMatch(next);
    expect(await violations()).toEqual([]);
    await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
    await waitFor(() => expect(addAccount).toHaveBeenCalledTimes(2));
    expect(addAccount).toHaveBeenLastCalledWith(expect.objectContaining({ secret: SECRET }));
  });
});
