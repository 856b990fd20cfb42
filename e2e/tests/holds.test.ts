/** Open holds: activated, cancelled with each answer that Paytrail has, and never twice. */
import { expect } from 'vitest';
import { Key, prepared, test, until, type Prepared, type ShopPayment, type Stage } from '../harness';

interface AHold extends Prepared {
  hold: ShopPayment;
}

async function aHold(stage: Stage, shop = {}): Promise<AHold> {
  const all = await prepared(stage, { shop: { payments: 80, ...shop } });
  const hold = (await all.shop.holds())[0];
  if (!hold) throw new Error('the shop has no open hold');
  await all.window.press('g', 'm');
  await all.window.find('heading', 'Manual invoices');
  return { ...all, hold };
}

/** Chooses the hold in the list and orders an act by its key, as far as the confirmation. */
async function order({ window, hold }: AHold, key: 'a' | 'c'): Promise<void> {
  await window.fill('searchbox', 'Search open holds', hold.reference);
  await window.sees('1 found');
  await window.script('document.activeElement.blur()');
  await window.press('j', key);
  await window.find('dialog');
}

async function cancel(on: AHold): Promise<void> {
  await order(on, 'c');
  await on.window.click('button', new RegExp(`^Cancel order ${on.hold.reference}`));
}

const status = async ({ shop, hold }: AHold) => (await shop.payment(hold.transactionId)).status;

test('activating a hold captures it once and says so', async (stage) => {
  const on = await aHold(stage);
  await order(on, 'a');
  await on.window.sees('This captures the money');
  await on.window.click('button', new RegExp(`^Activate the invoice of order ${on.hold.reference}, `));
  await on.window.sees('Activated');
  await on.window.sees('The customer owes the invoice.');
  expect(await status(on)).toBe('ok');
  expect(await on.shop.requests(`${on.hold.transactionId}/activate-invoice`)).toHaveLength(1);
});

test('a cancel answered with 201 releases the hold and says so', async (stage) => {
  const on = await aHold(stage);
  await cancel(on);
  await on.window.sees('Cancelled, hold released');
  expect(await status(on)).toBe('fail');
  expect(await on.shop.requests(`${on.hold.transactionId}/cancel-order`)).toHaveLength(1);
});

test('a cancel answered with 202 stays requested and is followed until the hold is gone', async (stage) => {
  const on = await aHold(stage);
  await on.shop.post(`payments/${on.hold.transactionId}/next-cancel`, { status: 202 });
  await cancel(on);
  await on.window.sees('Cancellation requested');
  await on.window.sees('It is followed until it settles.');
  await on.window.click('button', /^Close/);
  // The shop settles it a minute later; the program looks by itself.
  await until('the end of the cancellation', async () => (await on.cli.operations())[0]?.state === 'done', 150_000);
  expect(await status(on)).toBe('fail');
  expect(await on.shop.requests(`${on.hold.transactionId}/cancel-order`)).toHaveLength(1);
}, 240_000);

/** Confirms a cancel, and while the look that comes first is on its way, another program of the shop does something. */
async function cancelWhile(on: AHold, elsewhere: 'cancel-order' | 'activate-invoice'): Promise<void> {
  await order(on, 'c');
  const id = on.hold.transactionId;
  const looks = (await on.shop.requests(`/payments/${id}`)).length;
  await on.shop.faults({ slow: { rate: 1, paths: ['get'] } });
  await on.window.click('button', new RegExp(`^Cancel order ${on.hold.reference}`));
  await until('the look before the cancel', async () => (await on.shop.requests(`/payments/${id}`)).length > looks);
  await on.shop.elsewhere(id, elsewhere);
}

const SLOW = { slowDelay: '3s' };

test('a cancel answered with 200 says that it was cancelled before, and is no error', async (stage) => {
  const on = await aHold(stage, SLOW);
  await cancelWhile(on, 'cancel-order');
  await on.window.sees('Was already cancelled', 30_000);
  const sent = await on.shop.requests(`${on.hold.transactionId}/cancel-order`);
  expect(sent.map((each) => each.httpStatus)).toEqual([201, 200]);
});

test('a cancel that Paytrail refuses with 400 since it was captured meanwhile says so, and refunds nothing by itself', async (stage) => {
  const on = await aHold(stage, SLOW);
  await cancelWhile(on, 'activate-invoice');
  await on.window.sees(/Not cancelled: it was captured|Cancel refused/, 30_000);
  expect(await status(on)).toBe('ok');
  expect((await on.shop.requests(`${on.hold.transactionId}/cancel-order`)).map((each) => each.httpStatus)).toEqual([400]);
  expect(await on.shop.refundsOf(on.hold.transactionId)).toEqual([]);
});

test('a cancel answered with 500 although it was done is settled by a look', async (stage) => {
  const on = await aHold(stage);
  await on.shop.post(`payments/${on.hold.transactionId}/next-cancel`, { status: '500-after' });
  await cancel(on);
  await on.window.sees('The hold is gone', 30_000);
  expect(await status(on)).toBe('fail');
  expect(await on.shop.requests(`${on.hold.transactionId}/cancel-order`)).toHaveLength(1);
});

test('a cancel answered with 500 that was not done is sent again once at most, and only while the hold is open', async (stage) => {
  const on = await aHold(stage);
  await on.shop.post(`payments/${on.hold.transactionId}/next-cancel`, { status: 500 });
  await cancel(on);
  await on.window.sees(/Cancelled|hold is gone|open|unknown/i, 30_000);
  const sent = (await on.shop.requests(`${on.hold.transactionId}/cancel-order`)).length;
  expect(sent).toBeGreaterThanOrEqual(1);
  expect(sent).toBeLessThanOrEqual(2);
  // Whatever it says, it says the truth.
  if (await on.window.says(/Cancelled, hold released|The hold is gone/)) expect(await status(on)).toBe('fail');
});

test('closing the confirmation sends nothing', async (stage) => {
  const on = await aHold(stage);
  await order(on, 'c');
  await on.window.press(Key.Escape);
  await until('the end of the dialog', async () => (await on.window.count('dialog')) === 0);
  expect(await on.shop.requests('/cancel-order')).toHaveLength(0);
  expect(await status(on)).toBe('pending');
});
