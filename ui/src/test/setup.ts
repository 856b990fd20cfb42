/**
 * What the test page lacks of a real web view. Each stand-in does what the real one does as far as a component can tell:
 * an open dialog takes the focus and gives it back, Escape asks to cancel, boxes have a size.
 */
import { configure } from '@testing-library/svelte';
import { afterEach, beforeEach, vi } from 'vitest';
import { loadWords, locales, setLocale } from '../lib/i18n';
import { setZone } from '../lib/format';

// Parts of the window are read when they are first shown; on a busy machine that takes the test runner seconds.
configure({ asyncUtilTimeout: 15_000 });

const BOX = { width: 1200, height: 600 };

for (const name of ['offsetHeight', 'clientHeight']) {
  Object.defineProperty(HTMLElement.prototype, name, { configurable: true, get: () => BOX.height });
}
for (const name of ['offsetWidth', 'clientWidth']) {
  Object.defineProperty(HTMLElement.prototype, name, { configurable: true, get: () => BOX.width });
}
// A list is as long as what is in it says.
Object.defineProperty(HTMLElement.prototype, 'scrollHeight', {
  configurable: true,
  get(this: HTMLElement) {
    const inner = this.firstElementChild;
    return Math.max(BOX.height, inner instanceof HTMLElement ? parseFloat(inner.style.height) || 0 : 0);
  },
});
HTMLElement.prototype.scrollIntoView = () => undefined;
window.PointerEvent ??= class extends MouseEvent {
  readonly pointerId: number;
  constructor(type: string, init: PointerEventInit = {}) {
    super(type, init);
    this.pointerId = init.pointerId ?? 0;
  }
} as typeof PointerEvent;
HTMLElement.prototype.setPointerCapture = () => undefined;
// jsdom has the method but not what it does: a list that is told to scroll then is where it was told.
HTMLElement.prototype.scrollTo = function scrollTo(this: HTMLElement, to?: ScrollToOptions | number) {
  if (typeof to !== 'object') return;
  this.scrollTop = to.top ?? this.scrollTop;
  this.dispatchEvent(new Event('scroll'));
};

/** Tells once of the size that every box has; none changes. */
class NeverResized implements ResizeObserver {
  constructor(private readonly tell: ResizeObserverCallback) {}
  observe(): void {
    this.tell([], this);
  }
  unobserve(): void {}
  disconnect(): void {}
}
window.ResizeObserver ??= NeverResized;

window.matchMedia ??= (media) =>
  Object.assign(new EventTarget(), {
    media,
    matches: false,
    onchange: null,
    addListener: () => undefined,
    removeListener: () => undefined,
  }) as MediaQueryList;

HTMLDialogElement.prototype.showModal = function showModal(this: HTMLDialogElement) {
  this.open = true;
  this.querySelector<HTMLElement>('input, button, [tabindex]')?.focus();
};
HTMLDialogElement.prototype.close = function close(this: HTMLDialogElement) {
  if (!this.open) return;
  this.open = false;
  this.dispatchEvent(new Event('close'));
};
// Escape closes the topmost open dialog unless somebody took the key, as the web view does it.
window.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || event.defaultPrevented) return;
  const dialog = [...document.querySelectorAll<HTMLDialogElement>('dialog[open]')].at(-1);
  if (dialog?.dispatchEvent(new Event('cancel', { cancelable: true }))) dialog.close();
});

// Each test may speak any language from one line to the next.
await Promise.all(locales.map(loadWords));

beforeEach(() => {
  void setLocale('en');
  setZone('Europe/Helsinki');
});

afterEach(() => {
  vi.useRealTimers();
});
