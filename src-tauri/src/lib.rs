//! The shell: it opens the one window and wires it to the use cases.
//!
//! Nothing is decided here. The rules about money live in the crates below, where they are tested without a desktop;
//! the shell converts what the window asks, calls, and converts the answer. This version has no commands yet: the same
//! use cases are reached by the command line program, and the window says so.

use thiserror::Error;

/// Why the window did not open, or why it ended otherwise than by being closed.
#[derive(Debug, Error)]
pub enum RunError {
    /// The window system or the web view refused, for example because there is no display.
    #[error("the window could not be opened: {0}")]
    Window(#[from] tauri::Error),
}

/// Opens the window and returns when it was closed.
///
/// Must be called from the main thread; that is what the window systems demand.
pub fn run() -> Result<(), RunError> {
    tauri::Builder::default().run(tauri::generate_context!())?;
    Ok(())
}
