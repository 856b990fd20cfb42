import { fireEvent } from '@testing-library/svelte';
import { tick } from 'svelte';

/** Presses keys one after the other where the focus is; `Shift+x` and `Control+k` hold the first while the second is pressed. */
export async function press(...keys: string[]): Promise<void> {
  for (const spelled of keys) {
    const held = spelled.split(/\+(?=.)/);
    const key = held.pop() ?? '';
    await fireEvent.keyDown(document.activeElement ?? document.body, {
      key,
      shiftKey: held.includes('Shift'),
      ctrlKey: held.includes('Control'),
      altKey: held.includes('Alt'),
    });
    await tick();
  }
}
