export { default as ErrorNote } from './ErrorNote.svelte';
export { lockedWords } from './locked';
export { tell } from './tell';
export { errorWords, hasWords, whyNext, whyWords, type ErrorWords } from './words';
