import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { tick } from 'svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { violations } from '../../test/axe';
import { aDraft, digestOf, draftShell, LINK } from '../../test/drafts';
import { anAccount, anError, openSession } from '../../test/fake-ipc';
import { press } from '../../test/keyboard';
import { dismissToast, toasts } from '../../lib/components/toasts.svelte';
import { money } from '../../lib/format';
import type { CreatedPayment, Draft } from '../../lib/ipc';
import { session } from '../../lib/state/session.svelte';
import CreateView from './CreateView.svelte';
import { blank, newLine, toOrder, type OrderText } from './order';

const returns = { success: 'https://shop.example.com/thanks', cancel: 'https://shop.example.com/cancelled' };

/** Order 1049, ready to be made: yarn at 25,5 %, a pattern at 13,5 %, a discount. */
function anOrder(part: Partial<OrderText> = {}) {
  return toOrder({
    ...blank(returns, 'FI'),
    reference: '1049',
    customer: { email: 'aino@posti.example', firstName: 'Aino', lastName: 'Mäkelä', phone: '', companyName: '', vatId: '' },
    lines: [
      newLine({ description: 'Villalanka', productCode: 'VJ-12', units: '10', price: '12,90' }),
      newLine({ description: 'Neuleohje', productCode: 'NO-07', price: '4,50', vat: '13,5' }),
      newLine({ description: 'Alennus', productCode: 'ALE', price: '−5,00' }),
    ],
    ...part,
  });
}

const readyDraft = (part: Partial<Draft> = {}) => aDraft(anOrder(), part);

const type = (field: HTMLElement, value: string) => fireEvent.input(field, { target: { value } });
const field = (name: string | RegExp, at = 0) => screen.getAllByRole<HTMLInputElement>('textbox', { name })[at] as HTMLInputElement;
const sum = () => within(screen.getByRole('region', { name: 'Sum' }));
const button = (name: string | RegExp) => screen.getByRole('button', { name });
const plain = (text: string | null | undefined) => (text ?? '').replace(/[\s\u00a0]+/g, ' ').trim();

async function open(draft?: Draft) {
  const account = openSession(anAccount());
  const view = render(CreateView, { account });
  await screen.findByRole('heading', { name: 'New payment' });
  if (draft) {
    await fireEvent.click(await screen.findByRole('button', { name: new RegExp(draft.order.reference) }));
    await waitFor(() => expect(screen.queryByRole('heading', { name: 'Order' }) ? field('Order reference').value : 'sent').not.toBe(''));
  }
  return view;
}

beforeEach(() => {
  vi.restoreAllMocks();
});

describe('a draft', () => {
  it('is kept by itself while it is written, and only once something is', async () => {
    const { saveDraft, checkOrder } = draftShell();
    await open();
    await waitFor(() => expect(checkOrder).toHaveBeenCalled());
    expect(screen.getByText('Kept by itself once you write')).toBeTruthy();
    expect(saveDraft).not.toHaveBeenCalled();
    await type(field('Order reference'), '1050');
    expect(screen.getByText('Being kept…')).toBeTruthy();
    await waitFor(() => expect(screen.getByText('Kept on this computer')).toBeTruthy(), { timeout: 2000 });
    expect(saveDraft).toHaveBeenCalledTimes(1);
    expect(saveDraft.mock.calls[0]?.[2].reference).toBe('1050');
    await type(field('Order reference'), '10501');
    await waitFor(() => expect(saveDraft).toHaveBeenCalledTimes(2), { timeout: 2000 });
    // The second time it is the same draft.
    expect(saveDraft.mock.calls[1]?.[1]).toBe('draft-11');
    expect(await screen.findByRole('button', { name: /10501/ })).toBeTruthy();
  });

  it('loses nothing when the view is left in the middle of a word, and is found again in it', async () => {
    const { saveDraft, kept } = draftShell();
    const { unmount } = await open();
    await type(field('Order reference'), 'X-7');
    unmount();
    await waitFor(() => expect(saveDraft).toHaveBeenCalledTimes(1));
    expect([...kept.values()][0]?.order.reference).toBe('X-7');
    await open([...kept.values()][0]);
    expect(field('Order reference').value).toBe('X-7');
  });

  it('comes back with every figure as it was typed', async () => {
    const draft = readyDraft();
    draftShell([draft]);
    await open(draft);
    expect(field('Unit price', 2).value).toBe('−5,00');
    expect(field('VAT', 1).value).toBe('13,5');
    expect(field('Units').value).toBe('10');
    expect(field('Email').value).toBe('aino@posti.example');
    expect(field('After paying').value).toBe(returns.success);
  });

  it('stays in the form when it could not be kept, and says so', async () => {
    const saveDraft = vi.fn(async () => Promise.reject(anError({ code: 'notSaved' })));
    draftShell([readyDraft()], { saveDraft });
    await open();
    await type(field('Order reference'), '7');
    expect(await screen.findByText('Not kept', {}, { timeout: 2000 })).toBeTruthy();
    await fireEvent.click(button(/1049/));
    await tick();
    expect(field('Order reference').value).toBe('7');
  });

  it('is thrown away at a press, and brought back at another', async () => {
    const draft = readyDraft();
    const { deleteDraft, saveDraft } = draftShell([draft]);
    await open(draft);
    await fireEvent.click(button('Throw away'));
    await waitFor(() => expect(deleteDraft).toHaveBeenCalledWith(1, 'draft-1'));
    expect(field('Order reference').value).toBe('');
    expect(saveDraft).not.toHaveBeenCalled();
  });

  it('stays, with the reason, when it may not be thrown away', async () => {
    const draft = readyDraft();
    const sent = anError({ code: 'busy', why: { kind: 'draftSent', values: {} } });
    draftShell([draft], { deleteDraft: vi.fn(async () => Promise.reject(sent)) });
    await open(draft);
    await fireEvent.click(button('Throw away'));
    expect(await screen.findByText(/The draft was sent/)).toBeTruthy();
    expect(field('Order reference').value).toBe('1049');
  });
});

describe('the sums', () => {
  it('are those of the lines, by rate and together, while one types', async () => {
    const draft = readyDraft();
    draftShell([draft]);
    await open(draft);
    await waitFor(() => expect(plain(sum().getByRole('table').textContent)).toContain('13,5 %'));
    const rows = () => sum().getAllByRole('row').slice(1).map((row) => plain(row.textContent));
    expect(rows()).toEqual(['25,5 %98,8025,20124,00', '13,5 %3,960,544,50']);
    expect(button(/^Create payment link/).textContent).toContain(money(12850));
    await type(field('Units'), '1');
    await waitFor(() => expect(button(/^Create payment link/).textContent).toContain(money(1240)));
    expect(rows()).toEqual(['25,5 %6,291,617,90', '13,5 %3,960,544,50']);
  });

  it('are only about those that Paytrail makes of prices without VAT', async () => {
    const draft = aDraft(anOrder({ pricesWithoutVat: true }));
    draftShell([draft]);
    await open(draft);
    await waitFor(() => expect(plain(button(/^Create payment link/).textContent)).toContain('about 128,50 €'));
    expect(sum().getByText(/its sum may differ from this one by some cents/)).toBeTruthy();
    expect(plain(screen.getByRole('button', { name: /1049/ }).textContent)).toContain('about 128,50 €');
  });

  it('say nothing while a figure can’t be read, and what it should look like', async () => {
    const draft = readyDraft();
    draftShell([draft]);
    await open(draft);
    await type(field('Unit price'), '12,9o');
    await fireEvent.focusOut(field('Unit price'));
    expect(await screen.findByText('Write a price like 12,50, or −5,00 for a discount')).toBeTruthy();
    await waitFor(() => expect(sum().getByText('Nothing to pay yet')).toBeTruthy());
    expect(button('Create payment link')).toBeTruthy();
  });
});

describe('the lines', () => {
  it('are added, moved and taken out by keyboard alone', async () => {
    const draft = readyDraft();
    draftShell([draft]);
    await open(draft);
    const names = () => screen.getAllByRole<HTMLInputElement>('textbox', { name: 'Description' }).map(({ value }) => value);
    field('Description', 2).focus();
    await press('Enter');
    await waitFor(() => expect(names()).toHaveLength(4));
    await waitFor(() => expect(document.activeElement).toBe(field('Description', 3)));
    await type(field('Description', 3), 'Toimitus');
    await press('Alt+ArrowUp', 'Alt+ArrowUp');
    expect(names()).toEqual(['Villalanka', 'Toimitus', 'Neuleohje', 'Alennus']);
    await waitFor(() => expect(document.activeElement).toBe(field('Description', 1)));
    await press('Alt+Delete');
    expect(names()).toEqual(['Villalanka', 'Neuleohje', 'Alennus']);
    await press('Enter');
    await waitFor(() => expect(document.activeElement).toBe(field('Description', 2)));
  });

  it('take a discount as a line below zero', async () => {
    draftShell([]);
    await open();
    await fireEvent.click(button('Add a discount'));
    await waitFor(() => expect(document.activeElement).toBe(field('Unit price', 1)));
    expect(field('Description', 1).value).toBe('Discount');
    await type(field('Unit price', 1), '−2,5');
    expect(plain(screen.getByRole('group', { name: 'Line 2' }).textContent)).toContain('−2,50');
  });

  it('each have a stamp of their own, so that each can be refunded alone', async () => {
    const { saveDraft } = draftShell([]);
    await open();
    await fireEvent.click(button('Add a line'));
    await waitFor(() => expect(saveDraft).toHaveBeenCalled(), { timeout: 2000 });
    const stamps = saveDraft.mock.lastCall?.[2].lines.map(({ stamp }) => stamp) ?? [];
    expect(new Set(stamps).size).toBe(2);
    expect(stamps.every((stamp) => stamp.length > 20)).toBe(true);
  });
});

describe('a problem', () => {
  it('stands by its field once the field was left, and goes as it is mended', async () => {
    draftShell();
    await open();
    const email = field('Email');
    await type(email, 'aino');
    await tick();
    expect(email.getAttribute('aria-invalid')).toBeNull();
    await fireEvent.focusOut(email);
    await waitFor(() => expect(email.getAttribute('aria-invalid')).toBe('true'));
    await type(email, 'aino@posti.example');
    await waitFor(() => expect(email.getAttribute('aria-invalid')).toBeNull());
    expect(field('Order reference').getAttribute('aria-invalid')).toBeNull();
  });

  it('is said of every field when a payment is asked for, the first one has the focus, and nothing is made', async () => {
    const { createPayment } = draftShell([aDraft(anOrder({ successUrl: 'http://shop', customer: { ...anOrder().customer, email: '' } }))]);
    await open(aDraft(anOrder()));
    await fireEvent.click(button(/^Create payment link/));
    await waitFor(() => expect(document.activeElement).toBe(field('Email')));
    expect(screen.getByRole('alert').textContent).toContain('2 things are to be mended first');
    expect(screen.getByRole('button', { name: 'After paying: It must be an address that begins with https://' })).toBeTruthy();
    expect(field('After paying').getAttribute('aria-invalid')).toBe('true');
    expect(createPayment).not.toHaveBeenCalled();
  });
});

describe('what Klarna would like to know', () => {
  it('is said in words and figures, the most worth first, and leads to its field', async () => {
    const draft = readyDraft();
    draftShell([draft]);
    await open(draft);
    const meter = await screen.findByRole('meter', { name: 'What Klarna is told' });
    await waitFor(() => expect(meter.getAttribute('aria-valuetext')).toBe('Fair, 67 of 100'));
    expect(screen.getByText('4 things are missing that would raise Klarna’s acceptance.')).toBeTruthy();
    await fireEvent.click(button(/Delivery address/));
    await waitFor(() => expect(document.activeElement).toBe(field('Street')));
    await fireEvent.click(button(/Klarna session token/));
    await waitFor(() => expect(document.activeElement).toBe(screen.getByRole('textbox', { name: 'Klarna session token' })));
    expect(document.activeElement?.closest('details')?.open).toBe(true);
  });

  it('counts the characters of the token and the data', async () => {
    draftShell();
    await open();
    await type(screen.getByLabelText('Klarna network data, as JSON'), '{"a":1}');
    expect(screen.getByText(/^7 of at most 10.240 characters$/)).toBeTruthy();
  });
});

describe('the payment', () => {
  it('is made at the press of the button, once, also when it is pressed twice', async () => {
    const draft = readyDraft();
    const { createPayment } = draftShell([draft]);
    await open(draft);
    await waitFor(() => expect(button(/^Create payment link/).textContent).toContain(money(12850)));
    expect(createPayment).not.toHaveBeenCalled();
    const create = button(/^Create payment link/);
    await Promise.all([fireEvent.click(create), fireEvent.click(create), press('Control+Enter')]);
    expect(await screen.findByRole('heading', { name: 'The payment link is made' })).toBeTruthy();
    expect(createPayment).toHaveBeenCalledTimes(1);
    expect(createPayment.mock.calls[0]).toEqual([1, 'draft-1', digestOf(draft.order), 'intent-1']);
  });

  it('gives a link to copy, a code to show, and says until when', async () => {
    const draft = readyDraft();
    draftShell([draft]);
    const { container } = await open(draft);
    await fireEvent.click(button(/^Create payment link/));
    expect(await screen.findByText(LINK.link.href ?? '')).toBeTruthy();
    expect(button('Copy the link')).toBeTruthy();
    expect(screen.getByRole('img', { name: 'The link as a QR code' }).querySelector('path')?.getAttribute('d')).toMatch(/^M\d+ \d+h/);
    expect(screen.getByText(/until 7\.12\.2026/)).toBeTruthy();
    expect(screen.getByText('LIVE')).toBeTruthy();
    expect(container.querySelector('[style*="data:"], img[src^="data:"]')).toBeNull();
    expect(await violations()).toEqual([]);
  });

  it('is opened from there, or another one like it begun with its own reference', async () => {
    const draft = readyDraft();
    draftShell([draft]);
    await open(draft);
    await fireEvent.click(button(/^Create payment link/));
    await screen.findByRole('heading', { name: 'The payment link is made' });
    await new Promise((done) => setTimeout(done, 800));
    await fireEvent.click(button('New one like this'));
    await waitFor(() => expect(field('Order reference').value).toBe(''));
    expect(field('Email').value).toBe('aino@posti.example');
    expect(field('Description').value).toBe('Villalanka');
  });

  it('sends the customer to Klarna where Klarna wants to see them: that is an outcome, not an error', async () => {
    const stepUp: CreatedPayment = { ...LINK, link: { ...LINK.link, href: null, stepUpUrl: 'https://klarna.example/confirm/1' } };
    const draft = aDraft(anOrder({ way: 'charge', klarnaToken: 'token' }));
    draftShell([draft], { createPayment: vi.fn(async () => stepUp) });
    await open(draft);
    await fireEvent.click(button(/^Charge/));
    expect(await screen.findByRole('heading', { name: 'The customer has to confirm at Klarna' })).toBeTruthy();
    expect(screen.getByText('https://klarna.example/confirm/1')).toBeTruthy();
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('remembers where customers come back to', async () => {
    const draft = readyDraft();
    draftShell([draft]);
    await open(draft);
    await fireEvent.click(button(/^Create payment link/));
    await screen.findByRole('heading', { name: 'The payment link is made' });
    await new Promise((done) => setTimeout(done, 800));
    await fireEvent.click(screen.getAllByRole('button', { name: /^New draft/ })[1] as HTMLElement);
    await waitFor(() => expect(field('After paying').value).toBe(returns.success));
  });
});

describe('a payment that no look has confirmed', () => {
  const unconfirmed: CreatedPayment = { ...LINK, amount: null };
  const title = 'The payment is made, but not confirmed yet';

  async function made(after: Draft, more = {}) {
    const draft = readyDraft();
    const sync = vi.fn(async () => null);
    const createPayment = vi.fn(async () => {
      kept.set('draft-1', after);
      return unconfirmed;
    });
    const { kept } = draftShell([draft], { createPayment, sync, ...more });
    await open(draft);
    await fireEvent.click(button(/^Create payment link/));
    await screen.findByRole('heading', { name: title });
    return { sync };
  }

  it('says so beside its link, and can’t be opened, until one does', async () => {
    const payment = { payment: { amount: 12_851 } };
    const { sync } = await made(readyDraft({ state: 'created', payment: LINK.payment }), { showPayment: vi.fn(async () => payment) });
    expect(screen.getByText(LINK.link.href ?? '')).toBeTruthy();
    expect(screen.getByText(/its link may lead to another one/)).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Open the payment' })).toBeNull();
    expect(await violations()).toEqual([]);
    await new Promise((done) => setTimeout(done, 800));
    await fireEvent.click(button('Look again'));
    expect(await screen.findByRole('heading', { name: 'The payment link is made' })).toBeTruthy();
    expect(sync).toHaveBeenCalledWith(1);
    expect(button('Open the payment')).toBeTruthy();
    expect(plain(document.querySelector('.amount')?.textContent)).toBe('128,51€');
  });

  it('loses its link once a look shows another payment', async () => {
    const error = anError({ code: 'unclear', moneyMoved: 'unknown', why: { kind: 'draftDoubted', values: {} } }).data;
    await made(readyDraft({ state: 'unknown', error }));
    session.revision += 1;
    expect((await screen.findByRole('alert')).textContent).toContain('Do not use a link that was shown for it');
    expect(screen.getByText('Paytrail does not show the payment that its answer named')).toBeTruthy();
    expect(screen.queryByText(LINK.link.href ?? '')).toBeNull();
  });

  it('is found among the drafts, with no button that would send it', async () => {
    const draft = readyDraft({ state: 'unconfirmed', payment: LINK.payment });
    const { sync } = draftShell([draft], { sync: vi.fn(async () => null) });
    await open(draft);
    expect(await screen.findByText(title)).toBeTruthy();
    expect(screen.queryByRole('button', { name: /^Create payment link/ })).toBeNull();
    await fireEvent.click(button('Look again'));
    expect(sync).toHaveBeenCalledWith(1);
    expect(await violations()).toEqual([]);
  });
});

describe('while a payment is made', () => {
  it('no other draft comes into the form, by strip, button or key', async () => {
    const [draft, other] = [readyDraft(), aDraft(anOrder({ reference: '1050' }), { id: 'draft-2' })];
    let answer = (_: CreatedPayment): void => undefined;
    const createPayment = vi.fn(async () => new Promise<CreatedPayment>((done) => (answer = done)));
    draftShell([draft, other], { createPayment });
    await open(draft);
    await fireEvent.click(button(/^Create payment link/));
    await waitFor(() => expect(createPayment).toHaveBeenCalled());
    await fireEvent.click(button(/1050/));
    await fireEvent.click(button(/^New draft/));
    await fireEvent.click(button('Throw away'));
    await press('Escape', 'n');
    await new Promise((done) => setTimeout(done, 20));
    expect(field('Order reference').value).toBe('1049');
    answer(LINK);
    expect(await screen.findByRole('heading', { name: 'The payment link is made' })).toBeTruthy();
  });

  it('what was thrown away before can still be brought back, into the list', async () => {
    toasts().forEach(({ id }) => dismissToast(id));
    const [draft, other] = [readyDraft(), aDraft(anOrder({ reference: '1050' }), { id: 'draft-2' })];
    const createPayment = vi.fn(async () => new Promise<CreatedPayment>(() => undefined));
    const { saveDraft } = draftShell([draft, other], { createPayment });
    await open(other);
    await fireEvent.click(button('Throw away'));
    await waitFor(() => expect(toasts()[0]?.action?.label).toBe('Bring it back'));
    await fireEvent.click(button(/1049/));
    await waitFor(() => expect(field('Order reference').value).toBe('1049'));
    await fireEvent.click(button(/^Create payment link/));
    await waitFor(() => expect(createPayment).toHaveBeenCalled());
    toasts()[0]?.action?.run();
    expect(await screen.findByRole('button', { name: /1050/ })).toBeTruthy();
    expect(saveDraft).toHaveBeenCalledTimes(1);
    expect([saveDraft.mock.calls[0]?.[1], saveDraft.mock.calls[0]?.[2].reference]).toEqual([null, '1050']);
    expect(field('Order reference').value).toBe('1049');
  });

  it('shows what another program made of the draft, and sends nothing of it', async () => {
    const draft = readyDraft();
    const changed = aDraft(anOrder({ reference: '1049-B' }));
    const refused = anError({ code: 'badInput', moneyMoved: 'no', why: { kind: 'draftChanged', values: {} } });
    const createPayment = vi.fn(async () => {
      kept.set('draft-1', changed);
      throw refused;
    });
    const { kept } = draftShell([draft], { createPayment });
    await open(draft);
    await fireEvent.click(button(/^Create payment link/));
    expect((await screen.findByRole('alert')).textContent).toContain('The draft was changed since it was confirmed');
    await waitFor(() => expect(field('Order reference').value).toBe('1049-B'));
    expect(screen.getByRole('alert').textContent).toContain('Look at it again and confirm it anew');
    expect(createPayment).toHaveBeenCalledTimes(1);
  });

  it('says why it was not sent, also when the draft knows nothing of it', async () => {
    const draft = readyDraft();
    const twin = anError({ code: 'busy', moneyMoved: 'no', why: { kind: 'draftUnknown', values: {} } });
    draftShell([draft], { createPayment: vi.fn(async () => Promise.reject(twin)) });
    await open(draft);
    await fireEvent.click(button(/^Create payment link/));
    expect((await screen.findByRole('alert')).textContent).toContain('What became of the draft is not known');
    await new Promise((done) => setTimeout(done, 20));
    expect(screen.getByRole('alert').textContent).toContain('What became of the draft is not known');
    expect(field('Order reference').value).toBe('1049');
  });
});

describe('a lost answer', () => {
  const lost = () => anError({ code: 'unclear', moneyMoved: 'no', requestId: 'req-1', why: { kind: 'draftUnknown', values: {} } });

  it('is told as one, and nothing is sent a second time', async () => {
    const draft = readyDraft();
    const unknown = { ...draft, state: 'unknown' as const, sentAt: '2026-11-23T08:47:00.000Z', error: lost().data };
    const createPayment = vi.fn(async () => {
      kept.set('draft-1', unknown);
      throw lost();
    });
    const { kept } = draftShell([draft], { createPayment });
    await open(draft);
    await fireEvent.click(button(/^Create payment link/));
    const note = await screen.findByRole('alert');
    expect(note.textContent).toContain('It is not known whether the payment link was made');
    expect(note.textContent).toContain('No money moved');
    expect(note.textContent).toContain('req-1');
    expect(screen.queryByRole('button', { name: /^Create payment link/ })).toBeNull();
    await press('Control+Enter');
    expect(createPayment).toHaveBeenCalledTimes(1);
    expect(await violations()).toEqual([]);
  });

  it('is settled by what a person found: the payment, or that it was not made', async () => {
    const unknown = readyDraft({ state: 'unknown', sentAt: '2026-11-23T08:47:00.000Z', error: lost().data });
    const resolveDraft = vi.fn(async () => ({ ...unknown, state: 'draft' as const, error: null }));
    draftShell([unknown], { resolveDraft });
    await open(unknown);
    await fireEvent.click(await screen.findByRole('button', { name: 'It was not made' }));
    expect(resolveDraft).not.toHaveBeenCalled();
    await type(screen.getByLabelText('What did you see, and where?'), 'not in the list');
    await fireEvent.click(button('It was not made'));
    expect(resolveDraft).toHaveBeenCalledWith(1, 'draft-1', null, 'not in the list');
    expect(await screen.findByRole('textbox', { name: 'Order reference' })).toBeTruthy();
  });

  it('of a charge can be called not made only when it can no longer be carried out', async () => {
    const later = new Date(session.now + 20 * 60_000).toISOString();
    const unknown = aDraft(anOrder({ way: 'charge', klarnaToken: 't' }), { state: 'unknown', error: lost().data, resolvableAt: later });
    const resolveDraft = vi.fn();
    draftShell([unknown], { resolveDraft });
    await open(unknown);
    expect((await screen.findByRole('alert')).textContent).toContain('The customer may have been charged, or not.');
    await type(screen.getByLabelText('What did you see, and where?'), 'nothing');
    await fireEvent.click(button('It was not made'));
    expect(resolveDraft).not.toHaveBeenCalled();
  });

  it('is no excuse for a refusal, which says what Paytrail said and keeps the form', async () => {
    const draft = readyDraft();
    const refused = anError({ code: 'refused', message: 'reference too long', requestId: 'req-2' });
    draftShell([draft], { createPayment: vi.fn(async () => Promise.reject(refused)), draft: vi.fn(async () => ({ ...draft, error: refused.data })) });
    await open(draft);
    await fireEvent.click(button(/^Create payment link/));
    const alert = await screen.findByRole('alert');
    expect(alert.textContent).toContain('reference too long');
    expect(field('Order reference').value).toBe('1049');
  });
});

describe('the view', () => {
  it('has nothing that fails a reader, empty or full', async () => {
    const draft = aDraft(anOrder({ invoicingAsDelivery: false, klarnaToken: 'token' }));
    draftShell([draft, readyDraft({ id: 'other', state: 'unknown' })]);
    await open();
    await screen.findByRole('meter');
    expect(await violations()).toEqual([]);
    await fireEvent.click(screen.getAllByRole('button', { name: /1049/ })[1] as HTMLElement);
    await waitFor(() => expect(field('Order reference').value).toBe('1049'));
    expect(await violations()).toEqual([]);
  });

  it('says whose money it is beside the button', async () => {
    draftShell();
    await open();
    const beside = within(screen.getByRole('complementary', { name: 'Sum and Klarna’s acceptance' }));
    expect(beside.getByText('LIVE')).toBeTruthy();
    expect(beside.getByText('Real money moves')).toBeTruthy();
    expect(beside.getByText(/^At .+, LIVE$/).nextElementSibling).toBe(button(/^Create payment link/));
  });

  it('begins a new draft by key', async () => {
    const draft = readyDraft();
    draftShell([draft]);
    await open(draft);
    field('Email').focus();
    await press('n');
    expect(field('Order reference').value).toBe('1049');
    await press('Escape', 'n');
    await waitFor(() => expect(field('Order reference').value).toBe(''));
  });
});
