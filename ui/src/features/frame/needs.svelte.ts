/** What needs a person: holds that end within three days, and what was sent and whose outcome nobody knows. */
import { drawn } from '../../lib/drawn';
import { ipc } from '../../lib/ipc';
import type { HoldRow } from '../../lib/ipc';

const SOON_MS = 3 * 24 * 60 * 60 * 1000;

/** Holds whose time ends within three days of `now`, also those whose time has just ended and that still read open. */
function endingSoon(holds: readonly HoldRow[], now: number): number {
  return holds.filter(
    ({ payment }) => payment.deadline !== null && Date.parse(payment.deadline) - now <= SOON_MS,
  ).length;
}

/** The counts, asked for anew whenever what `of` reads changes. */
export function needs(of: () => { account: number; revision: number; now: number }) {
  let holds = $state.raw<HoldRow[]>([]);
  let unknown = $state(0);
  let lost = $state(0);
  const account = $derived(of().account);
  const revision = $derived(of().revision);

  $effect(() => {
    void revision;
    const asked = account;
    let old = false;
    void (async () => {
      await drawn();
      if (old) return;
      try {
        const [open, operations] = await Promise.all([ipc.holds(asked), ipc.operations(asked, null, 1)]);
        if (old) return;
        holds = open;
        unknown = operations.sums
          .filter((sum) => sum.state === 'unknown')
          .reduce((count, sum) => count + sum.count, 0);
      } catch {
        // The views say what is wrong with the data file; a count that is missing says nothing of its own.
      }
    })();
    void (async () => {
      await drawn();
      if (old) return;
      try {
        const drafts = await ipc.drafts(asked);
        if (!old) lost = drafts.filter(({ state }) => state === 'unknown').length;
      } catch {
        // As above; what is known of holds and refunds stands all the same.
      }
    })();
    return () => (old = true);
  });

  return {
    get expiring(): number {
      return endingSoon(holds, of().now);
    },
    /** Refunds, activations and cancels. */
    get unknown(): number {
      return unknown;
    },
    /** New payments. */
    get lost(): number {
      return lost;
    },
  };
}
