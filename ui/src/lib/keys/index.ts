export { isMac, keyLabels } from './labels';
export { modalOpen, shortcuts, useKeys, type Binding, type Bindings, type Shortcut } from './registry.svelte';
