import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { tick } from 'svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { violations } from '../../test/axe';
import { aPayment, anAccount, anError, anOperation, fakeIpc, openSession } from '../../test/fake-ipc';
import { press } from '../../test/keyboard';
import type { LineOutcome, OperationRow, PaymentRow } from '../../lib/ipc';
import { session } from '../../lib/state/session.svelte';
import HoldDialog from './HoldDialog.svelte';

const invoice = (reference: string, part: Partial<PaymentRow> = {}) =>
  aPayment({ id: `id-${reference}`, reference, amount: 8000, refunded: 0, status: 'pending', standing: 'hold', manualInvoice: 'known', ...part });

const ended = (reference: string, part: Partial<OperationRow>): LineOutcome => ({
  transactionId: `id-${reference}`,
  operation: anOperation({ kind: 'cancel', amount: 8000, proof: null, ...part }),
  error: null,
});

type OnLine = (line: LineOutcome) => void;
type Lines = { transactionId: string; intent: string }[];

interface Opened {
  onclose: ReturnType<typeof vi.fn>;
  holdAll: ReturnType<typeof vi.fn>;
  newIntents: ReturnType<typeof vi.fn>;
  say: (line: LineOutcome) => Promise<void>;
  end: (error?: Error) => Promise<void>;
}

/** Opens the dialog; its lines end when the test says so. */
async function open(action: 'activate' | 'cancel', payments: PaymentRow[]): Promise<Opened> {
  let heard: OnLine = () => undefined;
  let settle = { done: (_: null) => undefined as void, fail: (_: Error) => undefined as void };
  const holdAll = vi.fn((_account: number, _action: 'activate' | 'cancel', _lines: Lines, onLine: OnLine) => {
    heard = onLine;
    return new Promise<null>((done, fail) => (settle = { done, fail }));
  });
  const newIntents = vi.fn(async (count: number) => Array.from({ length: count }, (_, index) => `intent-${index}`));
  fakeIpc({ holdAll, newIntents });
  const onclose = vi.fn();
  render(HoldDialog, { action, payments, onclose });
  await tick();
  return {
    onclose,
    holdAll,
    newIntents,
    say: async (line) => {
      heard(line);
      await tick();
    },
    end: async (error) => {
      if (error) settle.fail(error);
      else settle.done(null);
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
  it('says which shop, which payments, their sum, and the whole act on the button', async () => {
    await open('activate', [invoice('1042'), invoice('1043', { amount: 15050 })]);
    expect(screen.getByText('LIVE')).toBeTruthy();
    expect(screen.getByText('1042')).toBeTruthy();
    expect(screen.getByText(/the customers owe their invoices/)).toBeTruthy();
    expect(button(/^Activate 2 invoices, 230,50\s€$/)).toBeTruthy();
    expect(await violations()).toEqual([]);
  });

  it('says of one order that it is one, and that a cancel can’t be undone', async () => {
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
    expect(dialog.holdAll.mock.calls[0]?.slice(0, 3)).toEqual([1, 'cancel', [{ transactionId: 'id-1042', intent: 'intent-0' }]]);
  });

  it('offers nothing where nothing is left', async () => {
    const dialog = await open('cancel', [invoice('1043', { provider: 'walleyb2c' })]);
    expect(screen.getByRole('dialog', { name: 'Nothing here can be cancelled' })).toBeTruthy();
    await press('Control+Enter');
    expect(dialog.holdAll).not.toHaveBeenCalled();
  });

  it('warns of a deadline that has passed and forbids nothing', async () => {
    const dialog = await open('activate', [invoice('1042', { deadline: '2026-11-20T00:00:00.000Z' })]);
    expect(screen.getByText(/Paytrail decides whether the hold still stands/)).toBeTruthy();
    await fireEvent.click(button(/^Activate the invoice of order 1042/));
    expect(dialog.holdAll).toHaveBeenCalledTimes(1);
  });

  it('sends nothing while sending is paused', async () => {
    openSession(anAccount({ paused: 'unauthorized' }));
    const dialog = await open('activate', [invoice('1042')]);
    await fireEvent.click(button(/^Activate the invoice of order 1042/));
    await press('Control+Enter');
    expect(dialog.holdAll).not.toHaveBeenCalled();
  });

  it('can’t be confirmed without an intent, and asks for one again', async () => {
    const newIntents = vi.fn<(count: number) => Promise<string[]>>().mockRejectedValueOnce(anError({ code: 'store', message: 'disk' })).mockResolvedValue(['i']);
    const holdAll = vi.fn(async () => null);
    fakeIpc({ newIntents, holdAll });
    render(HoldDialog, { action: 'activate', payments: [invoice('1042')], onclose: vi.fn() });
    await screen.findByText('The data file can’t be used');
    await press('Control+Enter');
    expect(holdAll).not.toHaveBeenCalled();
    await fireEvent.click(button('Try again'));
    await tick();
    await press('Control+Enter');
    expect(holdAll).toHaveBeenCalledTimes(1);
  });
});

describe('while it is sent', () => {
  it('is sent once, however often it is pressed', async () => {
    const dialog = await open('activate', [invoice('1042')]);
    const act = button(/^Activate the invoice of order 1042/);
    await Promise.all([fireEvent.click(act), fireEvent.click(act), fireEvent.dblClick(act)]);
    await press('Control+Enter', 'Control+Enter');
    expect(dialog.holdAll).toHaveBeenCalledTimes(1);
    expect(dialog.newIntents).toHaveBeenCalledTimes(1);
  });

  it('can’t be left, shows each outcome as it comes, and can be left when it has ended', async () => {
    const dialog = await open('cancel', [invoice('1042'), invoice('1043')]);
    await fireEvent.click(button(/^Cancel 2 orders/));
    await press('Escape');
    expect(dialog.onclose).not.toHaveBeenCalled();
    expect(screen.getByText('0 of 2 answered')).toBeTruthy();
    await dialog.say(ended('1042', { state: 'done', reason: 'cancelled' }));
    expect(screen.getByText('1 of 2 answered')).toBeTruthy();
    expect(screen.getByText('Cancelled, hold released')).toBeTruthy();
    await dialog.say(ended('1043', { state: 'done', reason: 'cancelled' }));
    await dialog.end();
    expect(screen.getByText('2 cancelled')).toBeTruthy();
    await press('Escape');
    expect(dialog.onclose).toHaveBeenCalledTimes(1);
  });
});

describe('when it has ended', () => {
  it('is not closed by the second press of a double one', async () => {
    const dialog = await open('cancel', [invoice('1042')]);
    await fireEvent.click(button('Cancel order 1042'));
    await dialog.say(ended('1042', { state: 'done', reason: 'cancelled' }));
    await dialog.end();
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
    await dialog.say(ended('1042', { kind: action, ...part }));
    await dialog.end();
    const line = within(screen.getByRole('list', { name: 'Payments' })).getByRole('listitem');
    expect(within(line).getByText(title)).toBeTruthy();
    expect(line.textContent).toMatch(text);
  });

  it('quotes Paytrail and gives the request-id to copy, where it refused', async () => {
    const dialog = await open('cancel', [invoice('1042')]);
    await press('Control+Enter');
    await dialog.say(ended('1042', { state: 'rejected', reason: 'refused', message: 'Payment is not pending', requestId: 'req-400' }));
    await dialog.end();
    expect(screen.getByText('Paytrail says: “Payment is not pending”')).toBeTruthy();
    expect(screen.getByText('req-400')).toBeTruthy();
    expect(button('Copy the request-id')).toBeTruthy();
    expect(await violations()).toEqual([]);
  });

  it('that needs a person stands first, and the counts say it all', async () => {
    const dialog = await open('cancel', [invoice('1'), invoice('2'), invoice('3'), invoice('4')]);
    await press('Control+Enter');
    await dialog.say(ended('1', { state: 'done', reason: 'cancelled' }));
    await dialog.say(ended('2', { state: 'accepted', reason: 'cancel_requested' }));
    await dialog.say(ended('3', { state: 'unknown', reason: 'unclear' }));
    await dialog.say({ transactionId: 'id-4', operation: null, error: anError({ code: 'busy', message: 'busy' }).data });
    await dialog.end();
    expect(screen.getByText('1 cancelled, 1 requested, 1 not done, 1 with open outcome')).toBeTruthy();
    const lines = within(screen.getByRole('list', { name: 'Payments' })).getAllByRole('listitem');
    expect(lines.map((line) => line.querySelector('b')?.textContent)).toEqual(['3', '4', '2', '1']);
  });

  it('of which nothing was heard is never called undone', async () => {
    const dialog = await open('activate', [invoice('1'), invoice('2')]);
    await press('Control+Enter');
    await dialog.say(ended('1', { kind: 'activate', state: 'done', reason: 'activated' }));
    await dialog.end(anError({ code: 'unclear', message: 'broke', moneyMoved: 'unknown' }));
    expect(screen.getByText('1 activated, 1 with open outcome')).toBeTruthy();
    // A word that comes late still counts.
    await dialog.say(ended('2', { kind: 'activate', state: 'done', reason: 'activated' }));
    expect(screen.getByText('2 activated')).toBeTruthy();
  });

  it('offers no way to send it again', async () => {
    const dialog = await open('activate', [invoice('1042')]);
    await press('Control+Enter');
    await dialog.say(ended('1042', { kind: 'activate', state: 'unknown', reason: 'unclear' }));
    await dialog.end();
    expect(screen.queryByRole('button', { name: /Activate|Try again/ })).toBe(null);
    await press('Control+Enter');
    expect(dialog.holdAll).toHaveBeenCalledTimes(1);
  });
});
