/** Many with one confirmation: planned, confirmed, run, paused, killed and taken up again. Never one twice. */
import { expect } from 'vitest';
import { Key, prepared, test, until, type Prepared, type ShopPayment, type Stage } from '../harness';

interface On extends Prepared {
  payments: ShopPayment[];
}

async function withPayments(stage: Stage, count: number, shop = {}): Promise<On> {
  const all = await prepared(stage, { shop: { payments: 240, ...shop } });
  const payments = (await all.shop.untouched()).slice(0, count);
  expect(payments).toHaveLength(count);
  await all.window.press('g', 'b');
  await all.window.find('heading', 'Bulk');
  return { ...all, payments };
}

/** A file of one euro of each payment. */
const file = (payments: readonly ShopPayment[], more: readonly string[] = []) =>
  ['Tilausnumero;Summa;Huomautus', ...payments.map(({ reference }) => `${reference};1,00;peruttu`), ...more].join('\r\n');

async function check({ window }: On, text: string): Promise<void> {
  await window.click('button', /New batch/);
  await window.find('heading', 'Drop a file here');
  await window.give({ 'lankafestarit.csv': text });
}

async function confirm({ window, payments }: On): Promise<void> {
  await window.click('button', new RegExp(`^Confirm ${payments.length} refunds`), 30_000);
  await window.click('button', new RegExp(`^Refund ${payments.length} payments`), 30_000);
}

/** How often the shop has paid each payment back. */
const paidBack = ({ shop, payments }: On) => Promise.all(payments.map(async ({ transactionId }) => (await shop.refundsOf(transactionId)).length));

test('a file is checked line by line, confirmed as it was shown, and each payment is paid back once', async (stage) => {
  const on = await withPayments(stage, 12);
  const [first] = on.payments;
  const text = file(on.payments, [`EI-OLE;5,00;`, `${first?.reference};1,00;`, `${first?.reference};9999,00;`]);
  await check(on, text);
  await on.window.sees('3 errors', 30_000);
  await on.window.sees('This account has no such payment');
  expect(await paidBack(on)).toEqual(on.payments.map(() => 0));
  await confirm(on);
  await on.window.sees('The batch is finished', 60_000);
  expect(await paidBack(on)).toEqual(on.payments.map(() => 1));
  expect(await on.window.axe()).toEqual([]);

  // The same file once more sends nothing by itself.
  await on.window.press('g', 'p');
  await on.window.press('g', 'b');
  await on.window.click('button', /All batches/);
  await check(on, text);
  await on.window.sees('Batch 1 was made of the same file', 30_000);
  await on.window.sees('15 errors');
});

test('a batch is paused and goes on, also while another view is shown', async (stage) => {
  const on = await withPayments(stage, 40, { latency: '1500ms' });
  await check(on, file(on.payments));
  await confirm(on);
  await on.window.sees('Pause', 30_000);
  await until('some answers', async () => (await paidBack(on)).filter(Boolean).length > 4, 30_000);
  await on.window.press('p');
  await on.window.sees('Batch 1 is paused: somebody paused it', 30_000);
  await until('the lines under way', async () => !(await on.window.script<boolean>('return document.body.innerText.includes("Lines under way end first")')), 30_000);
  await until('the end of the last lines', () => on.window.says('Resume'), 30_000);
  const stood = (await paidBack(on)).filter(Boolean).length;
  expect(stood).toBeLessThan(40);
  expect((await paidBack(on)).filter(Boolean).length).toBe(stood);
  await on.window.press('p');
  await on.window.press('g', 'p');
  await until('all of them', async () => (await paidBack(on)).every((times) => times === 1), 60_000);
  await on.window.press('g', 'b');
  await on.window.sees('The batch is finished', 30_000);
});

test('a program that is killed within a batch sends nothing twice, and the batch stands where it stood', async (stage) => {
  const on = await withPayments(stage, 40, { latency: '1500ms' });
  await check(on, file(on.payments));
  await confirm(on);
  await until('some answers', async () => (await paidBack(on)).filter(Boolean).length > 8, 60_000);
  for (const pid of await on.window.processes()) process.kill(pid, 'SIGKILL');
  const { window } = on;
  await window.quit().catch(() => undefined);
  await window.ended();
  await window.start();
  await window.find('grid', undefined, 30_000);
  await window.press('g', 'b');
  await window.sees('Stands where it stood', 30_000);
  await window.script('document.querySelector("[data-row]").click()');
  await window.press(Key.Enter);
  await window.sees(/Batch 1 stands where it stood/, 30_000);
  await window.press('p');
  await window.sees('The batch is finished', 60_000);
  const times = await paidBack(on);
  expect(Math.max(...times)).toBe(1);
  // What was on its way is unknown and not sent again, whether or not it was paid.
  const unknown = (await on.cli.operations()).filter(({ state }) => state === 'unknown').length;
  expect(times.filter((each) => each === 0).length).toBeLessThanOrEqual(unknown);
});

test('closing the window while a batch runs asks, and pauses it', async (stage) => {
  const on = await withPayments(stage, 40, { latency: '1500ms' });
  await check(on, file(on.payments));
  await confirm(on);
  await until('some answers', async () => (await paidBack(on)).filter(Boolean).length > 2, 60_000);
  const { window } = on;
  await window.askToClose();
  await window.click('button', /Pause and close/, 30_000);
  await window.ended(30_000);
  await window.quit().catch(() => undefined);
  await window.start();
  await window.find('grid', undefined, 30_000);
  await window.press('g', 'b');
  await window.sees(/paused/i, 30_000);
  expect(Math.max(...(await paidBack(on)))).toBe(1);
});

/** Chooses holds in the list by their orders, and orders an act of all of them by its key. */
async function chooseHolds({ window }: Prepared, holds: readonly ShopPayment[], key: 'a' | 'c'): Promise<void> {
  await window.press('g', 'm');
  await window.find('heading', 'Manual invoices');
  for (const { reference } of holds) {
    await window.fill('searchbox', 'Search open holds', reference);
    await window.sees('1 found');
    await window.script('document.activeElement.blur()');
    await window.press('j', 'x');
  }
  await window.sees(`${holds.length} selected`);
  await window.press(key);
}

for (const { key, act, done, call, status } of [
  { key: 'a', act: 'Activate', done: 'activated', call: 'activate-invoice', status: 'ok' },
  { key: 'c', act: 'Cancel', done: 'cancelled', call: 'cancel-order', status: 'fail' },
] as const) {
  test(`selected manual invoices are ${done} as one batch, and what became of them is a spreadsheet that opens`, async (stage) => {
    const on = await prepared(stage, { shop: { payments: 240 } });
    const { window, shop, cli } = on;
    const holds = (await shop.holds()).slice(0, 4);
    expect(holds).toHaveLength(4);
    await chooseHolds(on, holds, key);
    await window.click('button', /^Confirm 4 /, 30_000);
    for (const { transactionId } of holds) expect(await shop.requests(`${transactionId}/${call}`)).toHaveLength(0);
    await window.click('button', new RegExp(`^${act} 4 `), 30_000);
    await window.sees('The batch is finished', 60_000);
    await window.sees(`4 of 4 ${done}`);
    for (const { transactionId } of holds) {
      expect((await shop.payment(transactionId)).status).toBe(status);
      expect(await shop.requests(`${transactionId}/${call}`)).toHaveLength(1);
    }
    expect(await window.axe()).toEqual([]);

    await window.click('button', 'Export');
    await window.click('menuitem', 'Excel (XLSX)');
    const path = await until('the file', async () => /\S+\.xlsx/.exec(await window.text())?.[0]);
    // Another library reads it than the one that wrote it, and finds the same payments in it: `result` is theirs.
    const { output } = await cli.run(['bulk', 'check', path, '--kind', act.toLowerCase(), '--json']);
    const read = JSON.parse(output.slice(output.indexOf('{'))) as { columns: [string, string | null][]; plan: Record<'ready' | 'error', { count: number; sum: number }> };
    expect(read.columns.map(([header]) => header)).toEqual(['transactionId', 'result', 'refundId', 'requestId', 'message', 'at']);
    const sum = holds.reduce((all, { amount }) => all + amount, 0);
    // What was captured can't be activated again; cancelling again is harmless, so it is not refused.
    expect(read.plan[key === 'a' ? 'error' : 'ready']).toEqual({ count: 4, sum });
  });
}
