/** The import lies over every view, so the frame owns it; whoever offers it asks for it here. */
const ASKED = 'hyvitys:import';

/** Opens the import. */
export function importFiles(): void {
  window.dispatchEvent(new CustomEvent(ASKED));
}

/** Hears when it is asked for; gives what ends the hearing. */
export function whenImportIsAsked(show: () => void): () => void {
  window.addEventListener(ASKED, show);
  return () => window.removeEventListener(ASKED, show);
}
