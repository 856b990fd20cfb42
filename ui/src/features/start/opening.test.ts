import { fireEvent, render, screen } from '@testing-library/svelte';
import { tick } from 'svelte';
import { describe, expect, it, vi } from 'vitest';
import { violations } from '../../test/axe';
import { anError } from '../../test/fake-ipc';
import Opening from './Opening.svelte';
import OpenFailed from './OpenFailed.svelte';

describe('while the data file opens', () => {
  it('nothing is drawn unless it takes long enough to be seen', async () => {
    vi.useFakeTimers();
    const { container } = render(Opening);
    const drawn = () => container.querySelectorAll('.rows').length;
    await vi.advanceTimersByTimeAsync(250);
    expect(drawn()).toBe(0);
    await vi.advanceTimersByTimeAsync(100);
    await tick();
    expect(drawn()).toBeGreaterThan(0);
    vi.useRealTimers();
    expect(await violations()).toEqual([]);
  });
});

describe('a data file that can’t be opened', () => {
  it('is explained, left as it is, and tried again', async () => {
    const onretry = vi.fn();
    const { data } = anError({ code: 'store', message: 'format 9, known 3', why: { kind: 'fileIsNewer', values: {} } });
    render(OpenFailed, { error: data, onretry });
    expect(screen.getByRole('heading', { name: 'A newer version wrote this data file' })).toBeTruthy();
    expect(screen.getByText(/Nothing in it was changed/)).toBeTruthy();
    expect(screen.getByText('format 9, known 3')).toBeTruthy();
    expect(await violations()).toEqual([]);
    await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(onretry).toHaveBeenCalledTimes(1);
  });
});
