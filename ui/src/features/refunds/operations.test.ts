import { beforeEach, describe, expect, it, vi } from 'vitest';
import { anError, anOperation, fakeIpc } from '../../test/fake-ipc';
import type { OperationPage } from '../../lib/ipc';
import { Operations } from './operations.svelte';

const rows = Array.from({ length: 1500 }, (_, index) => anOperation({ id: `op-${index}`, reference: `${1000 + index}` }));

/** A shell with 1 500 operations, in pages; `hold` keeps its answers back until they are let go. */
function aShell() {
  let [held, waiting] = [false, [] as (() => void)[]];
  const operations = vi.fn(async (_account: number, after: string | null, limit: number): Promise<OperationPage> => {
    if (held) await new Promise<void>((go) => waiting.push(go));
    const from = Number(after ?? 0);
    const to = from + limit;
    return { rows: rows.slice(from, to), next: to < rows.length ? String(to) : null, sums: [] };
  });
  fakeIpc({ operations });
  return {
    operations,
    hold: () => (held = true),
    letGo: () => {
      held = false;
      waiting.splice(0).forEach((go) => go());
    },
  };
}

const settled = async (list: Operations, count: number) => vi.waitFor(() => expect(list.rows?.length).toBe(count));

let shell: ReturnType<typeof aShell>;
let list: Operations;
beforeEach(() => {
  shell = aShell();
  list = new Operations();
});

describe('the list of operations', () => {
  it('reads one page, and a page more when its end comes into sight', async () => {
    await list.ask(1);
    expect([list.rows?.length, list.more]).toEqual([500, true]);
    await list.readOn();
    expect([list.rows?.length, list.more]).toEqual([1000, true]);
  });

  it('reads all 1 500 for a search, also when a read is under way as it begins', async () => {
    shell.hold();
    const asked = list.ask(1);
    void list.wantAll(true);
    shell.letGo();
    await asked;
    expect([list.rows?.length, list.more]).toEqual([1500, false]);
  });

  it('reads all for a search when something changes while they are read', async () => {
    await list.ask(1);
    shell.hold();
    const wanted = list.wantAll(true);
    void list.ask(1);
    shell.letGo();
    await wanted;
    expect([list.rows?.length, list.more]).toEqual([1500, false]);
  });

  it('reads again only what was in sight once the search has ended', async () => {
    await list.ask(1);
    await list.wantAll(true);
    await list.wantAll(false);
    await settled(list, 500);
    expect(list.more).toBe(true);
    shell.operations.mockClear();
    await list.ask(1);
    expect(shell.operations).toHaveBeenCalledTimes(1);
  });

  it('keeps what it has and stops asking when a page can’t be had', async () => {
    await list.ask(1);
    fakeIpc({ operations: async () => Promise.reject(anError({ code: 'store', message: 'disk' })) });
    await list.wantAll(true);
    expect([list.rows?.length, list.more, list.error?.code]).toEqual([500, true, 'store']);
  });
});
