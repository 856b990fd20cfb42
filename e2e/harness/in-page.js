/* global window, document, NodeFilter, getComputedStyle */
/* What the tests ask inside the page: who stands there, by role and accessible name, as an assistive program sees it. */
(() => {
  const implicit = [
    ['button', 'button, input[type=button], input[type=submit], summary'],
    ['link', 'a[href]'],
    ['checkbox', 'input[type=checkbox]:not([role])'],
    ['radio', 'input[type=radio]'],
    ['searchbox', 'input[type=search]'],
    ['textbox', 'textarea, input:not([type]), input[type=text], input[type=email], input[type=url], input[type=password], input[type=tel]'],
    ['combobox', 'select'],
    ['spinbutton', 'input[type=number]'],
    ['heading', 'h1, h2, h3, h4, h5, h6'],
    ['dialog', 'dialog[open]'],
    ['table', 'table'],
    ['row', 'tr'],
    ['img', 'img[alt]'],
    ['navigation', 'nav'],
    ['complementary', 'aside'],
    ['option', 'option'],
    ['list', 'ul, ol'],
    ['listitem', 'li'],
    ['progressbar', 'progress'],
  ];

  function roleOf(element) {
    const own = element.getAttribute('role');
    if (own) return own.split(' ')[0];
    const found = implicit.find(([, selector]) => element.matches(selector));
    return found ? found[0] : null;
  }

  function shown(element) {
    if (!element.isConnected || element.closest('[aria-hidden=true], [inert], [hidden]')) return false;
    // A modal dialog makes everything outside it inert.
    const modal = [...document.querySelectorAll('dialog')].filter((dialog) => dialog.matches(':modal')).pop();
    if (modal && !modal.contains(element) && !element.contains(modal)) return false;
    if (!element.checkVisibility({ visibilityProperty: true })) return false;
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0;
  }

  function clean(text) {
    return text.replace(/\u00AD/g, '').replace(/[\s\u00A0\u202F\u2009]+/g, ' ').trim();
  }

  /** The words of a subtree, without what is hidden from readers. */
  function wordsOf(node) {
    if (node.nodeType === 3) return node.nodeValue;
    if (node.nodeType !== 1) return '';
    if (node.getAttribute('aria-hidden') === 'true' || node.hidden) return '';
    const style = getComputedStyle(node);
    if (style.display === 'none' || style.visibility === 'hidden') return '';
    const label = node.getAttribute('aria-label');
    if (label) return ` ${label} `;
    if (node.matches('img[alt]')) return ` ${node.alt} `;
    if (node.matches('input, textarea, select')) return '';
    const inner = [...node.childNodes].map(wordsOf).join('');
    return style.display.startsWith('inline') ? inner : ` ${inner} `;
  }

  function nameOf(element) {
    const by = element.getAttribute('aria-labelledby');
    if (by) {
      const words = by.split(/\s+/).map((id) => document.getElementById(id)).filter(Boolean).map((each) => clean(wordsOf(each) || each.textContent || ''));
      if (words.join('').length) return words.join(' ');
    }
    const label = element.getAttribute('aria-label');
    if (label) return clean(label);
    if (element.labels && element.labels.length) return clean([...element.labels].map((each) => wordsOf(each)).join(' '));
    const inner = clean([...element.childNodes].map(wordsOf).join(''));
    if (inner && !element.matches('input, textarea, select')) return inner;
    return clean(element.getAttribute('title') || element.getAttribute('placeholder') || '');
  }

  function fits(name, wanted) {
    if (wanted === null || wanted === undefined) return true;
    return typeof wanted === 'string' ? name === wanted : new RegExp(wanted.source, wanted.flags).test(name);
  }

  /** All shown elements of a role whose name fits: a whole text, or `{ source, flags }` of an expression. */
  function all(role, wanted, inside) {
    const implied = implicit.filter(([name]) => name === role).map(([, selector]) => selector);
    const selector = [`[role~="${role}"]`, ...implied].join(', ');
    return [...(inside || document).querySelectorAll(selector)].filter((element) => roleOf(element) === role && shown(element) && fits(nameOf(element), wanted));
  }

  /** What a person reads now; what lies behind an open dialog not counted. */
  function text(inside) {
    const modal = [...document.querySelectorAll('dialog')].filter((dialog) => dialog.matches(':modal')).pop();
    const root = inside || modal || document.body;
    return clean(root.innerText);
  }

  /** The smallest shown elements whose words have this text in them. */
  function withText(wanted) {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT);
    let best = [];
    for (let node = walker.currentNode; node; node = walker.nextNode()) {
      if (node.nodeType === 1 && clean(node.innerText || '').includes(wanted) && shown(node)) best = best.filter((each) => !each.contains(node)).concat(node);
    }
    return best;
  }

  /** What essential things are cut off: the page sideways, and controls that stand outside the window. */
  function clipped(selector) {
    const problems = [];
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) problems.push(`the page is ${scrollWidth - clientWidth} px wider than the window`);
    if (document.body.scrollWidth > window.innerWidth) problems.push(`the body is ${document.body.scrollWidth} px wide in ${window.innerWidth} px`);
    for (const element of document.querySelectorAll(selector)) {
      if (!shown(element)) continue;
      const box = element.getBoundingClientRect();
      let scrolls = false;
      for (let parent = element.parentElement; parent && parent !== document.body; parent = parent.parentElement) {
        if (/auto|scroll/.test(getComputedStyle(parent).overflowY) && parent.scrollHeight > parent.clientHeight) scrolls = true;
      }
      const sideways = box.left < -1 || box.right > window.innerWidth + 1;
      const down = !scrolls && (box.top < -1 || box.bottom > window.innerHeight + 1);
      if (sideways || down) problems.push(`${roleOf(element) || element.tagName} “${nameOf(element)}” stands at ${Math.round(box.left)},${Math.round(box.top)}–${Math.round(box.right)},${Math.round(box.bottom)} in ${window.innerWidth}x${window.innerHeight}`);
      else if (element.scrollWidth > element.clientWidth + 1 && element.matches('button') && getComputedStyle(element).overflow !== 'visible') problems.push(`the words of “${nameOf(element)}” don't fit`);
    }
    return problems;
  }

  window.e2e = { roleOf, nameOf, shown, all, text, withText, clipped, clean };
})();
