/**
 * The text of the search and its parts. The text is the truth: it is what the shell is asked, and what a person edits; chips
 * are read from it and change it. What is not touched stays as it was typed, to the letter.
 *
 * Read as the shell reads it: an operator is letters before a colon at the beginning of a part, a value may stand in quotes.
 */

export const operators = ['status', 'provider', 'reference', 'email', 'tx', 'stamp', 'amount', 'created', 'refunded'] as const;

export type Operator = (typeof operators)[number];

/** A word or an operator with its value, and where it stands in the text. */
export interface Part {
  /** In lower case; `null` for a word. */
  readonly operator: string | null;
  /** Whether the shell knows the operator; a word is always known. */
  readonly known: boolean;
  /** Without its quotes. */
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

const SPACE = /\s/;

/** The parts of a text, in their order. A quote that is not closed yet reaches to the end. */
export function parts(text: string): Part[] {
  const found: Part[] = [];
  let at = 0;
  while (at < text.length) {
    if (SPACE.test(text.charAt(at))) {
      at += 1;
      continue;
    }
    const start = at;
    const name = /^([A-Za-z]+):/.exec(text.slice(at))?.[1] ?? null;
    if (name !== null) at += name.length + 1;
    const { value, end } = valueAt(text, at);
    at = end;
    const operator = name?.toLowerCase() ?? null;
    found.push({ operator, known: operator === null || isOperator(operator), value, start, end });
  }
  return found;
}

function valueAt(text: string, from: number): { value: string; end: number } {
  if (text.charAt(from) === '"') {
    const close = text.indexOf('"', from + 1);
    if (close < 0) return { value: text.slice(from + 1), end: text.length };
    return { value: text.slice(from + 1, close), end: close + 1 };
  }
  let end = from;
  while (end < text.length && !SPACE.test(text.charAt(end))) end += 1;
  return { value: text.slice(from, end), end };
}

function isOperator(name: string): name is Operator {
  return (operators as readonly string[]).includes(name);
}

/** The operators of a text, which stand as chips below the field; one without a value is still being typed. */
export function filtersOf(text: string): Part[] {
  return parts(text).filter(({ operator, value }) => operator !== null && value !== '');
}

/** The value of an operator, or `null`. */
export function valueOf(text: string, operator: Operator): string | null {
  return parts(text).find((part) => part.operator === operator)?.value ?? null;
}

/** The text without one of its parts, and without the gap that it would leave. */
export function without(text: string, part: Part): string {
  const before = text.slice(0, part.start).replace(/\s+$/, '');
  const after = text.slice(part.end).replace(/^\s+/, '');
  return before !== '' && after !== '' ? `${before} ${after}` : before + after;
}

/** The text with an operator set: in its place if it stands there already, else at the end. */
export function withOperator(text: string, operator: Operator, value: string): string {
  const written = `${operator}:${quoted(value)}`;
  const [first, ...more] = parts(text).filter((part) => part.operator === operator);
  if (!first) return text.trim() === '' ? written : `${text.trimEnd()} ${written}`;
  // An operator that stands twice is an error: setting it heals that. From the end, so that the places hold.
  const once = more.reverse().reduce(without, text);
  return once.slice(0, first.start) + written + once.slice(first.end);
}

/** A quote can't stand in a value: the shell knows no sign that would escape it. */
function quoted(value: string): string {
  const plain = value.replaceAll('"', '');
  return SPACE.test(plain) ? `"${plain}"` : plain;
}

/** Whether two texts ask for the same, in whatever order. */
export function sameQuery(one: string, other: string): boolean {
  return canonical(one) === canonical(other);
}

function canonical(text: string): string {
  return parts(text)
    .map(({ operator, value }) => JSON.stringify([operator, value.toLowerCase()]))
    .sort()
    .join();
}
