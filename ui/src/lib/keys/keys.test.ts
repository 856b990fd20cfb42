import { fireEvent, render } from '@testing-library/svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { keyLabels, modalOpen, shortcuts, type Bindings } from '.';
import KeysHost from '../../test/KeysHost.svelte';
import { press } from '../../test/keyboard';

const bind = (bindings: Bindings, modal = false) => render(KeysHost, { bindings: () => bindings, modal });

function add(html: string): HTMLElement {
  const holder = document.body.appendChild(document.createElement('div'));
  holder.className = 'added';
  holder.innerHTML = html;
  return holder.firstElementChild as HTMLElement;
}

afterEach(() => document.querySelectorAll('.added').forEach((one) => one.remove()));

describe('a key', () => {
  it('does what it is bound to, for as long as its component lives', async () => {
    const refund = vi.fn();
    const { unmount } = bind({ r: refund });
    await press('r', 'R');
    expect(refund).toHaveBeenCalledTimes(2);
    unmount();
    await press('r');
    expect(refund).toHaveBeenCalledTimes(2);
  });

  it('belongs to the last component that bound it, and goes back', async () => {
    const view = vi.fn();
    const detail = vi.fn();
    bind({ r: view });
    const { unmount } = bind({ r: detail });
    await press('r');
    expect([view.mock.calls.length, detail.mock.calls.length]).toEqual([0, 1]);
    unmount();
    await press('r');
    expect([view.mock.calls.length, detail.mock.calls.length]).toEqual([1, 1]);
  });

  it('that does not work now is left to those below', async () => {
    const below = vi.fn();
    const above = vi.fn();
    bind({ r: below });
    bind({ r: { when: () => false, run: above } });
    await press('r');
    expect([below.mock.calls.length, above.mock.calls.length]).toEqual([1, 0]);
  });

  it('is not the same with another one held', async () => {
    const one = vi.fn();
    const range = vi.fn();
    bind({ x: one, 'Shift+x': range });
    await press('Shift+X');
    expect([one.mock.calls.length, range.mock.calls.length]).toEqual([0, 1]);
    await press('Control+x');
    expect(one).not.toHaveBeenCalled();
  });

  it.each(['/', '?'])('%s works with and without Shift, as keyboards differ', async (sign) => {
    const run = vi.fn();
    bind({ [sign]: run });
    await press(sign, `Shift+${sign}`);
    expect(run).toHaveBeenCalledTimes(2);
  });
});

describe('a sequence', () => {
  it('wins over a single key that ends it', async () => {
    const go = vi.fn();
    const pause = vi.fn();
    bind({ p: pause, 'g p': go });
    await press('g', 'p');
    expect([go.mock.calls.length, pause.mock.calls.length]).toEqual([1, 0]);
    await press('p');
    expect([go.mock.calls.length, pause.mock.calls.length]).toEqual([1, 1]);
  });

  it('is broken by another key', async () => {
    const go = vi.fn();
    bind({ 'g p': go });
    await press('g', 'z', 'p');
    expect(go).not.toHaveBeenCalled();
  });
});

describe('while text is typed', () => {
  it.each([
    '<input>',
    '<input type="search">',
    '<input type="password">',
    '<textarea></textarea>',
    '<select><option>a</option></select>',
  ])('no letter is taken from %s, but commands and Escape work', async (html) => {
    const letter = vi.fn();
    const command = vi.fn();
    const escape = vi.fn();
    bind({ r: letter, '/': letter, '$mod+k': command, Escape: escape });
    add(html).focus();
    await press('r', '/', 'Shift+/');
    expect(letter).not.toHaveBeenCalled();
    await press('Control+k', 'Escape');
    expect([command.mock.calls.length, escape.mock.calls.length]).toEqual([1, 1]);
  });

  it('signs of Nordic keyboards are not commands', async () => {
    const run = vi.fn();
    bind({ '$mod+Alt+2': run, '$mod+2': run });
    await fireEvent.keyDown(add('<input>'), { key: '@', code: 'Digit2', ctrlKey: true, altKey: true });
    expect(run).not.toHaveBeenCalled();
  });

  it('a box is no text', async () => {
    const run = vi.fn();
    bind({ x: run });
    add('<input type="checkbox">').focus();
    await press('x');
    expect(run).toHaveBeenCalledTimes(1);
  });

  it('a word that is being composed is left alone', async () => {
    const run = vi.fn();
    bind({ r: run });
    await fireEvent.keyDown(document.body, { key: 'r', isComposing: true });
    expect(run).not.toHaveBeenCalled();
  });
});

describe('Enter', () => {
  it('presses the button that has the focus and nothing else', async () => {
    const open = vi.fn();
    bind({ Enter: open });
    add('<button>Refund</button>').focus();
    await press('Enter');
    expect(open).not.toHaveBeenCalled();
    (document.activeElement as HTMLElement).blur();
    await press('Enter');
    expect(open).toHaveBeenCalledTimes(1);
  });
});

describe('a key that is held down', () => {
  it.each(['Enter', '$mod+Enter'])('confirms once: %s', async (keys) => {
    const run = vi.fn();
    bind({ [keys]: run });
    const key = { key: 'Enter', ctrlKey: keys !== 'Enter' };
    await fireEvent.keyDown(document.body, key);
    const repeated = [1, 2].map(() => fireEvent.keyDown(document.body, { ...key, repeat: true }));
    expect(run).toHaveBeenCalledTimes(1);
    // Taken all the same: it must not press what has the focus.
    expect(await Promise.all(repeated)).toEqual([false, false]);
  });

  it('goes on moving in a list', async () => {
    const run = vi.fn();
    bind({ j: run });
    await fireEvent.keyDown(document.body, { key: 'j' });
    await fireEvent.keyDown(document.body, { key: 'j', repeat: true });
    expect(run).toHaveBeenCalledTimes(2);
  });
});

describe('an open dialog', () => {
  it('hides the keys of the view and has its own', async () => {
    const view = vi.fn();
    const dialog = vi.fn();
    bind({ r: { title: 'Refund…', run: view }, c: view });
    expect(shortcuts()).toEqual([{ keys: 'r', title: 'Refund…', group: undefined }]);
    const { unmount } = bind({ c: dialog }, true);
    expect(modalOpen()).toBe(true);
    expect(shortcuts()).toEqual([]);
    await press('r', 'c');
    expect([view.mock.calls.length, dialog.mock.calls.length]).toEqual([0, 1]);
    unmount();
    expect(modalOpen()).toBe(false);
    await press('r');
    expect(view).toHaveBeenCalledTimes(1);
  });
});

describe('the caps', () => {
  it('are those of the keyboard', () => {
    expect(keyLabels('$mod+k')).toEqual([['Ctrl', 'K']]);
    expect(keyLabels('g p')).toEqual([['G'], ['P']]);
    expect(keyLabels('Shift+x')).toEqual([['⇧', 'X']]);
    expect(keyLabels('$mod+Enter')).toEqual([['Ctrl', '↵']]);
    expect(keyLabels('?')).toEqual([['?']]);
    expect(keyLabels('$mod++')).toEqual([['Ctrl', '+']]);
  });
});
