/** The window as a whole: one of it, in which room one stands, languages and themes. */
import { execFileSync } from 'node:child_process';
import { expect } from 'vitest';
import { Cli, Key, prepared, test, until } from '../harness';
import { windowProgram } from '../harness/places';

test('a second start shows the window that is open, and ends', async (stage) => {
  const { desktop, window } = await prepared(stage);
  const before = await window.processes();
  const second = await desktop.run(windowProgram(), [], { patience: 20_000 });
  expect(second.code).toBe(0);
  expect(await window.processes()).toEqual(before);
  await window.sees('Lankakauppa');
});

test('LIVE looks unlike SANDBOX: by badge, by word and by colour', async (stage) => {
  const desktop = await stage.desktop();
  const shop = await stage.shop(desktop);
  const cli = new Cli(desktop);
  await cli.addAccount(shop, 'Harjoitus');
  // A live account without payments: nothing is asked, and nothing leaves this machine.
  const made = await cli.run(['account', 'add', '--name', 'Oikea kauppa', '--merchant', '482915', '--api', 'https://services.paytrail.com'], { input: 'not-a-real-secret\n' });
  expect(made.code).toBe(0);
  await cli.run(['account', 'use', 'Harjoitus']);
  const window = await stage.window(desktop);
  await window.find('navigation');
  const room = () =>
    window.script<{ env: string; badge: string; money: string; colour: string }>(
      'const side = document.querySelector("aside"); return { env: document.querySelector("[data-env]").dataset.env, badge: side.innerText.match(/LIVE|TEST|SANDBOX/)?.[0] ?? "", money: side.innerText, colour: getComputedStyle(side).backgroundColor }',
    );
  const sandbox = await room();
  expect(sandbox).toMatchObject({ env: 'sandbox', badge: 'SANDBOX' });
  expect(sandbox.money).toContain('No real money');
  await window.pressWith(Key.Control, 'k');
  await window.find('dialog');
  await window.write('Oikea');
  await window.press(Key.Enter);
  await window.sees('LIVE');
  const live = await room();
  expect(live).toMatchObject({ env: 'live', badge: 'LIVE' });
  expect(live.money).toContain('Real money');
  expect(live.colour).not.toBe(sandbox.colour);
});

test('a first start speaks the language of the system', async (stage) => {
  for (const [lang, language, words] of [['fi_FI', 'fi', 'Mikä kauppa?'], ['sv_FI', 'sv', 'Vilken butik?'], ['de_DE', 'en', 'Which shop?']] as const) {
    const window = await stage.window(await stage.desktop({ lang }));
    await window.sees(words);
    expect(await window.script('return document.documentElement.lang')).toBe(language);
  }
});

test('the language switches at once and stays over a restart', async (stage) => {
  const { window } = await prepared(stage);
  await window.pressWith(Key.Control, 'k');
  await window.find('dialog');
  await window.write('suomeksi');
  await window.press(Key.Enter);
  await window.sees('Maksut');
  expect(await window.script('return document.documentElement.lang')).toBe('fi');
  await window.restart();
  await window.find('grid', undefined, 30_000);
  await window.sees('Maksut');
});

for (const dark of [false, true]) {
  test(`the window is ${dark ? 'dark' : 'light'} where the system is`, async (stage) => {
    const window = await stage.window(await stage.desktop({ dark }));
    await window.sees('Which shop?');
    const path = `/tmp/hyvitys-e2e-${process.pid}-${dark}.png`;
    await window.picture(path);
    const mean = Number(execFileSync('convert', [path, '-colorspace', 'Gray', '-format', '%[fx:100*mean]', 'info:']).toString());
    if (dark) expect(mean).toBeLessThan(30);
    else expect(mean).toBeGreaterThan(70);
  });
}

test('the theme that was chosen stays over a restart, whatever the system says', async (stage) => {
  const { window } = await prepared(stage);
  await window.pressWith(Key.Control, 'k');
  await window.find('dialog');
  await window.write('dark');
  await window.press(Key.Enter);
  await until('the dark theme', () => window.script<boolean>('return document.documentElement.dataset.theme === "dark"'));
  await window.restart();
  await until('the dark theme', () => window.script<boolean>('return document.documentElement.dataset.theme === "dark"'), 20_000);
});
