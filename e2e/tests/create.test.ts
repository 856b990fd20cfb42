/** New payments: a draft is never lost, a payment is made once, its link is paid, and what a shop needs is checked. */
import { expect } from 'vitest';
import { Key, euros, prepared, test, until, type Prepared, type Stage } from '../harness';

const REFERENCE = 'PUH-1049';
const CREATE = /^Create payment link, 128,50 €/;

const creations = async ({ shop }: Prepared) => (await shop.requests('/payments')).filter(({ method }) => method === 'POST').length;

/** Opens New payment and fills in an order of 128,50 €: yarn, a pattern, a discount. */
async function fillIn({ window }: Prepared): Promise<void> {
  await window.press('g', 'n');
  await window.find('heading', 'New payment');
  await window.fill('textbox', 'Order reference', REFERENCE);
  await window.fill('textbox', /^First name/, 'Aino');
  await window.fill('textbox', /^Last name/, 'Mäkelä');
  await window.fill('textbox', 'Email', 'aino.makela@posti.example');
  const cells = ['Description', 'Product code', 'Units', 'Unit price', 'VAT'] as const;
  const lines = [
    ['Villalanka Järvi', 'VJ-12', '10', '12,90', '25,5'],
    ['Neuleohje Inari', 'NO-07', '1', '4,50', '13,5'],
    ['Alennus', 'ALE', '1', '-5,00', '25,5'],
  ] as const;
  for (const [at, line] of lines.entries()) {
    if (at > 0) await window.click('button', 'Add a line');
    const group = await window.find('group', `Line ${at + 1}`);
    for (const [cell, text] of line.entries()) {
      const field = await window.find('textbox', cells[cell] ?? '', undefined, group);
      await window.script('arguments[0].focus(); arguments[0].select()', field);
      await window.press(Key.Delete);
      await window.write(text);
    }
  }
  await window.paste('textbox', 'After paying', 'https://shop.example.com/thanks');
  await window.paste('textbox', 'After cancelling', 'https://shop.example.com/cancelled');
  await window.find('button', CREATE);
}

const withOrder = async (stage: Stage): Promise<Prepared> => {
  const on = await prepared(stage);
  await fillIn(on);
  return on;
};

/** The payment that the shop has for the order. */
const made = async ({ shop }: Prepared) => (await shop.payments()).filter(({ reference }) => reference === REFERENCE);

test('a draft is kept while it is written, and stands there after a restart', async (stage) => {
  const on = await withOrder(stage);
  await on.window.sees('Kept on this computer');
  await on.window.restart();
  await on.window.find('navigation');
  await on.window.press('g', 'n');
  await on.window.click('button', new RegExp(REFERENCE));
  const value = async (name: string) => on.window.script<string>('return arguments[0].value', await on.window.find('textbox', name));
  await until('the draft in the form', async () => (await value('Order reference')) === REFERENCE);
  expect(await value('Email')).toBe('aino.makela@posti.example');
  await on.window.find('button', CREATE);
  expect(await creations(on)).toBe(0);
});

test('a draft that was left in the middle of a word is kept as well', async (stage) => {
  const on = await prepared(stage);
  await on.window.press('g', 'n');
  await on.window.fill('textbox', 'Order reference', 'half a wo');
  await on.window.script('document.activeElement.blur()');
  await on.window.press('g', 'p');
  await on.window.find('heading', 'Payments');
  await on.window.press('g', 'n');
  await on.window.find('button', /half a wo/);
});

test('nothing is made before everything is right, and what is wrong has the focus', async (stage) => {
  const on = await withOrder(stage);
  await on.window.fill('textbox', 'Email', 'aino');
  await on.window.click('button', /^Create payment link/);
  await on.window.sees('1 thing is to be mended first');
  await until('the focus in the email', async () => (await on.window.focused()).includes('Email'));
  expect(await creations(on)).toBe(0);
});

test('a payment is made, its link is paid on the hosted page, and its status follows', async (stage) => {
  const on = await withOrder(stage);
  await on.window.click('button', CREATE);
  await on.window.sees('The payment link is made');
  const [payment] = await made(on);
  if (!payment) throw new Error('the shop has no such payment');
  expect(payment.amount).toBe(12_850);
  const href = `${on.shop.url}/pay/${payment.transactionId}`;
  await on.window.sees(href);
  await on.window.find('img', 'The link as a QR code');
  await on.window.sees('two weeks from when it was made');

  // In the list at once, with its link.
  const opens = await on.window.find('button', 'Open the payment');
  await until('the end of the press before', () => on.window.script<boolean>('return arguments[0].getAttribute("aria-disabled") !== "true"', opens));
  await on.window.click('button', 'Open the payment');
  await on.window.find('heading', 'Payments');
  await on.window.sees(`Order ${REFERENCE}`);
  await on.window.find('heading', 'Payment link');
  await on.window.sees(href);

  await on.shop.pays(href);
  await on.window.click('button', /^Refresh/);
  await on.window.sees(`At most ${euros(12_850)} can be refunded`);
  await on.window.seesNoMore(href);
  expect(await creations(on)).toBe(1);
});

test('a double click makes one payment', async (stage) => {
  const on = await withOrder(stage);
  const button = await on.window.find('button', CREATE);
  await on.window.script('arguments[0].click(); arguments[0].click()', button);
  await on.window.sees('The payment link is made');
  expect(await made(on)).toHaveLength(1);
  expect(await creations(on)).toBe(1);
});

test('a payment whose answer got lost is unknown, also after a restart, is never sent again, and is settled by its id', async (stage) => {
  const on = await withOrder(stage);
  await on.shop.faults({ 'drop-after': { rate: 1, paths: ['payments'] } });
  await on.window.click('button', CREATE);
  await on.window.sees('It is not known whether the payment link was made', 60_000);
  await on.window.sees('No money moved');
  await on.shop.faults({});
  await on.window.restart();
  await on.window.find('navigation');
  await on.window.press('g', 'n');
  await on.window.click('button', new RegExp(REFERENCE));
  await on.window.sees('It is not known whether the payment link was made');
  expect(await creations(on)).toBe(1);
  const [payment] = await made(on);
  if (!payment) throw new Error('the shop has no such payment');
  await on.window.paste('textbox', 'Transaction id', payment.transactionId);
  await on.window.click('button', 'It was made');
  await on.window.sees(`Order ${REFERENCE}`);
  await on.window.find('heading', 'Payments');
  expect(await creations(on)).toBe(1);
});

test('the settlements of the shop are listed, and one opens beside the list', async (stage) => {
  const { window } = await prepared(stage);
  await window.press('g', 't');
  await window.find('heading', 'Settlements');
  await until('the settlements', async () => (await window.count('row')) > 1);
  await window.press('j', Key.Enter);
  await window.sees('Settlement id');
  await window.press(Key.Escape);
  await window.seesNoMore('Settlement id');
});

test('the check of the set-up says what is in order, and that a secret is wrong', async (stage) => {
  const { shop, window } = await prepared(stage);
  await window.press('g', 's');
  await window.click('button', 'Check now');
  await window.sees('Signature accepted');
  await window.sees('Clock agrees with Paytrail');
  await window.sees('50 €: offered');
  await shop.stop();
  await shop.reopen('another-secret');
  await window.click('button', 'Check now');
  await window.sees('Paytrail did not accept the signature');
  await window.click('button', 'To the secret key');
  expect(await window.script('return document.activeElement?.dataset.section')).toBe('secret');
});
