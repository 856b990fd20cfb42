import { IntlMessageFormat } from 'intl-messageformat';
import { describe, expect, it } from 'vitest';
import { sameWords } from './same';
import { locales, type AllWords, type Locale } from './words';
import en from './words/en';
import fi from './words/fi';
import sv from './words/sv';

const words: Readonly<Record<Locale, AllWords>> = { en, fi, sv };

type Ast = ReturnType<IntlMessageFormat['getAst']>;

const all = (locale: Locale): Map<string, string> =>
  new Map(
    Object.entries(words[locale]).flatMap(([namespace, texts]) =>
      Object.entries(texts).map(([key, text]) => [`${namespace}.${key}`, text] as const),
    ),
  );

const english = all('en');

/** The names a text asks values for, and the tags in it. */
function asked(nodes: Ast, found = new Set<string>()): Set<string> {
  for (const node of nodes) {
    // 0 is literal text, 7 the # of a plural, 8 a tag; all others name a value.
    if (node.type === 8) found.add(`<${node.value}>`);
    else if (node.type !== 0 && node.type !== 7) found.add(node.value);
    if ('children' in node) asked(node.children, found);
    if ('options' in node) for (const option of Object.values(node.options)) asked(option.value, found);
  }
  return found;
}

const parsed = (text: string, locale: Locale) => new IntlMessageFormat(text, locale).getAst();

describe.each(locales)('the words in %s', (locale) => {
  const texts = all(locale);

  it('has every key, and none that English has not', () => {
    expect([...texts.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it('has no empty text and no stray space', () => {
    expect([...texts].filter(([, text]) => text === '' || text !== text.trim() || / {2}/.test(text))).toEqual([]);
  });

  it('parses', () => {
    const broken = [...texts].filter(([, text]) => {
      try {
        parsed(text, locale);
        return false;
      } catch {
        return true;
      }
    });
    expect(broken).toEqual([]);
  });

  it('asks for the same values and tags as English', () => {
    const differing = [...texts]
      .map(([key, text]) => ({
        key,
        here: [...asked(parsed(text, locale))].sort().join(' '),
        english: [...asked(parsed(english.get(key) ?? '', 'en'))].sort().join(' '),
      }))
      .filter((one) => one.here !== one.english);
    expect(differing).toEqual([]);
  });

  it('is set in typographic signs: ’ and …, never the straight apostrophe that messages take for a quote', () => {
    expect([...texts].filter(([, text]) => /'|\.\.\./.test(text))).toEqual([]);
  });
});

describe.each(['fi', 'sv'] as const)('the words in %s', (locale) => {
  /** Whether all words of a text are written alike in both languages. */
  const alike = (text: string) =>
    (text.replace(/\{\w+(, \w+)?\}|<\/?\w+>/g, ' ').match(/[\p{L}-]*\p{L}/gu) ?? []).every((word) =>
      sameWords[locale].has(word),
    );

  it('are translated', () => {
    const left = [...all(locale)].filter(([key, text]) => text === english.get(key) && !alike(text));
    expect(left.map(([key, text]) => `${key}: ${text}`)).toEqual([]);
  });
});
