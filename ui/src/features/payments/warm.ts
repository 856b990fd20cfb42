/**
 * The first opening of a detail costs several times what each later one does: its code runs for the first time, its texts are
 * parsed, its styles are worked out, the shell prepares its questions. So one is made ahead, of the newest payment, at a
 * moment when nobody waits for anything. It is taken away in the same breath: no frame, no key and no reader ever meets it.
 */
import { flushSync, mount, unmount, type Component, type ComponentProps } from 'svelte';
import { ipc, type SortBy } from '../../lib/ipc';
import { session } from '../../lib/state/session.svelte';
import type PaymentPane from './PaymentPane.svelte';
import { arrangedAtFirst } from './saved';

/** Nobody has pressed, typed or scrolled for so long. */
const IDLE_MS = 400;
/** Who is busy for so long has opened one by then. */
const TRIES = 50;

/** Makes a detail ahead as soon as there is a shop and nobody does anything. Never rejects. */
export async function warmPane(Pane: typeof PaymentPane): Promise<void> {
  let touched = performance.now();
  const touch = () => (touched = performance.now());
  const signs = ['keydown', 'pointerdown', 'wheel', 'scroll'] as const;
  for (const sign of signs) window.addEventListener(sign, touch, { capture: true, passive: true });
  try {
    for (let tries = 0; tries < TRIES && session.payment === null; tries += 1) {
      if (session.account !== null && performance.now() - touched > IDLE_MS) {
        await make(Pane, session.account.id);
        return;
      }
      await new Promise((later) => setTimeout(later, IDLE_MS));
    }
  } catch {
    // Then the first one that a person opens is the first one made.
  } finally {
    for (const sign of signs) window.removeEventListener(sign, touch, { capture: true });
  }
}

async function make(Pane: typeof PaymentPane, account: number): Promise<void> {
  const { sort } = arrangedAtFirst;
  const { rows } = await ipc.listPayments(account, '', { by: sort.id as SortBy, descending: sort.dir === 'desc' }, null, 1);
  const [row] = rows;
  if (row === undefined) return;
  const detail = await ipc.showPayment(account, row.id);
  const props: ComponentProps<typeof PaymentPane> = {
    id: row.id,
    row,
    detail,
    error: null,
    refreshing: false,
    onrefund: nothing,
    onhold: nothing,
    onrefresh: nothing,
    onretry: nothing,
    onclose: nothing,
  };
  const target = document.createElement('div');
  target.inert = true;
  Object.assign(target.style, { position: 'fixed', inset: '0 auto 0 0', width: '400px', visibility: 'hidden', contain: 'strict' });
  document.body.append(target);
  let pane: ReturnType<typeof mount> | null = null;
  try {
    pane = mount(Pane as Component<ComponentProps<typeof PaymentPane>>, { target, props });
    flushSync();
    // Asked for so that it is laid out here, and not while somebody waits for it.
    void target.offsetHeight;
  } finally {
    if (pane) void unmount(pane);
    target.remove();
  }
}

function nothing(): void {}
