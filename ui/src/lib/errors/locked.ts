/** The words of a data file that is not to be trusted with money, by the shell's name for the reason. */
import type { TextKey } from '../i18n';
import type { Locked } from '../ipc';

interface LockedWords {
  title: TextKey;
  text: TextKey;
  /** Whether the shell's own sentence is shown, since it says what the system said. */
  quote: boolean;
}

const words: Readonly<Record<Locked['kind'], LockedWords>> = {
  behind: { title: 'settings.behindTitle', text: 'settings.behindText', quote: false },
  elsewhere: { title: 'settings.elsewhereTitle', text: 'settings.elsewhereText', quote: false },
  unremembered: { title: 'settings.unrememberedTitle', text: 'settings.unrememberedText', quote: true },
};

export function lockedWords({ kind }: Locked): LockedWords {
  return words[kind];
}
