import { mount } from 'svelte';
import App from './App.svelte';
import { readAhead } from './features/later';
import './styles/index.css';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no element to put the window into');

mount(App, { target });
readAhead();

// A file that misses its place must not be opened in the window, and the web's own menu has nothing to offer here.
for (const kind of ['dragover', 'drop'] as const) window.addEventListener(kind, (event) => event.preventDefault());
window.addEventListener('contextmenu', (event) => {
  const inText = event.target instanceof Element && event.target.closest('input, textarea, .selectable');
  if (!inText) event.preventDefault();
});
