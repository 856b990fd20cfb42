import { afterEach, describe, expect, it, vi } from 'vitest';
import { AppError, ipc, type ErrorDto, type RefundOrder } from '.';

const order: RefundOrder = { account: 1, transactionId: 't', amount: 100, items: null, intent: 'i', again: false, note: null, refundReason: null, typed: null, reference: null, email: null };

/** The bridge to the shell, failing as it does when the shell is gone or when it answers with an error of its own. */
function failing(error: unknown): void {
  vi.stubGlobal('__TAURI_INTERNALS__', { invoke: () => Promise.reject(error), transformCallback: () => 1 });
}

const caught = (call: Promise<unknown>): Promise<ErrorDto> => call.then(
  () => expect.unreachable(),
  (error: unknown) => AppError.of(error).data,
);

afterEach(() => vi.unstubAllGlobals());

describe('a failure that is not the shell’s own', () => {
  it('leaves open whether money moved where something was ordered', async () => {
    failing('the channel is closed');
    const said = await Promise.all([
      caught(ipc.refund(order)),
      caught(ipc.hold({ account: 1, transactionId: 't', action: 'cancel', intent: 'i' })),
      caught(ipc.resolve(1, 'op', true, 'seen')),
    ]);
    expect(said.map(({ moneyMoved }) => moneyMoved)).toEqual(['unknown', 'unknown', 'unknown']);
  });

  it('moved no money where nothing was ordered', async () => {
    failing(new Error('the channel is closed'));
    const said = await Promise.all([caught(ipc.holds(1)), caught(ipc.sync(1)), caught(ipc.newIntents(1))]);
    expect(said.map(({ moneyMoved, message }) => [moneyMoved, message])).toEqual(Array(3).fill(['no', 'the channel is closed']));
    expect(AppError.of(new Error('a bug of ours')).data.moneyMoved).toBe('no');
  });
});

describe('a failure that the shell tells', () => {
  it('stays as it was told', async () => {
    const told: ErrorDto = { code: 'refused', message: 'no', why: null, moneyMoved: 'no', requestId: 'r-1' };
    failing(told);
    expect(await caught(ipc.refund(order))).toEqual(told);
  });
});
