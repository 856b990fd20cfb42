import { mount } from 'svelte';
import App from './App.svelte';
import { readAhead } from './features/later';
import { setLocale, systemLocale } from './lib/i18n';
import './styles/index.css';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no element to put the window into');

// A file that misses its place must not be opened in the window, and the web's own menu has nothing to offer here.
for (const kind of ['dragover', 'drop'] as const) window.addEventListener(kind, (event) => event.preventDefault());
window.addEventListener('contextmenu', (event) => {
  const inText = event.target instanceof Element && event.target.closest('input, textarea, .selectable');
  if (!inText) event.preventDefault();
});

// While the data file is opened, the likely language is read: nothing is drawn before there are words for it. A person who
// has chosen another one than the system's waits for that one in addition.
void setLocale(systemLocale())
  .catch(() => setLocale('en'))
  .finally(() => {
    mount(App, { target });
    readAhead();
  });
