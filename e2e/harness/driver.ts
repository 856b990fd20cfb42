/**
 * The few calls of the WebDriver standard that the tests need, to WebKitWebDriver.
 *
 * A client from the registry would bring programs that download browsers; this is a dozen HTTP calls.
 */
import { request } from 'node:http';
import { createServer } from 'node:net';
import type { Desktop } from './desktop';
import { type Started, until } from './processes';

const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

/** An element of the page, as the driver names it. */
export type ElementRef = { [ELEMENT]: string };

export interface Rect {
  x?: number;
  y?: number;
  width: number;
  height: number;
}

/** Keys without a character, as the standard numbers them. */
export const Key = {
  Backspace: '\uE003',
  Tab: '\uE004',
  Enter: '\uE007',
  Shift: '\uE008',
  Control: '\uE009',
  Alt: '\uE00A',
  Escape: '\uE00C',
  Space: ' ',
  PageUp: '\uE00E',
  PageDown: '\uE00F',
  End: '\uE010',
  Home: '\uE011',
  Left: '\uE012',
  Up: '\uE013',
  Right: '\uE014',
  Down: '\uE015',
  Delete: '\uE017',
} as const;

/** What the driver answered instead of doing it. */
export class DriverError extends Error {
  constructor(
    readonly kind: string,
    message: string,
  ) {
    super(`${kind}: ${message}`);
  }
}

export class Driver {
  private session = '';

  private constructor(
    private readonly port: number,
    readonly program: Started,
  ) {}

  static async start(desktop: Desktop, env: Record<string, string>): Promise<Driver> {
    const port = await freePort();
    // The window inherits the driver's environment and its output.
    const program = desktop.start('WebKitWebDriver', [`--port=${port}`], {
      env: { ...env, TAURI_AUTOMATION: 'true', TAURI_WEBVIEW_AUTOMATION: 'true' },
      log: desktop.path('logs', 'window.log'),
    });
    const driver = new Driver(port, program);
    await until('the driver', () => driver.call('GET', '/status', undefined, 2000));
    return driver;
  }

  /** Starts the program and takes its window. */
  async open(binary: string, args: readonly string[]): Promise<void> {
    const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': { binary, args } } };
    const made = (await this.call('POST', '/session', { capabilities }, 60_000)) as { sessionId: string };
    this.session = `/session/${made.sessionId}`;
    await this.ask('POST', '/timeouts', { script: 60_000, pageLoad: 30_000, implicit: 0 });
  }

  /** Ends the session and with it the program. */
  async quit(): Promise<void> {
    const session = this.session;
    this.session = '';
    if (session) await this.call('DELETE', session, undefined, 10_000);
  }

  /** Runs a function body in the page; `arguments` are its arguments. */
  script<T>(body: string, args: unknown[] = [], patience?: number): Promise<T> {
    return this.ask('POST', '/execute/sync', { script: body, args }, patience) as Promise<T>;
  }

  async click(element: ElementRef): Promise<void> {
    await this.ask('POST', `/element/${element[ELEMENT]}/click`, {});
  }

  async typeInto(element: ElementRef, text: string): Promise<void> {
    await this.ask('POST', `/element/${element[ELEMENT]}/value`, { text });
  }

  /** Presses keys after each other; `held` are down the while. */
  async keys(keys: readonly string[], held: readonly string[] = []): Promise<void> {
    const actions = [
      ...held.map((value) => ({ type: 'keyDown', value })),
      ...keys.flatMap((value) => [
        { type: 'keyDown', value },
        { type: 'keyUp', value },
      ]),
      ...[...held].reverse().map((value) => ({ type: 'keyUp', value })),
    ];
    await this.ask('POST', '/actions', { actions: [{ type: 'key', id: 'keys', actions }] });
  }

  async setRect(rect: Rect): Promise<Rect> {
    return (await this.ask('POST', '/window/rect', rect)) as Rect;
  }

  private ask(method: string, path: string, body?: unknown, patience?: number): Promise<unknown> {
    if (!this.session) throw new Error('the window is closed');
    return this.call(method, `${this.session}${path}`, body, patience);
  }

  private call(method: string, path: string, body: unknown, patience = 30_000): Promise<unknown> {
    const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
    return new Promise((resolve, reject) => {
      const asked = request(
        {
          host: '127.0.0.1',
          port: this.port,
          method,
          path,
          timeout: patience,
          headers: bytes ? { 'content-type': 'application/json', 'content-length': bytes.length } : {},
        },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('error', reject);
          answer.on('end', () => {
            const { value } = JSON.parse(Buffer.concat(chunks).toString() || '{}') as { value: unknown };
            const error = value as { error?: string; message?: string } | null;
            if (answer.statusCode === 200) resolve(value);
            else reject(new DriverError(error?.error ?? String(answer.statusCode), error?.message ?? ''));
          });
        },
      );
      asked.on('timeout', () => asked.destroy(new Error(`the driver did not answer ${method} ${path} in ${patience} ms`)));
      asked.on('error', reject);
      asked.end(bytes);
    });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
