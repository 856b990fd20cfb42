import { IntlMessageFormat } from 'intl-messageformat';
import { formatters } from './formatters';
import { locales, readWords, type AllWords, type Locale, type Namespace, type TextKey } from './words';

/** What may stand in a placeholder. */
export type Values = Readonly<Record<string, string | number | bigint>>;

/** One run of a text: plain, or marked up by the tag around it. */
export interface Part {
  readonly text: string;
  readonly tag: string | undefined;
}

let language = $state<Locale>('en');

/** The language the window speaks now. Reading `current` in a template follows every change of it. */
export const locale = {
  get current(): Locale {
    return language;
  },
};

type Texts = Readonly<Record<Namespace, Readonly<Record<string, string>>>>;

const words: Partial<Record<Locale, Texts>> = {};

/** Reads the texts of a language, once; it can be spoken from then on. Rejects where they can't be read. */
export async function loadWords(name: Locale): Promise<void> {
  words[name] ??= (await readWords[name]()).default satisfies AllWords;
}

/** The language that was asked for last. */
let wanted: Locale = 'en';

/**
 * Speaks another language as soon as its texts are there: all texts on screen change at once, with no wait where they were
 * read before. The last call wins. Rejects, and leaves the language as it is, where the texts can't be read.
 */
export async function setLocale(next: Locale): Promise<void> {
  wanted = next;
  if (!words[next]) await loadWords(next);
  if (wanted !== next) return;
  language = next;
  // Screen readers and the hyphenation of the browser take the language from here.
  document.documentElement.lang = next;
}

/** The first language of the system that the window speaks, else English. */
export function systemLocale(preferred: readonly string[] = navigator.languages): Locale {
  for (const tag of preferred) {
    const known = locales.find((name) => name === tag.slice(0, 2).toLowerCase());
    if (known) return known;
  }
  return 'en';
}

// A table is drawn with hundreds of texts a frame: each message is parsed once per language.
const compiled: Record<Locale, Map<string, IntlMessageFormat | string>> = {
  fi: new Map(),
  sv: new Map(),
  en: new Map(),
};

function textOf(key: string): string | undefined {
  const dot = key.indexOf('.');
  return words[language]?.[key.slice(0, dot) as Namespace]?.[key.slice(dot + 1)];
}

/** Whether there is a text of this name, for names that come from elsewhere. */
export function hasText(key: string): key is TextKey {
  return textOf(key) !== undefined;
}

function message(key: TextKey): IntlMessageFormat | string {
  const cache = compiled[language];
  let known = cache.get(key);
  if (known === undefined) {
    const text = textOf(key) ?? key;
    known = /[{<]/.test(text) ? new IntlMessageFormat(text, language, undefined, { formatters }) : text;
    cache.set(key, known);
  }
  return known;
}

/** The text of a key in the language of the window, its placeholders filled in. */
export function t(key: TextKey, values?: Values): string {
  const found = message(key);
  if (typeof found === 'string') return found;
  return rich(key, values)
    .map((part) => part.text)
    .join('');
}

/** The same text in runs, so that `<b>9 holds</b>, the first in 5 h` can be set in two weights. */
export function rich(key: TextKey, values?: Values): Part[] {
  const found = message(key);
  if (typeof found === 'string') return [{ text: found, tag: undefined }];
  const runs = found.format<Part>({ ...values, b: tagged('b'), soft: tagged('soft') });
  return (Array.isArray(runs) ? runs : [runs]).map((run) =>
    typeof run === 'object' && run !== null ? run : { text: String(run), tag: undefined },
  );
}

function tagged(tag: string): (inner: (string | Part)[]) => Part {
  return (inner) => ({ text: inner.map((run) => (typeof run === 'string' ? run : run.text)).join(''), tag });
}
