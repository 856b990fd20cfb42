/**
 * An order as it stands in the form, and as the shell takes it. In the form figures are texts, since a person is in the middle
 * of typing them; one that can't be read is no value for the shell, and the form says so beside it.
 */
import type { DraftAddress, DraftCustomer, PaymentLanguage, DraftLine, DraftOrder, DraftWay } from '../../lib/ipc';
import type { TextKey } from '../../lib/i18n';
import { printPrice, printVat, readPrice, readUnits, readVat, type Read } from './typed';

/** A line in the form. */
export interface LineText {
  /** Stays with the line when others come, go or change places. */
  readonly key: number;
  description: string;
  productCode: string;
  units: string;
  price: string;
  vat: string;
  /** What the form does not show, and gives back as it came. */
  readonly kept: Pick<DraftLine, 'stamp' | 'category' | 'reference'>;
}

/** An order in the form. */
export interface OrderText {
  way: DraftWay;
  reference: string;
  language: PaymentLanguage;
  customer: DraftCustomer;
  lines: LineText[];
  pricesWithoutVat: boolean;
  delivery: DraftAddress;
  invoicing: DraftAddress;
  invoicingAsDelivery: boolean;
  /** Of an order without lines, which another tool may have written. */
  amount: number | null;
  manualActivation: boolean;
  successUrl: string;
  cancelUrl: string;
  klarnaToken: string;
  networkData: string;
}

/** Where customers come back to; remembered from order to order. */
export interface Returns {
  readonly success: string;
  readonly cancel: string;
}

/** The general rate in Finland, in tenths of a percent. */
const USUAL_VAT = 255;
const HOME = 'FI';

let lastKey = 0;

/** 128 random bits. Also where the page has no secure origin, as the window of some systems has none. */
function newStamp(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** An empty line. Its stamp is what a refund of this line alone will name. */
export function newLine(part: Partial<Omit<LineText, 'key' | 'kept'>> = {}): LineText {
  lastKey += 1;
  const kept = { stamp: newStamp(), category: '', reference: '' };
  return { key: lastKey, description: '', productCode: '', units: '1', price: '', vat: printVat(USUAL_VAT), kept, ...part };
}

function newAddress(): DraftAddress {
  return { streetAddress: '', postalCode: '', city: '', county: '', country: HOME };
}

/** An order with nothing in it yet. */
export function blank(returns: Returns, language: PaymentLanguage): OrderText {
  return {
    way: 'link',
    reference: '',
    language,
    customer: { email: '', firstName: '', lastName: '', phone: '', companyName: '', vatId: '' },
    lines: [newLine()],
    pricesWithoutVat: false,
    delivery: newAddress(),
    invoicing: newAddress(),
    invoicingAsDelivery: true,
    amount: null,
    manualActivation: false,
    successUrl: returns.success,
    cancelUrl: returns.cancel,
    klarnaToken: '',
    networkData: '',
  };
}

const value = (read: Read): number | null => ('ok' in read ? read.ok : null);

/** An address of which only the country stands there is none. */
function addressOf(address: DraftAddress): DraftAddress | null {
  const { country: _, ...rest } = address;
  return Object.values(rest).every((text) => text.trim() === '') ? null : { ...address };
}

/** The order as the shell takes it. */
export function toOrder(text: OrderText): DraftOrder {
  return {
    way: text.way,
    reference: text.reference,
    language: text.language,
    customer: { ...text.customer },
    lines: text.lines.map((line) => ({
      description: line.description,
      productCode: line.productCode,
      units: value(readUnits(line.units)),
      unitPrice: value(readPrice(line.price)),
      vatPermille: value(readVat(line.vat)),
      ...line.kept,
    })),
    pricesWithoutVat: text.pricesWithoutVat,
    delivery: addressOf(text.delivery),
    invoicing: text.invoicingAsDelivery ? null : addressOf(text.invoicing),
    invoicingAsDelivery: text.invoicingAsDelivery,
    // With lines their sum is the amount, and no other one can stand beside it.
    amount: text.lines.length > 0 ? null : text.amount,
    manualActivation: text.manualActivation,
    successUrl: text.successUrl,
    cancelUrl: text.cancelUrl,
    klarnaToken: text.klarnaToken,
    networkData: text.networkData,
  };
}

/** The form of an order that was kept. */
export function fromOrder(order: DraftOrder): OrderText {
  const { lines, customer, delivery, invoicing, ...rest } = order;
  return {
    ...rest,
    customer: { ...customer },
    delivery: delivery ? { ...delivery } : newAddress(),
    invoicing: invoicing ? { ...invoicing } : newAddress(),
    lines: lines.map(({ description, productCode, units, unitPrice, vatPermille, stamp, category, reference }) => ({
      ...newLine({ description, productCode, units: units === null ? '' : String(units), price: printPrice(unitPrice), vat: printVat(vatPermille) }),
      kept: { stamp, category, reference },
    })),
  };
}

/** Another order like this one: for the same customer and goods, made for itself. */
export function another(order: DraftOrder): OrderText {
  const lines = order.lines.map((line) => ({ ...line, stamp: newStamp() }));
  // A session token belongs to one visit of one customer, and a reference to one order.
  return fromOrder({ ...order, reference: '', lines, way: 'link', klarnaToken: '', networkData: '' });
}

/** What a line comes to, in cents; `null` while it can't be told. */
export function lineTotal(line: LineText): bigint | null {
  const units = value(readUnits(line.units));
  const price = value(readPrice(line.price));
  return units === null || price === null ? null : BigInt(units) * BigInt(price);
}

/** What in the form can't be read, by its field. */
export function unread(text: OrderText): ReadonlyMap<string, TextKey> {
  const found = new Map<string, TextKey>();
  text.lines.forEach((line, at) => {
    if ('error' in readUnits(line.units)) found.set(`lines.${at}.units`, 'create.unitsUnread');
    if ('error' in readPrice(line.price)) found.set(`lines.${at}.unitPrice`, 'create.priceUnread');
    if ('error' in readVat(line.vat)) found.set(`lines.${at}.vatPermille`, 'create.vatUnread');
  });
  return found;
}
