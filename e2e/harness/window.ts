/** The window, as a person has it: what stands there is found by role and name, pressed, typed into and read. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DriverError, Driver, Key, type ElementRef } from './driver';
import type { Desktop } from './desktop';
import { failures, root, windowProgram } from './places';
import { sleep, until, within } from './processes';
import { Screen } from './x11';

export { Key };

/** A name as a whole, or an expression that it fits. */
export type Name = string | RegExp;

export interface WindowOptions {
  /** Opens the built-in shop where no shop is known. */
  sandbox?: boolean;
  /** The data folder; the usual place of this desktop's person if none is said. */
  data?: string;
  env?: Record<string, string>;
  binary?: string;
  size?: readonly [number, number];
  /** Whether the window starts without a wait for its first words. */
  early?: boolean;
}

/** What axe found. */
interface Violation {
  id: string;
  help: string;
  nodes: { target: string[]; failureSummary: string }[];
}

const IN_PAGE = readFileSync(new URL('./in-page.js', import.meta.url), 'utf8');
const AXE = readFileSync(join(root, 'ui/node_modules/axe-core/axe.min.js'), 'utf8');

const wire = (name: Name | undefined) =>
  name instanceof RegExp ? { source: name.source, flags: name.flags } : (name ?? null);
const say = (role: string, name?: Name) => `the ${role}${name === undefined ? '' : ` ${name instanceof RegExp ? name : `“${name}”`}`}`;

export class Window {
  private constructor(
    readonly desktop: Desktop,
    readonly options: WindowOptions,
    private driver: Driver,
  ) {}

  static async open(desktop: Desktop, options: WindowOptions = {}): Promise<Window> {
    const window = new Window(desktop, options, await Driver.start(desktop, options.env ?? {}));
    await window.start();
    return window;
  }

  /** Starts the program, also after [`quit`], on the same folders. */
  async start(): Promise<void> {
    const { sandbox, data, binary, size, early } = this.options;
    const args = [...(data ? ['--data', data] : []), ...(sandbox ? ['--sandbox'] : [])];
    await this.driver.open(binary ?? windowProgram(), args);
    await this.driver.script(IN_PAGE);
    await this.driver.setRect({ x: 0, y: 0, width: size?.[0] ?? 1440, height: size?.[1] ?? 900 });
    if (!early) await until('the first words of the window', async () => (await this.text()).length > 0);
  }

  /** Ends the program as an end of the session does, and waits for its end: a start before would only wake the old one. */
  async quit(): Promise<void> {
    await this.driver.quit();
    await this.ended();
  }

  /** Waits until the program has ended. */
  async ended(patience = 15_000): Promise<void> {
    await until('the end of the program', async () => (await this.processes()).length === 0, patience);
  }

  async restart(): Promise<void> {
    await this.quit();
    await this.start();
  }

  /** The process of the program. */
  processes(): Promise<number[]> {
    return this.desktop.run('pgrep', ['-g', String(this.driver.program.pid), '-x', 'hyvitys']).then(({ output }) => output.split('\n').filter(Boolean).map(Number));
  }

  /** Presses the cross of the window. */
  async askToClose(): Promise<void> {
    const { output } = await this.desktop.run('xdotool', ['search', '--onlyvisible', '--name', '^Hyvitys$']);
    const id = Number(output.trim().split('\n').pop());
    if (!id) throw new Error(`no window is shown: ${output}`);
    const screen = await Screen.open(this.desktop.env['DISPLAY'] ?? ':0');
    try {
      await within('the question to close', 10_000, screen.askToClose(id));
    } finally {
      screen.close();
    }
  }

  /** What the program and the driver said. */
  log(): string {
    return readFileSync(this.desktop.path('logs', 'window.log'), 'utf8');
  }

  script<T>(body: string, ...args: unknown[]): Promise<T> {
    return this.driver.script<T>(body, args);
  }

  /** Everything that can be read now; where a dialog is open, in it. */
  text(): Promise<string> {
    return this.script<string>('return window.e2e.text()');
  }

  /** Waits for words. */
  async sees(words: Name, patience?: number): Promise<void> {
    await until(
      async () => `the words ${String(words)}; the window says:\n${await this.text()}`,
      async () => {
        const text = await this.text();
        return words instanceof RegExp ? words.test(text) : text.includes(words);
      },
      patience,
    );
  }

  /** Waits until words are gone. */
  async seesNoMore(words: Name, patience?: number): Promise<void> {
    await until(
      `the end of the words ${String(words)}`,
      async () => {
        const text = await this.text();
        return !(words instanceof RegExp ? words.test(text) : text.includes(words));
      },
      patience,
    );
  }

  /** Whether words stand there at this moment. */
  async says(words: Name): Promise<boolean> {
    const text = await this.text();
    return words instanceof RegExp ? words.test(text) : text.includes(words);
  }

  all(role: string, name?: Name, inside?: ElementRef): Promise<ElementRef[]> {
    return this.script('return window.e2e.all(arguments[0], arguments[1], arguments[2])', role, wire(name), inside ?? null);
  }

  /** The names of all shown elements of a role. */
  names(role: string): Promise<string[]> {
    return this.script('return window.e2e.all(arguments[0]).map(window.e2e.nameOf)', role);
  }

  async count(role: string, name?: Name): Promise<number> {
    return (await this.all(role, name)).length;
  }

  /** The first element of this role and name, waited for. */
  async find(role: string, name?: Name, patience?: number, inside?: ElementRef): Promise<ElementRef> {
    return until(
      async () => `${say(role, name)}; there are: ${(await this.names(role)).join(' · ')}`,
      async () => (await this.all(role, name, inside))[0],
      patience,
    );
  }

  async click(role: string, name?: Name, patience?: number): Promise<void> {
    await until(
      async () => `a press on ${say(role, name)}; there are: ${(await this.names(role)).join(' · ')}`,
      async () => {
        const found = (await this.all(role, name))[0];
        if (!found) return false;
        try {
          await this.driver.click(found);
          return true;
        } catch (error) {
          // It moved, or was drawn anew, between the look and the press.
          if (error instanceof DriverError && /stale|intercepted|not interactable/.test(error.kind)) return false;
          throw error;
        }
      },
      patience,
    );
  }

  /** Presses the smallest thing with these words. */
  async clickText(words: string, patience?: number): Promise<void> {
    const found = await until(
      `the words “${words}”`,
      async () => (await this.script<ElementRef[]>('return window.e2e.withText(arguments[0])', words))[0],
      patience,
    );
    await this.driver.click(found);
  }

  /** Types into a field, in place of what stood there. */
  async fill(role: string, name: Name, text: string): Promise<void> {
    const field = await this.find(role, name);
    await this.script('arguments[0].focus(); arguments[0].select?.()', field);
    await this.driver.keys([Key.Delete]);
    if (text) await this.driver.typeInto(field, text);
  }

  /** Puts a text into a field at once, as from the clipboard. */
  async paste(role: string, name: Name, text: string): Promise<void> {
    const field = await this.find(role, name);
    await this.script(
      'const [field, text] = arguments; field.focus(); field.select?.(); document.execCommand("insertText", false, text)',
      field,
      text,
    );
  }

  /** Chooses one of a list of the system, by its value. */
  async choose(name: Name, value: string): Promise<void> {
    const list = await this.find('combobox', name);
    await this.script('const [list, value] = arguments; list.value = value; list.dispatchEvent(new Event("change", { bubbles: true }))', list, value);
  }

  /** The value of a list of the system. */
  async chosen(name: Name): Promise<string> {
    return this.script<string>('return arguments[0].value', await this.find('combobox', name));
  }

  /** Gives files to the view, as the system's choice of files does. */
  async give(files: Readonly<Record<string, string | Buffer>>): Promise<void> {
    const given = Object.entries(files).map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]);
    await until('a place for files', () => this.script<boolean>('return document.querySelector("input[type=file]") !== null'));
    await this.script(
      `const bytes = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
       const given = new DataTransfer();
       for (const [name, text] of arguments[0]) given.items.add(new File([bytes(text)], name));
       const input = document.querySelector('input[type=file]');
       input.files = given.files;
       input.dispatchEvent(new Event('change', { bubbles: true }));`,
      given,
    );
  }

  /** Presses keys one after the other, each down and up. */
  press(...keys: string[]): Promise<void> {
    return this.driver.keys(keys);
  }

  pressWith(held: string, ...keys: string[]): Promise<void> {
    return this.driver.keys(keys, [held]);
  }

  /** Writes as on a keyboard, into what has the focus. */
  write(text: string): Promise<void> {
    return this.driver.keys([...text]);
  }

  setSize(width: number, height: number): Promise<unknown> {
    return this.driver.setRect({ x: 0, y: 0, width, height });
  }

  /** The name of what has the focus. */
  focused(): Promise<string> {
    return this.script('const e = document.activeElement; return e ? `${window.e2e.roleOf(e)} ${window.e2e.nameOf(e)}` : ""');
  }

  /** A picture, after what moves has come to rest. */
  async picture(path: string): Promise<void> {
    await this.rest();
    mkdirSync(join(path, '..'), { recursive: true });
    await this.photograph(path);
  }

  /** Of the screen, as a person sees it: the driver's own pictures wait for a frame that a view without OpenGL may never draw. */
  private async photograph(path: string): Promise<void> {
    const [width = 0, height = 0] = await this.script<[number, number]>('return [innerWidth, innerHeight]');
    const screen = await Screen.open(this.desktop.env['DISPLAY'] ?? ':0');
    try {
      const look = () => screen.pixels(0, 0, width, height);
      // What is still being drawn differs from one look to the next.
      let now = await look();
      for (let same = false, looks = 0; !same && looks < 20; looks += 1) {
        await sleep(100);
        const next = await look();
        same = next.equals(now);
        now = next;
      }
      execFileSync('convert', ['-size', `${width}x${height}`, '-depth', '8', 'bgra:-', '-alpha', 'off', `PNG24:${path}`], { input: now });
    } finally {
      screen.close();
    }
  }

  /** Waits until nothing is animated and two frames were drawn. */
  async rest(): Promise<void> {
    await until('the animations', () =>
      this.script('return document.getAnimations().every((a) => a.playState !== "running" || a.effect?.getTiming().iterations === Infinity)'),
    );
    await this.driver.script('return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))');
    await sleep(60);
  }

  /** What axe has to say against what is shown, WCAG 2.2 A and AA. */
  async axe(): Promise<string[]> {
    await this.rest();
    if (!(await this.script<boolean>('return "axe" in window'))) await this.driver.script(`${AXE}\nreturn null;`);
    const found = await this.driver.script<Violation[]>(
      `return axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'] }).then((r) => r.violations.map((v) => ({ id: v.id, help: v.help, nodes: v.nodes.map((n) => ({ target: n.target.map(String), failureSummary: n.failureSummary })) })))`,
    );
    return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')}: ${node.failureSummary.replace(/\s+/g, ' ')}`));
  }

  /** What is cut off among the controls. */
  clipped(selector = 'button, a[href], input, select, textarea'): Promise<string[]> {
    return this.script('return window.e2e.clipped(arguments[0])', selector);
  }

  /** Keeps what the window looked like for whoever reads about a failure. */
  async remember(name: string): Promise<string> {
    const path = join(failures, `${name.replace(/[^\p{L}\d]+/gu, '-').slice(0, 100)}.png`);
    mkdirSync(failures, { recursive: true });
    await this.photograph(path);
    writeFileSync(path.replace(/png$/, 'txt'), `${await this.text()}\n\n${this.log()}`);
    return path;
  }
}
