import { existsSync, readFileSync } from 'node:fs';
import { fireEvent, render, screen } from '@testing-library/svelte';
import { describe, expect, it, vi } from 'vitest';
import { violations } from '../../test/axe';
import { setLocale, locales, t } from '../i18n';
import english from '../i18n/words/en';
import type { ErrorDto } from '../ipc';
import { codeWords } from './codes';
import { ErrorNote, errorWords, hasWords, whyWords } from '.';

/** The kinds of reasons with their fields, as the shell's own source has them. */
function kinds(): { kind: string; fields: string[] }[] {
  const file = ['why/mod.rs', 'why.rs'].map((name) => `../crates/backoffice/src/${name}`).find((name) => existsSync(name)) ?? '';
  const source = readFileSync(file, 'utf8');
  const body = /pub enum Why \{\n([\s\S]*?)\n\}/.exec(source)?.[1] ?? '';
  const named = [...body.matchAll(/^ {4}([A-Z]\w*)(?: \{([\s\S]*?)^ {4}\})?,/gm)].map(([, name = '', inner = '']) => ({
    kind: name.charAt(0).toLowerCase() + name.slice(1),
    // A value that may be missing is of no use to words.
    fields: [...inner.matchAll(/^ {8}(\w+): (?!Option)/gm)].map(([, field = '']) => field),
  }));
  return named;
}

/** With plain spaces, for reading. */
const plain = (text: string) => text.replaceAll('\u00a0', ' ');

function anError(part: Partial<ErrorDto> = {}): ErrorDto {
  return { code: 'refused', message: 'said in English', why: null, moneyMoved: 'no', requestId: null, ...part };
}

describe('every reason that the shell can name', () => {
  it('is read from its source', () => {
    expect(kinds().length).toBeGreaterThan(80);
    expect(kinds()).toContainEqual({ kind: 'moreThanLeft', fields: ['wanted', 'left'] });
    expect(kinds()).toContainEqual({ kind: 'paused', fields: [] });
  });

  it.each(kinds())('$kind has words', ({ kind, fields }) => {
    expect(hasWords(kind)).toBe(true);
    for (const locale of locales) {
      void setLocale(locale);
      const text = whyWords({ kind, values: Object.fromEntries(fields.map((field) => [field, '12'])) });
      expect(text, locale).not.toBe(t('errors.otherReason', { kind }));
      expect(text, locale).not.toMatch(/[{}]/);
    }
  });

  it('is spoken of nowhere else: no words are left over', () => {
    const known = new Set(kinds().map(({ kind }) => `why${kind.charAt(0).toUpperCase()}${kind.slice(1)}`));
    const left = Object.keys(english.errors).filter((key) => key.startsWith('why') && !known.has(key.replace(/Next$/, '')));
    expect(left).toEqual([]);
  });
});

describe('the words of an error', () => {
  it('say a day as a day, in no time zone', () => {
    const why = { kind: 'anotherDay', values: { shown: '2026-11-20', stored: '2026-11-05' } };
    expect(whyWords(why)).toBe('Paytrail shows a payment of 20.11.2026, and the one here is of 5.11.2026');
  });

  it('say money as money, in the language of the window', () => {
    const why = { kind: 'moreThanLeft', values: { wanted: '255000', left: '1000' } };
    expect(plain(whyWords(why))).toBe('2 550,00 € is more than what is left to refund, at most 10,00 €');
    void setLocale('fi');
    expect(plain(whyWords(why))).toBe('2 550,00 € on enemmän kuin palautettavissa on jäljellä, enintään 10,00 €');
  });

  it('say times in the zone and states in words', () => {
    const values = { operation: 'x', at: '2026-11-23T08:42:00Z', state: 'accepted' };
    expect(plain(whyWords({ kind: 'sameAgain', values }))).toBe('The same refund was made on 23.11.2026 10.42 (requested)');
  });

  it('say whether money moved', () => {
    expect(errorWords(anError()).text).toBe('No money moved.');
    expect(errorWords(anError({ moneyMoved: 'yes' })).text).toBe('The money moved.');
    expect(errorWords(anError({ moneyMoved: 'unknown' })).text).toBe('The money may have moved, or not.');
  });

  it('quote Paytrail where it refused', () => {
    const why = { kind: 'refused', values: { status: '400', words: 'Items do not add up' } };
    expect(errorWords(anError({ why })).detail).toBe('Paytrail’s answer: “Items do not add up”');
  });

  it('do not quote the shell where their own words say it', () => {
    const why = { kind: 'noProvider', values: {} };
    expect(errorWords(anError({ code: 'notOperable', why })).detail).toBeNull();
    expect(errorWords(anError({ code: 'store' })).detail).toBe('Detail: “said in English”');
  });

  it('never advise to try again while money may have moved', () => {
    for (const code of Object.keys(codeWords) as ErrorDto['code'][]) {
      const { next } = errorWords(anError({ code, moneyMoved: 'unknown' }));
      expect(next, code).not.toMatch(/try again/i);
      expect(next, code).not.toBeNull();
    }
  });

  it('fall back to the code, and to the message, for a reason that is not known here', () => {
    const why = { kind: 'fromTheFuture', values: {} };
    const said = errorWords(anError({ code: 'account', why }));
    expect(said.title).toBe('The account can’t be changed so');
    expect(said.detail).toBe('Detail: “said in English”');
    expect(whyWords(why)).toBe('It is not possible now (fromTheFuture).');
  });

  it('do not break on a value that did not come', () => {
    expect(errorWords(anError({ code: 'notOperable', why: { kind: 'moreThanLeft', values: {} } })).title).toBe(
      'This payment doesn’t allow it now',
    );
  });
});

describe('a notice of an error', () => {
  it('says all of it and lets the request-id be copied', async () => {
    render(ErrorNote, { error: anError({ code: 'unauthorized', requestId: 'req-77' }) });
    const note = screen.getByRole('alert');
    expect(note.textContent).toContain('Paytrail did not accept the signature');
    expect(note.textContent).toContain('No money moved.');
    expect(note.textContent).toContain('Compare merchant id');
    expect(note.textContent).toContain('req-77');
    expect(screen.getByRole('button', { name: /Copy/ })).toBeTruthy();
    expect(await violations()).toEqual([]);
  });

  it('offers another try where nothing moved', async () => {
    const onretry = vi.fn();
    render(ErrorNote, { error: anError({ code: 'nothingSent' }), onretry });
    await fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(onretry).toHaveBeenCalledTimes(1);
  });

  it.each(['yes', 'unknown'] as const)('offers no other try where money moved: %s', (moneyMoved) => {
    render(ErrorNote, { error: anError({ code: 'unclear', moneyMoved }), onretry: vi.fn() });
    expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull();
  });
});
