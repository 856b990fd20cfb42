/** Refunds: money moves once, and what the window says about it is true. */
import { expect } from 'vitest';
import { Key, euros, prepared, test, until, type Prepared, type ShopPayment, type Stage } from '../harness';

interface APayment extends Prepared {
  payment: ShopPayment;
}

async function aPayment(stage: Stage, shop = {}): Promise<APayment> {
  const all = await prepared(stage, { shop });
  const payment = (await all.shop.untouched(3000))[0];
  if (!payment) throw new Error('the shop has no payment that can be refunded');
  await all.window.fill('searchbox', 'Search payments', payment.reference);
  await all.window.sees('1 found');
  await all.window.press(Key.Enter, 'j', Key.Enter);
  await all.window.sees('can be refunded');
  return { ...all, payment };
}

/** Opens the dialog, types an amount and confirms it. */
async function refund({ window }: APayment, cents: number): Promise<void> {
  await window.press('r');
  await window.find('dialog');
  await window.fill('textbox', 'Amount', euros(cents).replace(' €', ''));
  await window.click('button', new RegExp(`^Refund ${euros(cents)}`));
}

async function close({ window }: APayment): Promise<void> {
  await window.click('button', /^Close$|^Close Esc/);
  await until('the end of the dialog', async () => (await window.count('dialog')) === 0);
}

const books = async ({ shop, payment }: APayment) => (await shop.refundsOf(payment.transactionId)).map((refund) => refund.amount);
const sent = async ({ shop, payment }: APayment) => (await shop.requests(`${payment.transactionId}/refund`)).length;

const lost = { 'drop-after': { rate: 1, paths: ['refund'] } };

test('a part is refunded, then the rest, and the shop has paid each once', async (stage) => {
  const on = await aPayment(stage);
  const part = 1234;
  await refund(on, part);
  await on.window.sees(`${euros(part)} is refunded`);
  await on.window.sees(`At most ${euros(on.payment.amount - part)} is left to refund.`);
  await close(on);
  await on.window.sees(`At most ${euros(on.payment.amount - part)} can be refunded`);
  await on.window.press('r');
  await on.window.find('dialog');
  await on.window.click('button', /^All that is left/);
  await on.window.click('button', new RegExp(`^Refund ${euros(on.payment.amount - part)}`));
  await on.window.sees(`${euros(on.payment.amount - part)} is refunded`);
  await close(on);
  await on.window.sees('All of it is refunded.');
  expect(await books(on)).toEqual([part, on.payment.amount - part]);
  expect(await sent(on)).toBe(2);
});

test('a double click on the button is one refund', async (stage) => {
  const on = await aPayment(stage);
  await on.window.press('r');
  await on.window.find('dialog');
  await on.window.fill('textbox', 'Amount', '10,00');
  const button = await on.window.find('button', /^Refund 10,00 €/);
  await on.window.script('arguments[0].click(); arguments[0].click(); arguments[0].dispatchEvent(new MouseEvent("dblclick", { bubbles: true }))', button);
  await on.window.sees('10,00 € is refunded');
  expect(await books(on)).toEqual([1000]);
  expect(await sent(on)).toBe(1);
});

test('more than is left is refused before anything is sent, with the figure that would be right', async (stage) => {
  const on = await aPayment(stage);
  await on.window.press('r');
  await on.window.find('dialog');
  await on.window.fill('textbox', 'Amount', euros(on.payment.amount + 1).replace(' €', ''));
  await on.window.sees(`At most ${euros(on.payment.amount)} is left`);
  await on.window.pressWith(Key.Control, Key.Enter);
  await on.window.sees(`At most ${euros(on.payment.amount)} is left`);
  expect(await sent(on)).toBe(0);
});

test('a refund that is only taken reads requested, and never refunded before it is', async (stage) => {
  const on = await aPayment(stage, { pendingRefunds: 1 });
  await refund(on, 1500);
  await on.window.sees('15,00 € requested, pending at Paytrail');
  await on.window.sees('Open refund approvals');
  expect(await on.window.says('is refunded')).toBe(false);
  await close(on);
  const made = (await on.shop.refundsOf(on.payment.transactionId))[0];
  await on.shop.post(`refunds/${made?.transactionId}/settle`, { status: 'ok' });
  await on.window.script('document.querySelector(".sync").click()');
  await on.window.sees(/Refunded 15,00 €/, 30_000);
});

test('a refund whose answer got lost is unknown, reserved and never sent again; "it went through" settles it', async (stage) => {
  const on = await aPayment(stage);
  await on.shop.faults(lost);
  await refund(on, 2000);
  await on.window.sees('It is not known whether 20,00 € was refunded', 60_000);
  await on.window.sees('Don’t refund it again.');
  await close(on);
  await on.window.sees(`At most ${euros(on.payment.amount - 2000)} can be refunded`);
  await on.window.press('g', 'r');
  await on.window.sees('One refund needs you');
  await on.window.sees('Nothing is sent again before you decide.');
  // Hatched, worded and shaped: never colour alone.
  expect(await on.window.script<string>('return getComputedStyle(document.querySelector(".unk-h")).backgroundImage + getComputedStyle(document.querySelector(".unk-card")).backgroundImage')).toContain('gradient');
  // It can't be said that it did not go through before the waiting time is over.
  const not = await on.window.find('button', /^It did not go through, from/);
  expect(await on.window.script('return arguments[0].getAttribute("aria-disabled")', not)).toBe('true');
  expect(await sent(on)).toBe(1);
  await on.shop.faults({});
  await on.window.script('document.querySelector(".sync").click()');
  await on.window.click('button', /^It went through/);
  await on.window.find('dialog');
  await on.window.fill('textbox', 'What you saw, and where', 'Refund list, 20,00 €, done');
  await on.window.click('button', /^Say that 20,00 € went through/);
  await until('the end of the dialog', async () => (await on.window.count('dialog')) === 0);
  await on.window.sees(/marked by /i);
  expect(await books(on)).toEqual([2000]);
  expect(await sent(on)).toBe(1);
  expect((await on.cli.operations()).map((operation) => operation.state)).toEqual(['done']);
});

test('a report that shows the refund settles an unknown outcome by itself', async (stage) => {
  const on = await aPayment(stage);
  await on.shop.faults(lost);
  await refund(on, 2000);
  await on.window.sees('It is not known whether 20,00 € was refunded', 60_000);
  await close(on);
  await on.shop.faults({});
  await on.window.press('g', 'i');
  await on.window.give({ 'report.json': await on.shop.report() });
  expect(await on.window.chosen('What report.json is')).toBe('reportJson');
  await on.window.click('button', /^Import \d/);
  await on.window.sees('1 refund with an unknown outcome is settled');
  await on.window.press('g', 'r');
  await on.window.seesNoMore('Nothing is sent again before you decide.');
  await on.window.sees(/payment report/i);
  expect(await sent(on)).toBe(1);
  expect((await on.cli.operations()).map((operation) => operation.state)).toEqual(['done']);
});

test('the same refund once more is asked for by itself', async (stage) => {
  const on = await aPayment(stage);
  await refund(on, 1000);
  await on.window.sees('10,00 € is refunded');
  await close(on);
  await refund(on, 1000);
  await on.window.sees('The same refund was made on');
  expect(await sent(on)).toBe(1);
  const onceMore = await on.window.find('button', /^Refund 10,00 € once more/);
  // A button of its own, which takes no press for a moment after the first one.
  await until('the second button', () => on.window.script<boolean>('return !arguments[0].hasAttribute("aria-disabled")', onceMore));
  await on.window.click('button', /^Refund 10,00 € once more/);
  await on.window.sees('10,00 € is refunded');
  expect(await books(on)).toEqual([1000, 1000]);
});

test('after a restart everything is still there', async (stage) => {
  const on = await aPayment(stage);
  await refund(on, 1234);
  await on.window.sees('12,34 € is refunded');
  await close(on);
  await on.shop.faults(lost);
  await refund(on, 1100);
  await on.window.sees('It is not known whether 11,00 € was refunded', 60_000);
  await on.window.restart();
  await on.window.find('grid', undefined, 30_000);
  await on.window.press('g', 'r');
  await on.window.sees('One refund needs you');
  await on.window.sees('11,00 €');
  await on.window.sees('12,34 €');
  expect(await sent(on)).toBe(2);
});

test('a program that is killed while a refund is on its way sends nothing again', async (stage) => {
  const on = await aPayment(stage, { slowDelay: '20s' });
  await on.shop.faults({ slow: { rate: 1, paths: ['refund'] } });
  await refund(on, 1300);
  await until('the request', async () => (await sent(on)) === 1);
  for (const pid of await on.window.processes()) process.kill(pid, 'SIGKILL');
  await on.window.quit().catch(() => undefined);
  await on.window.ended();
  await on.shop.faults({});
  await on.window.start();
  await on.window.find('grid', undefined, 30_000);
  await on.window.press('g', 'r');
  await on.window.sees('One refund needs you', 30_000);
  await on.window.sees('The program ended while the request was on its way').catch(() => undefined);
  expect(await sent(on)).toBe(1);
  expect(await books(on)).toEqual([1300]);
});

test('while the shop is gone the sync line says offline, the list and the search work, and a refund sends nothing; it recovers', async (stage) => {
  const on = await aPayment(stage);
  await on.shop.stop();
  await on.window.script('document.querySelector(".sync").click()');
  await on.window.sees('Offline since', 60_000);
  await on.window.fill('searchbox', 'Search payments', 'status:paid');
  await on.window.sees(/\d+ found/);
  await on.window.fill('searchbox', 'Search payments', on.payment.reference);
  await on.window.sees('1 found');
  await on.window.press(Key.Enter);
  await refund(on, 1000);
  await on.window.sees('Nothing was sent', 60_000);
  await on.window.sees('No money moved.');
  await close(on);
  await on.shop.reopen();
  await on.window.script('document.querySelector(".sync").click()');
  await on.window.sees('Up to date', 60_000);
  expect(await sent(on)).toBe(0);
  await refund(on, 1000);
  await on.window.sees('10,00 € is refunded', 30_000);
  expect(await books(on)).toEqual([1000]);
});

test('closing the window while a refund is on its way waits for its answer', async (stage) => {
  const on = await aPayment(stage, { slowDelay: '4s' });
  await on.shop.faults({ slow: { rate: 1, paths: ['refund'] } });
  await refund(on, 1400);
  await until('the request', async () => (await sent(on)) === 1);
  await on.window.askToClose();
  await until('the words about the wait', () =>
    on.window.script<boolean>('return document.body.innerText.includes("then the window closes")'),
  );
  expect(await on.window.processes()).not.toEqual([]);
  await on.window.ended(20_000);
  expect((await on.cli.operations()).map(({ state, amount }) => [state, amount])).toEqual([['done', 1400]]);
  expect(await books(on)).toEqual([1400]);
});

test('a secret that Paytrail no longer accepts pauses the shop, and an answer that can\'t be believed leaves the outcome unknown', async (stage) => {
  const on = await aPayment(stage);
  // The shop gets another secret, as when it is renewed in the Merchant Panel.
  await on.shop.stop();
  await on.shop.reopen('another-secret');
  await refund(on, 1000);
  // Its refusal is signed with a secret that is not ours, so it proves nothing.
  await on.window.sees('It is not known whether 10,00 € was refunded', 60_000);
  await on.window.sees('sending is paused');
  await close(on);
  await on.window.sees('Nothing is sent for Lankakauppa');
  expect(await books(on)).toEqual([]);
  expect(await sent(on)).toBe(1);
});
