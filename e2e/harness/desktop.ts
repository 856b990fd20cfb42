/**
 * A desktop that exists in memory only: a screen, a private bus, a keychain, and the folders of a person who has never
 * started the program. Nothing of the real person is read or changed; HOME alone stays, toolchains live there.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Started, MARK, marked, sleep, start, until, within } from './processes';

/** How the keychain of a desktop is. */
export type Keychain = 'unlocked' | 'missing' | 'noBus';

export interface DesktopOptions {
  keychain?: Keychain;
  /** The screen. */
  size?: readonly [number, number];
  /** Whether the system says that it is dark. */
  dark?: boolean;
  /** The system's language, like `fi_FI`. */
  lang?: string;
}

/** It guards nothing: the keyring goes with the desktop. An empty one would leave no login keyring. */
const PASSWORD = 'private-session\n';
const FOLDERS = ['runtime', 'data', 'config', 'cache', 'state'] as const;
const SCREEN = [1440, 900] as const;

export class Desktop {
  private readonly programs: Started[] = [];

  private constructor(
    /** Everything of this desktop is below it. */
    readonly folder: string,
    readonly mark: string,
    /** The environment of its programs. */
    readonly env: Record<string, string>,
  ) {}

  static async open(options: DesktopOptions = {}): Promise<Desktop> {
    const folder = mkdtempSync(join(tmpdir(), 'hyvitys-e2e-'));
    const mark = randomUUID();
    for (const name of [...FOLDERS, 'logs']) mkdirSync(join(folder, name), { mode: 0o700 });
    const desktop = new Desktop(folder, mark, {
      ...own(),
      ...Object.fromEntries(FOLDERS.map((name) => [name === 'runtime' ? 'XDG_RUNTIME_DIR' : `XDG_${name.toUpperCase()}_HOME`, join(folder, name)])),
      [MARK]: mark,
      LANG: `${options.lang ?? 'en_GB'}.UTF-8`,
      LOCPATH: join(folder, 'locales'),
      NO_AT_BRIDGE: '1',
      GDK_BACKEND: 'x11',
      GTK_OVERLAY_SCROLLING: '0',
      ...(options.dark ? { GTK_THEME: 'Adwaita:dark' } : {}),
    });
    try {
      await desktop.speak(options.lang ?? 'en_GB');
      await desktop.openScreen(options.size ?? SCREEN);
      if (options.keychain !== 'noBus') await desktop.openBus(options.keychain !== 'missing');
      else desktop.env['DBUS_SESSION_BUS_ADDRESS'] = `unix:path=${join(folder, 'runtime', 'no-bus')}`;
    } catch (error) {
      await desktop.close();
      throw error;
    }
    return desktop;
  }

  /** A path on this desktop. */
  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  /** Starts a program here. */
  start(command: string, args: readonly string[], options: { env?: Record<string, string>; input?: string; third?: boolean; log?: string } = {}): Started {
    const log = options.log ?? this.path('logs', `${command.split('/').pop() ?? 'program'}.log`);
    const program = start(command, args, { ...options, env: { ...this.env, ...options.env }, log });
    this.programs.push(program);
    return program;
  }

  /** Runs a program to its end; gives what it said. */
  async run(command: string, args: readonly string[], options: { env?: Record<string, string>; input?: string; patience?: number } = {}): Promise<{ code: number | string; output: string }> {
    const log = this.path('logs', `run-${randomUUID()}.log`);
    const program = this.start(command, args, { ...options, log });
    const code = await within(command, options.patience ?? 60_000, program.ended);
    return { code, output: readFileSync(log, 'utf8') };
  }

  /** Locks the keychain; nobody is there to answer its question for the password. */
  async lockKeychain(): Promise<void> {
    const collection = '/org/freedesktop/secrets/collection/login';
    const { code, output } = await this.run('dbus-send', ['--session', '--print-reply', '--dest=org.freedesktop.secrets', '/org/freedesktop/secrets', 'org.freedesktop.Secret.Service.Lock', `array:objpath:${collection}`]);
    if (code !== 0 || !output.includes(collection)) throw new Error(`the keychain could not be locked: ${output}`);
  }

  /** Ends everything, by its id, and takes the folders away. */
  async close(): Promise<void> {
    for (const program of this.programs.reverse()) await program.stop();
    // What made itself a group of its own: services that the bus started.
    for (const pid of marked(this.mark)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself.
      }
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Makes the language of the system: the web view asks the C library for it, which knows only what is installed. */
  private async speak(lang: string): Promise<void> {
    mkdirSync(this.path('locales'));
    await this.run('localedef', ['-c', '-i', lang, '-f', 'UTF-8', this.path('locales', `${lang}.UTF-8`)]);
  }

  private async openScreen([width, height]: readonly [number, number]): Promise<void> {
    // It takes a free number itself and tells it: choosing one here would be a race between tests.
    const screen = this.start('Xvfb', ['-displayfd', '3', '-screen', '0', `${width}x${height}x24`, '-nolisten', 'tcp'], { third: true });
    this.env['DISPLAY'] = `:${await firstLine(screen)}`;
  }

  private async openBus(withKeychain: boolean): Promise<void> {
    // Where there is to be no keychain, the bus may not start one by itself, either.
    const config = withKeychain ? ['--session'] : ['--config-file', new URL('./bus-without-services.conf', import.meta.url).pathname];
    const bus = this.start('dbus-daemon', [...config, '--nofork', '--print-address=3'], { third: true });
    this.env['DBUS_SESSION_BUS_ADDRESS'] = await firstLine(bus);
    if (!withKeychain) return;
    this.start('gnome-keyring-daemon', ['--foreground', '--unlock', '--components=secrets'], { input: PASSWORD });
    await until('the keychain', async () => {
      const asked = await this.run('dbus-send', ['--session', '--print-reply', '--dest=org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus.NameHasOwner', 'string:org.freedesktop.secrets'], { patience: 5000 });
      return asked.output.includes('boolean true');
    });
    // The login keyring is made a moment after the name is taken.
    await until('the login keyring', () => readFileSync(this.path('data', 'keyrings', 'login.keyring')).length > 0);
  }
}

/** What the programs need of our own environment, and nothing that leads to a real desktop. */
function own(): Record<string, string> {
  const kept = ['PATH', 'HOME', 'USER', 'LOGNAME', 'TMPDIR', 'RUST_LOG', 'RUST_BACKTRACE'];
  return Object.fromEntries(kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name] as string]])));
}

async function firstLine(program: Started): Promise<string> {
  let text = '';
  program.third?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await until(`the first word of ${program.log}: ${program.runs() ? 'it runs' : 'it ended'}`, () => text.includes('\n'));
  await sleep(0);
  return text.split('\n')[0]?.trim() ?? '';
}
