import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync('src/styles/tokens.css', 'utf8');

/** The colours of one block, from its opening brace to the line that closes it. */
function block(opening: string, indent = ''): Map<string, string> {
  const from = css.indexOf(opening);
  expect(from, opening).toBeGreaterThanOrEqual(0);
  const body = css.slice(from, css.indexOf(`\n${indent}}`, from));
  return new Map(
    [...body.matchAll(/(--[\w-]+):\s*(#[0-9a-f]{6})/gi)].map(([, name, value]) => [name ?? '', value ?? '']),
  );
}

const light = block(':root {');
const dark = block(':root[data-theme="dark"] {');
const system = block(':root:not([data-theme="light"]) {', '  ');

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const text: [string, string[]][] = [
  ['--ink', ['--bg', '--surface', '--surface-2', '--sunken', '--accent-soft', '--ochre-soft']],
  [
    '--ink-2',
    [
      '--bg',
      '--surface',
      '--surface-2',
      '--sunken',
      '--accent-soft',
      '--red-soft',
      '--moss-soft',
      '--plum-soft',
      '--ochre-soft',
    ],
  ],
  ['--ink-3', ['--bg', '--surface', '--surface-2', '--sunken', '--accent-soft']],
  ['--accent', ['--surface', '--surface-2', '--accent-soft', '--red-soft', '--plum-soft']],
  ['--on-accent', ['--accent', '--accent-hover']],
  ['--on-red', ['--red-solid']],
  ['--moss', ['--surface', '--moss-soft']],
  ['--ochre', ['--surface', '--ochre-soft']],
  ['--red', ['--surface', '--red-soft']],
  ['--blue', ['--surface', '--blue-soft', '--accent-soft']],
  ['--plum', ['--surface', '--plum-soft', '--plum-hatch']],
  ['--brown', ['--surface', '--brown-soft']],
  ['--live-ink', ['--live-bg', '--live-active']],
  ['--live-ink-2', ['--live-bg', '--live-2']],
  ['--live-on-badge', ['--live-badge']],
  ['--test-ink', ['--test-bg', '--test-active', '--test-2']],
  ['--test-ink-2', ['--test-bg', '--test-2']],
  ['--sand-ink', ['--sand-bg', '--sand-active', '--sand-2']],
  ['--sand-ink-2', ['--sand-bg', '--sand-2', '--sand-dot']],
];

const shapes: [string, string[]][] = [
  ['--line-control', ['--surface', '--surface-2']],
  ['--accent', ['--surface', '--bg']],
  ...['--c-paid', '--c-back', '--c-hold', '--c-late', '--c-lost', '--c-unknown', '--c-done'].map(
    (name): [string, string[]] => [name, ['--surface']],
  ),
];

describe.each([
  ['light', light],
  ['dark', new Map([...light, ...dark])],
])('the %s palette', (_, palette) => {
  const ratio = (a: string, b: string) => contrast(palette.get(a) ?? '#000000', palette.get(b) ?? '#000000');

  it.each(text)('%s can be read', (ink, grounds) => {
    for (const ground of grounds) expect(ratio(ink, ground), `${ink} on ${ground}`).toBeGreaterThanOrEqual(4.5);
  });

  it.each(shapes)('%s can be seen', (ink, grounds) => {
    for (const ground of grounds) expect(ratio(ink, ground), `${ink} on ${ground}`).toBeGreaterThanOrEqual(3);
  });
});

it('the dark palette is the same whether asked for or taken from the system', () => {
  expect(dark.size).toBeGreaterThan(30);
  expect([...system]).toEqual([...dark]);
});

describe('the style sheets', () => {
  const sheets = Object.keys(import.meta.glob('/src/styles/*.css'));

  it.each(sheets)('%s fetches nothing and inlines nothing', (sheet) => {
    const source = readFileSync(`.${sheet}`, 'utf8');
    expect(source.match(/url\(\s*['"]?(data:|https?:|\/\/)/g)).toBeNull();
  });

  it('write no colour but in the tokens', () => {
    const own = sheets.filter((sheet) => !sheet.endsWith('tokens.css'));
    expect(own.length).toBeGreaterThan(7);
    for (const sheet of own)
      expect(readFileSync(`.${sheet}`, 'utf8').match(/#[0-9a-f]{3,8}\b|rgba?\(/gi), sheet).toBeNull();
  });
});
