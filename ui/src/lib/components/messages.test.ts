import { fireEvent, render, screen } from '@testing-library/svelte';
import { tick } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { violations } from '../../test/axe';
import { textSnippet } from '../../test/snippets';
import CopyButton from './CopyButton.svelte';
import Dialog from './Dialog.svelte';
import Note from './Note.svelte';
import { dismissToast, toast, toasts } from './toasts.svelte';
import Toasts from './Toasts.svelte';

afterEach(() => toasts().forEach(({ id }) => dismissToast(id)));

describe('messages at the edge of the window', () => {
  beforeEach(() => void vi.useFakeTimers());

  const later = async (ms: number) => {
    await vi.advanceTimersByTimeAsync(ms);
    await tick();
  };

  it.each(['good', 'info'] as const)('fade if they are %s', async (kind) => {
    render(Toasts);
    toast({ kind, title: 'Refunded 25,50 €' });
    await tick();
    expect(screen.getByText('Refunded 25,50 €')).toBeTruthy();
    await later(5000);
    expect(screen.getByText('Refunded 25,50 €')).toBeTruthy();
    await later(2000);
    expect(screen.queryByText('Refunded 25,50 €')).toBeNull();
  });

  it.each(['bad', 'unknown', 'warn'] as const)('stay if they are %s', async (kind) => {
    render(Toasts);
    toast({ kind, title: 'Refused', requestId: '0a94c1d7' });
    await later(3_600_000);
    expect(screen.getByText('Refused')).toBeTruthy();
    expect(screen.getByText('0a94c1d7')).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: 'Close this notice' }));
    expect(screen.queryByText('Refused')).toBeNull();
  });

  it('wait under the pointer and with the focus inside, and have their full time again after', async () => {
    render(Toasts);
    toast({ kind: 'good', title: 'Saved' });
    await tick();
    const region = screen.getByRole('region', { name: 'Notices' });
    await later(4000);
    await fireEvent.pointerEnter(region);
    await later(60_000);
    expect(screen.getByText('Saved')).toBeTruthy();
    await fireEvent.pointerLeave(region);
    await fireEvent.focusIn(region);
    await later(60_000);
    expect(screen.getByText('Saved')).toBeTruthy();
    await fireEvent.focusOut(region);
    await later(5000);
    expect(screen.getByText('Saved')).toBeTruthy();
    await later(2000);
    expect(screen.queryByText('Saved')).toBeNull();
  });

  it('wait behind an open dialog', async () => {
    render(Toasts);
    const { unmount } = render(Dialog, { title: 'Refund', onclose: vi.fn(), children: textSnippet('') });
    toast({ kind: 'good', title: 'Saved' });
    await later(60_000);
    expect(screen.getByText('Saved')).toBeTruthy();
    unmount();
    await later(7000);
    expect(screen.queryByText('Saved')).toBeNull();
  });

  it('offer one thing to do', async () => {
    const run = vi.fn();
    render(Toasts);
    toast({ kind: 'good', title: 'Exported', text: '412 rows', action: { label: 'Open', run } });
    await tick();
    await fireEvent.click(screen.getByRole('button', { name: 'Open' }));
    expect(run).toHaveBeenCalledTimes(1);
    expect(screen.queryByText('Exported')).toBeNull();
  });
});

describe('a message in its place', () => {
  it('has the id to quote, and is read out at once if something failed', async () => {
    render(Note, { kind: 'bad', title: 'Refused. No money moved.', requestId: '0a94c1d7-3e6c', live: true });
    const note = screen.getByRole('alert');
    expect(note.textContent).toContain('Request-id');
    expect(note.textContent).toContain('0a94c1d7-3e6c');
    expect(await violations()).toEqual([]);
  });

  it.each(['plain', 'info', 'warn', 'good', 'unknown'] as const)('of kind %s is sound', async (kind) => {
    render(Note, { kind, title: 'Title', children: textSnippet('What now'), onclose: vi.fn() });
    expect(screen.getByText('What now')).toBeTruthy();
    expect(await violations()).toEqual([]);
  });
});

describe('copying', () => {
  const withClipboard = (writeText: (text: string) => Promise<void>) =>
    Object.defineProperty(navigator, 'clipboard', { configurable: true, value: { writeText } });

  afterEach(() => Reflect.deleteProperty(navigator, 'clipboard'));

  it('says so to readers', async () => {
    const write = vi.fn(async () => undefined);
    withClipboard(write);
    render(CopyButton, { text: '0a94c1d7' });
    expect(screen.getByRole('status').textContent).toBe('');
    await fireEvent.click(screen.getByRole('button', { name: 'Copy' }));
    await vi.waitFor(() => expect(screen.getByRole('status').textContent).toBe('Copied'));
    expect(write).toHaveBeenCalledWith('0a94c1d7');
    expect(await violations()).toEqual([]);
  });

  it('works where the clipboard is kept from pages', async () => {
    let copied: string | undefined;
    withClipboard(async () => Promise.reject(new DOMException('no', 'NotAllowedError')));
    document.execCommand = () => {
      copied = document.querySelector('textarea')?.value;
      return true;
    };
    render(CopyButton, { text: 'a & b' });
    await fireEvent.click(screen.getByRole('button', { name: 'Copy' }));
    await vi.waitFor(() => expect(screen.getByRole('status').textContent).toBe('Copied'));
    expect(copied).toBe('a & b');
    expect(document.querySelector('textarea')).toBeNull();
  });

  it('does not claim what did not happen', async () => {
    withClipboard(async () => Promise.reject(new DOMException('no', 'NotAllowedError')));
    document.execCommand = () => false;
    render(CopyButton, { text: 'x' });
    await fireEvent.click(screen.getByRole('button', { name: 'Copy' }));
    await tick();
    await Promise.resolve();
    expect(screen.getByRole('status').textContent).toBe('');
  });
});
