/** What to say when the data file can't be opened: by the reason that the shell names, else by the code. */
import type { ErrorDto } from '../../lib/ipc';
import type { TextKey } from '../../lib/i18n';

/** What happened, and what to do. */
interface Help {
  title: TextKey;
  text: TextKey;
}

const newer: Help = { title: 'start.newerTitle', text: 'start.newerText' };
const damaged: Help = { title: 'start.damagedTitle', text: 'start.damagedText' };
const full: Help = { title: 'start.fullTitle', text: 'start.fullText' };
const seal: Help = { title: 'start.sealTitle', text: 'start.sealText' };
const busy: Help = { title: 'start.busyTitle', text: 'start.busyText' };
const other: Help = { title: 'start.otherTitle', text: 'start.otherText' };

const byWhy: Readonly<Record<string, Help>> = {
  fileIsNewer: newer,
  fileNotOurs: damaged,
  diskRefused: full,
  sealDamaged: seal,
};

/** SQLite's and the system's own words, which come in English everywhere. */
const byMessage: readonly [RegExp, Help][] = [
  [/malformed|not a database|unreadable|corrupt/i, damaged],
  [/disk is full|disk full|no space left/i, full],
  [/database is locked|is busy/i, busy],
];

export function helpOf(error: ErrorDto): Help {
  const known = error.why && byWhy[error.why.kind];
  if (known) return known;
  return byMessage.find(([words]) => words.test(error.message))?.[1] ?? other;
}
