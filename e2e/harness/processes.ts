/**
 * Programs that a test starts: each in a process group of its own, with its output in a file, and ended by its id.
 *
 * A driver that inherits the runner's output keeps it open after the end, and the runner then waits for ever.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, readdirSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

export { sleep };

/** The variable that marks everything of one desktop, so that what left its group is still found by its id. */
export const MARK = 'HYVITYS_E2E_DESKTOP';

export interface Started {
  readonly pid: number;
  readonly log: string;
  /** What the program writes to file descriptor 3, as it comes. */
  readonly third: Readable | null;
  /** The exit code, or the signal's name. */
  readonly ended: Promise<number | string>;
  runs(): boolean;
  /** SIGTERM to the group, then SIGKILL to what is left of it. */
  stop(): Promise<void>;
  /** SIGKILL to the group, at once. */
  kill(): void;
}

export interface StartOptions {
  env: Record<string, string>;
  /** The file that takes what the program says. */
  log: string;
  /** What is written to its standard input. */
  input?: string;
  /** Opens file descriptor 3 as a pipe to us. */
  third?: boolean;
}

const running = new Set<Started>();

// Whatever happens to the runner, nothing stays behind.
process.on('exit', () => running.forEach((each) => each.kill()));

export function start(command: string, args: readonly string[], options: StartOptions): Started {
  const out = openSync(options.log, 'a');
  const child = spawn(command, args, {
    detached: true,
    env: options.env,
    stdio: [options.input === undefined ? 'ignore' : 'pipe', out, out, options.third ? 'pipe' : 'ignore'],
  });
  closeSync(out);
  if (child.stdin) child.stdin.end(options.input);
  const ended = new Promise<number | string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'ended'));
  });
  let runs = true;
  void ended.then(() => (runs = false));
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${command} could not be started: is it installed?`);
  const signal = (name: NodeJS.Signals) => {
    try {
      process.kill(-pid, name);
    } catch {
      // The group is gone.
    }
  };
  const started: Started = {
    pid,
    log: options.log,
    third: (child.stdio[3] as Readable | null | undefined) ?? null,
    ended,
    runs: () => runs,
    kill: () => {
      signal('SIGKILL');
      running.delete(started);
    },
    stop: async () => {
      signal('SIGTERM');
      await Promise.race([ended, sleep(3000)]);
      started.kill();
      await Promise.race([ended, sleep(1000)]);
    },
  };
  running.add(started);
  return started;
}

/** The processes whose environment has this value of [`MARK`]. */
export function marked(value: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`).includes(`${MARK}=${value}\0`);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** Asks until the answer is neither `undefined`, `null` nor `false`; says what was waited for when it never is. */
export async function until<T>(
  what: string | (() => string | Promise<string>),
  ask: () => T | Promise<T>,
  patience = 15_000,
): Promise<NonNullable<Exclude<T, false>>> {
  const end = Date.now() + patience;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== null && answer !== false) return answer as NonNullable<Exclude<T, false>>;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) break;
    await sleep(50);
  }
  const words = typeof what === 'string' ? what : await what();
  throw new Error(`waited ${patience} ms in vain for ${words}`, { cause: last });
}

/** A promise that takes no longer than `patience`. */
export async function within<T>(what: string, patience: number, promise: Promise<T>): Promise<T> {
  const late = new AbortController();
  try {
    return await Promise.race([
      promise,
      sleep(patience, undefined, { signal: late.signal }).then(() => {
        throw new Error(`${what} took longer than ${patience} ms`);
      }),
    ]);
  } finally {
    late.abort();
  }
}
