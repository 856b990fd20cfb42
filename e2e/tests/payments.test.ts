/** The list of payments: searched, opened, walked through by the keyboard alone. */
import { expect } from 'vitest';
import { Key, euros, prepared, test, until, type Window } from '../harness';

const search = async (window: Window, query: string) => {
  await window.fill('searchbox', 'Search payments', query);
  await window.press(Key.Enter);
};

/** Waits until the current row is this one. */
const isCurrent = (window: Window, row: number) =>
  until(`the row ${row} to be current`, () => window.script<boolean>('return document.querySelector("[data-row].cur")?.dataset.row === arguments[0]', String(row)));

test('the list shows the newest payments with customer, amount and status', async (stage) => {
  const { shop, window } = await prepared(stage);
  const newest = (await shop.payments()).sort((a, b) => b.createdAt.localeCompare(a.createdAt))[0];
  if (!newest) throw new Error('the shop is empty');
  const first = await window.script<string>('return window.e2e.clean(document.querySelector(`[data-row="0"]`).innerText)');
  expect(first).toContain(newest.reference);
  expect(first).toContain(newest.customer.lastName);
  expect(first).toContain(euros(newest.amount));
  await window.sees(`${(await shop.payments()).length} payments`);
});

test('a search by name and by operators finds exactly what the shop has', async (stage) => {
  const { shop, window } = await prepared(stage, { shop: { payments: 120 } });
  const all = await shop.payments();
  const sample = all.find((payment) => payment.status === 'ok' && payment.provider === 'klarna');
  if (!sample) throw new Error('no paid payment');
  await search(window, sample.reference);
  await window.sees('1 found');
  await window.sees(euros(sample.amount));
  const dear = all.filter((payment) => payment.status === 'ok' && payment.amount > 30_000);
  await search(window, 'status:paid amount:>300');
  await window.sees(`${dear.length} found`);
  const holds = all.filter((payment) => ['pending', 'delayed', 'authorization-hold'].includes(payment.status));
  await search(window, 'status:hold');
  await window.sees(`${holds.length} found`);
  await search(window, 'nobodyiscalledso');
  await window.sees('Nothing matches');
  await search(window, 'colour:red');
  await window.sees('There is no colour:');
  await search(window, '');
  await window.sees(`${all.length} payments`);
});

test('a payment opens beside the list with its amount, lines and what is left to refund', async (stage) => {
  const { shop, window } = await prepared(stage);
  const payment = (await shop.untouched())[0];
  if (!payment) throw new Error('no payment');
  await search(window, payment.reference);
  await window.sees('1 found');
  await window.press('j', Key.Enter);
  await window.sees(`Order ${payment.reference}`);
  await window.sees(`At most ${euros(payment.amount)} can be refunded`);
  for (const item of payment['items'] as { description: string }[]) await window.sees(item.description);
});

test('everything is reached by the keyboard alone', async (stage) => {
  const { shop, window } = await prepared(stage);
  await window.press('j');
  await isCurrent(window, 0);
  await window.press('j', 'j');
  await isCurrent(window, 2);
  await window.press('k');
  await isCurrent(window, 1);
  await window.press('x');
  await window.sees('1 selected');
  await window.press('j', 'x');
  await window.sees('2 selected');
  await window.press(Key.Escape);
  await window.seesNoMore('2 selected');

  await window.press('/');
  expect(await window.focused()).toContain('searchbox');
  const payment = (await shop.untouched())[0];
  await window.write(payment?.reference ?? '');
  await window.sees('1 found');
  await window.press(Key.Enter, 'j', Key.Enter);
  await window.sees('can be refunded');
  await window.press('r');
  await window.find('dialog');
  expect(await window.focused()).toContain('Amount');
  await window.press(Key.Escape);
  await until('the end of the dialog', async () => (await window.count('dialog')) === 0);
  await window.press(Key.Escape);
  await window.seesNoMore('can be refunded');

  await window.press('g', 'm');
  await window.find('heading', 'Manual invoices');
  await window.press('/');
  await until('the focus in the search', async () => (await window.focused()).includes('Search open holds'));
  await window.script('document.activeElement.blur()');
  await window.press('g', 'r');
  await window.find('heading', 'Refunds');
  await window.press('g', 's');
  await window.find('heading', 'Settings');
  await window.press('g', 'p');
  await window.find('heading', 'Payments');

  await window.pressWith(Key.Control, 'k');
  await window.find('combobox', 'Jump to…');
  await window.write('manual');
  await window.press(Key.Enter);
  await window.find('heading', 'Manual invoices');

  await window.press('?');
  await window.find('dialog', 'Shortcuts');
  await window.sees('Command palette');
  await window.press(Key.Escape);
  await until('the end of the sheet', async () => (await window.count('dialog')) === 0);
});

test('Tab alone reaches the views, the search, the list and what is done with it', async (stage) => {
  const { window } = await prepared(stage);
  await window.script('document.activeElement.blur()');
  const seen = new Set<string>();
  for (let step = 0; step < 60; step += 1) {
    await window.press(Key.Tab);
    seen.add(await window.focused());
  }
  const all = [...seen].join('\n');
  for (const wanted of ['Payments', 'Manual invoices', 'Refunds', 'Settings', 'searchbox Search payments', 'grid']) expect(all).toContain(wanted);
});

for (const [width, height, zoom] of [
  [1024, 640, 1],
  [1440, 900, 2],
] as const) {
  test(`at ${width}x${height}${zoom === 1 ? '' : ' with 200 % zoom'} nothing essential is cut off`, async (stage) => {
    const { shop, window } = await prepared(stage);
    // Twice as large is half as much room: the web view's zoom makes CSS pixels larger, as a smaller window does.
    await window.setSize(width / zoom, height / zoom);
    const problems: string[] = [];
    const look = async (where: string) => {
      await window.rest();
      for (const problem of await window.clipped()) problems.push(`${where}: ${problem}`);
      await window.remember(`size ${width}x${height} ${zoom} ${where}`);
    };
    const [inner] = await window.script<[number]>('return [innerWidth]');
    if (inner > width / zoom) {
      // The window has a least size: then only the real zoom of the page gets there.
      await window.setSize(width, height);
      await window.script('document.documentElement.style.zoom = arguments[0]', zoom);
    }
    await look('payments');
    // Whose money it is stands whole in the rail, too.
    const room = await window.script<number>(`
      const name = document.createRange();
      name.selectNodeContents(document.querySelector('.side .env'));
      const [text, side] = [name, document.querySelector('.side')].map((each) => each.getBoundingClientRect());
      return Math.min(text.left - side.left, side.right - text.right);
    `);
    if (room < 1) problems.push(`the name of the room lacks ${-room} px beside it`);
    const payment = (await shop.untouched())[0];
    await search(window, payment?.reference ?? '');
    await window.sees('1 found');
    await window.press('j', Key.Enter);
    await window.sees('can be refunded');
    await look('detail');
    await window.press('r');
    await window.find('dialog');
    await look('refund');
    expect(await window.count('button', /^Refund \d|^Refund$/)).toBe(1);
    await window.press(Key.Escape);
    await until('the end of the dialog', async () => (await window.count('dialog')) === 0);
    for (const [key, name] of [['m', 'invoices'], ['r', 'refunds'], ['n', 'create'], ['t', 'settlements'], ['s', 'settings']] as const) {
      await window.press('g', key);
      await look(name);
    }
    expect(problems).toEqual([]);
  });
}
