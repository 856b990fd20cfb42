/**
 * The only place that talks to the shell. What the shell offers is generated into `bindings.ts`; here a failure becomes an
 * `AppError`, whatever it was, so that a view has one thing to catch.
 */
import { Channel } from '@tauri-apps/api/core';
import { commands, events as raw } from './bindings';
import type { ErrorDto, ImportChoice, ImportFile, ImportOptions, ImportPlan, ImportProgress, ImportResult, Start } from './bindings';

export type * from './bindings';

/** A failed call, with what the shell says of it. */
export class AppError extends Error {
  constructor(readonly data: ErrorDto) {
    super(data.message);
    this.name = 'AppError';
  }

  /**
   * Any failure as one of ours. What is not the shell's own says nothing of money: if it came in the place of the answer to
   * an order, the order may have been carried out; all else orders nothing.
   */
  static of(error: unknown, ordered = false): AppError {
    if (error instanceof AppError) return error;
    if (isErrorDto(error)) return new AppError(error);
    const message = error instanceof Error ? error.message : String(error);
    return new AppError({ code: 'unclear', message, why: null, moneyMoved: ordered ? 'unknown' : 'no', requestId: null });
  }
}

function isErrorDto(value: unknown): value is ErrorDto {
  return typeof value === 'object' && value !== null && 'code' in value && 'moneyMoved' in value;
}

type Commands = typeof commands;

/** What orders that money moves, or says that it did. */
const orders: ReadonlySet<string> = new Set<keyof Commands>(['refund', 'hold', 'resolve', 'createPayment', 'confirmBatch', 'resumeBatch']);

function wrapped(): Commands {
  const calls = Object.entries(commands).map(([name, call]) => [
    name,
    async (...args: unknown[]) => {
      try {
        return await (call as (...args: unknown[]) => Promise<unknown>)(...args);
      } catch (error) {
        throw AppError.of(error, orders.has(name));
      }
    },
  ]);
  return Object.fromEntries(calls) as Commands;
}

const calls = wrapped();

function channelTo<T>(heard: (message: T) => void): Channel<T> {
  const channel = new Channel<T>();
  channel.onmessage = heard;
  return channel;
}

/** Every command of the shell; each throws `AppError`. */
export const ipc = {
  ...calls,
  /**
   * What the window needs first. The shell begins to ask for it before this page is read (src-tauri/src/ahead.rs); whoever asks
   * again gets a new answer.
   */
  start(): Promise<Start> {
    const begun = window.begunStart;
    delete window.begunStart;
    if (!begun) return calls.start();
    return begun.catch((error: unknown) => {
      throw AppError.of(error);
    });
  },
  /** Says what importing files would do; `onProgress` hears how far it is. */
  planImport(account: number, files: ImportFile[], options: ImportOptions, onProgress: (progress: ImportProgress) => void): Promise<ImportPlan> {
    return calls.planImport(account, files, options, channelTo(onProgress));
  },
  /** Does what a plan said; `onProgress` hears how far it is. */
  applyImport(account: number, plan: string, choices: ImportChoice[], onProgress: (progress: ImportProgress) => void): Promise<ImportResult> {
    return calls.applyImport(account, plan, choices, channelTo(onProgress));
  },
};

interface Listenable<T> {
  listen(heard: (payload: T) => void): Promise<() => void>;
}

function event<T>(source: { listen(heard: (event: { payload: T }) => void): Promise<() => void> }): Listenable<T> {
  return { listen: (heard) => source.listen(({ payload }) => heard(payload)) };
}

/** What the shell tells by itself. */
export const events = {
  batchChanged: event(raw.batchChanged),
  batchEnded: event(raw.batchEnded),
  changed: event(raw.changed),
  closing: event(raw.closing),
  filling: event(raw.filling),
  syncState: event(raw.syncState),
};
