import { fireEvent, render, screen } from '@testing-library/svelte';
import { tick } from 'svelte';
import { describe, expect, it, vi } from 'vitest';
import { violations } from '../../test/axe';
import { press } from '../../test/keyboard';
import { place, type MenuItem } from './menu';
import Menu from './Menu.svelte';

function setUp(extra: MenuItem[] = []) {
  const runs = { copy: vi.fn(), refund: vi.fn(), cancel: vi.fn(), locked: vi.fn() };
  const items: MenuItem[] = [
    { heading: 'Order 1048' },
    { id: 'copy', title: 'Copy', icon: 'copy', run: runs.copy },
    { id: 'refund', title: 'Refund…', keys: 'r', run: runs.refund },
    { separator: true },
    { id: 'cancel', title: 'Cancel order…', danger: true, run: runs.cancel },
    { id: 'locked', title: 'Activate…', locked: 'Not a hold', run: runs.locked },
    ...extra,
  ];
  render(Menu, { label: 'More', items });
  return runs;
}

const button = () => screen.getByRole('button', { name: 'More' });
const focused = () => document.activeElement?.textContent.trim();

async function open(): Promise<void> {
  button().focus();
  await press('ArrowDown');
  await tick();
}

describe('a menu', () => {
  it('opens on a press with the first item in focus, and is sound', async () => {
    setUp();
    await fireEvent.click(button());
    await tick();
    expect(button().getAttribute('aria-expanded')).toBe('true');
    expect(focused()).toBe('Copy');
    expect(await violations()).toEqual([]);
  });

  it('is moved through by arrows, round and round, and by Home and End', async () => {
    setUp();
    await open();
    await press('ArrowDown');
    expect(focused()).toContain('Refund…');
    await press('ArrowUp', 'ArrowUp');
    expect(focused()).toContain('Activate…');
    await press('ArrowDown');
    expect(focused()).toBe('Copy');
    await press('End', 'ArrowUp');
    expect(focused()).toBe('Cancel order…');
    await press('Home');
    expect(focused()).toBe('Copy');
  });

  it('opens upwards from its last item', async () => {
    setUp();
    button().focus();
    await press('ArrowUp');
    await tick();
    expect(focused()).toContain('Activate…');
  });

  it('is moved through by letters', async () => {
    setUp();
    await open();
    await press('c');
    expect(focused()).toBe('Cancel order…');
    await press('o');
    expect(focused()).toBe('Copy');
  });

  it('closes on Escape, gives the focus back and leaves the dialog around it alone', async () => {
    setUp();
    await open();
    const outside = vi.fn();
    window.addEventListener('keydown', outside);
    await press('Escape');
    window.removeEventListener('keydown', outside);
    expect(screen.queryByRole('menu')).toBeNull();
    expect(document.activeElement).toBe(button());
    expect(outside).not.toHaveBeenCalled();
  });

  it('closes on a press elsewhere', async () => {
    setUp();
    await open();
    await fireEvent.pointerDown(document.body);
    expect(screen.queryByRole('menu')).toBeNull();
  });

  it('does what is chosen, once, with the focus back on the button', async () => {
    const runs = setUp();
    await open();
    const place = vi.fn(() => expect(document.activeElement).toBe(button()));
    runs.refund.mockImplementation(place);
    await fireEvent.click(screen.getByRole('menuitem', { name: /Refund/ }));
    expect(runs.refund).toHaveBeenCalledTimes(1);
    expect(screen.queryByRole('menu')).toBeNull();
  });

  it('does nothing for what is locked, and says why', async () => {
    const runs = setUp();
    await open();
    const item = screen.getByRole('menuitem', { name: /Activate/ });
    expect(item.textContent).toContain('Not a hold');
    await fireEvent.click(item);
    expect(runs.locked).not.toHaveBeenCalled();
    expect(screen.getByRole('menu')).toBeTruthy();
  });

  it('stays open for boxes that are ticked one after the other', async () => {
    const run = vi.fn();
    setUp([{ id: 'box', title: 'Deadline', checked: true, stay: true, run }]);
    await open();
    const box = screen.getByRole('menuitemcheckbox', { name: 'Deadline' });
    expect(box.getAttribute('aria-checked')).toBe('true');
    await fireEvent.click(box);
    expect(run).toHaveBeenCalledTimes(1);
    expect(screen.getByRole('menu')).toBeTruthy();
  });
});

describe('the place of a menu', () => {
  const at = (left: number, top: number) => new DOMRect(left, top, 80, 32);

  it('is below its button', () => {
    expect(place(at(100, 100), { width: 200, height: 200 }, 'start')).toEqual({ left: 100, top: 136 });
    expect(place(at(300, 100), { width: 200, height: 200 }, 'end')).toEqual({ left: 180, top: 136 });
  });

  it('is above it where below is no room', () => {
    expect(place(at(100, innerHeight - 40), { width: 200, height: 200 }, 'start').top).toBe(innerHeight - 40 - 4 - 200);
  });

  it('is never outside the window', () => {
    expect(place(at(innerWidth - 20, 10), { width: 200, height: 100 }, 'start').left).toBe(innerWidth - 208);
    expect(place(at(0, 10), { width: 200, height: 100 }, 'end').left).toBe(8);
    expect(place(at(0, 10), { width: 200, height: innerHeight * 2 }, 'start').top).toBe(8);
  });
});
