import { fireEvent, screen, waitFor } from '@testing-library/svelte';
import { tick } from 'svelte';
import { describe, expect, it, vi } from 'vitest';
import { aReport } from '../../test/check-report';
import type { SecretState } from '../../lib/ipc';
import { card, dialog, isLocked, live, open, type } from '../../test/settings';

const SECRET = 'a-new-secret-key';

describe('the secret key', () => {
  it.each([
    ['kept', 'Set, in the keychain of this computer'],
    ['environment', 'From the environment variable HYVITYS_MERCHANT_SECRET'],
    ['missing', 'Missing'],
    ['locked', 'The keychain is locked'],
    ['unavailable', 'There is no keychain in this session'],
    ['refused', 'The keychain refuses'],
    ['noAnswer', 'The keychain does not answer'],
    ['builtIn', 'Not needed'],
  ] as [SecretState, string][])('has words for its state %s', async (state, words) => {
    await open({ secretState: async () => state });
    expect(await card('Secret key').findByText(words)).toBeTruthy();
  });

  it('is asked about again once the keychain was unlocked', async () => {
    const secretState = vi.fn(async (_: number, again: boolean): Promise<SecretState> => (again ? 'kept' : 'locked'));
    await open({ secretState });
    // Looking at the settings opens no dialog of the keychain; the press does.
    expect(secretState).toHaveBeenLastCalledWith(1, false);
    await fireEvent.click(await card('Secret key').findByRole('button', { name: 'Try again' }));
    expect(await card('Secret key').findByText(/^Set, in the keychain/)).toBeTruthy();
    expect(secretState).toHaveBeenLastCalledWith(1, true);
  });

  async function replacing(report = aReport(), more = {}) {
    const checkCredentials = vi.fn(async () => report);
    const view = await open({ checkCredentials, ...more });
    await fireEvent.click(card('Secret key').getByRole('button', { name: 'Replace…' }));
    const field = dialog().getByLabelText<HTMLInputElement>('New secret key');
    await type(field, SECRET);
    await waitFor(() => expect(checkCredentials).toHaveBeenCalled(), { timeout: 2000 });
    await tick();
    await tick();
    return { ...view, field, checkCredentials, keep: dialog().getByRole('button', { name: 'Keep the new secret key' }) };
  }

  it('is tried at Paytrail before the old one goes, and then gone from its field', async () => {
    const setSecret = vi.fn(async () => 'kept');
    const { field, keep, checkCredentials } = await replacing(aReport(), { setSecret });
    expect(checkCredentials).toHaveBeenCalledWith('812440', SECRET, 'https://services.paytrail.com');
    expect(setSecret).not.toHaveBeenCalled();
    expect(document.body.innerHTML).not.toContain(SECRET);
    await fireEvent.click(keep);
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(setSecret).toHaveBeenCalledWith(1, SECRET);
    expect(field.value).toBe('');
  });

  it('is not replaced by one that was refused', async () => {
    const setSecret = vi.fn();
    const { keep } = await replacing(aReport({ signature: 'unauthorized', klarna: [] }), { setSecret });
    expect(isLocked(keep)).toBe(true);
    await fireEvent.click(keep);
    expect(setSecret).not.toHaveBeenCalled();
  });

  it('is gone from its field when the dialog is closed', async () => {
    const { field } = await replacing();
    await fireEvent.click(dialog().getByRole('button', { name: /Keep the old one/ }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(field.value).toBe('');
  });
});

describe('the callback address', () => {
  it('is set, and says what happens while it is not', async () => {
    const { setCallback } = await open({ setCallback: vi.fn(async () => live) });
    expect(screen.getByText(/under \.invalid, which reaches no one/)).toBeTruthy();
    await type(screen.getByLabelText('Callback address', { selector: 'input' }), ' https://shop.example.com/paytrail ');
    await fireEvent.click(screen.getByRole('button', { name: 'Keep the address' }));
    expect(setCallback).toHaveBeenCalledWith(1, 'https://shop.example.com/paytrail');
  });

  it('is not set to what reaches no one', async () => {
    const { setCallback } = await open({ setCallback: vi.fn() });
    await type(screen.getByLabelText('Callback address', { selector: 'input' }), 'http://shop.example.com');
    expect(screen.getByText('Must begin with https://')).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: 'Keep the address' }));
    expect(setCallback).not.toHaveBeenCalled();
  });

  it('is cleared', async () => {
    const { setCallback } = await open({ setCallback: vi.fn(async () => live) }, [{ ...live, callbackUrl: 'https://shop.example.com' }]);
    expect(screen.queryByText(/under \.invalid/)).toBeNull();
    await fireEvent.click(screen.getByRole('button', { name: 'Clear it' }));
    expect(setCallback).toHaveBeenCalledWith(1, null);
  });
});
