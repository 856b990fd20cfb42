import { fireEvent, render, screen } from '@testing-library/svelte';
import { describe, expect, it, vi } from 'vitest';
import { violations } from '../../test/axe';
import { press } from '../../test/keyboard';
import AmountInput from './AmountInput.svelte';
import Checkbox from './Checkbox.svelte';
import RadioGroup from './RadioGroup.svelte';
import SearchField from './SearchField.svelte';
import SecretInput from './SecretInput.svelte';
import Segmented from './Segmented.svelte';
import Select from './Select.svelte';
import Stepper from './Stepper.svelte';
import Switch from './Switch.svelte';
import Tabs from './Tabs.svelte';
import TextArea from './TextArea.svelte';
import TextInput from './TextInput.svelte';

describe('a field', () => {
  it('is named by its label and described by its help', async () => {
    render(TextInput, { label: 'Merchant id', help: 'Six figures', value: '812440', prefix: '#', suffix: '€' });
    const input = screen.getByRole('textbox', { name: 'Merchant id' });
    expect(document.getElementById(input.getAttribute('aria-describedby') ?? '')?.textContent).toContain('Six figures');
    expect(input.getAttribute('aria-invalid')).toBeNull();
    expect(await violations()).toEqual([]);
  });

  it('says what is wrong in the place of the help', async () => {
    render(AmountInput, { label: 'Amount', help: 'Euros', error: 'At most 110,50 € is left', big: true, value: '140' });
    const input = screen.getByRole('textbox', { name: 'Amount' });
    expect(input.getAttribute('aria-invalid')).toBe('true');
    expect(document.getElementById(input.getAttribute('aria-describedby') ?? '')?.textContent).toContain(
      'At most 110,50 €',
    );
    expect(screen.queryByText('Euros')).toBeNull();
    expect(await violations()).toEqual([]);
  });

  it('of several lines and of choices are named alike', async () => {
    const onchange = vi.fn();
    render(TextArea, { label: 'Note', optional: true });
    render(Select, {
      label: 'Reason',
      value: 'a',
      options: [
        { value: 'a', label: 'Return' },
        { value: 'b', label: 'Fault' },
      ],
      onchange,
    });
    expect(screen.getByRole('textbox', { name: /^Note/ })).toBeTruthy();
    await fireEvent.change(screen.getByRole('combobox', { name: 'Reason' }), { target: { value: 'b' } });
    expect(onchange).toHaveBeenCalledWith('b');
    expect(await violations()).toEqual([]);
  });
});

describe('a secret', () => {
  const SECRET = 'SAIPPUAKAUPPIAS';
  const input = () => screen.getByLabelText<HTMLInputElement>('Secret key');

  it('is hidden, is offered to no store of passwords, and is in no markup', async () => {
    const { container } = render(SecretInput, { label: 'Secret key' });
    await fireEvent.input(input(), { target: { value: SECRET } });
    expect(input().type).toBe('password');
    expect(input().autocomplete).toBe('new-password');
    expect(container.innerHTML).not.toContain(SECRET);
    expect(await violations()).toEqual([]);
  });

  it('is handed over once', async () => {
    const { component } = render(SecretInput, { label: 'Secret key' });
    await fireEvent.input(input(), { target: { value: SECRET } });
    expect(component.take()).toBe(SECRET);
    expect(input().value).toBe('');
    expect(component.take()).toBe('');
  });

  it('does not outlive its field', async () => {
    const { unmount } = render(SecretInput, { label: 'Secret key' });
    const element = input();
    await fireEvent.input(element, { target: { value: SECRET } });
    unmount();
    expect(element.value).toBe('');
    expect(document.documentElement.innerHTML).not.toContain(SECRET);
  });
});

describe('choices', () => {
  const options = [
    { value: 'deadline', label: 'By deadline' },
    { value: 'order', label: 'By order' },
  ];

  it('side by side are radio buttons of one group', async () => {
    const onchange = vi.fn();
    render(Segmented, { label: 'Sorting', value: 'deadline', options, onchange });
    const [first, second] = screen.getAllByRole<HTMLInputElement>('radio');
    expect(screen.getByRole('radiogroup', { name: 'Sorting' })).toBeTruthy();
    expect(first?.name).toBe(second?.name);
    expect(first?.name).not.toBe('');
    expect(first?.checked).toBe(true);
    await fireEvent.click(second!);
    expect(onchange).toHaveBeenCalledWith('order');
    expect(first?.checked).toBe(false);
    expect(await violations()).toEqual([]);
  });

  it('below each other too', async () => {
    const onchange = vi.fn();
    render(RadioGroup, { label: 'Kind', value: 'deadline', options, onchange });
    await fireEvent.click(screen.getByRole('radio', { name: 'By order' }));
    expect(onchange).toHaveBeenCalledWith('order');
    expect(await violations()).toEqual([]);
  });

  it('of a view are tabs that the arrows move between', async () => {
    const onchange = vi.fn();
    const items = [
      { id: 'all', label: 'All', count: 1361 },
      { id: 'unknown', label: 'Unknown', count: 2 },
      { id: 'failed', label: 'Failed' },
    ];
    render(Tabs, { label: 'States', value: 'all', items, onchange });
    expect(screen.getByRole('tab', { selected: true }).textContent).toContain('1\u00a0361');
    screen.getByRole('tab', { name: /All/ }).focus();
    await press('ArrowRight');
    expect(onchange).toHaveBeenLastCalledWith('unknown');
    expect(document.activeElement).toBe(screen.getByRole('tab', { name: /Unknown/ }));
    await press('ArrowLeft', 'ArrowLeft');
    expect(onchange).toHaveBeenLastCalledWith('failed');
    expect(screen.getAllByRole('tab').filter((tab) => tab.tabIndex === 0).length).toBe(1);
    expect(await violations()).toEqual([]);
  });
});

describe('a box', () => {
  it('is ticked, or mixed until it is pressed', async () => {
    const onchange = vi.fn();
    const { rerender } = render(Checkbox, { label: 'All', mixed: true, onchange });
    const box = screen.getByRole<HTMLInputElement>('checkbox', { name: 'All' });
    expect(box.indeterminate).toBe(true);
    await fireEvent.click(box);
    expect(onchange).toHaveBeenCalledWith(true);
    await rerender({ mixed: false });
    expect(box.indeterminate).toBe(false);
    expect(await violations()).toEqual([]);
  });

  it('without visible words has a name', async () => {
    render(Checkbox, { label: 'Order 1048', hideLabel: true });
    expect(screen.getByRole('checkbox', { name: 'Order 1048' })).toBeTruthy();
    expect(await violations()).toEqual([]);
  });

  it('that works at once is a switch', async () => {
    const onchange = vi.fn();
    render(Switch, { label: 'Callbacks', onchange });
    await fireEvent.click(screen.getByRole('switch', { name: 'Callbacks' }));
    expect(onchange).toHaveBeenCalledWith(true);
    expect(await violations()).toEqual([]);
  });
});

describe('a stepper', () => {
  it('stays within its limits, by press and by key', async () => {
    const onchange = vi.fn();
    render(Stepper, { label: 'Koivupuikot', value: 1, max: 2, onchange });
    const value = screen.getByRole('spinbutton', { name: 'Koivupuikot' });
    await fireEvent.click(screen.getByRole('button', { name: 'One more' }));
    expect(value.getAttribute('aria-valuenow')).toBe('2');
    expect(screen.getByRole('button', { name: 'One more' })).toHaveProperty('disabled', true);
    value.focus();
    await press('ArrowUp');
    expect(onchange).toHaveBeenCalledTimes(1);
    await press('Home');
    expect(onchange).toHaveBeenLastCalledWith(0);
    await press('ArrowDown');
    expect(onchange).toHaveBeenCalledTimes(2);
    await press('End');
    expect(onchange).toHaveBeenLastCalledWith(2);
    expect(await violations()).toEqual([]);
  });
});

describe('the search field', () => {
  it('marks the operators it knows, and only them', async () => {
    const { container } = render(SearchField, {
      label: 'Search payments',
      value: 'status:pending -created:2026-11 amount:>100 foo:bar aino mystatus:x',
      operators: ['status:', 'amount', 'created'],
      found: '12 found',
    });
    expect([...container.querySelectorAll('mark')].map((mark) => mark.textContent)).toEqual([
      'status:pending',
      '-created:2026-11',
      'amount:>100',
    ]);
    expect(container.querySelector('.under')?.textContent).toBe(
      'status:pending -created:2026-11 amount:>100 foo:bar aino mystatus:x',
    );
    expect(await violations()).toEqual([]);
  });

  it('tells what was typed', async () => {
    const oninput = vi.fn();
    render(SearchField, { label: 'Search payments', oninput });
    await fireEvent.input(screen.getByRole('searchbox', { name: 'Search payments' }), { target: { value: 'aino' } });
    expect(oninput).toHaveBeenCalledWith('aino');
  });
});
