import type { Words } from '../words';
import type en from './status.en';

export default {
  new: 'Ny',
  paid: 'Betald',
  hold: 'Reservering väntar',
  failed: 'Misslyckades',
  requested: 'Återbetalning begärd',
  approval: 'Väntar på godkännande',
  refunded: 'Återbetald',
  partial: 'Delvis återbetald',
  unknown: 'Utfallet okänt',
  sending: 'Skickas',
  cancelled: 'Annullerad',
  expired: 'Utgången',
  gone: 'Finns inte längre',
  other: 'Annan status',
} satisfies Words<typeof en>;
