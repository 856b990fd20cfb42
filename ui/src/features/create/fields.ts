/** Where in the form something is: by the shell's name of a field, or by what Klarna would like to know. */
import { tick } from 'svelte';
import type { AcceptanceWhat } from '../../lib/ipc';
import type { OrderText } from './order';

/** Klarna's token and data. */
export const MOST_TOKEN = 8192;
export const MOST_DATA = 10_240;

const firstEmpty = (text: OrderText, names: readonly (keyof OrderText['delivery'])[], address: 'delivery' | 'invoicing') =>
  `${address}.${names.find((name) => text[address][name].trim() === '') ?? 'streetAddress'}`;

/** The field that gives Klarna what it lacks. */
export function fieldFor(what: AcceptanceWhat, text: OrderText): string {
  const address = (of: 'delivery' | 'invoicing') => firstEmpty(text, ['streetAddress', 'postalCode', 'city'], of);
  switch (what) {
    case 'name':
      return text.customer.firstName.trim() === '' ? 'customer.firstName' : 'customer.lastName';
    case 'email':
      return 'customer.email';
    case 'reference':
      return 'reference';
    case 'lines':
      return 'lines.0.description';
    case 'deliveryAddress':
      return address('delivery');
    case 'invoicingAddress':
      return address(text.invoicingAsDelivery ? 'delivery' : 'invoicing');
    case 'sessionToken':
      return 'klarnaToken';
    case 'networkData':
      return 'networkData';
  }
}

const controls = 'input:not([disabled]), textarea, select, button';

/** Goes to a field, also where it is folded away; to the nearest part of it where there is no such field. */
export async function goTo(form: HTMLElement | undefined, field: string): Promise<void> {
  const places = [...(form?.querySelectorAll<HTMLElement>('[data-field]') ?? [])];
  for (let name = field; name !== ''; name = name.replace(/\.?[^.]*$/, '')) {
    const place = places.find((each) => each.dataset['field'] === name);
    if (!place) continue;
    const fold = place.closest('details');
    if (fold) fold.open = true;
    await tick();
    const control = place.matches(controls) ? place : place.querySelector<HTMLElement>(controls);
    control?.focus();
    control?.scrollIntoView({ block: 'center' });
    return;
  }
}
