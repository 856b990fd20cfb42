import { afterEach, expect, it, vi } from 'vitest';
import { AppError, ipc } from '.';
import { aStart } from '../../test/settings';

const invoke = vi.hoisted(() => vi.fn());
vi.mock('@tauri-apps/api/core', async (original) => ({ ...(await original<object>()), invoke }));

afterEach(() => {
  delete window.begunStart;
  invoke.mockReset();
});

it('takes the answer to what the shell asked before the page was read, and asks anew after that', async () => {
  window.begunStart = Promise.resolve(aStart({ osUser: 'ahead' }));
  invoke.mockResolvedValue(aStart({ osUser: 'anew' }));
  expect((await ipc.start()).osUser).toBe('ahead');
  expect(invoke).not.toHaveBeenCalled();
  expect((await ipc.start()).osUser).toBe('anew');
});

it('tells what went wrong ahead as any other failure', async () => {
  window.begunStart = Promise.reject({ code: 'store', message: 'the disk is full', why: null, moneyMoved: 'no', requestId: null });
  await expect(ipc.start()).rejects.toBeInstanceOf(AppError);
});
