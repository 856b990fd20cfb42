/** How a state of the window is looked at: in both themes, by axe, for what is cut off, with a picture for the guide. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'vitest';
import { Key, type Window } from './window';
import { failures, root } from './places';
import { until } from './processes';

export const languages = ['en', 'fi', 'sv'] as const;
export const themes = ['light', 'dark'] as const;
export type Language = (typeof languages)[number];
export type Theme = (typeof themes)[number];

/** The guide's pictures are made anew only when asked for: a test that changes files of the repository is a nuisance. */
const pictures = process.env['HYVITYS_E2E_PICTURES'] ? join(root, 'docs/guide/pictures') : join(failures, 'pictures');

/** Looks at one state in all themes; the problems are collected, so that one run tells all of them. */
export class Looks {
  readonly problems: string[] = [];

  constructor(
    private readonly window: Window,
    private readonly language: Language,
  ) {}

  async at(view: string, only: readonly Theme[] = themes): Promise<void> {
    for (const theme of only) {
      await wear(this.window, theme);
      const name = `${view}-${theme}-${this.language}`;
      const path = join(pictures, `${name}.png`);
      await this.window.picture(path);
      shrink(path);
      for (const problem of [...(await this.window.axe()), ...(await this.window.clipped())]) this.problems.push(`${name}: ${problem}`);
    }
  }

  /** Fails with everything that was found. */
  end(): void {
    expect(this.problems.join('\n')).toBe('');
  }
}

/** The theme as the setting makes it, without a walk through the settings that would close what is open. */
async function wear(window: Window, theme: Theme): Promise<void> {
  await window.script('document.documentElement.dataset.theme = arguments[0]', theme);
}

function shrink(path: string): void {
  execFileSync('convert', [path, '-strip', '-dither', 'None', '-colors', '256', '-define', 'png:compression-level=9', `PNG8:${path}`]);
}

/** Changes the language as a person does, in the palette. */
export async function speak(window: Window, language: Language): Promise<void> {
  if ((await window.script<string>('return document.documentElement.lang')) === language) return;
  await window.pressWith(Key.Control, 'k');
  await window.find('dialog');
  await window.script('document.querySelector(`[id$="-language ${arguments[0]}"]`).click()', language);
  await until('the language', async () => (await window.script<string>('return document.documentElement.lang')) === language);
}
