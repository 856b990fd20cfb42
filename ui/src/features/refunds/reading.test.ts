import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { anError, anOperation, fakeIpc, openSession } from '../../test/fake-ipc';
import type { OperationDetail, OperationPage } from '../../lib/ipc';
import { session } from '../../lib/state/session.svelte';
import { History } from './history.svelte';
import RefundsView from './RefundsView.svelte';

const quiet = { account: 1, running: false, at: null, error: null, offlineSince: null, unsaved: 0 };

beforeEach(() => {
  openSession();
  session.view = 'refunds';
});

describe('a search through operations that are not all read', () => {
  const rows = Array.from({ length: 1500 }, (_, index) => anOperation({ id: `op-${index}`, reference: `${10_000 + index}` }));

  it('does not say that nothing matches before all were looked through', async () => {
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((go) => (letGo = go));
    const operations = vi.fn(async (_account: number, after: string | null, limit: number): Promise<OperationPage> => {
      const from = Number(after ?? 0);
      if (from > 0) await held;
      return { rows: rows.slice(from, from + limit), next: from + limit < rows.length ? String(from + limit) : null, sums: [] };
    });
    fakeIpc({ operations });
    render(RefundsView);
    await screen.findByRole('row', { name: /10000/ });
    await fireEvent.input(screen.getByRole('searchbox'), { target: { value: '11499' } });
    expect(await screen.findByText('Looking through the rest…')).toBeTruthy();
    // A change meanwhile begins the reading anew, and all are still wanted.
    session.revision += 1;
    expect(screen.queryByText('Nothing matches')).toBe(null);
    letGo();
    expect(await screen.findByRole('row', { name: /11499/ })).toBeTruthy();
    await fireEvent.input(screen.getByRole('searchbox'), { target: { value: 'nobody' } });
    expect(await screen.findByText('Nothing matches')).toBeTruthy();
  });
});

describe('a look that a person asked for', () => {
  it('says when it failed, and says nothing of one that failed before', async () => {
    const cancel = anOperation({ kind: 'cancel', state: 'unknown', reason: 'unclear', proof: null, moneyMoved: 'unknown' });
    const detail: OperationDetail = { operation: cancel, attempts: [], entries: [] };
    fakeIpc({ operations: async () => ({ rows: [cancel], next: null, sums: [] }), operation: async () => detail, sync: async () => null });
    const failed = { ...quiet, error: anError({ code: 'nothingSent', message: 'no route' }).data };
    session.sync = failed;
    render(RefundsView);
    const again = await screen.findByRole('button', { name: 'Look again' });
    expect(screen.queryByRole('alert')).toBe(null);
    await fireEvent.click(again);
    expect(screen.queryByRole('alert')).toBe(null);
    session.sync = { ...failed, running: true };
    session.sync = { ...failed };
    await waitFor(() => expect(screen.getByRole('alert').textContent).toContain('Paytrail could not be reached'));
    expect(screen.queryByText('Looked, and still open.')).toBe(null);
  });
});

describe('the history of an operation', () => {
  it('says nothing of the failure of the one before', async () => {
    const history = new History();
    fakeIpc({ operation: async () => Promise.reject(anError({ code: 'store' })) });
    await history.ask(1, 'a');
    expect(history.error?.code).toBe('store');
    fakeIpc({ operation: () => new Promise(() => undefined) });
    void history.ask(1, 'b');
    expect(history.error).toBe(null);
  });
});
