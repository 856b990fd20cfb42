export { hasText, loadWords, locale, rich, setLocale, systemLocale, t, type Part, type Values } from './index.svelte';
export { languageNames, locales, moneyWords, type Locale, type Namespace, type TextKey, type Words } from './words';
