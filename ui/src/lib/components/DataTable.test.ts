import { fireEvent, render, screen } from '@testing-library/svelte';
import { tick } from 'svelte';
import { describe, expect, it, vi } from 'vitest';
import { violations } from '../../test/axe';
import { press } from '../../test/keyboard';
import { textSnippet } from '../../test/snippets';
import DataTable from './DataTable.svelte';
import type { Column, Sort } from './table';

interface Row {
  id: string;
  name: string;
  sum: string;
  head?: boolean;
}

const columns: Column<Row>[] = [
  { id: 'name', title: 'Customer', width: 120, grow: true, sortable: true, text: (row) => row.name },
  {
    id: 'sum',
    title: 'Amount',
    width: 98,
    min: 60,
    align: 'end',
    class: 'money',
    sortable: true,
    text: (row) => row.sum,
  },
  { id: 'note', title: 'Note', width: 100, text: () => '' },
];

const rowAt = (index: number): Row | undefined =>
  index < 0 ? undefined : { id: `p${index}`, name: `Customer ${index}`, sum: `${index},00 €` };

async function setUp(extra: Record<string, unknown> = {}) {
  const calls = { oncurrent: vi.fn(), onopen: vi.fn(), onsort: vi.fn<(sort: Sort) => void>(), onrange: vi.fn() };
  const view = render(
    DataTable as never,
    {
      label: 'Payments',
      columns,
      count: 100_000,
      rowAt,
      keyOf: (row: Row) => row.id,
      selectable: true,
      ...calls,
      ...extra,
    } as never,
  );
  await tick();
  return { ...view, ...calls };
}

const grid = () => screen.getByRole('grid', { name: 'Payments' });
const rowOf = (name: string) => screen.getByText(name).closest<HTMLElement>('[role="row"]')!;
const chosen = () => screen.getAllByRole('row', { selected: true }).map((row) => row.textContent.trim());
const currentName = () => document.querySelector('.tr.cur')?.textContent.trim();

describe('a table of any length', () => {
  it('holds only the rows in sight, and says how many there are', async () => {
    const { onrange } = await setUp();
    const drawn = document.querySelectorAll('[data-row]').length;
    expect(drawn).toBeGreaterThan(15);
    expect(drawn).toBeLessThan(40);
    expect(grid().getAttribute('aria-rowcount')).toBe('100001');
    expect(rowOf('Customer 3').getAttribute('aria-rowindex')).toBe('5');
    expect(onrange).toHaveBeenLastCalledWith(0, drawn - 1);
  });

  it('is sound for readers', async () => {
    await setUp({ current: 'p2', selected: new Set(['p1']) });
    expect(await violations()).toEqual([]);
  });

  it('goes to the end and back with the elements it has', async () => {
    const { onrange } = await setUp();
    grid().focus();
    await press('End');
    await vi.waitFor(() => expect(screen.getByText('Customer 99999')).toBeTruthy());
    expect(onrange.mock.lastCall?.[1]).toBe(99_999);
    expect(currentName()).toContain('Customer 99999');
    expect(document.querySelectorAll('[data-row]').length).toBeLessThan(60);
  });

  it('keeps the element of a row that stays in sight', async () => {
    await setUp();
    const before = rowOf('Customer 12');
    const list = document.querySelector('.rows')!;
    list.scrollTop = 4 * 36;
    list.dispatchEvent(new Event('scroll'));
    await vi.waitFor(() => expect(screen.getByText('Customer 27')).toBeTruthy());
    expect(rowOf('Customer 12')).toBe(before);
  });

  it('shows the place of rows that are on their way', async () => {
    await setUp({ rowAt: (index: number) => (index < 3 ? rowAt(index) : undefined) });
    expect(document.querySelectorAll('[data-row]').length).toBe(3);
    expect(screen.getAllByRole('row', { name: 'This row is on its way' }).length).toBeGreaterThan(10);
    expect(await violations()).toEqual([]);
  });

  it('says why it is empty', async () => {
    await setUp({ count: 0, empty: textSnippet('No payments yet') });
    expect(screen.getByText('No payments yet')).toBeTruthy();
    expect(await violations()).toEqual([]);
  });
});

describe('the current row', () => {
  it('is that which was pressed', async () => {
    const { oncurrent } = await setUp();
    await fireEvent.click(screen.getByText('Customer 4'));
    expect(currentName()).toContain('Customer 4');
    expect(oncurrent).toHaveBeenCalledWith(rowAt(4), 4);
    expect(grid().getAttribute('aria-activedescendant')).toBe(rowOf('Customer 4').id);
  });

  it('moves by arrows in the list and by j and k anywhere', async () => {
    const { oncurrent } = await setUp();
    grid().focus();
    await press('ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowUp');
    expect(oncurrent).toHaveBeenLastCalledWith(rowAt(1), 1);
    grid().blur();
    await press('j', 'j', 'k');
    expect(oncurrent).toHaveBeenLastCalledWith(rowAt(2), 2);
  });

  it('opens on Enter and on a double press', async () => {
    const { onopen } = await setUp();
    grid().focus();
    await press('ArrowDown', 'Enter');
    expect(onopen).toHaveBeenLastCalledWith(rowAt(0), 0);
    await fireEvent.click(screen.getByText('Customer 7'));
    await fireEvent.dblClick(screen.getByText('Customer 7'));
    expect(onopen).toHaveBeenLastCalledWith(rowAt(7), 7);
    expect(onopen).toHaveBeenCalledTimes(2);
  });

  it('stays the same payment when the list is sorted anew', async () => {
    const { rerender } = await setUp({ current: 'p3' });
    expect(rowOf('Customer 3').className).toContain('cur');
    await rerender({ rowAt: (index: number) => rowAt(19 - index), count: 20 } as never);
    expect(currentName()).toContain('Customer 3');
    expect(document.querySelectorAll('.tr.cur').length).toBe(1);
  });

  it('passes over the heads of groups', async () => {
    const grouped = (index: number) =>
      index === 0 || index === 2 ? { id: `g${index}`, name: '', sum: '', head: true } : rowAt(index);
    const { oncurrent } = await setUp({
      count: 5,
      rowAt: grouped,
      isGroup: (row: Row) => row.head === true,
      group: textSnippet('Expires within 3 days'),
    });
    expect(screen.getAllByText('Expires within 3 days').length).toBe(2);
    grid().focus();
    await press('ArrowDown');
    expect(oncurrent).toHaveBeenLastCalledWith(rowAt(1), 1);
    await press('ArrowDown');
    expect(oncurrent).toHaveBeenLastCalledWith(rowAt(3), 3);
    await press('ArrowUp', 'ArrowUp');
    expect(oncurrent).toHaveBeenLastCalledWith(rowAt(1), 1);
    expect(await violations()).toEqual([]);
  });
});

describe('the selection', () => {
  it('is made by the box, which leaves the current row alone', async () => {
    const { oncurrent } = await setUp();
    await fireEvent.click(rowOf('Customer 2').querySelector('.pick')!);
    expect(chosen()).toEqual([rowOf('Customer 2').textContent.trim()]);
    expect(oncurrent).not.toHaveBeenCalled();
    await fireEvent.click(rowOf('Customer 2').querySelector('.pick')!);
    expect(screen.queryAllByRole('row', { selected: true })).toEqual([]);
  });

  it('is made by x, and up to a row by Shift and x', async () => {
    await setUp();
    await press('j', 'x', 'j', 'j', 'j', 'Shift+x');
    expect(chosen().length).toBe(4);
    await press('x');
    expect(chosen().length).toBe(3);
  });

  it('is made up to a row by Shift and a press', async () => {
    await setUp();
    await fireEvent.click(rowOf('Customer 2').querySelector('.pick')!);
    await fireEvent.click(screen.getByText('Customer 6'), { shiftKey: true });
    expect(chosen().length).toBe(5);
  });

  it('goes from the row that was pressed or gone to, not from what was selected before', async () => {
    await setUp();
    await fireEvent.click(rowOf('Customer 1').querySelector('.pick')!);
    await fireEvent.click(screen.getByText('Customer 8'));
    await fireEvent.click(screen.getByText('Customer 10'), { shiftKey: true });
    expect(chosen()).toEqual([1, 8, 9, 10].map((at) => rowOf(`Customer ${at}`).textContent.trim()));
    await press('j', 'j');
    await fireEvent.click(screen.getByText('Customer 12'), { shiftKey: true });
    expect(rowOf('Customer 11').getAttribute('aria-selected')).toBe('true');
  });

  it('goes on by Shift and the arrows from where it began', async () => {
    await setUp();
    grid().focus();
    await press('ArrowDown', 'ArrowDown', 'Shift+ArrowDown', 'Shift+ArrowDown');
    expect(chosen().length).toBe(3);
    expect(rowOf('Customer 1').getAttribute('aria-selected')).toBe('true');
  });

  it('goes from the same row although others came above it', async () => {
    const { rerender } = await setUp({ count: 15 });
    await fireEvent.click(rowOf('Customer 2').querySelector('.pick')!);
    await rerender({ rowAt: (index: number) => rowAt(index < 3 ? index + 20 : index - 3), count: 18 } as never);
    await fireEvent.click(screen.getByText('Customer 6'), { shiftKey: true });
    expect(chosen().length).toBe(5);
    expect(rowOf('Customer 2').getAttribute('aria-selected')).toBe('true');
    expect(rowOf('Customer 1').getAttribute('aria-selected')).toBe('false');
  });

  it('takes all and none from the head, and is mixed between', async () => {
    await setUp({ count: 10 });
    const all = screen.getByRole<HTMLInputElement>('checkbox', { name: 'Select all' });
    await fireEvent.click(all);
    expect(chosen().length).toBe(10);
    expect(all.checked).toBe(true);
    await fireEvent.click(rowOf('Customer 2').querySelector('.pick')!);
    expect(all.indeterminate).toBe(true);
    await fireEvent.click(all);
    expect(screen.queryAllByRole('row', { selected: true })).toEqual([]);
  });

  it('leaves out what cannot be selected', async () => {
    await setUp({ count: 10, canSelect: (row: Row) => row.id !== 'p1' });
    await fireEvent.click(screen.getByRole('checkbox', { name: 'Select all' }));
    expect(chosen().length).toBe(9);
    await fireEvent.click(rowOf('Customer 1').querySelector('.pick')!);
    expect(chosen().length).toBe(9);
  });

  it('of a list that is not all here is asked of the view', async () => {
    const onselectall = vi.fn();
    await setUp({ onselectall });
    await fireEvent.click(screen.getByRole('checkbox', { name: 'Select all' }));
    expect(onselectall).toHaveBeenCalledWith(true);
  });

  it('is not made where a button in the row was pressed', async () => {
    const { oncurrent } = await setUp();
    const button = document.createElement('button');
    rowOf('Customer 2').lastElementChild?.append(button);
    await fireEvent.click(button);
    expect(oncurrent).not.toHaveBeenCalled();
  });
});

describe('the heads', () => {
  const head = (name: string) => screen.getByRole('columnheader', { name: new RegExp(`^${name}`) });
  const grip = (name: string) => screen.getByRole('separator', { name: `Width of ${name}` });
  const cols = () => grid().style.getPropertyValue('--cols');

  it('sort, amounts highest first, and say so', async () => {
    const { onsort } = await setUp({ sort: { id: 'name', dir: 'asc' } });
    expect(head('Customer').getAttribute('aria-sort')).toBe('ascending');
    expect(head('Amount').getAttribute('aria-sort')).toBe('none');
    expect(head('Note').getAttribute('aria-sort')).toBeNull();
    await fireEvent.click(screen.getByRole('button', { name: 'Amount' }));
    expect(onsort).toHaveBeenLastCalledWith({ id: 'sum', dir: 'desc' });
    await fireEvent.click(screen.getByRole('button', { name: 'Customer' }));
    expect(onsort).toHaveBeenLastCalledWith({ id: 'name', dir: 'desc' });
  });

  it('are one stop for Tab, with the arrows between them', async () => {
    await setUp();
    const stops = () => [...document.querySelectorAll<HTMLElement>('.heads [data-head]')].map((one) => one.tabIndex);
    expect(stops()).toEqual([0, -1, -1]);
    screen.getByRole('button', { name: 'Customer' }).focus();
    await press('ArrowRight', 'ArrowRight');
    expect(stops()).toEqual([-1, -1, 0]);
    expect(document.activeElement).toBe(head('Note'));
    expect(grip('Note').tabIndex).toBe(0);
    expect(grip('Amount').tabIndex).toBe(-1);
  });

  it('are made wider and narrower by keyboard, within limits, and back', async () => {
    await setUp();
    expect(cols()).toBe('36px minmax(120px, 1fr) 98px 100px');
    grip('Amount').focus();
    await press('ArrowRight');
    expect(cols()).toBe('36px minmax(120px, 1fr) 106px 100px');
    expect(grip('Amount').getAttribute('aria-valuenow')).toBe('106');
    await press('Shift+ArrowLeft', 'Shift+ArrowLeft', 'Shift+ArrowLeft');
    expect(cols()).toContain(' 60px ');
    await press('Enter');
    expect(cols()).toBe('36px minmax(120px, 1fr) 98px 100px');
  });

  it('are made wider by dragging', async () => {
    await setUp();
    await fireEvent.pointerDown(grip('Amount'), { button: 0, clientX: 500, pointerId: 1 });
    await fireEvent.pointerMove(grip('Amount'), { clientX: 530, pointerId: 1 });
    await fireEvent.pointerUp(grip('Amount'), { pointerId: 1 });
    expect(cols()).toContain(' 128px ');
    await fireEvent.pointerMove(grip('Amount'), { clientX: 900, pointerId: 1 });
    expect(cols()).toContain(' 128px ');
  });

  it('leave with their columns', async () => {
    await setUp({ hidden: new Set(['sum']) });
    expect(screen.queryByRole('columnheader', { name: /Amount/ })).toBeNull();
    expect(cols()).toBe('36px minmax(120px, 1fr) 100px');
  });
});
