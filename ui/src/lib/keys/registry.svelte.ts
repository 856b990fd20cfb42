import { onDestroy } from 'svelte';
import { createKeybindingsHandler } from 'tinykeys';
import { ignoresKey } from './ignores';

/** What a key does. */
export interface Binding {
  /** What it does, in words, for the sheet of shortcuts. Without it the sheet leaves the key out. */
  readonly title?: string;
  /** The heading it stands under in the sheet. */
  readonly group?: string;
  /** Whether it works now; a key that does not is left to the layers below. */
  readonly when?: () => boolean;
  readonly run: (event: KeyboardEvent) => void;
}

/** Keys and what they do, in the notation of tinykeys: `r`, `$mod+k`, `Shift+x`, `g p`. */
export type Bindings = Readonly<Record<string, Binding | ((event: KeyboardEvent) => void)>>;

/** A shortcut that works now. */
export interface Shortcut {
  readonly keys: string;
  readonly title: string;
  readonly group: string | undefined;
}

interface Layer {
  readonly bindings: () => Bindings;
  /** An open dialog: the keys of what lies below it are dead. */
  readonly modal: boolean;
}

// A plain list: one view leaves and the next comes in one change of the screen, and what each of them writes into a reactive
// list then is not always seen by the other. That there is another list now is told by a signal of its own.
const layers: Layer[] = [];
let changed = $state.raw({});

/** Whether a dialog is open. */
export function modalOpen(): boolean {
  void changed;
  return layers.some((layer) => layer.modal);
}

/** The shortcuts that work now, the newest first. An open dialog hides those below it. */
export function shortcuts(): Shortcut[] {
  const found = new Map<string, Shortcut>();
  for (const [keys, binding] of reachable()) {
    if (found.has(keys) || typeof binding === 'function' || !binding.title || binding.when?.() === false) continue;
    found.set(keys, { keys, title: binding.title, group: binding.group });
  }
  return [...found.values()];
}

/**
 * Binds keys for as long as the calling component lives. Call it while the component is set up. The function is read
 * anew at each key press, so it may depend on state. Of two components that bind a key, the later one has it.
 */
export function useKeys(bindings: () => Bindings, options: { modal?: boolean } = {}): void {
  const layer: Layer = { bindings, modal: options.modal ?? false };
  layers.push(layer);
  changed = {};
  listen();
  onDestroy(() => {
    layers.splice(layers.indexOf(layer), 1);
    changed = {};
  });
}

function* reachable(): Generator<[string, Bindings[string]]> {
  void changed;
  for (let at = layers.length - 1; at >= 0; at -= 1) {
    const layer = layers[at];
    if (!layer) continue;
    yield* Object.entries(layer.bindings());
    if (layer.modal) return;
  }
}

// ---- The one listener ---------------------------------------------------------------------------

let handle: EventListener | undefined;
let known = '';
let listening = false;
let taken: KeyboardEvent | undefined;

function listen(): void {
  if (listening) return;
  listening = true;
  window.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.isComposing || ignoresKey(event)) return;
    refresh();
    handle?.(event);
  });
}

/** Builds the matcher again when the set of keys changed; it keeps a started sequence otherwise. */
function refresh(): void {
  const names = new Set<string>();
  for (const layer of layers) for (const keys of Object.keys(layer.bindings())) names.add(keys);
  // Longer sequences first: `g p` wins over a `p` that happens to end it.
  const sorted = [...names].sort((a, b) => b.split(' ').length - a.split(' ').length);
  const signature = sorted.join('\n');
  if (signature === known) return;
  known = signature;
  const map: Record<string, (event: KeyboardEvent) => void> = {};
  for (const keys of sorted) {
    for (const spelling of spellings(keys)) map[spelling] = (event) => run(keys, event);
  }
  handle = createKeybindingsHandler(map);
}

/** A sign such as `/` or `?` needs Shift on some keyboards (Finnish ones among them) and none on others. */
function spellings(keys: string): string[] {
  return /^[^\p{L}\p{N}\s]$/u.test(keys) ? [keys, `Shift+${keys}`] : [keys];
}

function run(keys: string, event: KeyboardEvent): void {
  if (taken === event) return;
  for (const [name, binding] of reachable()) {
    if (name !== keys) continue;
    const { when, run: act } = typeof binding === 'function' ? { when: undefined, run: binding } : binding;
    if (when?.() === false) continue;
    taken = event;
    event.preventDefault();
    // Enter confirms: held down, it confirms once.
    if (!(event.repeat && /\bEnter$/.test(keys))) act(event);
    return;
  }
}
