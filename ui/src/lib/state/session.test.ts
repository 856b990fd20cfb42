import { flushSync } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { anAccount, fakeIpc, openSession } from '../../test/fake-ipc';
import { events } from '../ipc';
import type { AccountDto, Changed, Start, SyncState } from '../ipc';
import { zone } from '../format';
import { session } from './session.svelte';

const first = anAccount();
const second = anAccount({ id: 2, name: 'Toinen', active: false });

const aSync = (part: Partial<SyncState> = {}): SyncState => ({
  account: 1, running: false, at: null, error: null, offlineSince: null, unsaved: 0, ...part,
});

/** A promise that the test lets go of. */
function later<T>() {
  let give: (value: T) => void = () => undefined;
  const promise = new Promise<T>((done) => (give = done));
  return { promise, give };
}

const settled = () => new Promise((done) => setTimeout(done));

/** Listens to a shell whose events the test makes. */
async function listening() {
  let changed: (payload: Changed) => void = () => undefined;
  vi.spyOn(events.changed, 'listen').mockImplementation(async (heard) => ((changed = heard), () => undefined));
  vi.spyOn(events.syncState, 'listen').mockResolvedValue(() => undefined);
  vi.spyOn(events.closing, 'listen').mockResolvedValue(() => undefined);
  vi.spyOn(events.batchChanged, 'listen').mockResolvedValue(() => undefined);
  vi.spyOn(events.batchEnded, 'listen').mockResolvedValue(() => undefined);
  const end = await session.listen();
  return { changed: () => changed({ account: 1 } as Changed), end };
}

beforeEach(() => {
  openSession();
  session.accounts = [first, second];
});
afterEach(() => {
  session.start = null;
  session.failed = null;
  vi.restoreAllMocks();
});

describe('when something has changed in the data file', () => {
  it('takes what is new of the accounts, and keeps to the one that is worked on', async () => {
    const report = '2026-11-23T06:00:00.000Z';
    fakeIpc({
      accounts: async () => [
        { ...first, active: false, paused: 'not accepted', lastReportAt: report },
        { ...second, active: true },
      ],
    });
    const { changed, end } = await listening();
    changed();
    await settled();
    expect([session.account?.id, session.account?.paused, session.account?.lastReportAt]).toEqual([1, 'not accepted', report]);
    end();
  });

  it('asks once more after an answer that was under way, and the newest stands', async () => {
    const answers = [later<AccountDto[]>(), later<AccountDto[]>()];
    const accounts = vi.fn(() => answers[accounts.mock.calls.length - 1]?.promise);
    fakeIpc({ accounts: accounts as never });
    const { changed, end } = await listening();
    [1, 2, 3].forEach(changed);
    expect(accounts).toHaveBeenCalledTimes(1);
    answers[0]?.give([{ ...first, paused: 'old' }, second]);
    await settled();
    expect(accounts).toHaveBeenCalledTimes(2);
    answers[1]?.give([{ ...first, paused: null }, second]);
    await settled();
    expect(session.account?.paused).toBe(null);
    end();
  });

  it('lets an answer go that is older than a change of the account', async () => {
    const slow = later<AccountDto[]>();
    const accounts = vi.fn(async (): Promise<AccountDto[]> => (accounts.mock.calls.length === 1 ? slow.promise : [{ ...first, active: false }, { ...second, active: true }]));
    fakeIpc({ accounts, useAccount: async () => null, syncState: async () => null });
    const { changed, end } = await listening();
    changed();
    await session.use(2);
    slow.give([{ ...first, paused: 'old' }, second]);
    await settled();
    expect([session.account?.id, session.accounts[0]?.paused]).toEqual([2, null]);
    end();
  });
});

describe('the line to Paytrail', () => {
  it('says nothing of the shop before while that of another is asked for', async () => {
    const answer = later<SyncState>();
    fakeIpc({
      useAccount: async () => null,
      accounts: async () => [{ ...first, active: false }, { ...second, active: true }],
      syncState: () => answer.promise,
    });
    session.sync = aSync({ offlineSince: '2026-11-23T08:00:00.000Z' });
    const used = session.use(2);
    await settled();
    expect(session.sync).toBe(null);
    answer.give(aSync({ account: 2, at: '2026-11-23T08:40:00.000Z' }));
    await used;
    expect(session.sync?.account).toBe(2);
  });

  it('drops an answer for a shop that is not worked on any more', async () => {
    const slow = later<SyncState>();
    const syncState = vi.fn(async (account: number) => (account === 2 ? slow.promise : aSync({ account: 1 })));
    const active = { id: 2 };
    fakeIpc({
      syncState,
      useAccount: async (id: number) => void (active.id = id),
      accounts: async () => [first, second].map((account) => ({ ...account, active: account.id === active.id })),
    });
    const away = session.use(2);
    await settled();
    await session.use(1);
    slow.give(aSync({ account: 2 }));
    await away;
    expect(session.sync?.account).toBe(1);
  });
});

describe('the time', () => {
  it('is also there to the minute begun', () => {
    session.now = Date.parse('2026-11-23T08:47:59.900Z');
    flushSync();
    expect(new Date(session.minute).toISOString()).toBe('2026-11-23T08:47:00.000Z');
  });

  it('falls back to Helsinki when the web view does not know the zone, and the window opens', async () => {
    const settings = { language: null, theme: 'system' as const, timeZone: 'Europe/Nowhere', layout: null, batchConcurrency: 8 };
    const start: Start = { version: '1', accounts: [first], settings, wantsSandbox: false, locked: null, sealed: true, dataFolder: '/d', osUser: 'sari', first: null };
    fakeIpc({ start: async () => start, syncState: async () => null });
    await session.open();
    expect([session.failed, session.start, zone.current]).toEqual([null, start, 'Europe/Helsinki']);
  });
});
