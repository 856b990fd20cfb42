/** Where customers come back to after paying: typed once, remembered for each shop. */
import { keepLayout, layoutOf } from '../../lib/state/layout';
import type { Returns } from './order';

const NAME = 'create.returns';

function all(): Record<string, unknown> {
  const kept = layoutOf(NAME);
  return typeof kept === 'object' && kept !== null ? { ...kept } : {};
}

/** What was used last for a shop. */
export function returnsOf(account: number): Returns {
  const kept = all()[account];
  const part = (name: string) => {
    const value = typeof kept === 'object' && kept !== null ? (kept as Record<string, unknown>)[name] : undefined;
    return typeof value === 'string' ? value : '';
  };
  return { success: part('success'), cancel: part('cancel') };
}

/** Remembers what was used. */
export function rememberReturns(account: number, returns: Returns): void {
  const before = returnsOf(account);
  if (before.success !== returns.success || before.cancel !== returns.cancel) keepLayout(NAME, { ...all(), [account]: returns });
}
