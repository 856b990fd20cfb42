import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { violations } from '../../test/axe';
import { aDetail, aPayment, anError, fakeIpc, openSession } from '../../test/fake-ipc';
import { press } from '../../test/keyboard';
import type { PaymentDetail } from '../../lib/ipc';
import { session } from '../../lib/state/session.svelte';
import PaymentPane from './PaymentPane.svelte';
import { transactionIdIn } from './transactionId';

const ID = '5770642a-9a02-4ca2-8eaa-cc6260a78eb6';
const OTHER = 'b1cf7a52-1c60-4f5b-8d3f-2c8f4f1a3e11';

const withoutId = aPayment({ id: 'key:7' });
const field = () => screen.getByLabelText('Transaction id');
const button = () => screen.getByRole('button', { name: /Ask Paytrail and add it/ });

/** The dialog over the detail of a payment that has no id. */
async function open(giveTransactionId: (account: number, payment: string, id: string) => Promise<PaymentDetail>) {
  const given = vi.fn(giveTransactionId);
  fakeIpc({ giveTransactionId: given });
  const detail = aDetail({ payment: withoutId, operations: [], cannot: { refund: { kind: 'noTransactionId', values: {} }, activate: null, cancel: null } });
  const acts = { onrefund: vi.fn(), onhold: vi.fn(), onrefresh: vi.fn(), onretry: vi.fn(), onclose: vi.fn() };
  render(PaymentPane, { id: withoutId.id, row: withoutId, detail, error: null, refreshing: false, ...acts });
  await fireEvent.click(screen.getByRole('button', { name: 'Add the transaction id…' }));
  return given;
}

beforeEach(() => {
  openSession();
  session.payment = withoutId.id;
});

describe('a transaction id that a person adds', () => {
  it('goes to Paytrail, and the payment is known by it from then on', async () => {
    const given = await open(async () => aDetail());
    expect(screen.getByRole('dialog', { name: 'Add the transaction id' }).textContent).toContain('Order 1048, Aino Mäkelä');
    expect(await violations()).toEqual([]);
    await fireEvent.input(field(), { target: { value: `  ${ID.toUpperCase()} ` } });
    await press('Control+Enter');
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(given.mock.calls).toEqual([[1, 'key:7', ID]]);
    expect(session.payment).toBe(ID);
  });

  it('is not asked for unless it is one', async () => {
    const given = await open(async () => aDetail());
    await fireEvent.click(button());
    expect(await screen.findByText('Paste the transaction id')).toBeTruthy();
    await fireEvent.input(field(), { target: { value: '5770642a' } });
    expect(await screen.findByText(/There must be exactly one transaction id in it/)).toBeTruthy();
    await fireEvent.click(button());
    expect(given).not.toHaveBeenCalled();
  });

  it('that is another payment’s stays out, and the dialog says what differs and that no money moved', async () => {
    const why = { kind: 'anotherAmount', values: { shown: '6100', stored: '12850' } };
    await open(async () => Promise.reject(anError({ code: 'badInput', message: 'another amount', why })));
    await fireEvent.input(field(), { target: { value: OTHER } });
    await fireEvent.click(button());
    const said = (await screen.findByRole('alert')).textContent?.replaceAll('\u00a0', ' ');
    expect(said).toContain('Paytrail shows 61,00 €, and 128,50 € is stored here');
    expect(said).toContain('No money moved.');
    expect(session.payment).toBe('key:7');
    expect(await violations()).toEqual([]);
    // Another try takes the old answer away.
    await fireEvent.input(field(), { target: { value: ID } });
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('does not move the eye when another payment was opened meanwhile', async () => {
    let give: (detail: PaymentDetail) => void = () => undefined;
    await open(() => new Promise((done) => (give = done)));
    await fireEvent.input(field(), { target: { value: ID } });
    await fireEvent.click(button());
    session.payment = OTHER;
    give(aDetail());
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(session.payment).toBe(OTHER);
  });
});

describe('what was pasted', () => {
  it.each([
    [ID, ID],
    [`https://shop.fi/return?checkout-transaction-id=${ID}&checkout-status=ok`, ID],
    [`${ID} ${ID.toUpperCase()}`, ID],
    [`${ID} ${OTHER}`, null],
    [`a${ID}`, null],
    [`${ID}-1`, null],
    ['', null],
  ])('%s is %s', (text, id) => expect(transactionIdIn(text)).toBe(id));
});
