/** Many refunds with one confirmation: planned, confirmed, run, paused, killed and taken up again. Never one twice. */
import { join } from 'node:path';
import { expect } from 'vitest';
import { Key, prepared, test, until, type Prepared, type ShopPayment, type Stage } from '../harness';
import { failures, root } from '../harness/places';

/** The guide's pictures of it are made anew only when asked for. */
const pictures = process.env['HYVITYS_E2E_PICTURES'] ? join(root, 'docs/guide/pictures') : join(failures, 'pictures');

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
  await on.window.picture(join(pictures, 'bulk-check-light-en.png'));
  await confirm(on);
  await on.window.sees('The batch is finished', 60_000);
  await on.window.picture(join(pictures, 'bulk-result-light-en.png'));
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
  await on.window.picture(join(pictures, 'bulk-running-light-en.png'));
  await on.window.press('p');
  await on.window.sees('Batch 1 is paused: somebody paused it', 30_000);
  await until('the lines under way', async () => !(await on.window.script<boolean>('return document.body.innerText.includes("Lines under way end first")')), 30_000);
  await until('the end of the last lines', () => on.window.says('Resume'), 30_000);
  const stood = (await paidBack(on)).filter(Boolean).length;
  expect(stood).toBeLessThan(40);
  await on.window.picture(join(pictures, 'bulk-paused-light-en.png'));
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
  await window.picture(join(pictures, 'bulk-interrupted-light-en.png'));
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
