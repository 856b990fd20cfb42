/**
 * What an account form can tell by itself: whether a field can be meant, and whether real money will move. The shell checks
 * all of it again; this is so that the answer comes while one types.
 */
import type { Mode } from '../../lib/ipc';
import type { TextKey } from '../../lib/i18n';

/** Where Paytrail answers, unless told otherwise. */
export const PAYTRAIL = 'https://services.paytrail.com';

/** The merchants that Paytrail publishes for testing: they move no money on its own address either. */
const testMerchants = new Set(['375917', '695861', '695874']);

const longestCallback = 3000;

function parsed(text: string): URL | null {
  try {
    return new URL(text.trim());
  } catch {
    return null;
  }
}

function isHere(url: URL): boolean {
  return url.hostname === 'localhost' || url.hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(url.hostname);
}

/** Whether real money will move, by merchant and address. In doubt it will. */
export function modeOf(merchantId: string, api: string): Mode {
  const url = parsed(api);
  if (url && isHere(url)) return 'sandbox';
  return testMerchants.has(merchantId.trim()) ? 'test' : 'live';
}

/** What is wrong with a merchant id; `null` where nothing is, or where nothing stands yet. */
export function merchantProblem(text: string): TextKey | null {
  const id = text.trim();
  return id === '' || /^\d{1,20}$/.test(id) ? null : 'start.merchantDigits';
}

/** What is wrong with an address of the API. Empty means Paytrail's. */
export function apiProblem(text: string): TextKey | null {
  if (text.trim() === '') return null;
  const url = parsed(text);
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.hostname === '') return 'start.notAddress';
  if (url.protocol === 'http:' && !isHere(url)) return 'start.notEncrypted';
  const bare = url.username === '' && url.password === '' && url.pathname === '/' && url.search === '' && url.hash === '';
  return bare ? null : 'start.notOrigin';
}

/** What is wrong with a callback address. Empty means none. */
export function callbackProblem(text: string): TextKey | null {
  if (text.trim() === '') return null;
  if (text.trim().length > longestCallback) return 'start.callbackLong';
  const url = parsed(text);
  if (!url || url.hostname === '') return 'start.callbackNotAddress';
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isHere(url))) return null;
  return url.protocol === 'http:' ? 'start.callbackNotEncrypted' : 'start.callbackNotAddress';
}

/** A text as the shell takes it: `null` for nothing. */
export function orNull(text: string): string | null {
  return text.trim() === '' ? null : text.trim();
}

/** The greeting of an hour, from 0 to 23. */
export function greetingOf(hour: number): TextKey {
  if (hour >= 5 && hour < 11) return 'start.morning';
  if (hour >= 11 && hour < 17) return 'start.day';
  if (hour >= 17 && hour < 23) return 'start.evening';
  return 'start.night';
}

/** The hour of a moment in a time zone. */
export function hourIn(moment: number, timeZone: string): number {
  const hour = new Intl.DateTimeFormat('en-GB', { timeZone, hour: 'numeric', hourCycle: 'h23' }).format(moment);
  return Number(hour);
}
