import type { Words } from '../words';
import type en from './status.en';

export default {
  new: 'Uusi',
  paid: 'Maksettu',
  hold: 'Varaus odottaa',
  failed: 'Epäonnistui',
  requested: 'Palautus pyydetty',
  approval: 'Odottaa hyväksyntää',
  refunded: 'Palautettu',
  partial: 'Osittain palautettu',
  unknown: 'Lopputulos ei tiedossa',
  sending: 'Lähetetään',
  cancelled: 'Peruutettu',
  expired: 'Vanhentunut',
  gone: 'Ei enää olemassa',
  other: 'Muu tila',
} satisfies Words<typeof en>;
