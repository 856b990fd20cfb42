/** Whether the keyboard is a Mac's, whose command key stands where others have Ctrl. */
export const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

const caps: Readonly<Record<string, string>> = {
  $mod: isMac ? '⌘' : 'Ctrl',
  Control: isMac ? '⌃' : 'Ctrl',
  Meta: isMac ? '⌘' : 'Meta',
  Alt: isMac ? '⌥' : 'Alt',
  Shift: '⇧',
  Enter: '↵',
  Escape: 'Esc',
  Backspace: '⌫',
  Delete: 'Del',
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  PageUp: 'PgUp',
  PageDown: 'PgDn',
  Tab: '⇥',
  Space: '␣',
};

/** The caps to draw for a binding: one list for each press, as in `[['Ctrl', 'K']]` or `[['G'], ['P']]`. */
export function keyLabels(binding: string): string[][] {
  return binding.split(' ').map((press) =>
    // `$mod++` is the key plus itself.
    press.split(/\+(?=.)/).map((name) => caps[name] ?? (name.length === 1 ? name.toUpperCase() : name)),
  );
}
