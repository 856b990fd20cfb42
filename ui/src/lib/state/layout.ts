/**
 * How a person has arranged the views: columns, widths, order, saved searches. Kept as one text among the settings; a part
 * that can't be read is as if it had never been arranged.
 */
import { tell } from '../errors';
import { session } from './session.svelte';

const PAUSE_MS = 400;
let timer: ReturnType<typeof setTimeout> | undefined;
let waiting: Record<string, unknown> | undefined;

function all(): Record<string, unknown> {
  if (waiting) return waiting;
  try {
    const kept: unknown = JSON.parse(session.settings.layout ?? '{}');
    return typeof kept === 'object' && kept !== null ? { ...kept } : {};
  } catch {
    return {};
  }
}

/** What was kept under a name; the caller checks its shape, since an older version may have written it. */
export function layoutOf(name: string): unknown {
  return all()[name];
}

/** Keeps a part, a moment later: dragging a column changes it many times a second. */
export function keepLayout(name: string, value: unknown): void {
  waiting = { ...all(), [name]: value };
  clearTimeout(timer);
  timer = setTimeout(() => {
    const layout = JSON.stringify(waiting);
    waiting = undefined;
    tell(session.change({ layout }));
  }, PAUSE_MS);
}
