import { fireEvent, render, screen } from '@testing-library/svelte';
import { tick } from 'svelte';
import { describe, expect, it, vi } from 'vitest';
import { violations } from '../../test/axe';
import { textSnippet } from '../../test/snippets';
import Amount from './Amount.svelte';
import BarChart from './BarChart.svelte';
import Button from './Button.svelte';
import Chip from './Chip.svelte';
import ColumnsMenu from './ColumnsMenu.svelte';
import DaysLeft from './DaysLeft.svelte';
import Empty from './Empty.svelte';
import Env from './Env.svelte';
import { glyphs, type StatusKind } from './glyphs';
import Icon from './Icon.svelte';
import { icons, type IconName } from './icons';
import KeyValues from './KeyValues.svelte';
import MoneyBar from './MoneyBar.svelte';
import Pane from './Pane.svelte';
import Progress from './Progress.svelte';
import QuarantineRing from './QuarantineRing.svelte';
import Section from './Section.svelte';
import SelectionBar from './SelectionBar.svelte';
import ShortcutSheet from './ShortcutSheet.svelte';
import SkeletonRows from './SkeletonRows.svelte';
import Status from './Status.svelte';
import Timeline from './Timeline.svelte';
import When from './When.svelte';
import { marks } from './chart';

const HOUR = 3_600_000;

describe('a button', () => {
  it('says its act and does it', async () => {
    const onclick = vi.fn();
    render(Button, { variant: 'primary', keys: '$mod+Enter', onclick, children: textSnippet('Refund 25,50 €') });
    await fireEvent.click(screen.getByRole('button', { name: 'Refund 25,50 €' }));
    expect(onclick).toHaveBeenCalledTimes(1);
    expect(await violations()).toEqual([]);
  });

  it('that is locked does nothing, can be reached, and says why', async () => {
    const onclick = vi.fn();
    render(Button, { locked: 'The waiting time ends at 10.59', onclick, children: textSnippet('Repeat once') });
    const button = screen.getByRole('button', { name: 'Repeat once' });
    await fireEvent.click(button);
    expect(onclick).not.toHaveBeenCalled();
    expect(button).toHaveProperty('disabled', false);
    expect(button.getAttribute('aria-disabled')).toBe('true');
    expect(document.getElementById(button.getAttribute('aria-describedby') ?? '')?.textContent).toBe(
      'Not possible now: The waiting time ends at 10.59',
    );
    expect(await violations()).toEqual([]);
  });

  it('that is locked submits no form', async () => {
    const form = document.body.appendChild(document.createElement('form'));
    const onsubmit = vi.fn((event: Event) => event.preventDefault());
    form.addEventListener('submit', onsubmit);
    render(Button, { target: form, props: { type: 'submit', locked: 'Not yet', children: textSnippet('Go') } });
    screen.getByRole('button', { name: 'Go' }).click();
    expect(onsubmit).not.toHaveBeenCalled();
    form.remove();
  });

  it('that stands where another was pressed takes no press for a moment, and keeps the focus', async () => {
    vi.useFakeTimers();
    const onclick = vi.fn();
    render(Button, { afterPress: true, onclick, children: textSnippet('Close') });
    const button = screen.getByRole('button', { name: 'Close' });
    button.focus();
    await fireEvent.click(button);
    await vi.advanceTimersByTimeAsync(150);
    await fireEvent.click(button);
    expect([onclick.mock.calls.length, document.activeElement]).toEqual([0, button]);
    await vi.advanceTimersByTimeAsync(600);
    await fireEvent.click(button);
    expect(onclick).toHaveBeenCalledTimes(1);
  });

  it('is pressed once by Enter, however long it is held', async () => {
    render(Button, { children: textSnippet('Refund') });
    const button = screen.getByRole('button', { name: 'Refund' });
    expect(await fireEvent.keyDown(button, { key: 'Enter' })).toBe(true);
    expect(await fireEvent.keyDown(button, { key: 'Enter', repeat: true })).toBe(false);
  });

  it('of an icon alone has a name', async () => {
    render(Button, { icon: 'copy', label: 'Copy' });
    expect(screen.getByRole('button', { name: 'Copy' })).toBeTruthy();
    expect(await violations()).toEqual([]);
  });
});

describe('a chip', () => {
  it('is removed by its own button', async () => {
    const onclick = vi.fn();
    const onremove = vi.fn();
    render(Chip, { active: true, onclick, onremove, removeLabel: 'Clear the amount', children: textSnippet('Amount') });
    await fireEvent.click(screen.getByRole('button', { name: 'Clear the amount' }));
    expect([onclick.mock.calls.length, onremove.mock.calls.length]).toEqual([0, 1]);
    await fireEvent.click(screen.getByRole('button', { name: 'Amount' }));
    expect([onclick.mock.calls.length, onremove.mock.calls.length]).toEqual([1, 1]);
    expect(await violations()).toEqual([]);
  });
});

describe('a state', () => {
  const kinds = Object.keys(glyphs).filter(
    (name) => !['warn', 'error', 'dot', 'diamond'].includes(name),
  ) as StatusKind[];

  it('has a word and a shape of its own', () => {
    const shapes = new Set<string>();
    const said = new Set<string>();
    for (const kind of kinds) {
      const { container, unmount } = render(Status, { kind });
      shapes.add(container.querySelector('svg')?.innerHTML ?? '');
      said.add(container.textContent);
      unmount();
    }
    expect(kinds.length).toBe(14);
    expect(shapes.size).toBe(14);
    expect(said.size).toBe(14);
  });
});

describe('icons', () => {
  it('are drawn, each in another way', () => {
    const paths = Object.values(icons);
    expect(new Set(paths).size).toBe(paths.length);
    for (const path of paths) expect(path).not.toMatch(/NaN|undefined/);
  });

  it('are decoration unless they have a label', () => {
    const { container } = render(Icon, { name: 'search' as IconName });
    expect(container.querySelector('svg')?.getAttribute('aria-hidden')).toBe('true');
    render(Icon, { name: 'search', label: 'Search' });
    expect(screen.getByRole('img', { name: 'Search' })).toBeTruthy();
  });
});

describe('money', () => {
  it('is said in words beside the bar, the unknown among them', async () => {
    const { container } = render(MoneyBar, { refunded: 1800, requested: 2000, unknown: 6490, act: 2550, left: 8500 });
    const said = [...container.querySelectorAll('li')].map((line) => line.textContent.replaceAll('\u00a0', ' '));
    expect(said).toEqual([
      'Refunded 18,00 €',
      'Requested 20,00 €',
      'Unknown 64,90 €',
      'This refund 25,50 €',
      'At most left 85,00 €',
    ]);
    expect([...container.querySelectorAll<HTMLElement>('.mbar i')].map((part) => part.style.flexGrow)).toEqual([
      '1800',
      '2000',
      '6490',
      '2550',
      '8500',
    ]);
    expect(await violations()).toEqual([]);
  });

  it('that is not there has no part, but what is left is always said', () => {
    const { container } = render(MoneyBar, { left: 0, legend: false });
    expect(container.querySelectorAll('.mbar i').length).toBe(0);
    expect(container.textContent.replaceAll('\u00a0', ' ')).toContain('At most left 0,00 €');
  });

  it('is never less than nothing', () => {
    const { container } = render(MoneyBar, { refunded: 100, left: -50 });
    expect(container.querySelectorAll('.mbar i').length).toBe(1);
    expect(container.textContent).toContain('0,00');
  });

  it('stands large with its sign apart', () => {
    const { container } = render(Amount, { cents: 123450 });
    expect(container.textContent.replaceAll('\u00a0', ' ')).toBe('1 234,50€');
  });
});

describe('days left', () => {
  it.each([
    [14 * HOUR, 'red', '14 h 0 min'],
    [25 * HOUR, 'ochre', '25 h'],
    [71 * HOUR, 'ochre', '2 days 23 h'],
    [72 * HOUR, '', '3 days'],
    [0, 'red', '0 min'],
    [-HOUR, 'red', '0 min'],
  ])('%d ms are %s', (ms, tone, words) => {
    const { container } = render(DaysLeft, { ms });
    expect(container.querySelector('.days')?.className.replace('days', '').trim()).toBe(tone);
    expect(container.textContent.trim()).toBe(words);
  });

  it('have one tick a day, and a shorter one for the rest of a short time', () => {
    const lit = (ms: number) => {
      const { container, unmount } = render(DaysLeft, { ms });
      const heights = [...(container.querySelector('.lit')?.getAttribute('d') ?? '').matchAll(/v(\d+)/g)].map(
        ([, height]) => Number(height),
      );
      unmount();
      return heights;
    };
    expect(lit(19 * 24 * HOUR).length).toBe(19);
    expect(lit(100 * 24 * HOUR).length).toBe(28);
    expect(lit(2 * 24 * HOUR + 12 * HOUR)).toEqual([10, 10, 5]);
    expect(lit(0)).toEqual([]);
  });

  it('without words have a name', async () => {
    render(DaysLeft, { ms: 26 * HOUR, words: false });
    expect(screen.getByRole('img', { name: '26 h left' })).toBeTruthy();
    expect(await violations()).toEqual([]);
  });
});

describe('the waiting time', () => {
  it('counts down, is over once, and says so', async () => {
    vi.useFakeTimers({ now: Date.parse('2026-11-23T08:46:36Z') });
    const onover = vi.fn();
    render(QuarantineRing, { until: Date.parse('2026-11-23T08:59:00Z'), total: 30 * 60_000, onover });
    expect(screen.getByRole('img', { name: '12.24 left of the waiting time' })).toBeTruthy();
    await vi.advanceTimersByTimeAsync(60_000);
    await tick();
    expect(screen.getByRole('img', { name: '11.24 left of the waiting time' })).toBeTruthy();
    expect(onover).not.toHaveBeenCalled();
    // A computer that slept: the clock went on, no timer ran.
    vi.setSystemTime(Date.parse('2026-11-23T10:00:00Z'));
    await vi.advanceTimersByTimeAsync(5000);
    await tick();
    expect(screen.getByRole('img', { name: 'The waiting time is over' })).toBeTruthy();
    expect(onover).toHaveBeenCalledTimes(1);
    vi.useRealTimers();
    expect(await violations()).toEqual([]);
  });
});

describe('charts', () => {
  const values = [280, 0, 1700].map((value, at) => ({
    key: String(at),
    label: `Day ${at}`,
    value,
    tick: at === 0 ? 'Today' : undefined,
  }));
  const format = (value: number) => `${value} €`;

  it('say the same as a table', async () => {
    const { container } = render(BarChart, {
      label: 'Holds that expire per day',
      format,
      bars: values,
      highlight: { from: 0, count: 2 },
      note: { index: 2, text: '12 holds' },
    });
    expect(screen.getByRole('table', { name: 'Holds that expire per day' })).toBeTruthy();
    expect(screen.getAllByRole('row').map((row) => row.textContent.trim())).toEqual([
      'DayValue',
      'Day 0280 €',
      'Day 10 €',
      'Day 21700 €',
    ]);
    expect(container.querySelector('svg')?.getAttribute('aria-hidden')).toBe('true');
    expect(container.innerHTML).not.toContain('NaN');
    expect(await violations()).toEqual([]);
  });

  it('of nothing are drawn too', () => {
    const { container } = render(BarChart, { label: 'Nothing', format, bars: [] });
    expect(container.innerHTML).not.toMatch(/NaN|Infinity/);
  });

  it('have round marks that hold the highest value', () => {
    expect(marks(1700)).toEqual([0, 1000, 2000]);
    expect(marks(0)).toEqual([0]);
    expect(marks(Number.NaN)).toEqual([0]);
    for (const highest of [0.4, 1, 3, 7, 42, 99, 101, 2500, 123456]) {
      const found = marks(highest);
      expect(found.at(-1)).toBeGreaterThanOrEqual(highest);
      expect(found.length).toBeLessThanOrEqual(5);
    }
  });
});

describe('the rest', () => {
  it('is sound for readers', async () => {
    const items = [
      { key: '1', kind: 'refunded' as const, text: 'Refunded 18,00 €', detail: 'Proof', when: '22.11. 09.14' },
    ];
    render(Env, { kind: 'live' });
    render(Empty, {
      title: 'Nothing matches',
      children: textSnippet('No payment over 5 000 €.'),
      action: textSnippet('Clear'),
    });
    render(SkeletonRows, {});
    render(Progress, {
      label: 'Batch',
      parts: [
        { kind: 'done', value: 200, word: 'Done' },
        { kind: 'waiting', value: 212, word: 'Waiting' },
      ],
    });
    render(Timeline, { items });
    render(KeyValues, { items: [{ key: 'Name', value: 'Aino Mäkelä' }] });
    render(Section, { title: 'Customer', source: 'Klarna', children: textSnippet('x') });
    render(SelectionBar, { count: 3, text: '239,90 €', onclear: vi.fn(), children: textSnippet('') });
    render(When, { iso: '2026-11-23T08:42:00Z' });
    render(ColumnsMenu, { columns: [{ id: 'a', title: 'Amount', width: 90 }] });
    expect(await violations()).toEqual([]);
    expect(screen.getByRole('progressbar').getAttribute('aria-valuetext')).toBe('200 of 412: Done 200, Waiting 212');
    expect(document.querySelector('time')?.textContent).toBe('23.11.202610.42');
  });

  it('has a pane and a sheet', async () => {
    const onclose = vi.fn();
    render(Pane, { label: 'Order 1048', header: textSnippet('Order 1048'), children: textSnippet('body'), onclose });
    await fireEvent.click(screen.getByRole('button', { name: 'Close' }));
    expect(onclose).toHaveBeenCalledTimes(1);
    expect(await violations()).toEqual([]);
    render(ShortcutSheet, {
      groups: [{ title: 'Go to', items: [{ keys: 'g p', title: 'Payments' }] }],
      onclose: vi.fn(),
    });
    expect(screen.getByRole('dialog', { name: 'Shortcuts' }).textContent).toContain('Payments');
    expect(await violations()).toEqual([]);
  });

  it('hides and shows columns, the required ones never', async () => {
    const onchange = vi.fn();
    const columns = [
      { id: 'a', title: 'Amount', width: 90, required: true },
      { id: 'b', title: 'Deadline', width: 90 },
    ];
    render(ColumnsMenu, { columns, onchange });
    await fireEvent.click(screen.getByRole('button', { name: 'Columns' }));
    await tick();
    const boxes = screen.getAllByRole('menuitemcheckbox');
    expect(boxes.map((box) => box.textContent.trim())).toEqual(['Deadline']);
    await fireEvent.click(boxes[0]!);
    expect(onchange).toHaveBeenCalledWith(new Set(['b']));
    expect(screen.getByRole('menuitemcheckbox').getAttribute('aria-checked')).toBe('false');
  });
});
