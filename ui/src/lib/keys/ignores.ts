const textTypes = new Set([
  'text',
  'search',
  'password',
  'email',
  'url',
  'tel',
  'number',
  'date',
  'time',
  'month',
  'week',
  'datetime-local',
]);

/** Whether typing into the element writes text or picks a value by letters. */
export function takesText(element: Element | null): boolean {
  if (element instanceof HTMLInputElement) return textTypes.has(element.type);
  if (element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement) return true;
  return element instanceof HTMLElement && element.isContentEditable;
}

/** Whether Enter and Space press the element itself. */
function isPressed(element: Element | null): boolean {
  return !!element?.closest(
    'button, a[href], summary, input, [role="menuitem"], [role="tab"], [role="option"], [role="radio"]',
  );
}

/** Whether a shortcut must leave this key press to the element that has the focus. */
export function ignoresKey(event: KeyboardEvent): boolean {
  const target = event.target instanceof Element ? event.target : null;
  if ((event.key === 'Enter' || event.key === ' ') && !event.ctrlKey && !event.metaKey && isPressed(target))
    return true;
  if (!takesText(target)) return false;
  // AltGr writes signs on Nordic keyboards and says Ctrl and Alt at once.
  const command = (event.ctrlKey || event.metaKey) && !event.altKey;
  return !command && event.key !== 'Escape';
}
