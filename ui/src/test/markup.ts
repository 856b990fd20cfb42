import { parse } from 'svelte/compiler';

/** Attributes whose value a person reads or hears, of elements and of components. */
const spoken = new Set([
  'title',
  'subtitle',
  'aria-label',
  'aria-description',
  'aria-roledescription',
  'aria-valuetext',
  'placeholder',
  'alt',
  'label',
  'help',
  'error',
  'text',
  'word',
  'removeLabel',
  'idLabel',
  'found',
]);

/** Names that are the same everywhere, and the caps of keys. */
const names = /Hyvitys|Klarna|Paytrail|LIVE|TEST|SANDBOX|Ctrl|Esc|Suomi|Svenska|English/g;

interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value;

/** What in the markup of a component a person would read in one language only, or the content policy would drop. */
export function problems(source: string): string[] {
  const found: string[] = [];
  walk(parse(source, { modern: true }).fragment as unknown as Node, found);
  return found;
}

function walk(node: Node, found: string[]): void {
  if (node.type === 'Text') return note('text', String(node.data), found);
  if (node.type === 'ExpressionTag') return literals('text', node.expression, found);
  if (node.type === 'Attribute') return attribute(node, found);
  if (node.type.endsWith('Directive') || node.type === 'SpreadAttribute' || node.type === 'AttachTag') return;
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      // Expressions of blocks decide what is shown; they are not shown themselves.
      if (
        isNode(child) &&
        /^[A-Z]/.test(child.type) &&
        !/(Expression|Statement|Declaration|Literal|Identifier|Pattern)$/.test(child.type)
      )
        walk(child, found);
    }
  }
}

function attribute(node: Node, found: string[]): void {
  const name = String(node.name);
  if (name === 'style') found.push('a style attribute');
  if (!spoken.has(name)) return;
  for (const part of Array.isArray(node.value) ? node.value : [node.value]) {
    if (!isNode(part)) continue;
    if (part.type === 'Text') note(name, String(part.data), found);
    if (part.type === 'ExpressionTag') literals(name, part.expression, found);
  }
}

/** The texts that an expression itself would print: its literals, not those it compares with or hands to a call. */
function literals(where: string, expression: unknown, found: string[]): void {
  if (!isNode(expression)) return;
  if (expression.type === 'Literal' && typeof expression.value === 'string') note(where, expression.value, found);
  if (expression.type === 'TemplateLiteral') {
    for (const piece of expression.quasis as { value: { cooked: string } }[]) note(where, piece.value.cooked, found);
  }
  if (expression.type === 'ConditionalExpression') {
    literals(where, expression.consequent, found);
    literals(where, expression.alternate, found);
  }
  if (expression.type === 'LogicalExpression') {
    literals(where, expression.left, found);
    literals(where, expression.right, found);
  }
}

function note(where: string, text: string, found: string[]): void {
  if (/\p{L}/u.test(text.replace(names, '')))
    found.push(`${where} “${text.trim() === '' ? text : text.replace(/^\s+/, '')}”`);
}
