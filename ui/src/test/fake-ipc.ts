/**
 * A shell that a test writes itself: `fakeIpc({ listPayments: async () => … })` puts functions in the place of the real ones,
 * and everything the test did not think of fails loudly. The real ones are back after each test.
 */
import { afterEach, vi } from 'vitest';
import { AppError, ipc } from '../lib/ipc';
import type {
  AccountDto,
  ErrorDto,
  HoldOrder,
  HoldRow,
  OperationRow,
  PaymentDetail,
  PaymentPage,
  PaymentRow,
  RefundOrder,
  SortDto,
  Totals,
} from '../lib/ipc';
import { session } from '../lib/state/session.svelte';

type Real = typeof ipc;

/** What the views ask most, typed for those who write a fake of it; other commands may be given too. */
export type Fakes = Partial<{
  listPayments(account: number, query: string, sort: SortDto, after: string | null, limit: number): Promise<PaymentPage>;
  totals(account: number, query: string): Promise<Totals>;
  showPayment(account: number, id: string): Promise<PaymentDetail>;
  refund(order: RefundOrder): Promise<OperationRow>;
  holds(account: number): Promise<HoldRow[]>;
  newIntents(count: number): Promise<string[]>;
  hold(order: HoldOrder): Promise<OperationRow>;
}> &
  Partial<Record<keyof Real | (string & {}), (...args: never[]) => Promise<unknown>>>;

const shell = ipc as unknown as Record<string, unknown>;
let real: Record<string, unknown> | undefined;

/** Puts the fakes in; called again it adds to them. Every fake is a `vi.fn`, so a test may ask how it was called. */
export function fakeIpc<T extends Fakes>(fakes: T): T {
  real ??= { ...shell };
  let intents = 0;
  const base: Record<string, unknown> = {};
  for (const name of Object.keys(real)) {
    if (real[name] === shell[name]) base[name] = () => Promise.reject(new Error(`the test has no fake of ipc.${name}`));
  }
  base['newIntents'] = async (count: number) => Array.from({ length: count }, () => `intent-${(intents += 1)}`);
  base['setSettings'] = async () => null;
  // What a test has put in before stays.
  if (real['refundPolicy'] === shell['refundPolicy']) base['refundPolicy'] = async () => ({ reasons: null, refundLimit: null, batchLimit: null });
  for (const [name, call] of Object.entries({ ...base, ...fakes })) {
    shell[name] = typeof call === 'function' && !vi.isMockFunction(call) ? vi.fn(call as (...args: unknown[]) => unknown) : call;
  }
  return Object.fromEntries(Object.keys(fakes).map((name) => [name, shell[name]])) as T;
}

afterEach(() => {
  if (!real) return;
  for (const name of Object.keys(shell)) delete shell[name];
  Object.assign(shell, real);
  real = undefined;
});

/** Works with an account as if the window had opened with it, nothing searched and nothing open. */
export function openSession(account: AccountDto = anAccount()): AccountDto {
  session.accounts = [account];
  session.view = 'payments';
  session.payment = null;
  session.query = '';
  session.sync = null;
  session.settings = { language: 'en', theme: 'system', timeZone: 'Europe/Helsinki', layout: null, batchConcurrency: 8 };
  session.now = Date.parse(NOW);
  return account;
}

/** The moment the fixtures are written for. */
export const NOW = '2026-11-23T08:47:00.000Z';

/** A failure as the shell tells it. */
export function anError(part: Partial<ErrorDto> = {}): AppError {
  return new AppError({ code: 'refused', message: 'refused', why: null, moneyMoved: 'no', requestId: null, ...part });
}

export function anAccount(part: Partial<AccountDto> = {}): AccountDto {
  return {
    id: 1,
    name: 'Kehrä & Käpy',
    merchantId: '812440',
    api: 'https://services.paytrail.com',
    mode: 'live',
    builtIn: false,
    callbackUrl: null,
    active: true,
    paused: null,
    lastReportAt: '2026-11-21T06:00:00.000Z',
    ...part,
  };
}

const TRANSACTION = '5770642a-9a02-4ca2-8eaa-cc6260a78eb6';

/** Order 1048: paid with Klarna, 18,00 € of 128,50 € given back. */
export function aPayment(part: Partial<PaymentRow> = {}): PaymentRow {
  const id = part.id ?? TRANSACTION;
  return {
    id,
    transactionId: id.startsWith('key:') ? null : id,
    reference: '1048',
    customer: 'Aino Mäkelä',
    email: 'aino.makela@posti.example',
    amount: 12850,
    refunded: 1800,
    reserved: 0,
    status: 'ok',
    standing: 'partlyRefunded',
    provider: 'klarna',
    manualInvoice: null,
    createdAt: '2026-11-21T09:31:00.000Z',
    deadline: null,
    checkedAt: '2026-11-23T08:45:00.000Z',
    ...part,
  };
}

/** The done refund of 18,00 € of order 1048. */
export function anOperation(part: Partial<OperationRow> = {}): OperationRow {
  return {
    id: 'op-1',
    kind: 'refund',
    state: 'done',
    paymentId: TRANSACTION,
    transactionId: TRANSACTION,
    reference: '1048',
    customer: 'Aino Mäkelä',
    paymentAmount: 12850,
    provider: 'klarna',
    amount: 1800,
    items: [],
    reason: null,
    message: null,
    requestId: '8f2c1d7a-4b0e-4f5a-9c3e-1d77a0b6',
    proof: 'signed answer',
    note: 'Ohje ostettu kahdesti',
    refundReason: null,
    pending: false,
    refundReference: null,
    email: null,
    refundStamp: '3f9c0d51b7f14c0aa1f0b2a86d1e4c77',
    refundTransactionId: '9f0b8c3e-2d61-4a4c-8f0c-52ef10a6d2f1',
    confirmedAt: '2026-11-22T07:14:00.000Z',
    changedAt: '2026-11-22T07:14:02.000Z',
    lastSentAt: '2026-11-22T07:14:01.000Z',
    sends: 1,
    by: 'Sari Kettunen',
    repeatOf: null,
    quarantineEndsAt: null,
    repeat: null,
    repeatWhy: null,
    moneyMoved: 'yes',
    ...part,
  };
}

/** Order 1048 with all that is known of it. */
export function aDetail(part: Partial<PaymentDetail> = {}): PaymentDetail {
  const payment = part.payment ?? aPayment();
  return {
    payment,
    firstName: 'Aino',
    lastName: 'Mäkelä',
    stamp: 'kk-1048-a1',
    refundable: payment.amount - payment.refunded - payment.reserved,
    lastReportAt: '2026-11-21T06:00:00.000Z',
    lines: [
      { stamp: 'l-1', description: 'Villalanka Järvi, sammal', productCode: 'VJ-12', units: 6, amount: 7740, vatPermille: 255, refunded: 0, reserved: 0 },
      { stamp: 'l-2', description: 'Koivupuikot 4,0 mm', productCode: 'KP-40', units: 1, amount: 2550, vatPermille: 255, refunded: 0, reserved: 0 },
      { stamp: 'l-3', description: 'Neuleohje Inari', productCode: 'NO-07', units: 1, amount: 1800, vatPermille: 135, refunded: 1800, reserved: 0 },
      { stamp: 'l-4', description: 'Toimitus noutopisteeseen', productCode: 'TOIM', units: 1, amount: 760, vatPermille: 255, refunded: 0, reserved: 0 },
    ],
    timeline: [
      { at: '2026-11-23T08:45:00.000Z', what: 'looked', kind: null, by: null, amount: null, operation: null, status: null, reason: null, proof: null, message: null, note: null, requestId: null },
      { at: '2026-11-22T07:14:02.000Z', what: 'done', kind: 'refund', by: null, amount: 1800, operation: 'op-1', status: null, reason: null, proof: 'signed answer', message: null, note: null, requestId: null },
      { at: '2026-11-22T07:14:01.000Z', what: 'accepted', kind: 'refund', by: 'Sari Kettunen', amount: 1800, operation: 'op-1', status: null, reason: null, proof: null, message: null, note: 'Ohje ostettu kahdesti', requestId: '8f2c1d7a-4b0e-4f5a-9c3e-1d77a0b6' },
      { at: '2026-11-21T09:33:00.000Z', what: 'told', kind: null, by: null, amount: null, operation: null, status: 'ok', reason: null, proof: null, message: null, note: null, requestId: null },
      { at: '2026-11-21T09:31:00.000Z', what: 'created', kind: null, by: null, amount: null, operation: null, status: null, reason: null, proof: null, message: null, note: null, requestId: null },
    ],
    acceptance: null,
    link: null,
    operations: [anOperation()],
    foreignRefunds: [],
    sources: [
      { field: 'amount', source: 'signed', at: '2026-11-23T08:45:00.000Z' },
      { field: 'customer', source: 'csv', at: '2026-11-22T10:00:00.000Z' },
      { field: 'items', source: 'csv', at: '2026-11-22T10:00:00.000Z' },
    ],
    answers: [{ source: 'signed', at: '2026-11-23T08:45:00.000Z', text: '{"transactionId":"5770642a-9a02-4ca2-8eaa-cc6260a78eb6","status":"ok","amount":12850}' }],
    requestIds: ['8f2c1d7a-4b0e-4f5a-9c3e-1d77a0b6'],
    cannot: { refund: null, activate: { kind: 'notHold', values: {} }, cancel: { kind: 'notHold', values: {} } },
    ...part,
  };
}

/** An open hold of a manual invoice. */
export function aHold(part: Partial<HoldRow> = {}): HoldRow {
  return {
    payment: aPayment({
      id: 'b1cf7a52-1c60-4f5b-8d3f-2c8f4f1a3e11',
      reference: '1042',
      customer: 'Veera Sjöblom',
      amount: 6100,
      refunded: 0,
      status: 'pending',
      standing: 'hold',
      manualInvoice: 'known',
      deadline: '2026-12-17T16:33:00.000Z',
      createdAt: '2026-11-19T16:33:00.000Z',
    }),
    firstLine: 'Villalanka Järvi, sammal',
    lines: 2,
    operation: null,
    ...part,
  };
}
