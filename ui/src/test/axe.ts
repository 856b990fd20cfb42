import axe from 'axe-core';

/**
 * The ways in which what stands on the page fails people who use it by ear or by keyboard, one line each; none in a good test.
 * Contrast is not judged here (the test page paints nothing): the palette is measured by itself in styles/contrast.test.ts.
 */
export async function violations(root: Element = document.body): Promise<string[]> {
  const found = await axe.run(root, {
    resultTypes: ['violations'],
    preload: false,
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    rules: {
      'color-contrast': { enabled: false },
      // A component alone is not a page: landmarks and headings are the work of the view.
      region: { enabled: false },
      'page-has-heading-one': { enabled: false },
      'landmark-one-main': { enabled: false },
      'heading-order': { enabled: false },
      'landmark-complementary-is-top-level': { enabled: false },
    },
  });
  return found.violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.html}`));
}
