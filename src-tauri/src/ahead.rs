//! What is asked before the page can ask.
//!
//! The web view reads and understands the page's script for about as long as the data file takes to be opened and read.
//! One after the other both would be waited for; so the shell puts the first question into the page itself, where it runs
//! before the page is read, and the page's script finds the answer there (`ui/src/lib/ipc`).

use tauri::Runtime;
use tauri::plugin::{self, TauriPlugin};

/// Runs in the page before anything of it. A page that never takes the answer must not report that nobody looked at a
/// failure: hence the empty `catch`.
const ASK: &str = "window.begunStart = window.__TAURI_INTERNALS__.invoke('start'); window.begunStart.catch(() => undefined);";

/// Asks for the start while the page is being read.
pub(crate) fn plugin<R: Runtime>() -> TauriPlugin<R> {
    plugin::Builder::new("ahead").js_init_script(ASK).build()
}
