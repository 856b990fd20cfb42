import { fireEvent, screen, waitFor } from '@testing-library/svelte';
import { describe, expect, it, vi } from 'vitest';
import { violations } from '../../test/axe';
import { anError } from '../../test/fake-ipc';
import type { RefundPolicy } from '../../lib/ipc';
import { card, isLocked, open, type } from '../../test/settings';

const none: RefundPolicy = { reasons: null, refundLimit: null, batchLimit: null };
const save = () => card('Refunds').getByRole('button', { name: 'Save the reasons and limits' });

async function opened(policy: RefundPolicy = none) {
  const setRefundPolicy = vi.fn(async (_: number, kept: RefundPolicy) => kept);
  const view = await open({ refundPolicy: vi.fn(async () => policy), setRefundPolicy });
  await card('Refunds').findByLabelText('Reasons');
  return { ...view, setRefundPolicy };
}

describe('the refunds of a shop', () => {
  it('begin with the usual reasons and no limits', async () => {
    await opened();
    expect(card('Refunds').getByLabelText<HTMLTextAreaElement>('Reasons').value).toMatch(/^Returned goods\n[^]*\nOther$/);
    expect(card('Refunds').getByLabelText<HTMLInputElement>(/^Limit of one refund/).value).toBe('');
    expect(isLocked(save())).toBe(true);
    expect(await violations()).toEqual([]);
  });

  it('are kept in cents, with reasons of their own', async () => {
    const { setRefundPolicy } = await opened();
    await type(card('Refunds').getByLabelText('Reasons'), ' Palautus \n\nMuu');
    await type(card('Refunds').getByLabelText(/^Limit of one refund/), '1 500,00');
    await fireEvent.click(save());
    await waitFor(() => expect(setRefundPolicy).toHaveBeenCalledWith(1, { reasons: ['Palautus', 'Muu'], refundLimit: 150_000, batchLimit: null }));
    await waitFor(() => expect(isLocked(save())).toBe(true));
    expect(card('Refunds').getByLabelText<HTMLTextAreaElement>('Reasons').value).toBe('Palautus\nMuu');
  });

  it('are not saved with a limit that is no amount', async () => {
    const { setRefundPolicy } = await opened({ ...none, batchLimit: 1_000_000 });
    const limit = card('Refunds').getByLabelText<HTMLInputElement>(/^Limit of a whole batch/);
    expect(limit.value).toBe('10000,00');
    for (const text of ['much', '0', '1,234']) {
      await type(limit, text);
      expect(isLocked(save())).toBe(true);
      await fireEvent.click(save());
    }
    expect(setRefundPolicy).not.toHaveBeenCalled();
  });

  it('say why they can’t be read', async () => {
    await open({ refundPolicy: vi.fn(async () => Promise.reject(anError({ code: 'store', message: 'no file' }))) });
    await waitFor(() => expect(card('Refunds').getByRole('alert')).toBeTruthy());
    expect(screen.queryByLabelText('Reasons')).toBeNull();
  });
});
