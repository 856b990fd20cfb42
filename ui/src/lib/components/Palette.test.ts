import { fireEvent, render, screen } from '@testing-library/svelte';
import { describe, expect, it, vi } from 'vitest';
import { violations } from '../../test/axe';
import { press } from '../../test/keyboard';
import { search, type PaletteItem } from './palette';
import Palette from './Palette.svelte';

const item = (id: string, title: string, extra: Partial<PaletteItem> = {}): PaletteItem => ({
  id,
  title,
  run: vi.fn(),
  ...extra,
});

const items = [
  item('payments', 'Payments', { group: 'Go to', keys: 'g p' }),
  item('new', 'New payment', { group: 'Go to' }),
  item('makela', 'Aino Mäkelä', { group: 'Customers', hint: 'Order 1048' }),
  item('refund', 'Refund order 1048…', { group: 'Do', words: 'give back money' }),
  item('activate', 'Activate…', { group: 'Do', locked: 'Not a hold' }),
];

const found = (query: string) => search(items, query).map((one) => one.id);

describe('what is found', () => {
  it('is everything before a letter is typed', () => {
    expect(found('  ')).toEqual(items.map((one) => one.id));
  });

  it('does not mind case, accents or the order of words', () => {
    expect(found('MAKELA')).toEqual(['makela']);
    expect(found('mäkelä aino')).toEqual(['makela']);
    expect(found('1048 refund')).toEqual(['refund']);
  });

  it('puts first what begins as it was typed', () => {
    expect(found('pay')).toEqual(['payments', 'new']);
  });

  it('knows first letters and other words', () => {
    expect(found('np')).toEqual(['new']);
    expect(found('give back')).toEqual(['refund']);
  });

  it('has every word', () => {
    expect(found('refund elephant')).toEqual([]);
  });

  it('takes signs for what they are', () => {
    expect(found('(')).toEqual([]);
    expect(found('.*')).toEqual([]);
  });
});

describe('the palette', () => {
  const options = () => screen.queryAllByRole('option');
  const current = () => options().find((option) => option.getAttribute('aria-selected') === 'true')?.textContent;

  async function type(text: string): Promise<void> {
    await fireEvent.input(screen.getByRole('combobox'), { target: { value: text } });
  }

  it('opens with the focus in its field, and is sound', async () => {
    render(Palette, { items, onclose: vi.fn() });
    expect(document.activeElement).toBe(screen.getByRole('combobox'));
    expect(options().length).toBe(5);
    expect(await violations()).toEqual([]);
  });

  it('is moved through by arrows, and does what is current on Enter, closed before', async () => {
    const onclose = vi.fn();
    const run = vi.fn(() => expect(onclose).toHaveBeenCalledTimes(1));
    render(Palette, { items: [items[0]!, item('b', 'Second', { run }), items[2]!], onclose });
    expect(current()).toContain('Payments');
    await press('ArrowDown');
    expect(current()).toContain('Second');
    expect(screen.getByRole('combobox').getAttribute('aria-activedescendant')).toBe(options()[1]?.id);
    await press('Enter');
    expect(run).toHaveBeenCalledTimes(1);
  });

  it('goes round at its ends', async () => {
    render(Palette, { items, onclose: vi.fn() });
    await press('ArrowUp');
    expect(current()).toContain('Activate…');
    await press('ArrowDown');
    expect(current()).toContain('Payments');
  });

  it('begins at the best match again when the words change', async () => {
    render(Palette, { items, onclose: vi.fn() });
    await press('ArrowDown', 'ArrowDown');
    await type('refund');
    expect(options().length).toBe(1);
    expect(current()).toContain('Refund order 1048…');
  });

  it('does not do what is locked, and says why', async () => {
    const onclose = vi.fn();
    render(Palette, { items, onclose });
    await type('activate');
    expect(options()[0]?.textContent).toContain('Not a hold');
    await press('Enter');
    expect(items[4]?.run).not.toHaveBeenCalled();
    expect(onclose).not.toHaveBeenCalled();
  });

  it('says when nothing matches', async () => {
    render(Palette, { items, onclose: vi.fn() });
    await type('elephant');
    expect(options()).toEqual([]);
    expect(screen.getAllByText('Nothing matches').length).toBe(2);
    await press('Enter');
    expect(await violations()).toEqual([]);
  });

  it('closes on Escape', async () => {
    const onclose = vi.fn();
    render(Palette, { items, onclose });
    await press('Escape');
    expect(onclose).toHaveBeenCalledTimes(1);
  });
});
