/** Payments come in: each kind of file, what is asked of a person, and the way back. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { Cli, Key, euros, test, until, type Desktop, type Shop, type ShopPayment, type Stage, type Window } from '../harness';

interface On {
  desktop: Desktop;
  shop: Shop;
  cli: Cli;
  window: Window;
}

/** A shop that is connected, and of which nothing has come in yet; the window stands in the import. */
async function connected(stage: Stage, payments = 40): Promise<On> {
  const desktop = await stage.desktop();
  const shop = await stage.shop(desktop, { payments });
  const cli = new Cli(desktop);
  await cli.addAccount(shop);
  const window = await stage.window(desktop);
  await window.click('button', 'Import…', 30_000);
  await window.find('heading', 'Drop files here');
  return { desktop, shop, cli, window };
}

/** What is kept, as the command line program tells it. */
const kept = async (on: On) => (await on.cli.run(['list', '--json', '--limit', '1000'])).output;

const importIt = async (window: Window) => {
  await window.click('button', /^Import \d/, 30_000);
  await window.find('heading', 'Imported', 60_000);
};

/** Looks an order up in the list of payments, and opens it. */
async function openOrder(window: Window, reference: string): Promise<void> {
  await window.press('g', 'p');
  await window.fill('searchbox', 'Search payments', `reference:${reference}`);
  await window.press(Key.Enter);
  await window.sees('1 found');
  await window.press('j', Key.Enter);
  await window.sees(`Order ${reference}`);
}

/** Orders as a web shop exports them: commas, a point before the cents, what concerns nobody in between. */
function wooCommerce(payments: readonly ShopPayment[]): string {
  const rows = payments.map(({ reference, createdAt, amount, transactionId, customer }, index) =>
    [
      String(7000 + index),
      reference,
      createdAt.slice(0, 19).replace('T', ' '),
      'completed',
      (amount / 100).toFixed(2),
      'EUR',
      'paytrail',
      transactionId,
      customer.firstName,
      customer.lastName,
      customer.email,
      '"hello, ""you"""',
    ].join(','),
  );
  const head = 'order_id,order_number,order_date,status,order_total,order_currency,payment_method,transaction_id,billing_first_name,billing_last_name,billing_email,customer_note';
  return `${[head, ...rows].join('\r\n')}\r\n`;
}

test('a payment report as JSON brings every payment with its customer, and nothing before the button', async (stage) => {
  const on = await connected(stage);
  const before = await kept(on);
  await on.window.give({ 'report.json': await on.shop.report() });
  expect(await on.window.chosen('What report.json is')).toBe('reportJson');
  await on.window.sees('This import brings');
  expect(await kept(on)).toBe(before);
  await importIt(on.window);
  await on.window.sees(/\d+ payments are new or changed/);
  await on.window.click('button', 'Show the payments');
  await on.window.sees(`${(await on.shop.payments()).length} payments`);
  const paid = (await on.shop.untouched())[0];
  if (!paid) throw new Error('no payment');
  await openOrder(on.window, paid.reference);
  await on.window.sees(paid.customer.lastName);
  await on.window.sees('No transaction id is known');
});

test('the same report as CSV in the letters of Windows is recognised, and changes nothing after the JSON one', async (stage) => {
  const on = await connected(stage);
  await on.window.give({ 'report.json': await on.shop.report() });
  await importIt(on.window);
  await on.window.click('button', 'Import more');
  await on.window.give({ 'report.csv': await on.shop.raw('report.csv?encoding=windows-1252') });
  expect(await on.window.chosen('What report.csv is')).toBe('reportCsv');
  await on.window.sees('Windows-1252, semicolons');
  await on.window.sees('There is nothing new in it');
});

test('transaction ids find their payments, which can be refunded from then on', async (stage) => {
  const on = await connected(stage);
  await on.window.give({ 'report.json': await on.shop.report(), 'ids.txt': await on.shop.ids() });
  expect(await on.window.chosen('What ids.txt is')).toBe('transactionIds');
  await importIt(on.window);
  const paid = (await on.shop.untouched())[0];
  if (!paid) throw new Error('no payment');
  await until('the answers of Paytrail', async () => (await kept(on)).includes(paid.transactionId), 60_000);
  await openOrder(on.window, paid.reference);
  await on.window.sees(`At most ${euros(paid.amount)} can be refunded`, 60_000);
});

test('ids can be pasted', async (stage) => {
  const on = await connected(stage);
  const paid = (await on.shop.untouched())[0];
  if (!paid) throw new Error('no payment');
  await on.window.paste('textbox', 'Or paste text', `see ${paid.transactionId}`);
  await on.window.pressWith(Key.Control, Key.Enter);
  await on.window.find('button', /^Import 1 transaction id/);
  await importIt(on.window);
  await until('the answer of Paytrail', async () => (await kept(on)).includes(paid.transactionId), 60_000);
});

test('signed addresses in the log of a web server bring payments, and a forged one is broken', async (stage) => {
  const on = await connected(stage);
  const [first, second] = await on.shop.untouched();
  if (!first || !second) throw new Error('not enough payments');
  const line = (address: string) => `10.0.0.1 - - [20/Nov/2026:12:00:00 +0200] "GET ${new URL(address).pathname}${new URL(address).search} HTTP/1.1" 200 2 "-" "-"`;
  const forged = on.shop.callback(second).replace(`checkout-amount=${second.amount}`, `checkout-amount=${second.amount + 1}`);
  await on.window.give({ 'access.log': [line(on.shop.callback(first)), '10.0.0.1 - - [20/Nov/2026:12:00:01 +0200] "GET /robots.txt HTTP/1.1" 404 0', line(forged)].join('\n') });
  expect(await on.window.chosen('What access.log is')).toBe('signedUrls');
  await on.window.find('tab', /^Broken 1/);
  await on.window.find('button', /^Import 1 payment/);
  await importIt(on.window);
  expect(await kept(on)).toContain(first.transactionId);
  expect(await kept(on)).not.toContain(second.transactionId);
});

test('the orders of a WooCommerce shop bring payments that can be refunded, with what its columns are', async (stage) => {
  const on = await connected(stage);
  const orders = (await on.shop.untouched()).slice(0, 5);
  await on.window.give({ 'orders.csv': wooCommerce(orders) });
  expect(await on.window.chosen('What orders.csv is')).toBe('wooCommerce');
  await on.window.click('button', 'Columns…');
  await on.window.find('dialog', 'What the columns are');
  expect(await on.window.chosen('What “transaction_id” is')).toBe('transactionId');
  expect(await on.window.chosen('What “order_total” is')).toBe('amountEuros');
  await on.window.press(Key.Escape);
  await until('the end of the dialog', async () => (await on.window.count('dialog')) === 0);
  await on.window.find('button', /^Import 5 payments/);
  await importIt(on.window);
  const order = orders[0];
  if (!order) throw new Error('no order');
  expect(await kept(on)).toContain(order.transactionId);
  await openOrder(on.window, order.reference);
  await on.window.sees(order.customer.lastName);
});

test('a table of another shop is read as a person says, asks for the unit of whole amounts, and is remembered', async (stage) => {
  const on = await connected(stage);
  const [first, second] = await on.shop.untouched();
  if (!first || !second) throw new Error('not enough payments');
  const table = (payment: ShopPayment) => `maksu;mitä;koska\n${payment.transactionId};${payment.amount};${payment.createdAt.slice(0, 10)}\n`;
  const say = async () => {
    await on.window.click('button', 'Columns…');
    await on.window.find('dialog', 'What the columns are');
    await on.window.choose('What “maksu” is', 'transactionId');
    await on.window.choose('What “mitä” is', 'amountCents');
    await on.window.choose('What “koska” is', 'date');
    await on.window.pressWith(Key.Control, Key.Enter);
    await until('the end of the dialog', async () => (await on.window.count('dialog')) === 0);
  };
  await on.window.give({ 'first.csv': table(first) });
  await say();
  await importIt(on.window);
  expect(await kept(on)).toContain(first.transactionId);
  await on.window.click('button', 'Import more');
  await on.window.give({ 'second.csv': table(second) });
  await on.window.sees('columns as remembered');
  await importIt(on.window);
  expect(await kept(on)).toContain(second.transactionId);
});

test('an Excel workbook brings its payments, and is what the export has written', async (stage) => {
  const on = await connected(stage, 20);
  const other = new Cli(on.desktop, on.desktop.path('other'));
  await other.addAccount(on.shop);
  await other.importAll(on.shop);
  const path = on.desktop.path('payments.xlsx');
  expect((await other.run(['export', 'payments', '--format', 'xlsx', '--out', path])).code).toBe(0);
  await on.window.give({ 'payments.xlsx': readFileSync(path) });
  expect(await on.window.chosen('What payments.xlsx is')).toBe('table');
  await importIt(on.window);
  const payments = await on.shop.payments();
  const here = await kept(on);
  for (const payment of payments.slice(0, 5)) expect(here).toContain(payment.transactionId);
});

test('a list of the Merchant Panel brings payments, and a settlement says what was paid out', async (stage) => {
  const on = await connected(stage, 20);
  const [payment] = await on.shop.untouched();
  if (!payment) throw new Error('not enough payments');
  const { reference, createdAt, amount } = payment;
  const cells = `${reference};${euros(amount).replace(' €', '').replaceAll(' ', '')};${createdAt.slice(0, 10)};Maksettu`;
  await on.window.give({ 'events-20261124-001.csv': `Tapahtumatyyppi;Viite;Summa;Päivä;Tila\nMaksu;${cells}\n` });
  expect(await on.window.chosen('What events-20261124-001.csv is')).toBe('merchantPanel');
  await importIt(on.window);
  await on.window.sees('1 payment is new or changed');
  await on.window.click('button', 'Import more');
  await on.window.give({ 'settlement.csv': `Tilitysnumero;Viite;Summa;Päivä;Tila;Kulut\n77001;${cells};0,35\n` });
  expect(await on.window.chosen('What settlement.csv is')).toBe('settlement');
  await importIt(on.window);
  const { output } = await on.cli.run(['settlements', '77001', '--json']);
  expect(output).toContain(reference);
});

test('a broken file says which lines are broken, and the good ones come in all the same', async (stage) => {
  const on = await connected(stage);
  const before = await kept(on);
  await on.window.give({ 'broken.csv': 'entryDate;created;amount;status;reference;stamp\n23-11-2026;10:00;19,90;Paid;R-1;s-1\n23-11-2026;10:01;1.234;Paid;R-2;s-2\n' });
  await on.window.find('tab', /^Broken 1/);
  await on.window.sees('line 3');
  await on.window.press('j');
  await on.window.sees('Mend it in the file');
  expect(await kept(on)).toBe(before);
  await importIt(on.window);
  await on.window.sees('1 payment is new or changed');
});

test('a file that is none says so, and nothing is kept', async (stage) => {
  const on = await connected(stage, 5);
  const before = await kept(on);
  await on.window.give({ 'photo.png': Buffer.from('\u0089PNG\r\n', 'latin1') });
  await on.window.sees('photo.png is not a file that payments can be read from');
  await on.window.sees('No money moved.');
  expect(await kept(on)).toBe(before);
});

test('an import is undone after a confirmation, its payments go, and its proof of refunds stays', async (stage) => {
  const on = await connected(stage);
  await on.window.give({ 'report.json': await on.shop.report() });
  await importIt(on.window);
  const after = await kept(on);
  await on.window.click('button', 'Undo this import…');
  await on.window.find('dialog', /^Undo the import of /);
  await on.window.sees('Refunds that it proved stay refunded');
  expect(await kept(on)).toBe(after);
  await on.window.click('button', /^Undo this import/);
  await on.window.sees('The import is undone', 60_000);
  await on.window.click('button', 'Done');
  await on.window.sees('Undone today');
  expect(await on.window.count('button', 'Undo this import…')).toBe(0);
  expect((await kept(on)).length).toBeLessThan(after.length);
  // The same file again is as new.
  await on.window.click('button', 'Import more');
  await on.window.give({ 'report.json': await on.shop.report() });
  await importIt(on.window);
});

test('the import is reached and done by the keyboard alone', async (stage) => {
  const on = await connected(stage, 10);
  await on.window.press('g', 'p');
  await on.window.find('heading', 'Payments');
  await on.window.press('g', 'i');
  await on.window.find('heading', 'Import');
  await on.window.give({ 'report.json': await on.shop.report() });
  await on.window.find('button', /^Import \d/, 30_000);
  await on.window.press('j', 'j', Key.Enter);
  await on.window.find('region', 'The row');
  await on.window.script('document.activeElement.blur()');
  await on.window.press(Key.Escape);
  await until('the row to be let go', async () => (await on.window.count('region', 'The row')) === 0);
  await on.window.pressWith(Key.Control, Key.Enter);
  await on.window.find('heading', 'Imported', 60_000);
});

test('at 1024x640 nothing of the import is cut off', async (stage) => {
  const on = await connected(stage);
  await on.window.setSize(1024, 640);
  const problems: string[] = [];
  const look = async (where: string) => {
    await on.window.rest();
    for (const problem of await on.window.clipped()) problems.push(`${where}: ${problem}`);
    await on.window.remember(`import ${where}`);
  };
  await look('choose');
  await on.window.give({ 'report.json': await on.shop.report(), 'orders.csv': wooCommerce((await on.shop.untouched()).slice(0, 5)) });
  await on.window.find('button', /^Import \d/, 30_000);
  await look('preview');
  await on.window.click('button', 'Columns…');
  await on.window.find('dialog');
  await look('columns');
  await on.window.press(Key.Escape);
  await until('the end of the dialog', async () => (await on.window.count('dialog')) === 0);
  await importIt(on.window);
  await look('result');
  expect(problems).toEqual([]);
});
