/** The way to the import, for all who offer it: callers hand it over as it is, as what a press does. */
import { session } from './session.svelte';

/** Shows where files come in. */
export function importFiles(): void {
  session.go('import');
}
