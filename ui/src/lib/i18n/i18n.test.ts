import { render, screen } from '@testing-library/svelte';
import { tick } from 'svelte';
import { describe, expect, it } from 'vitest';
import { locale, rich, setLocale, systemLocale, t } from '.';
import Rich from '../components/Rich.svelte';
import Status from '../components/Status.svelte';

describe('a text', () => {
  it('is that of the language', () => {
    expect(t('status.paid')).toBe('Paid');
    void setLocale('fi');
    expect(t('status.paid')).toBe('Maksettu');
    void setLocale('sv');
    expect(t('status.paid')).toBe('Betald');
  });

  it('counts by the rules of the language, in figures that are the same in all', () => {
    expect(t('common.selected', { count: 1284 })).toBe('1\u00a0284 selected');
    void setLocale('fi');
    expect(t('common.selected', { count: 1 })).toBe('1 valittu');
    expect(t('common.selected', { count: 1284 })).toBe('1\u00a0284 valittua');
    void setLocale('sv');
    expect(t('common.paletteCount', { count: 0 })).toBe('Inga träffar');
  });

  it('tells the page its language', () => {
    void setLocale('sv');
    expect(document.documentElement.lang).toBe('sv');
    expect(locale.current).toBe('sv');
  });

  it('changes on screen at once', async () => {
    render(Status, { kind: 'unknown' });
    expect(screen.getByText('Outcome unknown')).toBeTruthy();
    void setLocale('fi');
    await tick();
    expect(screen.getByText('Lopputulos ei tiedossa')).toBeTruthy();
    expect(screen.queryByText('Outcome unknown')).toBeNull();
  });
});

describe('the first language', () => {
  it('is the first one of the system that there are words for', () => {
    expect(systemLocale(['de-DE', 'sv-FI', 'fi-FI'])).toBe('sv');
    expect(systemLocale(['fi'])).toBe('fi');
    expect(systemLocale(['fr'])).toBe('en');
    expect(systemLocale([])).toBe('en');
  });
});

describe('a text in parts', () => {
  it('without marks is one part', () => {
    expect(rich('status.paid')).toEqual([{ text: 'Paid', tag: undefined }]);
  });

  it('cannot be given marks by a value', () => {
    const name = '<b>Kehrä</b>';
    expect(rich('common.account', { id: name })).toEqual([{ text: `account ${name}`, tag: undefined }]);
    render(Rich, { key: 'common.account', values: { id: name } });
    expect(screen.getByText(`account ${name}`).querySelector('b')).toBeNull();
  });
});
