/**
 * Every view and dialog in both themes and three languages: nothing that axe has to say against it (contrast too, which needs
 * a real window), nothing cut off, and a picture of each for the guide.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cli, Key, test, until, type Stage, type Window } from '../harness';
import { Looks, languages, speak } from '../harness/looks';

/** Writes into a field of a new payment, by its name behind the window: its words are others in each language. */
async function fillIn(window: Window, field: string, text: string): Promise<void> {
  await window.script('const input = document.querySelector(`[data-field="${arguments[0]}"] :is(input, textarea)`); input.focus(); input.select()', field);
  await window.write(text);
}

async function noDialog(window: Window): Promise<void> {
  await until('the end of the dialog', async () => (await window.count('dialog')) === 0);
}

async function escape(window: Window): Promise<void> {
  await window.press(Key.Escape);
  await noDialog(window);
}

for (const language of languages) {
  test(`the first start looks right in ${language}`, async (stage) => {
    const window = await stage.window(await stage.desktop());
    await window.find('heading');
    const names = { en: 'English', fi: 'Suomi', sv: 'Svenska' };
    await window.clickText(names[language]);
    await until('the language', async () => (await window.script<string>('return document.documentElement.lang')) === language);
    const looks = new Looks(window, language);
    await looks.at('first-start');
    looks.end();
  });
}

/** A report with a broken row, and orders whose amounts are whole numbers. */
const toImport = {
  'payment-report-2026-11.csv': [
    'entryDate;created;amount;status;firstname;familyname;reference;paymentMethod;stamp',
    '21-11-2026;11:31;128,50;Paid;Aino;Mäkelä;K-1048;Klarna;kk-1048',
    '21-11-2026;12:02;12,5o;Paid;Veera;Sjöblom;K-1049;Klarna;kk-1049',
    ...Array.from({ length: 14 }, (_, at) => `22-11-2026;1${at % 10}:15;${40 + at},90;Paid;Eero;Virtanen;K-${1050 + at};Klarna;kk-${1050 + at}`),
  ].join('\n'),
  'orders.csv': [
    'order,amount,day,customer,note',
    ...Array.from({ length: 6 }, (_, at) => `W-${300 + at},${1990 + 500 * at},2026-11-2${at},Aino Mäkelä,`),
  ].join('\n'),
};

/** The built-in shop, filled, with its unknown refund. */
async function filled(stage: Stage): Promise<Window> {
  const window = await stage.window(await stage.desktop(), { sandbox: true });
  await window.find('grid', undefined, 120_000);
  return window;
}

for (const language of languages) {
  test(`every view and dialog looks right in ${language}`, async (stage) => {
    const window = await filled(stage);
    await speak(window, language);
    const looks = new Looks(window, language);
    await until('the rows', async () => (await window.count('row')) > 10);

    await looks.at('payments');

    await window.press('?');
    await window.find('dialog');
    await looks.at('shortcuts');
    await escape(window);

    await window.pressWith(Key.Control, 'k');
    await window.find('dialog');
    await looks.at('palette');
    await escape(window);

    await window.press('g', 'i');
    await until('the ways in', async () => (await window.count('heading')) > 5);
    await looks.at('import');
    await window.give(toImport);
    await until('the preview', async () => (await window.count('row')) > 5);
    await looks.at('import-preview');
    await window.script('[...document.querySelectorAll(".files .acts .btn:not(.icon)")].pop().click()');
    await window.find('dialog');
    await looks.at('import-columns');
    await escape(window);
    await window.press('j');
    await looks.at('import-row');
    await window.press(Key.Escape);
    await window.press('g', 'p');
    await until('the rows', async () => (await window.count('row')) > 10);

    // A paid payment of which nothing was given back yet: what most refunds begin with.
    await window.script('document.activeElement?.blur()');
    await window.press('/');
    await window.write('status:paid refunded:no provider:klarna');
    await until('the rows of the search', () => window.script<boolean>('return document.querySelector("[data-row] .st.paid") !== null'));
    await window.press(Key.Enter);
    // The first that has no refund on its way.
    await window.script('document.querySelector("[data-row] .st.paid").closest("[data-row]").click()');
    await window.press(Key.Enter);
    await until('the detail', async () => (await window.script<number>('return document.querySelectorAll(".pane, .vr").length')) > 0);
    await looks.at('payment-detail');
    await window.press('r');
    await window.find('dialog');
    await window.write('25,50');
    await looks.at('refund-dialog');
    await escape(window);

    await window.press('g', 'm');
    await until('the holds', async () => (await window.count('row')) > 3);
    await looks.at('manual-invoices');
    await window.press('j', 'a');
    await window.find('dialog');
    await looks.at('hold-dialog');
    await escape(window);

    await window.press('g', 'r');
    await until('the refunds', async () => (await window.count('heading')) > 0);
    await looks.at('refunds');

    await window.press('g', 'n');
    await until('the form', () => window.script<boolean>('return document.querySelector("[data-field=reference] input") !== null'));
    const order = {
      reference: '1049',
      'customer.firstName': 'Aino',
      'customer.lastName': 'Mäkelä',
      'customer.email': 'aino.makela@posti.example',
      'lines.0.description': 'Villalanka Järvi, sammal',
      'lines.0.productCode': 'VJ-12',
      'lines.0.units': '10',
      'lines.0.unitPrice': '12,90',
      successUrl: 'https://shop.example.com/thanks',
      cancelUrl: 'https://shop.example.com/cancelled',
    };
    for (const [field, text] of Object.entries(order)) await fillIn(window, field, text);
    await until('the sum', () => window.script<boolean>('return document.querySelector(".end .btn.pri")?.innerText.includes("129,00") === true'));
    await window.script('document.activeElement.blur(); document.querySelector("[data-field=reference]").scrollIntoView()');
    await looks.at('new-payment');
    await window.pressWith(Key.Control, Key.Enter);
    await until('the link', () => window.script<boolean>('return document.querySelector(".made .qr") !== null && document.querySelector(".made [aria-disabled]") === null'));
    await looks.at('payment-link');

    await window.script('document.activeElement?.blur()');
    await window.press('g', 't');
    await until('the settlements', async () => (await window.count('row')) > 1);
    await window.press('j');
    await until('the settlement', () => window.script<boolean>('return document.querySelector(".settlements .pane dl, .settlements .pane .note") !== null'));
    await looks.at('settlements');

    await window.script('document.activeElement?.blur()');
    await window.press('g', 'a');
    await until('the log', async () => (await window.count('row')) > 3);
    await looks.at('activity');

    await window.press('g', 's');
    await until('the settings', async () => (await window.count('heading')) > 1);
    await looks.at('settings');
    await window.script('document.querySelector("[data-section=check] button").click()');
    await until('the check', () => window.script<boolean>('return document.querySelector("[data-section=check] li") !== null'));
    await window.script('document.querySelector("[data-section=check]").scrollIntoView()');
    await looks.at('setup-check');

    // The sandbox shop goes offline at the press of a button.
    await window.script('document.querySelector("input[type=radio][value=offline]").click()');
    await window.press('g', 'p');
    await window.fill('searchbox', /./, '');
    await window.press(Key.Enter);
    await window.script('document.querySelector(".sync").click()');
    const offline = { en: 'Offline since', fi: 'Ei yhteyttä', sv: 'Frånkopplad sedan' };
    await window.sees(offline[language], 60_000);
    await looks.at('offline');

    // The preview is still there, and what it brings comes in without the network, too.
    await window.press('g', 'i');
    await until('the preview', async () => (await window.count('row')) > 5);
    await window.pressWith(Key.Control, Key.Enter);
    await until('the result', () => window.script<boolean>('return document.getElementById("import-result") !== null'), 60_000);
    await looks.at('import-result');
    looks.end();
  }, 420_000);

  test(`a shop without payments looks right in ${language}`, async (stage) => {
    const desktop = await stage.desktop();
    await new Cli(desktop).addAccount(await stage.shop(desktop, { payments: 1 }));
    const window = await stage.window(desktop);
    await window.find('navigation');
    await speak(window, language);
    const looks = new Looks(window, language);
    await until('the words of an empty list', async () => (await window.count('button')) > 3);
    await looks.at('empty');
    looks.end();
  });

  test(`a data file that can't be opened looks right in ${language}`, async (stage) => {
    const desktop = await stage.desktop({ lang: { en: 'en_GB', fi: 'fi_FI', sv: 'sv_FI' }[language] });
    const data = desktop.path('damaged');
    mkdirSync(data);
    writeFileSync(join(data, 'hyvitys.db'), randomBytes(32 * 1024));
    const window = await stage.window(desktop, { data });
    await window.find('heading', undefined, 30_000);
    const looks = new Looks(window, language);
    await looks.at('error');
    looks.end();
  });
}
