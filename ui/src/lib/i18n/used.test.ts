import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import english from './words/en';

const sources = Object.keys(import.meta.glob('/src/**/*.{ts,svelte}')).filter(
  (file) => !file.includes('/i18n/words/') && !/\.test\.ts$|\/ipc\/bindings\.ts$/.test(file),
);
const text = sources.map((file) => readFileSync(`.${file}`, 'utf8')).join('\n');

/** Beginnings of keys that code puts together, as in `invoices.${action}What`, with what may follow the part in between. */
const built = [...text.matchAll(/`(\w+\.\w*)\$\{[^}`]*\}(\w*)`/g)].map(([, head = '', tail = '']) => ({ head, tail }));

const isQuoted = (words: string) => new RegExp(`['"\`]${words.replace('.', '\\.')}['"\`]`).test(text);

/** A key that is put together from its namespace alone is named where it is chosen; reasons are named by the shell. */
const isBuilt = (key: string) =>
  built.some(({ head, tail }) => {
    if (!key.startsWith(head) || !key.endsWith(tail) || key.length <= head.length + tail.length) return false;
    return !head.endsWith('.') || tail !== '' || /^errors\.why/.test(key) || isQuoted(key.slice(head.length)) || text.includes(` ${key.slice(head.length)}:`);
  });

const isUsed = (key: string) => isQuoted(key) || isBuilt(key);

describe('every text', () => {
  it('is used somewhere', () => {
    expect(sources.length).toBeGreaterThan(100);
    const keys = Object.entries(english).flatMap(([namespace, texts]) => Object.keys(texts).map((key) => `${namespace}.${key}`));
    expect(keys.filter((key) => !isUsed(key))).toEqual([]);
  });
});
