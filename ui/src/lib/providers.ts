/** What is known of the providers of payment methods by their ids. The same rules as the shell's, which decides. */

/** Whether an id is one of Klarna's. */
export function isKlarna(provider: string | null): boolean {
  return /klarna/i.test(provider ?? '');
}

/** Whether an id is one of Walley's, which was Collector before. */
export function isWalley(provider: string | null): boolean {
  return /walley|collector/i.test(provider ?? '');
}

/** For how many days the provider holds the money, from the order; `null` where that is not documented. */
export function holdDays(provider: string | null): number | null {
  if (isKlarna(provider)) return 28;
  return isWalley(provider) ? 90 : null;
}
