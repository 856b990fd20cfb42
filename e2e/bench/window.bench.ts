/** How fast the real window is, with 100 000 payments. Times are printed against the goals and never asserted. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cli, Key, sleep, test, until, type Desktop, type Stage, type Window } from '../harness';
import { root, windowProgram } from '../harness/places';
import { Screen, hasWords } from '../harness/x11';
import { report } from './rows';

const PAYMENTS = 100_000;
const RUNS = Number(process.env['HYVITYS_BENCH_RUNS'] ?? 7);
const SCROLL_MS = 20_000;
/** Of the scrolling, in pixels a second. */
const SPEEDS = [3_000, 30_000];
/** Typed letter by letter and taken away again: each press changes what is listed. */
const WORDS = ['aino', 'niemä', 'raula', 'kaari', 'tuokiki', 'viheinen', 'åsa m', 'status:hold', 'amount:>250', 'heila', 'jolinen', '20000'];
const emptyWindow = process.env['HYVITYS_EMPTY_WINDOW'] ?? join(process.env['CARGO_TARGET_DIR'] ?? join(root, 'target'), 'release', 'examples', 'empty-window');

const lines: string[] = [];

function line(what: string, figures: string, goal: string): void {
  lines.push(`${what.padEnd(56)} ${figures.padEnd(56)} ${goal}`);
}

const ms = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;

function at(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

const spread = (values: readonly number[]) => `p50 ${ms(at(values, 0.5))}  p95 ${ms(at(values, 0.95))}  max ${ms(Math.max(...values))}  n ${values.length}`;

/** A desktop whose person has 100 000 payments. */
async function filled(stage: Stage): Promise<Desktop> {
  const desktop = await stage.desktop();
  const shop = await stage.shop(desktop, { payments: 1 });
  const cli = new Cli(desktop);
  await cli.addAccount(shop);
  for (const half of [0, 1]) await cli.importFile(`report-${half}.json`, report((half * PAYMENTS) / 2, PAYMENTS / 2), 600_000);
  return desktop;
}

/**
 * Calls back when the frame that is made next was drawn: what is posted while it is being made comes after its layout and
 * its painting. The next frame would add what the screen waits, which is the same for everything.
 */
const DRAWN = `
  window.drawn = (then) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => then();
    port2.postMessage(null);
  });
`;

/**
 * From a key press to the end of the frame that shows its answer: the rows of the search as it now stands in the field. The list
 * says which search its rows answer, since another search may have the same rows; what is read later on, such as how many there
 * are in all, is no part of it.
 */
const WATCH = `
  ${DRAWN}
  const list = document.querySelector('[data-answered]');
  const field = list.querySelector('input[type=search]');
  window.presses = [];
  let pressed = null;
  addEventListener('keydown', () => { pressed = { at: performance.now(), before: list.dataset.answered, taken: false }; window.press = pressed; }, true);
  new MutationObserver(() => {
    const press = pressed;
    const answered = list.dataset.answered;
    if (!press || press.taken || answered === press.before || answered !== field.value) return;
    press.taken = true;
    window.drawn(() => { press.took = performance.now() - press.at; window.presses.push(press.took); });
  }).observe(list, { attributes: true, attributeFilter: ['data-answered'] });
`;

async function searching(window: Window): Promise<{ took: number[]; presses: number }> {
  await window.script(WATCH);
  await window.press('/');
  for (const word of WORDS) {
    for (const letter of [...word]) await pressAndWait(window, letter);
    for (let left = [...word].length; left > 0; left -= 1) await pressAndWait(window, Key.Backspace);
  }
  // Each letter is pressed once and taken away once.
  const presses = 2 * WORDS.reduce((sum, word) => sum + [...word].length, 0);
  return { took: await window.script<number[]>('return window.presses'), presses };
}

/** A press that leaves a search nobody can answer, such as `status:`, is no measurement, and is waited for a moment only. */
async function pressAndWait(window: Window, key: string): Promise<void> {
  await window.press(key);
  await window.script('const end = performance.now() + 400; return new Promise((done) => { const look = () => (window.press?.took !== undefined || performance.now() > end ? done(1) : setTimeout(look, 5)); look(); })');
  await sleep(30);
}

async function opening(window: Window): Promise<number[]> {
  const took: number[] = [];
  await window.script(DRAWN);
  for (let time = 0; time < 20; time += 1) {
    took.push(
      await window.script<number>(`
        const row = document.querySelector('[data-row="${2 + time}"]') ?? document.querySelector('[data-row]');
        const from = performance.now();
        const before = document.querySelector('.pane')?.textContent ?? '';
        row.dispatchEvent(new MouseEvent('click', { bubbles: true }));
        row.dispatchEvent(new MouseEvent('dblclick', { bubbles: true }));
        return new Promise((done) => {
          const look = () => {
            const now = document.querySelector('.pane')?.textContent ?? '';
            if ((now && now !== before) || performance.now() - from > 3000) window.drawn(() => done(performance.now() - from));
            else requestAnimationFrame(look);
          };
          look();
        });`),
    );
    await sleep(150);
  }
  return took;
}

/** Scrolls evenly and notes the time between frames; rows that are not there yet when they come into sight are counted. */
async function scrolling(window: Window, pixelsPerSecond: number, duration = SCROLL_MS): Promise<{ gaps: number[]; bare: number }> {
  return window.script(
    `
    const scroller = document.querySelector('[role=grid] .rows') ?? document.querySelector('.plain');
    scroller.scrollTop = 0;
    const gaps = []; let bare = 0;
    return new Promise((done) => {
      let last = performance.now(); const start = last;
      const step = (now) => {
        gaps.push(now - last);
        scroller.scrollTop += (now - last) * arguments[0] / 1000;
        if (scroller.querySelector('.sk')) bare += 1;
        last = now;
        if (now - start < arguments[1]) requestAnimationFrame(step); else done({ gaps: gaps.slice(2), bare });
      };
      requestAnimationFrame((now) => { last = now; requestAnimationFrame(step); });
    });`,
    pixelsPerSecond,
    duration,
  );
}

/** What a screen in memory, drawn by the processor, can do at all: a plain list of text in an empty window. */
async function plainly(window: Window, pixelsPerSecond: number): Promise<number[]> {
  await window.script(`
    const cells = ['24.11.2026 09.07', '20261199', 'Aino Mäkelä', '140,90 €', '–', 'Paid', '–'].map((text) => '<span>' + text + '</span>').join('');
    document.body.innerHTML = '<div class="plain">' + ('<div>' + cells + '</div>').repeat(3000) + '</div>';
    const list = document.querySelector('.plain');
    Object.assign(list.style, { height: '100vh', overflow: 'auto', font: '13px/36px sans-serif' });
    for (const row of list.children) Object.assign(row.style, { display: 'grid', gridTemplateColumns: 'repeat(7, 1fr)', borderBottom: '1px solid #ddd' });`);
  return (await scrolling(window, pixelsPerSecond, SCROLL_MS / 4)).gaps;
}

function frames(what: string, gaps: readonly number[], goal: string): void {
  const late = gaps.filter((gap) => gap > 50).length;
  line(what, `p50 ${ms(at(gaps, 0.5))}  p95 ${ms(at(gaps, 0.95))}  max ${ms(Math.max(...gaps))}  ${late} of ${gaps.length} over 50 ms`, goal);
}

interface Place {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** From the start of a program to words at a place of the screen. */
async function toWords(desktop: Desktop, screen: Screen, binary: string, args: string[], place: Place): Promise<number> {
  const from = performance.now();
  const program = desktop.start(binary, args);
  try {
    while (performance.now() - from < 30_000) {
      if (hasWords(await screen.pixels(place.x, place.y, place.width, place.height))) return performance.now() - from;
      await sleep(4);
    }
    throw new Error(`${binary} showed nothing in half a minute`);
  } finally {
    await program.stop();
    // The screen is black again when the window is gone.
    await until('the end of the window', async () => !hasWords(await screen.pixels(place.x, place.y, place.width, place.height)));
    await sleep(300);
  }
}

test(
  'the window with 100 000 payments',
  async (stage) => {
    const desktop = await filled(stage);
    const window = await stage.window(desktop, { size: [1280, 820] });
    await until('the rows', async () => (await window.count('row')) > 5, 30_000);
    const places = await window.script<Place>(
      'const box = document.querySelector(`[data-row="3"]`).getBoundingClientRect(); return { x: Math.round(box.left), y: Math.round(box.top), width: Math.min(800, Math.round(box.width)), height: Math.round(box.height) }',
    );
    const idle = await window.script<number[]>(
      'return new Promise((done) => { const gaps = []; let last = performance.now(); const step = (now) => { gaps.push(now - last); last = now; if (gaps.length < 120) requestAnimationFrame(step); else done(gaps.slice(2)); }; requestAnimationFrame(step); })',
    );
    line('a frame of this screen, at rest', spread(idle), '');
    const { took, presses } = await searching(window);
    line('key press in the search to rows painted', `${spread(took)} of ${presses}`, 'goal: a frame or two');
    line('press on a row to its detail painted', spread(await opening(window)), 'goal: a frame or two');
    await window.press(Key.Escape);
    for (const speed of SPEEDS) {
      const { gaps, bare } = await scrolling(window, speed);
      frames(`20 s of scrolling, ${(speed / 36).toFixed(0)} rows a second`, gaps, `goal: none over 50 ms; ${bare} frames with a row on its way`);
    }
    await window.quit();
    if (existsSync(emptyWindow)) {
      const plain = await stage.window(desktop, { binary: emptyWindow, size: [1280, 820], early: true });
      for (const speed of SPEEDS) frames(`the same, a plain list in an empty window, ${(speed / 36).toFixed(0)}`, await plainly(plain, speed), '');
      await plain.quit();
    }

    const screen = await Screen.open(desktop.env['DISPLAY'] ?? ':0');
    const fresh = desktop.path('fresh');
    const rows: number[] = [];
    const empty: number[] = [];
    const first: number[] = [];
    const middle: Place = { x: 300, y: 150, width: 680, height: 260 };
    for (let run = 0; run <= RUNS; run += 1) {
      // Side by side, in turns: what else the machine does meets all three.
      const took = {
        empty: existsSync(emptyWindow) ? await toWords(desktop, screen, emptyWindow, [], { x: 0, y: 0, width: 300, height: 60 }) : undefined,
        rows: await toWords(desktop, screen, windowProgram(), [], places),
        first: await toWords(desktop, screen, windowProgram(), ['--data', fresh], middle),
      };
      // The first run warms the disk's cache.
      if (run === 0) continue;
      if (took.empty !== undefined) empty.push(took.empty);
      rows.push(took.rows);
      first.push(took.first);
    }
    screen.close();
    line('start to an empty window of the same shell', empty.length ? spread(empty) : `not built: ${emptyWindow}`, '');
    line('start to the first rows on screen', spread(rows), empty.length ? `goal: ≤ 1.5 × an empty window; is ${(at(rows, 0.5) / at(empty, 0.5)).toFixed(2)} ×` : '');
    line('start to the first start’s page, no payments', spread(first), '');
    const table = `\nThe window with ${PAYMENTS} payments (${windowProgram().includes('/release/') ? 'release' : 'not a release'} build)\n${lines.join('\n')}\n`;
    console.log(table);
    if (process.env['HYVITYS_BENCH_OUT']) writeFileSync(process.env['HYVITYS_BENCH_OUT'], table);
  },
  1_800_000,
);
