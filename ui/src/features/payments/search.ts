/** What is wrong with a search, in words, with an example that would be right. */
import { t, type TextKey } from '../../lib/i18n';
import type { ErrorDto, WhyDto } from '../../lib/ipc';
import { errorWords } from '../../lib/errors';

const kinds: Readonly<Record<string, TextKey>> = {
  unknownoperator: 'payments.queryUnknownOperator',
  novalue: 'payments.queryNoValue',
  twice: 'payments.queryTwice',
  openquote: 'payments.queryOpenQuote',
  nottransactionid: 'payments.queryNotTransactionId',
  notanamount: 'payments.queryNotAnAmount',
  notaday: 'payments.queryNotADay',
  notrefunded: 'payments.queryNotRefunded',
  backwards: 'payments.queryBackwards',
};

const examples: Readonly<Record<string, string>> = {
  status: 'status:hold',
  provider: 'provider:klarna',
  amount: 'amount:20..50',
  created: 'created:2026-10..2026-12',
  refunded: 'refunded:partly',
  reference: 'reference:1048',
  email: 'email:aino',
  tx: 'tx:681538c4',
  stamp: 'stamp:1048',
};

/** Whether the answer is about the text of the search, and not about the shell. */
export function isAboutQuery(error: ErrorDto): boolean {
  return error.code === 'badInput';
}

function keyOf(why: WhyDto): TextKey | undefined {
  return kinds[why.kind.replace(/^query/, '').toLowerCase()];
}

/** The words under the field. An operator that is still being typed is a hint, anything else is wrong. */
export function queryWords(error: ErrorDto): { text: string; hint: boolean } {
  const key = error.why ? keyOf(error.why) : undefined;
  if (!error.why || !key) return { text: errorWords(error).title, hint: false };
  const { operator = '', value = '' } = error.why.values;
  const example = examples[operator] ?? 'status:hold';
  return { text: t(key, { operator, value, example }), hint: key === 'payments.queryNoValue' || key === 'payments.queryOpenQuote' };
}
