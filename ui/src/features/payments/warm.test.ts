import { beforeEach, describe, expect, it, vi } from 'vitest';
import { aDetail, aPayment, fakeIpc, openSession } from '../../test/fake-ipc';
import { shortcuts } from '../../lib/keys';
import { session } from '../../lib/state/session.svelte';
import PaymentPane from './PaymentPane.svelte';
import { warmPane } from './warm';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  openSession();
});

function shell() {
  return fakeIpc({
    listPayments: vi.fn(async () => ({ rows: [aPayment({ id: 'first' })], next: null, tookMs: 1 })),
    showPayment: vi.fn(async () => aDetail()),
  });
}

async function warmedFor(ms: number): Promise<void> {
  void warmPane(PaymentPane);
  await vi.advanceTimersByTimeAsync(ms);
}

describe('a detail that is made ahead', () => {
  it('is that of the newest payment, and leaves nothing on the page', async () => {
    const { showPayment } = shell();
    const [page, keys] = [document.body.innerHTML, shortcuts().length];
    const append = vi.spyOn(document.body, 'append');
    await warmedFor(2_000);
    const added = append.mock.calls.flat();
    append.mockRestore();
    expect(showPayment).toHaveBeenCalledExactlyOnceWith(1, 'first');
    expect(added).toHaveLength(1);
    expect((added[0] as HTMLElement).inert).toBe(true);
    expect([document.body.innerHTML, shortcuts().length, session.payment]).toEqual([page, keys, null]);
  });

  it('waits until nobody presses anything', async () => {
    const { showPayment } = shell();
    void warmPane(PaymentPane);
    for (let time = 0; time < 10; time += 1) {
      window.dispatchEvent(new KeyboardEvent('keydown', { key: 'j' }));
      await vi.advanceTimersByTimeAsync(200);
    }
    expect(showPayment).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(showPayment).toHaveBeenCalledTimes(1);
  });

  it('is not made where a person has opened one', async () => {
    const { showPayment } = shell();
    session.payment = 'second';
    await warmedFor(5_000);
    expect(showPayment).not.toHaveBeenCalled();
  });
});
