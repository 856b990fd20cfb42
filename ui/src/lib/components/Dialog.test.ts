import { render, screen } from '@testing-library/svelte';
import { createRawSnippet } from 'svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { violations } from '../../test/axe';
import { press } from '../../test/keyboard';
import { textSnippet } from '../../test/snippets';
import Band from './Band.svelte';
import Dialog from './Dialog.svelte';

const form = createRawSnippet(() => ({
  render: () => '<div><input aria-label="note"><input aria-label="sum" data-autofocus></div>',
}));

/** A button on the page, with the focus, as the one that opens a dialog. */
function opener(): HTMLButtonElement {
  const button = document.body.appendChild(document.createElement('button'));
  button.textContent = 'open';
  button.focus();
  return button;
}

afterEach(() => document.querySelectorAll('body > button').forEach((button) => button.remove()));

describe('a dialog', () => {
  it('is named by its title and shows it', async () => {
    render(Dialog, { title: 'Refund order 1048', onclose: vi.fn(), children: form });
    expect(screen.getByRole('dialog', { name: 'Refund order 1048' })).toHaveProperty('open', true);
    expect(await violations()).toEqual([]);
  });

  it('puts the focus where the work begins', () => {
    render(Dialog, { title: 'Refund', onclose: vi.fn(), children: form });
    expect(document.activeElement).toBe(screen.getByLabelText('sum'));
  });

  it('puts the focus on the title where nothing is marked, never on the button that closes', () => {
    render(Dialog, { title: 'Refund', onclose: vi.fn(), children: textSnippet('body') });
    expect(document.activeElement).toBe(screen.getByRole('heading', { name: 'Refund' }));
  });

  it('gives the focus back', () => {
    const button = opener();
    const { unmount } = render(Dialog, { title: 'Refund', onclose: vi.fn(), children: form });
    expect(document.activeElement).not.toBe(button);
    unmount();
    expect(document.activeElement).toBe(button);
  });

  it('asks to close on Escape and on the cross, and stays until the view takes it away', async () => {
    const onclose = vi.fn();
    render(Dialog, { title: 'Refund', onclose, children: form });
    await press('Escape');
    expect(onclose).toHaveBeenCalledTimes(1);
    screen.getByRole('button', { name: 'Close' }).click();
    expect(onclose).toHaveBeenCalledTimes(2);
    expect(screen.getByRole('dialog')).toHaveProperty('open', true);
  });

  it('cannot be left while money is on its way', async () => {
    const onclose = vi.fn();
    render(Dialog, { title: 'Refund', onclose, children: form, closable: false });
    await press('Escape');
    screen.getByRole('dialog').dispatchEvent(new Event('close'));
    expect(onclose).not.toHaveBeenCalled();
    expect(screen.getByRole('button', { name: 'Close' })).toHaveProperty('disabled', true);
    expect(screen.getByRole('dialog')).toHaveProperty('open', true);
  });

  it('has its own keys, also in a field', async () => {
    const submit = vi.fn();
    render(Dialog, { title: 'Refund', onclose: vi.fn(), children: form, keys: { '$mod+Enter': submit } });
    await press('Control+Enter');
    expect(submit).toHaveBeenCalledTimes(1);
  });

  it('submits as a form', async () => {
    const onsubmit = vi.fn();
    render(Dialog, { title: 'Refund', onclose: vi.fn(), children: form, form: { onsubmit } });
    screen.getByRole('dialog').querySelector('form')?.requestSubmit();
    expect(onsubmit).toHaveBeenCalledTimes(1);
  });
});

describe('the band', () => {
  it.each([
    ['live', 'LIVE', 'Real money moves'],
    ['test', 'TEST', 'Test money moves'],
    ['sandbox', 'SANDBOX', 'No real money'],
  ] as const)('of %s says whose money it is', async (env, name, sentence) => {
    const { container } = render(Band, { env, shop: 'Kehrä & Käpy', account: '812440' });
    expect(container.textContent).toContain(name);
    expect(container.textContent).toContain('Kehrä & Käpy, account 812440');
    expect(container.textContent).toContain(sentence);
    expect(container.querySelector('[data-env]')?.getAttribute('data-env')).toBe(env);
    expect(await violations()).toEqual([]);
  });
});
