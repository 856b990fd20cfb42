/** Names, units and signs that nobody translates. */
const everywhere = [
  'Hyvitys',
  'Klarna',
  'Paytrail',
  'Merchant',
  'Panel',
  'LIVE',
  'TEST',
  'SANDBOX',
  'CSV',
  'JSON',
  'HTTP',
  'HTTPS',
  'URL',
  'QR',
  'Request-id',
  'request-id',
  'ID',
  'h',
  'min',
  's',
  'Suomeksi',
  'På',
  'svenska',
  'In',
  'English',
  'Suomi',
  'Svenska',
  'UTC',
  'UTF',
  'Windows',
];

/**
 * Words that are rightly written as in English. A text made of nothing else may equal the English one; any other that does was
 * forgotten. Add a word only after asking whether a Finn or a Finland-Swede would write it so.
 */
export const sameWords: Readonly<Record<'fi' | 'sv', ReadonlySet<string>>> = {
  fi: new Set([...everywhere, 'Status', 'PDF']),
  sv: new Set([
    ...everywhere,
    'Order',
    'order',
    'Status',
    'status',
    'Journal',
    'System',
    'Data',
    'Version',
    'PDF',
    'Information',
    'Person',
    'under',
    'Goodwill',
    'Export',
    'Import',
  ]),
};
