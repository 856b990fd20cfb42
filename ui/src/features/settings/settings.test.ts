import { fireEvent, screen, waitFor } from '@testing-library/svelte';
import { describe, expect, it, vi } from 'vitest';
import { violations } from '../../test/axe';
import { anError } from '../../test/fake-ipc';
import { session } from '../../lib/state/session.svelte';
import { aStart, card, dialog, isLocked, live, open, sandbox, test, type } from '../../test/settings';

describe('the settings', () => {
  it('have nothing that fails a reader, in any room', async () => {
    session.start = aStart({ locked: { kind: 'behind', message: 'an older copy' }, sealed: false });
    await open({}, [{ ...sandbox, paused: 'not accepted' }, { ...live, active: false }]);
    await screen.findByText(/^Set, in the keychain/);
    expect(await violations()).toEqual([]);
  });

  it('lead from the index to a section', async () => {
    await open();
    const link = screen.getByRole('link', { name: 'Data' });
    await fireEvent.click(link);
    expect(document.activeElement?.getAttribute('data-section')).toBe('data');
    expect(link.getAttribute('aria-current')).toBe('location');
  });

  it('re-render at once in another language', async () => {
    await open();
    await fireEvent.click(screen.getByRole('radio', { name: 'Svenska' }));
    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('Inställningar');
    expect(screen.getByRole('region', { name: 'Hemlig nyckel' })).toBeTruthy();
  });
});

describe('the accounts', () => {
  it('say room, merchant and address, and which one is in use', async () => {
    await open({}, [live, test, { ...sandbox, active: false }]);
    const rows = card('Accounts').getAllByRole('listitem').map((row) => row.textContent?.replace(/\s+/g, ' ').trim());
    expect(rows[0]).toMatch(/Kehrä & Käpy Merchant id 812440 · https:\/\/services.paytrail.com LIVE In use/);
    expect(rows[1]).toMatch(/Testikauppa Merchant id 695861 .* TEST Use/);
    expect(rows[2]).toMatch(/Kauppa Kokeilu Inside the program, on this computer SANDBOX Use/);
  });

  it('can be switched', async () => {
    const { useAccount } = await open({ useAccount: vi.fn(async () => test) });
    await fireEvent.click(screen.getByRole('button', { name: 'Use Testikauppa' }));
    expect(useAccount).toHaveBeenCalledWith(3);
  });

  it('can be renamed', async () => {
    const { renameAccount } = await open({ renameAccount: vi.fn(async () => live) });
    await fireEvent.click(screen.getByRole('button', { name: 'More for Kehrä & Käpy' }));
    await fireEvent.click(await screen.findByRole('menuitem', { name: /Rename/ }));
    await type(dialog().getByLabelText('Name of the shop'), '  Lankakauppa ');
    await fireEvent.click(dialog().getByRole('button', { name: 'Rename' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(renameAccount).toHaveBeenCalledWith(1, 'Lankakauppa');
  });

  it('say what goes and what stays before one is removed', async () => {
    const { removeAccount, accounts } = await open({ removeAccount: vi.fn(async () => null) });
    await fireEvent.click(screen.getByRole('button', { name: 'More for Testikauppa' }));
    await fireEvent.click(await screen.findByRole('menuitem', { name: /Remove/ }));
    expect(dialog().getByText(/secret key is forgotten/)).toBeTruthy();
    expect(dialog().getByText(/stay in the data file/)).toBeTruthy();
    expect(dialog().getByText('TEST')).toBeTruthy();
    expect(removeAccount).not.toHaveBeenCalled();
    await fireEvent.click(dialog().getByRole('button', { name: 'Remove Testikauppa' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(removeAccount).toHaveBeenCalledWith(3);
    expect(accounts).toHaveBeenCalled();
  });

  it('stay while operations are open, and say so', async () => {
    const refused = anError({ code: 'busy', why: { kind: 'operationsOpen', values: { count: '2' } } });
    await open({ removeAccount: vi.fn(async () => Promise.reject(refused)) });
    await fireEvent.click(screen.getByRole('button', { name: 'More for Testikauppa' }));
    await fireEvent.click(await screen.findByRole('menuitem', { name: /Remove/ }));
    await fireEvent.click(dialog().getByRole('button', { name: 'Remove Testikauppa' }));
    expect((await dialog().findByRole('alert')).textContent).toContain('2 of its operations are open');
    expect(session.accounts).toHaveLength(2);
  });

  it('say why one is paused and look again', async () => {
    const { sync } = await open({ sync: vi.fn(async () => null) }, [{ ...live, paused: 'not accepted' }]);
    expect(screen.getByText('Sending is paused')).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: 'Look again' }));
    expect(sync).toHaveBeenCalledWith(1);
  });

  it('can be joined by another, through the same check as at the first start', async () => {
    await open();
    await fireEvent.click(screen.getByRole('button', { name: 'Add an account' }));
    expect(dialog().getByLabelText('Merchant id')).toBeTruthy();
    expect(isLocked(dialog().getByRole('button', { name: /^Connect the shop/ }))).toBe(true);
    expect(await violations()).toEqual([]);
  });

  it('offer the built-in shop where it is not there', async () => {
    const { openSandbox } = await open({ openSandbox: vi.fn(async () => sandbox) });
    await fireEvent.click(screen.getByRole('button', { name: 'Open the sandbox shop' }));
    await waitFor(() => expect(openSandbox).toHaveBeenCalledTimes(1));
  });
});

describe('a locked data file', () => {
  it('is explained, and taken over only after everything was compared and noted', async () => {
    session.start = aStart({ locked: { kind: 'behind', message: 'an older copy' } });
    const { takeOver, start } = await open({ takeOver: vi.fn(async () => null), start: vi.fn(async () => aStart()) });
    expect(screen.getByText('This data file is an older copy')).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: 'Take over…' }));
    const button = dialog().getByRole('button', { name: 'Take over, and send from here' });
    expect(isLocked(button)).toBe(true);
    for (const box of dialog().getAllByRole('checkbox')) await fireEvent.click(box);
    expect(isLocked(button)).toBe(true);
    await fireEvent.click(button);
    expect(takeOver).not.toHaveBeenCalled();
    expect(await violations()).toEqual([]);
    await type(dialog().getByRole('textbox'), ' Compared the refund list ');
    await fireEvent.click(button);
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(takeOver).toHaveBeenCalledWith('Compared the refund list');
    expect(start).toHaveBeenCalled();
    expect(screen.queryByText('This data file is an older copy')).toBeNull();
  });
});
