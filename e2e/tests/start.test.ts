/** The first start: the built-in shop, an account, and what stands in the way. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { Key, prepared, test, type Desktop, type Shop, type Window } from '../harness';
import { tracesOf } from '../harness/traces';

const OPEN_SANDBOX = /^Open the sandbox shop/;
/** In a debug build the shop of 1 200 payments takes its time to come in. */
const FILLING = 90_000;

/** Everything that the programs of a desktop may write to. */
const folders = (desktop: Desktop) => ['data', 'config', 'cache', 'state', 'runtime', 'logs'].map((name) => desktop.path(name));

async function fillIn(window: Window, shop: Shop, secret: string, name = 'Lankakauppa'): Promise<void> {
  await window.clickText('Addresses');
  await window.paste('textbox', /^API address/, shop.url);
  await window.fill('textbox', 'Merchant id', shop.merchant);
  await window.fill('textbox', 'Secret key', secret);
  await window.fill('textbox', 'Name of the shop', name);
}

test('one click on the sandbox card opens a shop with payments, without an account and without a network', async (stage) => {
  const window = await stage.window(await stage.desktop());
  await window.sees('Which shop?');
  await window.click('button', OPEN_SANDBOX);
  await window.find('grid', undefined, FILLING);
  await window.sees('SANDBOX');
  await window.sees(/\d \d{3} payments|1 200/);
  expect(await window.count('row')).toBeGreaterThan(10);
});

test('Enter alone opens the sandbox shop at the first start', async (stage) => {
  const window = await stage.window(await stage.desktop());
  await window.sees('Which shop?');
  await window.press(Key.Enter);
  await window.find('grid', undefined, FILLING);
});

test('the option --sandbox opens the sandbox shop where no shop is known', async (stage) => {
  const window = await stage.window(await stage.desktop(), { sandbox: true });
  await window.find('grid', undefined, FILLING);
  await window.sees('SANDBOX');
});

test('an account is connected, its secret goes into the keychain and stands nowhere else', async (stage) => {
  const secret = randomBytes(24).toString('hex');
  const desktop = await stage.desktop();
  const shop = await stage.shop(desktop, { secret });
  const window = await stage.window(desktop);
  await fillIn(window, shop, secret);
  await window.sees('Signature accepted');
  await window.click('button', /^Connect Lankakauppa, SANDBOX/);
  await window.find('navigation');
  await window.sees('Lankakauppa');
  const except = (path: string) => path.startsWith(desktop.path('data', 'keyrings'));
  // The search would find it: hidden in the middle of a base64 text it is found, and nowhere else.
  const planted = desktop.path('cache', 'planted');
  writeFileSync(planted, Buffer.from(`a${secret}b`).toString('base64'));
  expect(tracesOf(secret, folders(desktop), except)).toEqual([planted]);
  rmSync(planted);
  expect(tracesOf(secret, folders(desktop), except)).toEqual([]);
  await window.quit();
  expect(tracesOf(secret, folders(desktop), except)).toEqual([]);
  // It is in the keychain: the next start signs with it.
  await window.start();
  await window.find('navigation');
  await window.press('g', 's');
  await window.sees('Set, in the keychain of this computer');
  await window.click('button', 'Check now');
  await window.sees('Signature accepted');
  expect((await shop.requests('')).every((each) => each.verified)).toBe(true);
});

test('the address of the API can be typed letter by letter', async (stage) => {
  const window = await stage.window(await stage.desktop());
  await window.clickText('Addresses');
  await window.fill('textbox', /^API address/, 'http://127.0.0.1:8787');
  const field = await window.find('textbox', /^API address/);
  expect(await window.script('return arguments[0].value', field)).toBe('http://127.0.0.1:8787');
  await window.seesNoMore('This is not an address');
});

test('a wrong secret is refused with words, and nothing is kept', async (stage) => {
  const desktop = await stage.desktop();
  const shop = await stage.shop(desktop);
  const window = await stage.window(desktop);
  const wrong = randomBytes(24).toString('hex');
  await fillIn(window, shop, wrong);
  await window.sees('Paytrail did not accept the signature');
  await window.sees('Merchant id or secret key is wrong');
  const connect = await window.find('button', /^Connect Lankakauppa, SANDBOX/);
  expect(await window.script<boolean>('return arguments[0].disabled || arguments[0].getAttribute("aria-disabled") === "true"', connect)).toBe(true);
  await window.click('button', /^Connect Lankakauppa, SANDBOX/);
  await window.sees('Which shop?');
  await window.restart();
  await window.sees('Which shop?');
  expect(tracesOf(wrong, folders(desktop), () => false)).toEqual([]);
});

test('where nobody answers, the check says so and that nothing was sent', async (stage) => {
  const desktop = await stage.desktop();
  const shop = await stage.shop(desktop);
  await shop.stop();
  const window = await stage.window(desktop);
  await fillIn(window, shop, shop.secret);
  await window.sees('Paytrail could not be reached');
  await window.sees('Nothing was sent');
});

for (const keychain of ['missing', 'noBus'] as const) {
  const where = keychain === 'missing' ? 'without a keychain' : 'without a bus';
  test(`${where} connecting says what to do, and the sandbox shop opens all the same`, async (stage) => {
    const desktop = await stage.desktop({ keychain });
    const shop = await stage.shop(desktop);
    const window = await stage.window(desktop);
    await window.sees('Which shop?', 40_000);
    await fillIn(window, shop, shop.secret);
    await window.sees('Signature accepted');
    await window.click('button', /^Connect Lankakauppa, SANDBOX/);
    await window.sees(/keychain/i, 90_000);
    await window.sees('HYVITYS_MERCHANT_SECRET');
    await window.click('button', OPEN_SANDBOX);
    await window.find('grid', undefined, FILLING);
  });
}

test('a damaged data file is left as it is, and the window says what to do', async (stage) => {
  const desktop = await stage.desktop();
  const data = desktop.path('damaged');
  mkdirSync(data);
  const file = desktop.path('damaged', 'hyvitys.db');
  const rubbish = randomBytes(64 * 1024);
  writeFileSync(file, rubbish);
  const window = await stage.window(desktop, { data });
  await window.sees('The data file is damaged', 30_000);
  await window.sees('Nothing in it was changed, and nothing was sent.');
  expect(readFileSync(file).equals(rubbish)).toBe(true);
});

test('a secret of the environment leaves no trace in files, in what is said, or in the arguments of processes', async (stage) => {
  const secret = randomBytes(24).toString('hex');
  const desktop = await stage.desktop({ keychain: 'missing' });
  const shop = await stage.shop(desktop, { secret });
  const window = await stage.window(desktop, { env: { HYVITYS_MERCHANT_SECRET: secret } });
  await window.sees('Which shop?', 40_000);
  await window.quit();
  expect(tracesOf(secret, folders(desktop), () => false)).toEqual([]);
  expect(shop.secret).toBe(secret);
});

test('with a locked keychain the payments can be seen, a refund sends nothing and names the keychain, and the sandbox shop opens', async (stage) => {
  const { shop, window } = await prepared(stage, { before: ({ desktop }) => desktop.lockKeychain() });
  const payment = (await shop.untouched())[0];
  await window.fill('searchbox', 'Search payments', payment?.reference ?? '');
  await window.sees('1 found');
  await window.press(Key.Enter, 'j', 'r');
  await window.find('dialog');
  await window.fill('textbox', 'Amount', '10,00');
  await window.click('button', /^Refund 10,00 €/);
  await window.sees(/keychain/i, 90_000);
  await window.sees('No money moved.');
  expect(await shop.requests('/refund')).toEqual([]);
  await window.press(Key.Escape);
  await window.press('g', 's');
  // Where a prompt for the password can be shown it waits for an answer, elsewhere it is refused at once.
  await window.sees(/The keychain (is locked|does not answer)/, 90_000);
  await window.click('button', 'Open the sandbox shop');
  await window.sees('Kauppa Kokeilu', FILLING);
}, 400_000);
