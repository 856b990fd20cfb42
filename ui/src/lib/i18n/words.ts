import type en from './words/en';

/** The languages of the window, in the order they are offered. */
export const locales = ['fi', 'sv', 'en'] as const;

/** One language of the window. */
export type Locale = (typeof locales)[number];

/** Each language by its own name. */
export const languageNames: Readonly<Record<Locale, string>> = { fi: 'Suomi', sv: 'Svenska', en: 'English' };

/** The texts another language owes for a namespace written in English: the same keys, no more, no fewer. */
export type Words<En> = { readonly [Key in keyof En]: string };

/** The English texts; their keys are the keys of all. */
type English = typeof en;

/** The name of a set of texts, as in `payments`. */
export type Namespace = keyof English;

/** The key of a text, as in `payments.title`. */
export type TextKey = { [N in Namespace]: `${N}.${Extract<keyof English[N], string>}` }[Namespace];

/** Whether the money of a shop is real, by its mode. */
export const moneyWords = { live: 'common.realMoney', test: 'common.testMoney', sandbox: 'common.noMoney' } as const;

/** Every text of one language. */
export type AllWords = { readonly [N in Namespace]: Words<English[N]> };

/**
 * Reads every text of one language. Each is a file of its own: reading all of them before the first row would take several
 * times as long as reading the one that is spoken.
 */
export const readWords: Readonly<Record<Locale, () => Promise<{ default: AllWords }>>> = {
  en: () => import('./words/en'),
  fi: () => import('./words/fi'),
  sv: () => import('./words/sv'),
};
