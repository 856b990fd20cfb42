import { fireEvent, screen, waitFor } from '@testing-library/svelte';
import { tick } from 'svelte';
import { describe, expect, it, vi } from 'vitest';
import { anError } from '../../test/fake-ipc';
import { session } from '../../lib/state/session.svelte';
import { aStart, card, dialog, open, sandbox, type } from '../../test/settings';

describe('bulk work', () => {
  it('takes from one to 32 lines at a time, and eight where nobody has said anything', async () => {
    const { setSettings } = await open();
    const many = card('Bulk').getByRole('spinbutton', { name: 'Lines at a time' });
    expect(many.getAttribute('aria-valuenow')).toBe('8');
    await fireEvent.keyDown(many, { key: 'ArrowUp' });
    expect(setSettings).toHaveBeenLastCalledWith(expect.objectContaining({ batchConcurrency: 9 }));
    await fireEvent.keyDown(many, { key: 'End' });
    expect(setSettings).toHaveBeenLastCalledWith(expect.objectContaining({ batchConcurrency: 32 }));
    await fireEvent.keyDown(many, { key: 'ArrowUp' });
    expect(many.getAttribute('aria-valuenow')).toBe('32');
  });
});

describe('language, appearance and time', () => {
  it('change at once and are kept', async () => {
    const { setSettings } = await open();
    await fireEvent.click(screen.getByRole('radio', { name: 'Dark' }));
    expect(document.documentElement.dataset['theme']).toBe('dark');
    expect(setSettings).toHaveBeenLastCalledWith(expect.objectContaining({ theme: 'dark' }));
    await fireEvent.click(screen.getByRole('radio', { name: 'System' }));
    expect(document.documentElement.dataset['theme']).toBeUndefined();
  });

  it('find a time zone by a part of its name, with the time there', async () => {
    const { setSettings } = await open();
    const box = screen.getByRole('combobox', { name: 'Time zone' });
    expect(screen.getByText('now 10.47')).toBeTruthy();
    await type(box, 'new york');
    const options = screen.getAllByRole('option').map((option) => option.textContent?.trim());
    expect(options).toEqual(['America/New York 03.47']);
    await fireEvent.keyDown(box, { key: 'Enter' });
    expect(setSettings).toHaveBeenLastCalledWith(expect.objectContaining({ timeZone: 'America/New_York' }));
    await tick();
    expect(screen.getByText('now 03.47')).toBeTruthy();
  });

  it('leave the time zone as it is on Escape', async () => {
    const { setSettings } = await open();
    const box = screen.getByRole<HTMLInputElement>('combobox', { name: 'Time zone' });
    await type(box, 'tokyo');
    await fireEvent.keyDown(box, { key: 'Escape' });
    expect(box.value).toBe('Europe/Helsinki');
    expect(setSettings).not.toHaveBeenCalled();
  });

  it('say when they could not be kept', async () => {
    await open({ setSettings: async () => Promise.reject(anError({ code: 'notSaved' })) });
    await fireEvent.click(screen.getByRole('radio', { name: 'Light' }));
    expect((await screen.findByRole('alert')).textContent).toContain('The disk did not take what had to be saved');
  });
});

describe('the data', () => {
  it('say where they are and open the folder', async () => {
    const { openPlace } = await open({ openPlace: vi.fn(async () => null) });
    expect(screen.getByText('/home/sari/.local/share/hyvitys')).toBeTruthy();
    expect(screen.getByText('Sealed with a key of the keychain')).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: 'Open the folder' }));
    expect(openPlace).toHaveBeenCalledWith('dataFolder');
  });

  it('say what a journal without a seal means', async () => {
    session.start = aStart({ sealed: false });
    await open();
    expect(screen.getByText('The journal is not sealed')).toBeTruthy();
  });
});

describe('the sandbox shop', () => {
  it('has weather, which the shell is told', async () => {
    const { setWeather } = await open({ setWeather: vi.fn(async () => null) }, [sandbox]);
    await fireEvent.click(await screen.findByRole('radio', { name: /Lost answers/ }));
    expect(setWeather).toHaveBeenCalledWith('lostAnswers');
  });

  it('shows the weather that there is when it could not be changed', async () => {
    await open({ setWeather: async () => Promise.reject(anError({ code: 'store' })) }, [sandbox]);
    await fireEvent.click(await screen.findByRole('radio', { name: /Offline/ }));
    await screen.findByRole('alert');
    await waitFor(() => expect(screen.getByRole<HTMLInputElement>('radio', { name: /Fair/ }).checked).toBe(true));
  });

  it('can be thrown away', async () => {
    const { removeAccount } = await open({ removeAccount: vi.fn(async () => null) }, [sandbox]);
    await fireEvent.click(card('Sandbox shop').getByRole('button', { name: 'Throw it away…' }));
    await fireEvent.click(dialog().getByRole('button', { name: 'Throw the sandbox shop away' }));
    await waitFor(() => expect(removeAccount).toHaveBeenCalledWith(2));
  });

  it('has no weather where money is real', async () => {
    await open();
    expect(screen.queryByRole('region', { name: 'Sandbox shop' })).toBeNull();
  });
});
