import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { tick } from 'svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { violations } from '../../test/axe';
import { aBatch, aBatchLine, bulkShell, counts } from '../../test/bulk';
import { anError, openSession } from '../../test/fake-ipc';
import { press } from '../../test/keyboard';
import { toasts } from '../../lib/components/toasts.svelte';
import type { Batch, BatchLine, BatchLineState, BatchPause } from '../../lib/ipc';
import { session } from '../../lib/state/session.svelte';
import BulkView from './BulkView.svelte';
import { batchesOf } from './batches.svelte';
import { bulkOf } from './work.svelte';

const plain = (text: string | null | undefined) => (text ?? '').replaceAll('\u00a0', ' ').replace(/\s+/g, ' ');
const isLocked = (button: HTMLElement) => button.getAttribute('aria-disabled') === 'true';
const needs = () => within(screen.getByRole('complementary'));

beforeEach(() => {
  const { id } = openSession();
  session.start = null;
  session.batch = null;
  bulkOf(id).leave();
  batchesOf(id).list = null;
});

/** Opens a batch; its lines and its state are what the test says they are. */
async function open(first: Batch, some: BatchLine[] = [], more: Record<string, (...args: never[]) => Promise<unknown>> = {}) {
  let [batch, lines] = [first, some];
  const fakes = bulkShell([], {}, {
    batches: vi.fn(async () => [batch]),
    batch: vi.fn(async () => batch),
    batchLines: vi.fn(async (_: string, show: BatchLineState | null) => {
      const shown = lines.filter(({ state }) => show === null || state === show);
      return { lines: shown, total: shown.length };
    }),
    ...more,
  });
  batchesOf(1).list = [batch];
  bulkOf(1).look(batch.id);
  const view = render(BulkView);
  await screen.findByText(`Batch ${batch.number}`);
  /** The shell tells that the batch is another one now. */
  const turn = async (next: Batch, others = lines) => {
    [batch, lines] = [next, others];
    session.batch = { account: 1, batch: next.id };
    await tick();
  };
  return { ...fakes, ...view, turn };
}

const unknown = aBatchLine({ number: 251, customer: 'Lauri Jäppinen', state: 'unknown', proof: null, quarantineEndsAt: '2026-11-23T09:16:00.000Z' });
const refused = aBatchLine({ number: 249, customer: 'Onni Yrjölä', state: 'rejected', proof: null, message: 'Refund amount exceeds what is left.' });

describe('a batch that runs', () => {
  it('says what is done of the whole, how fast it goes and how long it takes, and each state with its sum', async () => {
    await open(aBatch(), [aBatchLine()]);
    expect(plain(screen.getByRole('region', { name: 'How far the batch is' }).textContent)).toContain('196,00€ refunded of 490,00 €');
    expect(screen.getByText('1 min 1 s')).toBeTruthy();
    expect(screen.getByText('2,6 a second')).toBeTruthy();
    expect(screen.getByText('4 of 10 answered')).toBeTruthy();
    expect(screen.getByRole('img', { name: 'Running: 4 of 10 lines answered' })).toBeTruthy();
    expect(screen.getByText('You can leave this view, the batch goes on. Closing the window asks first.')).toBeTruthy();
    expect(await violations()).toEqual([]);
  });

  it('goes on, is paused by a key, resumes and ends, and says so by ear at a calm pace', async () => {
    const paused = aBatch({ state: 'paused', why: 'person', resumable: true, perSecond: null, secondsLeft: null });
    const pauseBatch = vi.fn(async () => paused);
    const resumeBatch = vi.fn(async () => aBatch());
    const { turn } = await open(aBatch(), [aBatchLine()], { pauseBatch, resumeBatch });
    const ear = () => screen.getAllByRole('status').map((each) => plain(each.textContent)).join(' | ');
    expect(ear()).toContain('Batch 12: Running, 25 % answered');
    await turn(aBatch({ counts: counts({ done: 4, accepted: 0, sending: 3, waiting: 3 }) }));
    expect(ear()).toContain('Batch 12: Running, 25 % answered');

    await press('p');
    await waitFor(() => expect(pauseBatch).toHaveBeenCalledWith('batch-12'));
    // Whoever asks again while this goes on is told the same.
    await turn(paused);
    expect(await screen.findByText('Batch 12 is paused: somebody paused it')).toBeTruthy();
    expect(ear()).toContain('Batch 12: Paused');
    expect(await violations()).toEqual([]);

    await press('p');
    await waitFor(() => expect(resumeBatch).toHaveBeenCalledWith('batch-12'));
    await turn(aBatch());
    await waitFor(() => expect(screen.queryByText('Batch 12 is paused: somebody paused it')).toBeNull());

    await turn(aBatch({ state: 'finished', counts: counts({ done: 10 }), perSecond: null, secondsLeft: null, endedAt: '2026-11-23T08:46:00.000Z' }));
    expect(await screen.findByRole('heading', { name: 'The batch is finished' })).toBeTruthy();
    expect(ear()).toContain('Finished. 10 of 10 refunded, 490,00 €.');
    expect(screen.queryByRole('button', { name: /Pause|Stop/ })).toBeNull();
  });

  it('stops only after it was asked what stopping means', async () => {
    const stopBatch = vi.fn(async () => aBatch({ state: 'stopped', counts: counts({ done: 6, waiting: 4 }), endedAt: '2026-11-23T08:46:00.000Z' }));
    await open(aBatch(), [], { stopBatch });
    await fireEvent.click(screen.getByRole('button', { name: 'Stop…' }));
    const dialog = within(await screen.findByRole('dialog', { name: 'Stop batch 12 for good?' }));
    expect(plain(dialog.getByText(/will never be sent/).textContent)).toBe('4 lines, 196,00 €, will never be sent by this batch.');
    expect(dialog.getByText(/2 lines are under way and end first/)).toBeTruthy();
    expect(await violations()).toEqual([]);
    expect(stopBatch).not.toHaveBeenCalled();
    await fireEvent.click(dialog.getByRole('button', { name: /^Stop, 4 lines unsent/ }));
    expect(await screen.findByRole('heading', { name: 'The batch was stopped' })).toBeTruthy();
    expect(screen.getAllByText(/4 were never sent/).length).toBeGreaterThan(0);
  });

  it('puts what needs a person beside the lines: the unknown first, the refused with Paytrail’s words', async () => {
    await open(aBatch({ counts: counts({ done: 6, unknown: 1, rejected: 1, waiting: 2 }) }), [aBatchLine(), unknown, refused]);
    expect(await needs().findByText('2 lines need you')).toBeTruthy();
    const cards = await needs().findAllByRole('listitem');
    expect(plain(cards[0]?.textContent)).toMatch(/Outcome unknown.*49,00 €.*Line 251, Lauri Jäppinen.*not sent again.*Quarantine until 11\.16/);
    expect(plain(cards[1]?.textContent)).toMatch(/Refused.*Line 249, Onni Yrjölä.*“Refund amount exceeds what is left\.” No money moved\./);
    expect(within(cards[1] as HTMLElement).getByRole('button', { name: 'Copy the request-id' })).toBeTruthy();
    expect(await violations()).toEqual([]);
    await fireEvent.click(within(cards[0] as HTMLElement).getByRole('button', { name: 'Where to look' }));
    expect(session.view).toBe('refunds');
  });

  it('does not move the lines while somebody reads them; what they say changes in place', async () => {
    const before = [aBatchLine({ number: 3, state: 'sending' }), aBatchLine({ number: 2 }), aBatchLine({ number: 1 })];
    const { turn, batchLines } = await open(aBatch(), before);
    const order = () => [...document.querySelectorAll<HTMLElement>('[data-row]')]
      .sort((a, b) => Number(a.dataset['row']) - Number(b.dataset['row']))
      .map((each) => plain(each.getAttribute('aria-label')));
    await waitFor(() => expect(order()).toHaveLength(3));
    await press('j');
    const asked = batchLines.mock.calls.length;
    await turn(aBatch({ counts: counts({ done: 5, sending: 2, waiting: 3 }) }), [aBatchLine({ number: 4, state: 'sending' }), aBatchLine({ number: 3 }), ...before.slice(1)]);
    await waitFor(() => expect(batchLines.mock.calls.length).toBeGreaterThan(asked));
    await waitFor(() => expect(order()[0]).toBe('Line 3, LF-2003, 49,00 €, Refunded'));
    expect(order()).toHaveLength(3);
    await fireEvent.click(await screen.findByRole('button', { name: 'Show the newer ones' }));
    await waitFor(() => expect(order()[0]).toContain('Line 4'));
  });

  it('asks no more often than ten times a second, and misses nothing', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: false });
    try {
      const batches = batchesOf(1);
      const { batch } = bulkShell([], {}, { batch: vi.fn(async () => aBatch()) });
      for (let at = 0; at < 200; at += 1) {
        batches.heard('batch-12');
        await vi.advanceTimersByTimeAsync(5);
      }
      expect(batch.mock.calls.length).toBeLessThanOrEqual(11);
      const asked = batch.mock.calls.length;
      await vi.advanceTimersByTimeAsync(300);
      expect(batch.mock.calls.length).toBeGreaterThan(asked - 1);
    } finally {
      vi.useRealTimers();
    }
  });

  it('shows the lines of one state', async () => {
    await open(aBatch({ counts: counts({ done: 1, unknown: 1, waiting: 8 }) }), [aBatchLine(), unknown]);
    await fireEvent.click(screen.getByRole('tab', { name: /^Outcome unknown/ }));
    await waitFor(() => expect(screen.queryByRole('row', { name: /^Line 1,/ })).toBeNull());
    expect(screen.getByRole('row', { name: /^Line 251/ })).toBeTruthy();
  });

  it('says that it could not be paused, and whether money moved', async () => {
    await open(aBatch(), [], { pauseBatch: async () => Promise.reject(anError({ code: 'badInput', why: { kind: 'batchNotRunning', values: {} } })) });
    await press('p');
    await waitFor(() => expect(toasts().at(-1)?.title).toBe('The batch does not run'));
    expect(toasts().at(-1)?.text).toContain('No money moved.');
  });
});

describe('a batch that something has paused', () => {
  it.each([
    ['connection', 'Paytrail can’t be reached', /internet connection/],
    ['unauthorized', 'Paytrail did not accept the merchant id and secret', /right secret/],
    ['balance', 'the balance with Paytrail is too small', /add money in the Merchant Panel/],
    ['notSaved', 'the disk does not take what happened', /Make room on the disk/],
    ['stale', 'its confirmation is too old', /Check the rest anew/],
    ['locked', 'money is locked', /take it over in the settings/],
    ['keychain', 'the keychain does not give the secret', /Unlock the keychain/],
    ['interrupted', 'the program ended while it ran', /not sent again/],
    ['person', 'somebody paused it', /Resume it when/],
  ] as [BatchPause, string, RegExp][])('by %s says why and what to do', async (why, words, next) => {
    await open(aBatch({ state: 'paused', why, resumable: why !== 'stale' }));
    expect(screen.getByText(new RegExp(`: ${words}$`))).toBeTruthy();
    expect(screen.getByText(next)).toBeTruthy();
    expect(screen.getAllByRole('button', { name: why === 'stale' ? /confirm the rest anew/i : /^Resume/ }).length).toBeGreaterThan(0);
  });

  it('resumes only when its last lines have ended', async () => {
    await open(aBatch({ state: 'paused', why: 'person', ending: true, resumable: true }));
    expect(screen.getAllByRole('button', { name: 'Resume' }).every(isLocked)).toBe(true);
  });

  it('says why it could not go on', async () => {
    const resumeBatch = async () => Promise.reject(anError({ code: 'busy', why: { kind: 'batchElsewhere', values: {} } }));
    await open(aBatch({ state: 'paused', why: 'connection', resumable: true }), [], { resumeBatch });
    await fireEvent.click(screen.getByRole('button', { name: /^Resume: 4 lines/ }));
    expect(await screen.findByText('Another running program works on this batch')).toBeTruthy();
  });
});

describe('the result', () => {
  const over = (by: Partial<Record<BatchLineState, number>>, part: Partial<Batch> = {}) => aBatch({ state: 'finished', counts: counts(by), perSecond: null, secondsLeft: null, endedAt: '2026-11-23T08:46:37.000Z', ...part });

  it('tells what was done and what is followed, and how long it took', async () => {
    await open(over({ done: 8, accepted: 2 }), [aBatchLine()]);
    expect(plain(screen.getByText(/8 of 10 refunded, 392,00/, { selector: 'section p' }).textContent)).toContain('2 are requested and followed, 98,00 €.');
    expect(screen.getByText('1 min 37 s')).toBeTruthy();
    expect(screen.getByText('Nothing is left to do')).toBeTruthy();
    expect(await violations()).toEqual([]);
  });

  it('leads from the unknown to a report that proves them', async () => {
    await open(over({ done: 9, unknown: 1 }), [unknown]);
    expect(await needs().findByText(/Line 251/)).toBeTruthy();
    expect(await violations()).toEqual([]);
    await fireEvent.click(screen.getByRole('button', { name: 'Import a report that proves them' }));
    expect(session.view).toBe('import');
  });

  it('makes what failed a new batch', async () => {
    const { planBatch } = await open(over({ done: 7, rejected: 2, failed: 1 }), [refused]);
    await fireEvent.click(screen.getByRole('button', { name: 'What failed becomes a new batch (3)' }));
    await waitFor(() => expect(planBatch).toHaveBeenCalledTimes(1));
    expect(planBatch.mock.calls[0]?.[2]).toEqual({ from: 'batch', batch: 'batch-12', lines: 'failed' });
  });

  it('is written to a file, which is named', async () => {
    const exportBatch = vi.fn(async () => ({ path: '/home/sari/batch-12.csv' }));
    await open(over({ done: 10 }), [], { exportBatch });
    await fireEvent.click(screen.getByRole('button', { name: 'Export' }));
    await fireEvent.click(await screen.findByRole('menuitem', { name: 'CSV' }));
    await waitFor(() => expect(exportBatch).toHaveBeenCalledWith('batch-12', 'csv'));
    await waitFor(() => expect(toasts().at(-1)?.text).toBe('/home/sari/batch-12.csv'));
  });
});
