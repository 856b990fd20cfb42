/** Names of payment methods. The shell keeps their wire names; only Klarna's many ids have one name for people. */
import { isKlarna } from '../../lib/providers';

/** `Klarna` for every id of Klarna, else the id with its first letter large. */
export function methodName(provider: string): string {
  if (isKlarna(provider)) return 'Klarna';
  return provider.charAt(0).toUpperCase() + provider.slice(1);
}
