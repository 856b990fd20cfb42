import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { violations } from '../../test/axe';
import { anAccount, anError, fakeIpc, openSession, type Fakes } from '../../test/fake-ipc';
import { press } from '../../test/keyboard';
import type { AuditEntry, AuditPage, AuditQuery, AuditReport } from '../../lib/ipc';
import { setZone } from '../../lib/format';
import { locales, setLocale } from '../../lib/i18n';
import { session } from '../../lib/state/session.svelte';
import ActivityView from './ActivityView.svelte';
import { dayBegins, dayEnds } from './days';
import { breakText, textOf } from './words';

const entry = (part: Partial<AuditEntry> = {}): AuditEntry => ({
  seq: 41, at: '2026-11-22T07:14:02.000Z', by: 'sari', what: 'operation.done', operation: 'op-1', kind: 'refund', state: 'done', amount: 1800,
  reference: '1048', refundReason: 'Returned goods', payment: 'p-1', requestId: 'req-7', sealed: true,
  values: { from: 'sending', reason: 'refunded', proof: 'signed answer', httpStatus: '201' }, ...part,
});

const imported = entry({
  seq: 40, what: 'import', operation: null, kind: null, state: null, amount: null, reference: '', refundReason: null, payment: null, requestId: null,
  values: { files: '["marraskuu.csv"]', new: '12', changed: '3', same: '400' },
});

const good: AuditReport = { holds: true, entries: 41, verifiedTo: 41, unsealed: null, keyMissing: null, head: 'agrees', broken: null };
const page = (rows: AuditEntry[] = [entry(), imported], next: number | null = null): AuditPage => ({ rows, next });

const plain = (text: string | null | undefined) => (text ?? '').replace(/[\s\u00a0]+/g, ' ').trim();

async function open<More extends Fakes>(more: More = {} as More) {
  const account = openSession(anAccount());
  const asked = {
    auditLog: vi.fn(async (_account: number, _query: AuditQuery, _before: number | null, _limit: number) => page()),
    auditPeople: vi.fn(async () => ['maija', 'sari']),
    verifyAudit: vi.fn(async () => good),
    ...more,
  };
  fakeIpc(asked);
  const view = render(ActivityView, { account });
  await screen.findByRole('heading', { level: 1, name: 'Activity' });
  return { ...view, ...asked };
}

const queries = (auditLog: { mock: { calls: unknown[][] } }) => auditLog.mock.calls.map(([, query]) => query as AuditQuery);

beforeEach(() => {
  vi.restoreAllMocks();
  setZone('Europe/Helsinki');
});

describe('the activity', () => {
  it('says who did what and when, in plain words, newest first', async () => {
    await open();
    const row = await screen.findByRole('row', { name: /sari: Refunded 18,00\s€, order 1048/ });
    expect(plain(row.textContent)).toContain('Refunded 18,00 €, order 1048');
    expect(screen.getByRole('row', { name: /Imported marraskuu.csv/ })).toBeTruthy();
    expect(screen.getAllByRole('button', { name: 'Copy the request-id' })).toHaveLength(1);
    expect(await violations()).toEqual([]);
  });

  it('opens an entry beside the list, with why it was made, and leads to its payment and its operation', async () => {
    await open();
    await fireEvent.click(await screen.findByRole('row', { name: /Refunded 18,00\s€/ }));
    const pane = within(await screen.findByRole('complementary'));
    expect(pane.getByText('Returned goods')).toBeTruthy();
    expect(pane.getByText('22.11.2026 09.14.02')).toBeTruthy();
    expect(pane.getByText('Sealed with the key of the keychain')).toBeTruthy();
    expect(pane.getByText('req-7')).toBeTruthy();
    expect(await violations()).toEqual([]);
    await fireEvent.click(pane.getByRole('button', { name: 'Open the payment' }));
    expect([session.view, session.payment]).toEqual(['payments', 'p-1']);
    await fireEvent.click(pane.getByRole('button', { name: 'Open it in Refunds' }));
    expect([session.view, session.operation]).toEqual(['refunds', 'op-1']);
    session.operation = null;
    await press('Escape');
    await waitFor(() => expect(screen.queryByRole('complementary')).toBeNull());
  });

  it('is narrowed by kind, person, day and words', async () => {
    const { auditLog } = await open();
    await screen.findByRole('row', { name: /Refunded/ });
    await fireEvent.click(screen.getByRole('button', { name: 'What it is about: Everything' }));
    await fireEvent.click(await screen.findByRole('menuitemcheckbox', { name: 'Settings' }));
    await waitFor(() => expect(queries(auditLog).at(-1)?.kind).toBe('settings'));
    await fireEvent.click(screen.getByRole('button', { name: 'Who: Everybody' }));
    await fireEvent.click(await screen.findByRole('menuitemcheckbox', { name: 'maija' }));
    await waitFor(() => expect(queries(auditLog).at(-1)?.by).toBe('maija'));
    await fireEvent.input(screen.getByLabelText('Day'), { target: { value: '2026-11-24' } });
    await fireEvent.input(screen.getByRole('searchbox', { name: 'Search the log' }), { target: { value: ' 1048 ' } });
    await waitFor(() =>
      expect(queries(auditLog).at(-1)).toEqual({ kind: 'settings', by: 'maija', from: '2026-11-23T22:00:00.000Z', until: '2026-11-24T22:00:00.000Z', text: '1048' }),
    );
  });

  it('shows no day as chosen before one is', async () => {
    await open();
    const hint = () => screen.queryAllByText('Day').filter((each) => each.getAttribute('aria-hidden') === 'true').length;
    expect(hint()).toBe(1);
    await fireEvent.input(screen.getByLabelText('Day'), { target: { value: '2026-11-24' } });
    expect(hint()).toBe(0);
  });

  it('says that nothing was found, and shows all again', async () => {
    const auditLog = vi.fn(async (_: number, query: AuditQuery) => page(query.text === '' ? undefined : []));
    await open({ auditLog });
    await screen.findByRole('row', { name: /Refunded/ });
    await fireEvent.input(screen.getByRole('searchbox', { name: 'Search the log' }), { target: { value: 'x' } });
    expect(await screen.findByText('Nothing found')).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: 'Show all' }));
    expect(await screen.findByRole('row', { name: /Refunded/ })).toBeTruthy();
  });

  it('is empty before anything has happened, and says when it can’t be read', async () => {
    const { unmount } = await open({ auditLog: vi.fn(async () => page([])) });
    expect(await screen.findByText('Nothing has happened yet')).toBeTruthy();
    unmount();
    await open({ auditLog: vi.fn(async () => Promise.reject(anError({ code: 'store', message: 'no file' }))) });
    expect(await screen.findByRole('alert')).toBeTruthy();
    expect(screen.queryByText('Nothing has happened yet')).toBeNull();
  });

  it('reads on as it is scrolled, from the place where the page before ended', async () => {
    const all = Array.from({ length: 3 }, (_, at) => entry({ seq: 41 - at }));
    const auditLog = vi.fn(async (_: number, _query: AuditQuery, before: number | null) => (before === null ? page(all.slice(0, 2), 40) : page(all.slice(2))));
    await open({ auditLog });
    await waitFor(() => expect(auditLog.mock.calls.map(([, , before]) => before)).toEqual([null, 40]));
    expect(await screen.findByText('3 entries')).toBeTruthy();
  });

  it('is written to a file, and says where it is', async () => {
    const exportAudit = vi.fn(async () => ({ path: '/home/sari/Lataukset/hyvitys-audit-log-2026-11-24.csv', rows: 41 }));
    await open({ exportAudit });
    await fireEvent.click(screen.getByRole('button', { name: 'Export' }));
    await fireEvent.click(await screen.findByRole('menuitem', { name: 'For a spreadsheet (CSV)' }));
    expect(await screen.findByText('/home/sari/Lataukset/hyvitys-audit-log-2026-11-24.csv')).toBeTruthy();
    expect(screen.getByText('41 entries were written to a file')).toBeTruthy();
    expect(exportAudit).toHaveBeenCalledWith(1, { kind: null, by: null, from: null, until: null, text: '' }, 'csv');
  });
});

describe('the state of the chain', () => {
  const said = () => plain(document.querySelector('.notes')?.textContent);

  it('is verified by itself, by button and by key', async () => {
    const { verifyAudit } = await open();
    expect(await screen.findByText('Verified up to entry 41')).toBeTruthy();
    await fireEvent.click(screen.getByRole('button', { name: 'Verify again' }));
    await waitFor(() => expect(verifyAudit).toHaveBeenCalledTimes(2));
    await press('v');
    await waitFor(() => expect(verifyAudit).toHaveBeenCalledTimes(3));
  });

  it('names the place where the log does not hold', async () => {
    const broken: AuditReport = { ...good, holds: false, verifiedTo: 16, broken: { seq: 17, what: 'changed', known: null, operation: null, of: null } };
    await open({ verifyAudit: vi.fn(async () => broken) });
    expect(await screen.findByRole('alert')).toBeTruthy();
    expect(said()).toContain('The log is not as it was written');
    expect(said()).toContain('Entry 17, or the one before it, was changed. Up to entry 16 it fits.');
    expect(screen.queryByText(/^Verified/)).toBeNull();
    expect(await violations()).toEqual([]);
  });

  it('does not call proven what has no key, nor an end that nobody remembers', async () => {
    const unsealed: AuditReport = { ...good, unsealed: { first: 1, last: 41, count: 41 }, head: 'notKept' };
    await open({ verifyAudit: vi.fn(async () => unsealed) });
    await screen.findByText('Verified up to entry 41');
    expect(said()).toContain('41 entries between 1 and 41 were written without a key from the keychain.');
    expect(said()).toContain('whether entries are missing at the end can’t be told');
    expect(said()).not.toContain('Every entry is there');
  });

  it('is not called verified while keys are missing', async () => {
    const missing: AuditReport = { ...good, holds: false, keyMissing: { first: 3, last: 41, count: 39 } };
    await open({ verifyAudit: vi.fn(async () => missing) });
    expect(await screen.findByText('Not everything could be proven')).toBeTruthy();
    expect(screen.queryByText(/^Verified/)).toBeNull();
  });
});

describe('the words of an entry', () => {
  const others = [
    'answer.contradicts', 'evidence.contradicts', 'refund.elsewhere', 'refund.pointed', 'batch.confirmed', 'batch.paused', 'batch.resumed', 'batch.stopped', 'batch.finished',
    'payment.sending', 'payment.created', 'payment.found', 'payment.notSent', 'payment.refused', 'payment.unknown', 'payment.markedNotMade', 'payment.idGiven', 'draft.begun', 'draft.deleted',
    'import', 'import.undone', 'payments.exported', 'audit.exported', 'setting.changed', 'account.added', 'account.used', 'account.renamed', 'account.callback', 'account.secret',
    'account.removed', 'account.paused', 'account.unpaused', 'journal.taken_over',
  ];
  const states = ['queued', 'sending', 'accepted', 'done', 'failed', 'rejected', 'unknown'].map((state) => `operation.${state}`);

  it.each([...states, ...others])('%s are there in every language, without a code', (what) => {
    const texts = locales.map((locale) => {
      void setLocale(locale);
      const name = what === 'setting.changed' ? 'refundLimit' : 'Kehrä';
      return textOf(entry({ what, values: { batch: '7', lines: '412', sum: '1823040', name, value: '50000' } }));
    });
    expect(new Set(texts).size).toBe(locales.length);
    for (const text of texts) expect(text).not.toMatch(/[{}]|\w\.\w+_|operation\.|refundLimit/);
    void setLocale('en');
  });

  it('tell a person’s word and a try again from what an answer proves', () => {
    expect(plain(textOf(entry({ what: 'operation.failed', values: { from: 'unknown', reason: 'marked_not_moved' } })))).toBe('Said that it did not go through: refund of 18,00 €, order 1048');
    expect(plain(textOf(entry({ what: 'operation.queued', values: { from: 'sending', reason: 'nothing_sent' } })))).toMatch(/^Not sent yet/);
    expect(plain(textOf(entry({ what: 'operation.queued', values: { amount: '1800' } })))).toBe('Confirmed: refund of 18,00 €, order 1048');
  });

  it('say a changed limit as money, and one that was taken back', () => {
    expect(plain(textOf(entry({ what: 'setting.changed', values: { name: 'refundLimit', value: '50000' } })))).toBe('Limit of one refund set to 500,00 €');
    expect(textOf(entry({ what: 'setting.changed', values: { name: 'refundLimit', value: '' } }))).toBe('Limit of one refund taken back');
  });

  it('say of a later version’s entry that it is one', () => {
    expect(textOf(entry({ what: 'quantum.leap' }))).toBe('An entry of another version of the program: quantum.leap');
  });

  it('say every flaw with its place', () => {
    for (const what of ['missing', 'changed', 'unreadable', 'cutOff', 'notAsKnown', 'operation', 'foreignRefund', 'setting'] as const) {
      expect(breakText({ seq: 17, what, known: 20, operation: 'op-1', of: 'amount' })).toContain('17');
    }
  });
});

describe('a day', () => {
  it('begins and ends by the shop’s wall, also when the clocks change', () => {
    expect([dayBegins('2026-11-24'), dayEnds('2026-11-24')]).toEqual(['2026-11-23T22:00:00.000Z', '2026-11-24T22:00:00.000Z']);
    expect([dayBegins('2026-03-29'), dayEnds('2026-03-29')]).toEqual(['2026-03-28T22:00:00.000Z', '2026-03-29T21:00:00.000Z']);
    expect([dayBegins(''), dayEnds(''), dayBegins('24.11.2026')]).toEqual([null, null, null]);
  });
});
