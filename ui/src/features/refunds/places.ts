/** The places outside of this view that show what became of a refund. */
import { ipc } from '../../lib/ipc';
import type { Place } from '../../lib/ipc';
import { tell } from '../../lib/errors';

export { importFiles as importReport } from '../../lib/state/importing';

/** Opens a place in the browser; where that fails, it is said. */
export function openPlace(place: Place): void {
  tell(ipc.openPlace(place));
}
