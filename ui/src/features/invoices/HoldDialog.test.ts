import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { tick } from 'svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { violations } from '../../test/axe';
import { aPayment, anAccount, anError, anOperation, fakeIpc, openSession } from '../../test/fake-ipc';
import { press } from '../../test/keyboard';
import type { HoldOrder, OperationRow, PaymentRow } from '../../lib/ipc';
import { session } from '../../lib/state/session.svelte';
import HoldDialog from './HoldDialog.svelte';

const invoice = (reference: string, part: Partial<PaymentRow> = {}) =>
  aPayment({ id: `id-${reference}`, reference, amount: 8000, refunded: 0, status: 'pending', standing: 'hold', manualInvoice: 'known', ...part });

const ended = (part: Partial<OperationRow>): OperationRow => anOperation({ kind: 'cancel', amount: 8000, proof: null, ...part });

interface Opened {
  onclose: ReturnType<typeof vi.fn>;
  hold: ReturnType<typeof vi.fn>;
  newIntents: ReturnType<typeof vi.fn>;
  end: (outcome: OperationRow | Error) => Promise<void>;
}

/** Opens the dialog; what was ordered ends when the test says so. */
async function open(action: 'activate' | 'cancel', payments: PaymentRow[]): Promise<Opened> {
  let settle = { done: (_: OperationRow) => undefined as void, fail: (_: Error) => undefined as void };
  const hold = vi.fn((_order: HoldOrder) => new Promise<OperationRow>((done, fail) => (settle = { done, fail })));
  const newIntents = vi.fn(async (count: number) => Array.from({ length: count }, (_, index) => `intent-${index}`));
  fakeIpc({ hold, newIntents });
  const onclose = vi.fn();
  render(HoldDialog, { action, payments, onclose });
  await tick();
  return {
    onclose,
    hold,
    newIntents,
    end: async (outcome) => {
      if (outcome instanceof Error) settle.fail(outcome);
      else settle.done(outcome);
      await waitFor(() => expect(screen.getAllByRole('button', { name: 'Close' }).length).toBe(2));
    },
  };
}

const button = (name: RegExp | string) => screen.getByRole('button', { name });

beforeEach(() => {
  openSession();
  session.start = null;
});

describe('before it is confirmed', () => {
  it('says which shop, which payment, how much, and the whole act on the button', async () => {
    await open('activate', [invoice('1042')]);
    expect(screen.getByText('LIVE')).toBeTruthy();
    expect(screen.getByText('1042')).toBeTruthy();
    expect(screen.getByText(/the customer owes the invoice/)).toBeTruthy();
    expect(button(/^Activate the invoice of order 1042, 80,00\s€$/)).toBeTruthy();
    expect(await violations()).toEqual([]);
  });

  it('says that a cancel can’t be undone', async () => {
    await open('cancel', [invoice('1042')]);
    expect(button('Cancel order 1042')).toBeTruthy();
    expect(screen.getByText(/the customer is not charged/).textContent).toContain('It can’t be undone.');
  });

  it('leaves out what can’t be done and says why, and sends only the rest', async () => {
    const dialog = await open('cancel', [invoice('1042'), invoice('1043', { provider: 'walleyb2c' }), invoice('1044', { status: 'ok' }), invoice('1045', { transactionId: null }), invoice('1046', { standing: 'activating' })]);
    expect(screen.getByText('4 are left out')).toBeTruthy();
    for (const why of [/Only Klarna’s holds can be cancelled; this one is with walleyb2c/, /It has been captured/, /no transaction id yet/, /Another request for it is on its way/]) {
      expect(screen.getByText(why)).toBeTruthy();
    }
    expect(dialog.newIntents).toHaveBeenCalledWith(1);
    await fireEvent.click(button('Cancel order 1042'));
    expect(dialog.hold).toHaveBeenCalledWith({ account: 1, transactionId: 'id-1042', action: 'cancel', intent: 'intent-0' });
  });

  it('offers nothing where nothing is left', async () => {
    const dialog = await open('cancel', [invoice('1043', { provider: 'walleyb2c' })]);
    expect(screen.getByRole('dialog', { name: 'Nothing here can be cancelled' })).toBeTruthy();
    await press('Control+Enter');
    expect(dialog.hold).not.toHaveBeenCalled();
  });

  it('warns of a deadline that has passed and forbids nothing', async () => {
    const dialog = await open('activate', [invoice('1042', { deadline: '2026-11-20T00:00:00.000Z' })]);
    expect(screen.getByText(/Paytrail decides whether the hold still stands/)).toBeTruthy();
    await fireEvent.click(button(/^Activate the invoice of order 1042/));
    expect(dialog.hold).toHaveBeenCalledTimes(1);
  });

  it('sends nothing while sending is paused', async () => {
    openSession(anAccount({ paused: 'unauthorized' }));
    const dialog = await open('activate', [invoice('1042')]);
    await fireEvent.click(button(/^Activate the invoice of order 1042/));
    await press('Control+Enter');
    expect(dialog.hold).not.toHaveBeenCalled();
  });

  it('can’t be confirmed without an intent, and asks for one again', async () => {
    const newIntents = vi.fn<(count: number) => Promise<string[]>>().mockRejectedValueOnce(anError({ code: 'store', message: 'disk' })).mockResolvedValue(['i']);
    const hold = vi.fn(async () => ended({ kind: 'activate' }));
    fakeIpc({ newIntents, hold });
    render(HoldDialog, { action: 'activate', payments: [invoice('1042')], onclose: vi.fn() });
    await screen.findByText('The data file can’t be used');
    await press('Control+Enter');
    expect(hold).not.toHaveBeenCalled();
    await fireEvent.click(button('Try again'));
    await tick();
    await press('Control+Enter');
    expect(hold).toHaveBeenCalledTimes(1);
  });
});

describe('while it is sent', () => {
  it('is sent once, however often it is pressed', async () => {
    const dialog = await open('activate', [invoice('1042')]);
    const act = button(/^Activate the invoice of order 1042/);
    await Promise.all([fireEvent.click(act), fireEvent.click(act), fireEvent.dblClick(act)]);
    await press('Control+Enter', 'Control+Enter');
    expect(dialog.hold).toHaveBeenCalledTimes(1);
    expect(dialog.newIntents).toHaveBeenCalledTimes(1);
  });

  it('can’t be left, and can be left when it has ended', async () => {
    const dialog = await open('cancel', [invoice('1042')]);
    await fireEvent.click(button('Cancel order 1042'));
    await press('Escape');
    expect(dialog.onclose).not.toHaveBeenCalled();
    expect(screen.getAllByRole('status')[0]!.textContent).toMatch(/Looked at and sent…/);
    await dialog.end(ended({ state: 'done', reason: 'cancelled' }));
    expect(screen.getByRole('dialog', { name: 'Cancel of order 1042' })).toBeTruthy();
    expect(screen.getByText('Cancelled, hold released')).toBeTruthy();
    await press('Escape');
    expect(dialog.onclose).toHaveBeenCalledTimes(1);
  });
});

describe('when it has ended', () => {
  it('is not closed by the second press of a double one', async () => {
    const dialog = await open('cancel', [invoice('1042')]);
    await fireEvent.click(button('Cancel order 1042'));
    await dialog.end(ended({ state: 'done', reason: 'cancelled' }));
    const close = screen.getAllByRole('button', { name: 'Close' }).at(-1)!;
    expect(document.activeElement).toBe(close);
    await new Promise((done) => setTimeout(done, 150));
    await fireEvent.click(close);
    await press('Control+Enter');
    expect(dialog.onclose).not.toHaveBeenCalled();
    await waitFor(() => expect(close.getAttribute('aria-disabled')).toBeNull(), { timeout: 2000 });
    await fireEvent.click(close);
    expect(dialog.onclose).toHaveBeenCalledTimes(1);
  });
});

describe('each outcome', () => {
  const cases: [string, 'activate' | 'cancel', Partial<OperationRow>, string, RegExp][] = [
    ['an activation', 'activate', { state: 'done', reason: 'activated' }, 'Activated', /owes the invoice/],
    ['a cancel answered with 201', 'cancel', { state: 'done', reason: 'cancelled' }, 'Cancelled, hold released', /not charged/],
    ['a cancel answered with 202', 'cancel', { state: 'accepted', reason: 'cancel_requested' }, 'Cancellation requested', /followed until it settles/],
    ['a cancel answered with 200', 'cancel', { state: 'done', reason: 'already_cancelled' }, 'Was already cancelled', /before/],
    ['a refusal', 'cancel', { state: 'rejected', reason: 'refused', message: 'Payment is not pending', requestId: 'req-400' }, 'Cancel refused', /Nothing was changed\./],
    ['a lost answer', 'activate', { state: 'unknown', reason: 'unclear', message: 'no answer came in time', sends: 2 }, 'Outcome of the activation unknown', /asked again.*outcome is open/s],
    ['a 500', 'cancel', { state: 'unknown', reason: 'unclear', message: 'the server reported an error of its own (it says: Boom)', sends: 2 }, 'Outcome of the cancel unknown', /asked again/],
    ['a cancel that finds it captured', 'cancel', { state: 'failed', reason: 'was_captured' }, 'Not cancelled: it was captured', /Refund it/],
    ['an activation that finds the hold gone', 'activate', { state: 'failed', reason: 'hold_gone' }, 'Not activated: the hold is gone', /Nothing was captured/],
    ['a cancel that finds the hold gone', 'cancel', { state: 'done', reason: 'hold_gone' }, 'The hold is gone', /which of the two is not told/],
    ['a network that is away', 'activate', { state: 'failed', reason: 'nothing_sent' }, 'Not activated', /could not be reached\. Nothing was changed/],
  ];

  it.each(cases)('has words of its own: %s', async (_name, action, part, title, text) => {
    const dialog = await open(action, [invoice('1042')]);
    await press('Control+Enter');
    await dialog.end(ended({ kind: action, ...part }));
    const line = screen.getAllByRole('status')[0]!;
    expect(line.querySelector('.title')?.textContent).toBe(title);
    expect(line.textContent).toMatch(text);
  });

  it('quotes Paytrail and gives the request-id to copy, where it refused', async () => {
    const dialog = await open('cancel', [invoice('1042')]);
    await press('Control+Enter');
    await dialog.end(ended({ state: 'rejected', reason: 'refused', message: 'Payment is not pending', requestId: 'req-400' }));
    expect(screen.getByText('Paytrail says: “Payment is not pending”')).toBeTruthy();
    expect(screen.getByText('req-400')).toBeTruthy();
    expect(button('Copy the request-id')).toBeTruthy();
    expect(await violations()).toEqual([]);
  });

  it('of which no answer came is never called undone', async () => {
    const dialog = await open('activate', [invoice('1042')]);
    await press('Control+Enter');
    await dialog.end(anError({ code: 'unclear', message: 'broke', moneyMoved: 'unknown' }));
    expect(screen.getByRole('img', { name: 'Outcome unknown' })).toBeTruthy();
    expect(screen.getAllByRole('status')[0]!.textContent).toMatch(/may have moved/);
  });

  it('that was refused before it was sent says that nothing happened', async () => {
    const dialog = await open('cancel', [invoice('1042')]);
    await press('Control+Enter');
    await dialog.end(anError({ code: 'busy', message: 'busy' }));
    expect(screen.getByRole('img', { name: 'Not done' })).toBeTruthy();
    expect(screen.getAllByRole('status')[0]!.textContent).toMatch(/No money moved/);
  });

  it('offers no way to send it again', async () => {
    const dialog = await open('activate', [invoice('1042')]);
    await press('Control+Enter');
    await dialog.end(ended({ kind: 'activate', state: 'unknown', reason: 'unclear' }));
    expect(screen.queryByRole('button', { name: /Activate|Try again/ })).toBe(null);
    await press('Control+Enter');
    expect(dialog.hold).toHaveBeenCalledTimes(1);
  });
});
