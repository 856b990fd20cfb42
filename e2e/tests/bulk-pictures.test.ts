/** A batch from its file to its result, as it looks in both themes and three languages, and in a narrow window. */
import { Key, prepared, test, until, type Prepared } from '../harness';
import { Looks, languages, speak } from '../harness/looks';

const WIDE = [1440, 900] as const;
/** The narrowest that the window can be made. */
const NARROW = [1024, 700] as const;
const LINES = 72;

const has = ({ window }: Prepared, selector: string) => () => window.script<boolean>('return document.querySelector(arguments[0]) !== null', selector);

for (const language of languages) {
  test(`a batch looks right in ${language}`, async (stage) => {
    const on = await prepared(stage, { shop: { payments: 420, slowDelay: '8s' } });
    const { window, shop } = on;
    await speak(window, language);
    const looks = new Looks(window, language);
    const narrow = async (view: string) => {
      await window.setSize(...NARROW);
      await looks.at(`${view}-narrow`, ['light']);
      await window.setSize(...WIDE);
    };
    const answered = async () => (await shop.get<{ refunds: unknown[] }>('refunds')).refunds.length;
    const atRest = () => window.script<boolean>('return document.querySelector(".note .btn.pri:not([aria-disabled])") !== null');

    const payments = (await shop.untouched()).slice(0, LINES);
    const [first, second] = payments;
    const broken = ['PUUTTUU-17;12,00;', `${first?.reference};1,00;`, `${second?.reference};9999,00;`];
    const file = ['Tilausnumero;Summa;Huomautus', ...payments.map(({ reference }) => `${reference};1,00;peruttu`), ...broken].join('\r\n');
    // Refunds take their time, so that there is something to look at.
    await shop.faults({ slow: { rate: 1, paths: ['refund'] } });
    await window.press('g', 'b');
    await until('the list of batches', has(on, '.main h1'));
    await looks.at('bulk-empty');
    await window.press('n');
    await window.give({ 'lankafestarit.csv': file });
    await until('the check', async () => (await window.count('row')) > 5, 30_000);
    await looks.at('bulk-check');
    await narrow('bulk-check');
    await window.script('document.activeElement?.blur()');
    await window.pressWith(Key.Control, Key.Enter);
    await until('the confirmation', has(on, '.btn.l.pri'));
    await looks.at('bulk-confirm');
    await window.pressWith(Key.Control, Key.Enter);
    const before = await answered();
    await until('some answers', async () => (await answered()) > before + 4, 60_000);
    await looks.at('bulk-running');
    await window.press('p');
    await until('the end of what was under way', atRest, 60_000);
    await looks.at('bulk-paused');
    await window.press('p');
    const then = await answered();
    await until('more answers', async () => (await answered()) > then + 4, 60_000);
    for (const pid of await window.processes()) process.kill(pid, 'SIGKILL');
    await window.quit().catch(() => undefined);
    await window.ended();
    await window.start();
    await window.find('grid', undefined, 30_000);
    await window.press('g', 'b');
    await until('the batch', has(on, '[data-row]'), 30_000);
    await looks.at('bulk-list');
    await window.script('document.querySelector("[data-row]").click()');
    await window.press(Key.Enter);
    await until('the way on', atRest, 30_000);
    await looks.at('bulk-interrupted');
    await shop.faults({});
    await window.press('p');
    await until('the result', has(on, '#bulk-result'), 120_000);
    await looks.at('bulk-result');
    await narrow('bulk-result');
    looks.end();
  }, 420_000);
}
