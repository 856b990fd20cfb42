/** The sandbox as a program of its own: a Paytrail that can be bent, stopped and asked what really happened. */
import { request } from 'node:http';
import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Desktop } from './desktop';
import { sandboxProgram } from './places';
import { type Started, until } from './processes';

export interface ShopPayment {
  transactionId: string;
  reference: string;
  stamp: string;
  status: string;
  provider: string | null;
  amount: number;
  createdAt: string;
  openHold: boolean;
  manualInvoice: boolean;
  customer: { firstName: string; lastName: string; email: string };
  [more: string]: unknown;
}

export interface ShopRefund {
  transactionId: string;
  paymentId: string;
  amount: number;
  status: string;
  refundStamp: string | null;
  createdAt: string;
  [more: string]: unknown;
}

export interface ShopRequest {
  method: string;
  path: string;
  httpStatus: number | null;
  verified: boolean;
}

/** A fault and the calls that meet it. */
export type Faults = Record<string, number | { rate: number; paths: string[] }>;

export interface ShopOptions {
  payments?: number;
  secret?: string;
  merchant?: string;
  /** How much later an answer under the fault `slow` comes. */
  slowDelay?: string;
  pendingRefunds?: number;
  latency?: string;
}

export class Shop {
  private constructor(
    private readonly desktop: Desktop,
    readonly secret: string,
    readonly merchant: string,
    private readonly args: string[],
    private program: Started,
    readonly url: string,
  ) {}

  static async open(desktop: Desktop, options: ShopOptions = {}): Promise<Shop> {
    const secret = options.secret ?? randomBytes(24).toString('base64url');
    const merchant = options.merchant ?? '375917';
    const args = [
      '--merchant', merchant, '--secret-stdin',
      '--payments', String(options.payments ?? 60),
      '--state', desktop.path('shop.state'),
      '--pending-refunds', String(options.pendingRefunds ?? 0),
      '--failing-refunds', '0', '--cancel-202', '0',
      '--slow-delay', options.slowDelay ?? '2s',
      '--latency', options.latency ?? '0ms',
    ];
    const { program, url } = await run(desktop, secret, ['--listen', '127.0.0.1:0', ...args]);
    return new Shop(desktop, secret, merchant, args, program, url);
  }

  /** Ends it: from now on nobody answers at its address. */
  stop(): Promise<void> {
    return this.program.stop();
  }

  /** Opens it again at the same address, with the same books. */
  async reopen(secret = this.secret): Promise<void> {
    const { program } = await run(this.desktop, secret, ['--listen', this.url.replace('http://', ''), ...this.args]);
    this.program = program;
  }

  async get<T>(path: string): Promise<T> {
    return JSON.parse((await this.raw(path)).toString()) as T;
  }

  raw(path: string): Promise<Buffer> {
    return ask(`${this.url}/_sandbox/${path}`);
  }

  async post(path: string, body: unknown): Promise<unknown> {
    return JSON.parse((await ask(`${this.url}/_sandbox/${path}`, body)).toString());
  }

  async faults(faults: Faults): Promise<void> {
    await this.post('faults', faults);
  }

  async payments(): Promise<ShopPayment[]> {
    return (await this.get<{ payments: ShopPayment[] }>('payments')).payments;
  }

  async payment(id: string): Promise<ShopPayment> {
    const found = (await this.payments()).find((payment) => payment.transactionId === id);
    if (!found) throw new Error(`the shop has no payment ${id}`);
    return found;
  }

  async refundsOf(id: string): Promise<ShopRefund[]> {
    const { refunds } = await this.get<{ refunds: ShopRefund[] }>('refunds');
    return refunds.filter((refund) => refund.paymentId === id);
  }

  /** The requests whose path ends so. */
  async requests(end: string): Promise<ShopRequest[]> {
    const { requests } = await this.get<{ requests: ShopRequest[] }>('requests');
    return requests.filter((each) => each.path.endsWith(end));
  }

  /** Klarna payments that are paid, of at least `cents`, of which no refund was ever tried; newest first. */
  async untouched(cents = 2000): Promise<ShopPayment[]> {
    const { refunds } = await this.get<{ refunds: ShopRefund[] }>('refunds');
    const touched = new Set(refunds.map((refund) => refund.paymentId));
    return (await this.payments())
      .filter((each) => each.status === 'ok' && each.provider === 'klarna' && each.amount >= cents && !touched.has(each.transactionId))
      .sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  }

  /** Klarna's manual invoices whose holds are open, the latest deadline first. */
  async holds(): Promise<ShopPayment[]> {
    return (await this.payments())
      .filter((each) => each.openHold && each.manualInvoice && each.provider === 'klarna')
      .sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  }

  /** What another program of the same shop does meanwhile: a signed call that this one knows nothing of. */
  async elsewhere(id: string, call: 'cancel-order' | 'activate-invoice'): Promise<void> {
    const headers: Record<string, string> = {
      'checkout-account': this.merchant,
      'checkout-algorithm': 'sha256',
      'checkout-method': 'POST',
      'checkout-nonce': randomBytes(12).toString('hex'),
      'checkout-timestamp': new Date().toISOString(),
      'checkout-transaction-id': id,
    };
    const signed = Object.keys(headers).sort().map((name) => `${name}:${headers[name]}`);
    const signature = createHmac('sha256', this.secret).update([...signed, ''].join('\n')).digest('hex');
    await ask(`${this.url}/payments/${id}/${call}`, '', { ...headers, signature });
  }

  /** What a customer does on the hosted page of a payment: pays with Klarna. */
  async pays(href: string): Promise<void> {
    await ask(href, 'provider=klarna&outcome=pay', { 'content-type': 'application/x-www-form-urlencoded' });
  }

  /** The address that Paytrail opens at the shop when a payment was made, signed. */
  callback({ transactionId, amount, stamp, reference, status, provider }: ShopPayment): string {
    const values: Record<string, string> = {
      'checkout-account': this.merchant,
      'checkout-algorithm': 'sha256',
      'checkout-amount': String(amount),
      'checkout-stamp': stamp,
      'checkout-reference': reference,
      'checkout-transaction-id': transactionId,
      'checkout-status': status,
      'checkout-provider': provider ?? 'klarna',
    };
    const signed = Object.keys(values).sort().map((name) => `${name}:${values[name]}`);
    const signature = createHmac('sha256', this.secret).update([...signed, ''].join('\n')).digest('hex');
    return `https://lankakauppa.example/paytrail?${new URLSearchParams({ ...values, signature }).toString()}`;
  }

  report(): Promise<Buffer> {
    return this.raw('report.json');
  }

  async ids(): Promise<string> {
    return `${(await this.payments()).map((payment) => payment.transactionId).join('\n')}\n`;
  }
}

async function run(desktop: Desktop, secret: string, args: string[]): Promise<{ program: Started; url: string }> {
  const log = desktop.path('logs', `shop-${Date.now()}.log`);
  const program = desktop.start(sandboxProgram(), args, { input: `${secret}\n`, log });
  const url = await until(
    () => `the shop; it says: ${readFileSync(log, 'utf8')}`,
    () => /listening on (http:\/\/\S+)/.exec(readFileSync(log, 'utf8'))?.[1],
  );
  return { program, url };
}

function ask(url: string, body?: unknown, headers: Record<string, string> = {}): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method: body === undefined ? 'GET' : 'POST', timeout: 20_000, agent: false, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const bytes = Buffer.concat(chunks);
        if (answer.statusCode === 200 || answer.statusCode === 201) resolve(bytes);
        else reject(new Error(`${url} answered ${answer.statusCode}: ${bytes.toString()}`));
      });
    });
    asked.on('timeout', () => asked.destroy(new Error(`${url} did not answer`)));
    asked.on('error', reject);
    asked.end(typeof body === 'string' || body === undefined ? body : JSON.stringify(body));
  });
}
