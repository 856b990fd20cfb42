/** What the tests of the settings have in common: three shops, and a shell that answers as if all were well. */
import { fireEvent, render, screen, within } from '@testing-library/svelte';
import { tick } from 'svelte';
import { afterEach, beforeEach, vi } from 'vitest';
import { anAccount, fakeIpc, openSession, type Fakes } from './fake-ipc';
import { events } from '../lib/ipc';
import type { AccountDto, SecretState, Start } from '../lib/ipc';
import { session } from '../lib/state/session.svelte';
import SettingsView from '../features/settings/SettingsView.svelte';

export const live = anAccount();
export const test = anAccount({ id: 3, name: 'Testikauppa', merchantId: '695861', mode: 'test', active: false });
export const sandbox = anAccount({ id: 2, name: 'Kauppa Kokeilu', api: 'http://127.0.0.1:21870', mode: 'sandbox', builtIn: true });

export function aStart(part: Partial<Start> = {}): Start {
  return {
    version: '1.0.0',
    accounts: [],
    settings: session.settings,
    wantsSandbox: false,
    locked: null,
    sealed: true,
    dataFolder: '/home/sari/.local/share/hyvitys',
    osUser: 'sari',
    first: null,
    ...part,
  };
}

beforeEach(() => {
  openSession();
  session.start = aStart();
  vi.spyOn(events.filling, 'listen').mockResolvedValue(() => undefined);
});
afterEach(() => {
  session.start = null;
  vi.restoreAllMocks();
});

/** Opens the settings of the first of the accounts; what is not given answers as if all were well. */
export async function open<More extends Fakes>(more: More = {} as More, accounts: AccountDto[] = [live, test]) {
  session.accounts = accounts;
  const asked = {
    accounts: vi.fn(async () => accounts),
    syncState: vi.fn(async () => null),
    secretState: vi.fn(async (): Promise<SecretState> => 'kept'),
    weather: vi.fn(async () => 'fair'),
    setSettings: vi.fn(async () => null),
    ...more,
  };
  fakeIpc(asked);
  const view = render(SettingsView);
  await tick();
  await tick();
  return { ...view, ...asked };
}

export const card = (name: string) => within(screen.getByRole('region', { name }));
export const dialog = () => within(screen.getByRole('dialog'));
export const type = (field: HTMLElement, value: string) => fireEvent.input(field, { target: { value } });
export const isLocked = (button: HTMLElement) => button.getAttribute('aria-disabled') === 'true';
