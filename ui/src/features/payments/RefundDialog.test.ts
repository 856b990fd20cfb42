import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { violations } from '../../test/axe';
import { aDetail, aPayment, anError, anOperation, fakeIpc, openSession } from '../../test/fake-ipc';
import { press } from '../../test/keyboard';
import type { OperationRow, PaymentDetail, RefundOrder } from '../../lib/ipc';
import { session } from '../../lib/state/session.svelte';
import RefundDialog from './RefundDialog.svelte';

const plain = (text: string | null | undefined) => (text ?? '').replaceAll('\u00a0', ' ').replace(/\s+/g, ' ');
const amount = () => screen.getByLabelText<HTMLInputElement>('Amount');
const send = (name = /^Refund/) => screen.getByRole('button', { name });
const type = (text: string) => fireEvent.input(amount(), { target: { value: text } });
const said = () => plain(document.body.textContent);

type Refund = (order: RefundOrder) => Promise<OperationRow>;

async function open(refund: Refund = async () => anOperation({ amount: 2550 }), detail: PaymentDetail = aDetail()) {
  const fake = fakeIpc({ refund: vi.fn(refund) });
  const onclose = vi.fn();
  const view = render(RefundDialog, { detail, onclose });
  await waitFor(() => expect(send()).toHaveProperty('disabled', false));
  return { fake, onclose, view };
}

/** Until a button that took the place of the one that was pressed takes a press. */
const armed = (name: RegExp | string) => waitFor(() => expect(screen.getByRole('button', { name }).getAttribute('aria-disabled')).toBeNull(), { timeout: 2000 });
/** The pause of a double press. */
const pause = () => new Promise((done) => setTimeout(done, 150));

const orders = (fake: { refund: ReturnType<typeof vi.fn> | Refund }) => vi.mocked(fake.refund).mock.calls.map(([order]) => order);

beforeEach(() => {
  openSession();
  session.start = null;
});

describe('the refund dialog', () => {
  it('names the shop, whether its money is real, and the order', async () => {
    await open();
    const dialog = screen.getByRole('dialog', { name: 'Refund order 1048' });
    expect(plain(dialog.textContent)).toContain('Kehrä & Käpy, account 812440');
    expect(plain(dialog.textContent)).toContain('Real money moves');
    expect(plain(dialog.textContent)).toContain('Aino Mäkelä, paid 128,50 € with Klarna on 21.11.2026');
    expect(document.activeElement).toBe(amount());
    expect(await violations()).toEqual([]);
  });

  it('says the whole act on its button and what is left after it', async () => {
    await open();
    await type('25,50');
    expect(plain(send().textContent)).toContain('Refund 25,50 €');
    expect(said()).toContain('At most left after 85,00 €');
    expect(said()).toContain('Refunds made elsewhere are known up to the report of 21.11.2026.');
  });

  it('says while typing what amount would be right, and sends nothing before it is', async () => {
    const { fake } = await open();
    for (const [text, words] of [
      ['120', 'At most 110,50 € is left'],
      ['1,234', 'Cents have two digits'],
      ['abc', 'Type euros, like 25,50'],
      ['0', 'At least 0,01 €'],
    ] as const) {
      await type(text);
      expect(said()).toContain(words);
      await fireEvent.click(send());
      await press('Control+Enter');
    }
    await type('');
    await fireEvent.click(send());
    expect(fake.refund).not.toHaveBeenCalled();
  });

  it('sends a double click once', async () => {
    const { fake } = await open();
    await type('25,50');
    const button = send();
    void fireEvent.click(button);
    void fireEvent.click(button);
    void press('Control+Enter');
    await waitFor(() => expect(said()).toContain('25,50 € is refunded'));
    expect(orders(fake)).toHaveLength(1);
    expect(orders(fake)[0]).toMatchObject({ account: 1, transactionId: aPayment().transactionId, amount: 2550, items: null, again: false, note: null, reference: null, email: null });
  });

  it('sends lines by their stamps, and their sum follows what is chosen', async () => {
    const { fake } = await open();
    const pieces = screen.getByRole('spinbutton', { name: 'Pieces of Villalanka Järvi, sammal' });
    pieces.focus();
    await press('ArrowUp', 'ArrowUp');
    expect(amount().value).toBe('25,80');
    await fireEvent.click(screen.getByRole('checkbox', { name: 'Give back Koivupuikot 4,0 mm' }));
    expect(amount().value).toBe('51,30');
    expect(said()).toContain('Sum of the items below');
    await fireEvent.click(send());
    await waitFor(() => expect(fake.refund).toHaveBeenCalled());
    expect(orders(fake)[0]).toMatchObject({ amount: null, items: [{ stamp: 'l-1', amount: 2580 }, { stamp: 'l-2', amount: 2550 }] });
  });

  it('sends one sum where a line has no stamp, and says so', async () => {
    const detail = aDetail();
    const lines = detail.lines.map((line) => ({ ...line, stamp: null }));
    const { fake } = await open(undefined, { ...detail, lines });
    await fireEvent.click(screen.getByRole('checkbox', { name: 'Give back Koivupuikot 4,0 mm' }));
    expect(said()).toContain('Goes as one sum');
    await fireEvent.click(send());
    await waitFor(() => expect(fake.refund).toHaveBeenCalled());
    expect(orders(fake)[0]).toMatchObject({ amount: 2550, items: null });
  });

  it('does not offer a line that is refunded already', async () => {
    await open();
    expect(screen.getByRole('checkbox', { name: 'Give back Neuleohje Inari' })).toHaveProperty('disabled', true);
  });

  it('lets a typed amount go before the lines', async () => {
    const { fake } = await open();
    await fireEvent.click(screen.getByRole('checkbox', { name: 'Give back Koivupuikot 4,0 mm' }));
    await type('10');
    expect(screen.getByRole<HTMLInputElement>('checkbox', { name: 'Give back Koivupuikot 4,0 mm' }).checked).toBe(false);
    await fireEvent.click(send());
    await waitFor(() => expect(fake.refund).toHaveBeenCalled());
    expect(orders(fake)[0]).toMatchObject({ amount: 1000, items: null });
  });

  it('offers all that is left, half of it, and the delivery', async () => {
    await open();
    const quick = (name: RegExp) => fireEvent.click(screen.getByRole('button', { name }));
    await quick(/All that is left/);
    expect(amount().value).toBe('110,50');
    await quick(/^Half/);
    expect(amount().value).toBe('55,25');
    await quick(/^Delivery/);
    expect(amount().value).toBe('7,60');
  });

  it('keeps the reason beside the note, and the reference for Paytrail', async () => {
    const { fake } = await open();
    await type('1');
    await fireEvent.change(screen.getByLabelText('Reason'), { target: { value: 'Returned goods' } });
    await fireEvent.input(screen.getByLabelText('Note, only for us'), { target: { value: 'väärä koko' } });
    await fireEvent.input(screen.getByLabelText(/Refund reference/), { target: { value: ' H-7 ' } });
    await fireEvent.click(send());
    await waitFor(() => expect(fake.refund).toHaveBeenCalled());
    expect(orders(fake)[0]).toMatchObject({ note: 'väärä koko', refundReason: 'Returned goods', typed: null, reference: 'H-7', email: null });
  });

  it('offers the reasons that the shop has chosen', async () => {
    fakeIpc({ refundPolicy: async () => ({ reasons: ['Kadonnut postissa'], refundLimit: null, batchLimit: null }) });
    await open();
    const options = within(screen.getByLabelText('Reason')).getAllByRole('option').map((option) => option.textContent);
    expect(options).toEqual(['Not given', 'Kadonnut postissa']);
  });

  it('above the limit sends nothing until the very sum is typed, however it is written', async () => {
    fakeIpc({ refundPolicy: async () => ({ reasons: null, refundLimit: 2000, batchLimit: null }) });
    const { fake } = await open();
    await type('20');
    expect(screen.queryByLabelText('Type the sum to confirm')).toBeNull();
    await type('25,50');
    const typed = await screen.findByLabelText('Type the sum to confirm');
    expect(said()).toContain('Over this shop’s limit of 20,00 €');
    for (const text of ['', '25', '25,05', '2550']) {
      await fireEvent.input(typed, { target: { value: text } });
      await fireEvent.click(send());
      await press('Control+Enter');
    }
    expect(fake.refund).not.toHaveBeenCalled();
    expect(said()).toContain('It is 25,50 €');
    expect(await violations()).toEqual([]);
    await fireEvent.input(typed, { target: { value: ' 25.50 €' } });
    await fireEvent.click(send());
    await waitFor(() => expect(fake.refund).toHaveBeenCalledTimes(1));
    expect(orders(fake)[0]).toMatchObject({ amount: 2550, typed: 2550 });
  });

  it('tells a refund that is pending at Paytrail from one that is done, and where to approve it', async () => {
    const openPlace = vi.fn(async () => null);
    await open(async () => anOperation({ state: 'accepted', reason: 'pending', pending: true, proof: null, amount: 2550, moneyMoved: 'unknown' }));
    fakeIpc({ openPlace });
    await type('25,50');
    await fireEvent.click(send());
    await waitFor(() => expect(said()).toContain('25,50 € requested, pending at Paytrail'));
    expect(said()).toContain('a colleague approves it in the Merchant Panel under refund approvals');
    await fireEvent.click(screen.getByRole('button', { name: 'Open refund approvals' }));
    expect(openPlace).toHaveBeenCalledWith('merchantPanelRefunds');
  });

  it('asks for an email refund only when it is switched on, with a warning and an address', async () => {
    const { fake } = await open();
    await type('1');
    await fireEvent.click(screen.getByRole('switch', { name: /Email refund/ }));
    expect(said()).toContain('An email refund may go out without anybody seeing it');
    expect(said()).toContain('Klarna refunds by itself');
    await fireEvent.click(send());
    expect(fake.refund).not.toHaveBeenCalled();
    await fireEvent.input(screen.getByLabelText('Address'), { target: { value: 'aino@posti.example' } });
    await fireEvent.click(send());
    await waitFor(() => expect(fake.refund).toHaveBeenCalled());
    expect(orders(fake)[0]?.email).toBe('aino@posti.example');
  });

  it('can not be closed while it is sending', async () => {
    let answer: (row: OperationRow) => void = () => undefined;
    const { onclose } = await open(() => new Promise((done) => (answer = done)));
    await type('25,50');
    await fireEvent.click(send());
    await press('Escape');
    await fireEvent.click(screen.getByRole('button', { name: 'Close' }));
    expect(onclose).not.toHaveBeenCalled();
    expect(said()).toContain('Sending…');
    answer(anOperation({ amount: 2550 }));
    await waitFor(() => expect(said()).toContain('25,50 € is refunded'));
    expect(said()).toContain('Proof: signed answer');
    expect(said()).toContain('At most 85,00 € is left to refund.');
    await waitFor(() => expect(document.activeElement?.textContent).toContain('Close'));
    await press('Escape');
    expect(onclose).toHaveBeenCalled();
  });

  it('calls requested what Paytrail has only taken', async () => {
    await open(async () => anOperation({ state: 'accepted', amount: 2550, proof: null, moneyMoved: 'unknown' }));
    await type('25,50');
    await fireEvent.click(send());
    await waitFor(() => expect(said()).toContain('The refund of 25,50 € is requested'));
    expect(said()).not.toContain('is refunded');
  });

  it('says of a refused one that no money moved, quotes Paytrail and gives the request-id', async () => {
    await open(async () => anOperation({ state: 'rejected', amount: 2550, reason: 'refused', message: 'Insufficient merchant balance', proof: null, moneyMoved: 'no', requestId: 'req-9' }));
    await type('25,50');
    await fireEvent.click(send());
    await waitFor(() => expect(said()).toContain('Paytrail refused the refund of 25,50 €'));
    expect(said()).toContain('Insufficient merchant balance');
    expect(said()).toContain('No money moved.');
    expect(said()).toContain('req-9');
    expect(said()).toContain('At most 110,50 € is left to refund.');
  });

  it('is loud about an unknown outcome, offers no second try, and leads to what to do', async () => {
    const { onclose } = await open(async () => anOperation({ state: 'unknown', reason: 'unclear', message: 'no answer came in time', proof: null, moneyMoved: 'unknown' }));
    await type('25,50');
    await fireEvent.click(send());
    await waitFor(() => expect(screen.getByRole('alert').textContent).toContain('It is not known whether'));
    expect(said()).toContain('Don’t refund it again');
    expect(screen.queryByRole('button', { name: /Back to the refund|^Refund|Try again/ })).toBeNull();
    expect(await violations()).toEqual([]);
    expect(document.activeElement?.textContent).toContain('What to do now');
    await armed('What to do now');
    await fireEvent.click(screen.getByRole('button', { name: 'What to do now' }));
    expect([session.view, onclose.mock.calls.length]).toEqual(['refunds', 1]);
  });

  it('lets nothing be sent again where an error leaves open whether money moved', async () => {
    await open(async () => {
      throw anError({ code: 'unclear', moneyMoved: 'unknown' });
    });
    await type('25,50');
    await fireEvent.click(send());
    await waitFor(() => expect(said()).toContain('The money may have moved, or not.'));
    expect(screen.queryByRole('button', { name: /^Refund|Try again|Back/ })).toBeNull();
  });

  it('lets a refund that was not sent be tried again, as a new intent', async () => {
    let tries = 0;
    const { fake } = await open(async () => {
      tries += 1;
      return tries === 1 ? anOperation({ state: 'failed', reason: 'nothing_sent', proof: null, moneyMoved: 'no' }) : anOperation({ amount: 2550 });
    });
    await type('25,50');
    await fireEvent.click(send());
    await waitFor(() => expect(said()).toContain('Nothing was sent'));
    await fireEvent.click(screen.getByRole('button', { name: 'Back to the refund' }));
    expect(amount().value).toBe('25,50');
    await waitFor(() => expect(send()).toHaveProperty('disabled', false));
    await fireEvent.click(send());
    await waitFor(() => expect(said()).toContain('25,50 € is refunded'));
    const [first, second] = orders(fake);
    expect(first?.intent).not.toBe(second?.intent);
  });

  const asksAgain = async (order: RefundOrder) => {
    const values = { operation: 'op-7', at: '2026-11-20T08:05:00.000Z', state: 'accepted' };
    if (!order.again) throw anError({ code: 'sameAgain', moneyMoved: 'no', why: { kind: 'sameAgain', values } });
    return anOperation({ amount: 1800 });
  };

  it('asks for itself before the same refund goes out once more, and says which one it was', async () => {
    const { fake } = await open(asksAgain);
    await type('18');
    await fireEvent.click(send());
    await waitFor(() => expect(said()).toContain('The same refund was made on 20.11.2026 10.05 (requested)'));
    expect(orders(fake)).toHaveLength(1);
    await waitFor(() => expect(document.activeElement?.textContent).toContain('Don’t refund'));
    await armed(/once more/);
    expect(await violations()).toEqual([]);
    await fireEvent.click(send(/once more/));
    await waitFor(() => expect(said()).toContain('18,00 € is refunded'));
    const [first, second] = orders(fake);
    expect(second).toMatchObject({ again: true, amount: 1800 });
    expect(first?.intent).not.toBe(second?.intent);
  });

  it('is not confirmed once more by a double press, nor by a key', async () => {
    const { fake, onclose } = await open(asksAgain);
    await type('18');
    const first = send();
    await fireEvent.click(first);
    await waitFor(() => expect(said()).toContain('The same refund was made'));
    await pause();
    const second = send(/once more/);
    expect(second).not.toBe(first);
    await fireEvent.click(second);
    await fireEvent.click(screen.getByRole('button', { name: /Don’t refund/ }));
    await press('Control+Enter');
    expect([orders(fake).length, onclose.mock.calls.length]).toEqual([1, 0]);
    await armed(/once more/);
    await press('Control+Enter');
    expect([orders(fake).length, onclose.mock.calls.length]).toEqual([1, 0]);
  });

  it('stays with its outcome though its button is pressed twice', async () => {
    const { onclose } = await open();
    await type('25,50');
    await fireEvent.click(send());
    await waitFor(() => expect(said()).toContain('25,50 € is refunded'));
    const close = screen.getAllByRole('button', { name: 'Close' }).at(-1)!;
    await pause();
    await fireEvent.click(close);
    await press('Control+Enter');
    expect(onclose).not.toHaveBeenCalled();
    await waitFor(() => expect(close.getAttribute('aria-disabled')).toBeNull(), { timeout: 2000 });
    await fireEvent.click(close);
    expect(onclose).toHaveBeenCalledOnce();
  });

  it('sends what its button says, whatever becomes known of the lines meanwhile', async () => {
    const { fake, view } = await open();
    await fireEvent.click(screen.getByRole('checkbox', { name: 'Give back Koivupuikot 4,0 mm' }));
    const before = aDetail();
    // The lines come in another order, and the one that is chosen is given back in part.
    const lines = before.lines.toReversed().map((line) => (line.stamp === 'l-2' ? { ...line, refunded: 1000 } : line));
    await view.rerender({ detail: { ...before, lines, refundable: 10_050 } });
    expect(said()).toContain('This payment changed while the dialog was open');
    expect(said()).toContain('At most 100,50 € is left to refund.');
    expect(plain(send().textContent)).toContain('Refund 25,50 €');
    await fireEvent.click(send());
    await waitFor(() => expect(fake.refund).toHaveBeenCalled());
    expect(orders(fake)[0]).toMatchObject({ amount: null, items: [{ stamp: 'l-2', amount: 2550 }] });
  });

  it('sends nothing where less is left meanwhile than what was chosen', async () => {
    const { fake, view } = await open();
    await fireEvent.click(screen.getByRole('checkbox', { name: 'Give back Koivupuikot 4,0 mm' }));
    await view.rerender({ detail: aDetail({ refundable: 2000 }) });
    expect(said()).toContain('At most 20,00 € is left');
    await fireEvent.click(send());
    await press('Control+Enter');
    expect(fake.refund).not.toHaveBeenCalled();
  });

  it('sends nothing once more where less is left meanwhile', async () => {
    const { fake, view } = await open(asksAgain);
    await type('18');
    await fireEvent.click(send());
    await waitFor(() => expect(said()).toContain('The same refund was made'));
    await view.rerender({ detail: aDetail({ refundable: 1000 }) });
    await new Promise((done) => setTimeout(done, 800));
    await fireEvent.click(send(/once more/));
    expect(orders(fake)).toHaveLength(1);
    expect(said()).toContain('At most 10,00 € is left');
  });

  it('says nothing of a change that it makes itself', async () => {
    let answer: (row: OperationRow) => void = () => undefined;
    const { view } = await open(() => new Promise((done) => (answer = done)));
    await type('100');
    await fireEvent.click(send());
    await view.rerender({ detail: aDetail({ refundable: 1050 }) });
    expect(said()).not.toMatch(/changed while|At most 10,50 € is left/);
    answer(anOperation({ amount: 9999 }));
    // The outcome is that of the operation that came of it.
    await waitFor(() => expect(said()).toContain('99,99 € is refunded'));
    expect(said()).toContain('At most 10,51 € is left to refund.');
  });

  it('shows what went wrong, keeps what was typed, and may be sent again where no money moved', async () => {
    const { fake } = await open(async () => {
      throw anError({ code: 'notOperable', why: { kind: 'moreThanLeft', values: { wanted: '2550', left: '1000' } } });
    });
    await type('25,50');
    await fireEvent.click(send());
    await waitFor(() => expect(said()).toContain('25,50 € is more than what is left to refund, at most 10,00 €'));
    expect([amount().value, amount().disabled]).toEqual(['25,50', false]);
    await waitFor(() => expect(document.activeElement).toBe(amount()));
    await waitFor(() => expect(send()).toHaveProperty('disabled', false));
    await fireEvent.click(send());
    await waitFor(() => expect(orders(fake)).toHaveLength(2));
  });

  it('is locked, with the reason, where sending is paused', async () => {
    openSession({ ...session.account!, paused: 'unauthorized' });
    const { fake } = await open();
    await type('25,50');
    await fireEvent.click(send());
    await press('Control+Enter');
    expect(within(screen.getByRole('dialog')).getByText(/Sending is paused for this shop/)).toBeTruthy();
    expect(fake.refund).not.toHaveBeenCalled();
  });
});
