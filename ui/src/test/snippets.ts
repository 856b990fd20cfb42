import { createRawSnippet, type Snippet } from 'svelte';

/** A snippet that prints a text, for components that take their content as one. */
export function textSnippet(text: string): Snippet {
  return createRawSnippet(() => ({
    render: () => `<span>${text.replace(/[&<]/g, (sign) => (sign === '&' ? '&amp;' : '&lt;'))}</span>`,
  }));
}
