import { render } from '@testing-library/svelte';
import { tick } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { aBatch, counts } from '../../test/bulk';
import { anAccount, fakeIpc, openSession } from '../../test/fake-ipc';
import { setLocale } from '../../lib/i18n';
import type { Batch } from '../../lib/ipc';
import { session } from '../../lib/state/session.svelte';
import Announcer from '../../test/Announcer.svelte';
import { noticeOf } from './notice.svelte';

const finished = aBatch({ state: 'finished', counts: counts({ done: 7, rejected: 1, refused: 1, unknown: 1 }) });
const paused = aBatch({ state: 'paused', why: 'connection', counts: counts({ done: 3, waiting: 7 }) });
const shop = { name: 'Kehrä & Käpy', mode: 'sandbox' } as const;

describe('the words of a notification', () => {
  it('tell the shop, whether its money is real, and what became of the lines', () => {
    expect(noticeOf(finished, shop)).toEqual({
      title: 'SANDBOX · Kehrä & Käpy',
      text: 'Refund: Batch 12 is finished. Refunded: 7, Refused: 1, Not done: 1, Unknown: 1.',
    });
  });

  it('tell why it is paused and what waits', () => {
    expect(noticeOf(paused, { ...shop, mode: 'live' })).toEqual({
      title: 'LIVE · Kehrä & Käpy',
      text: 'Refund: Batch 12 is paused: Paytrail can’t be reached. Refunded: 3, Waiting: 7.',
    });
  });

  it('are those of the window’s language', () => {
    void setLocale('fi');
    expect(noticeOf({ ...finished, kind: 'cancel' }, shop).text).toMatch(/^Peruutus: Erä 12 on valmis\. Peruttu: 7, /);
    void setLocale('sv');
    expect(noticeOf(finished, shop).text).toMatch(/^Återbetalning: Bunt 12 är klar\. /);
  });

  it('name no amount, no customer and no file', () => {
    for (const batch of [finished, paused]) expect(Object.values(noticeOf(batch, shop)).join(' ')).not.toMatch(/€|,\d\d|lankafestarit|Sari/);
  });
});

describe('when the shell says that a batch has ended', () => {
  beforeEach(() => {
    openSession();
    session.accounts = [anAccount(), anAccount({ id: 2, name: 'Toinen', mode: 'test', active: false })];
    session.ended = null;
  });
  afterEach(() => (session.ended = null));

  async function ends(account: number, batch: Batch): Promise<ReturnType<typeof vi.fn>> {
    const { notify } = fakeIpc({ notify: vi.fn(async () => null) });
    render(Announcer);
    session.ended = { account, batch };
    await tick();
    return notify;
  }

  it('the desktop is asked to say so, once, in the name of its shop', async () => {
    const notify = await ends(2, finished);
    await tick();
    expect(notify.mock.calls.map(([title]) => title)).toEqual(['TEST · Toinen']);
  });

  it('nothing is said of a shop that is gone', async () => {
    expect(await ends(3, finished)).not.toHaveBeenCalled();
  });
});
