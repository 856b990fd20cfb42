//! The shell: it opens the one window and wires it to the use cases.
//!
//! Nothing is decided here. The rules about money live in the crates below, where they are tested without a desktop;
//! the shell converts what the window asks, calls, and converts the answer ([`commands`], [`dto`]). What it adds is
//! what only a desktop program has: the built-in sandbox shop ([`demo`]), asking Paytrail now and then in the
//! background ([`sync`]), and not closing in the middle of a refund ([`closing`]).

mod ahead;
mod closing;
mod commands;
mod demo;
pub mod drawing;
mod dto;
mod events;
pub mod ipc;
mod notify;
mod state;
mod sync;
#[cfg(test)]
mod tests;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;

use clap::Parser;
use tauri::plugin::{self, TauriPlugin};
use tauri::{Manager, RunEvent, Runtime, WindowEvent};
use thiserror::Error;

use state::Shell;

/// What the program may be told when it is started.
#[derive(Clone, Debug, Default, Parser)]
#[command(
    name = "hyvitys",
    version,
    about = "A back office for Klarna payments made through Paytrail"
)]
pub struct Options {
    /// The folder of the data file, instead of the usual place of this user.
    #[arg(long, value_name = "FOLDER", overrides_with = "data")]
    pub data: Option<PathBuf>,
    /// Open the built-in sandbox shop at once, where no shop is known yet.
    #[arg(long)]
    pub sandbox: bool,
}

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
pub fn run(options: Options) -> Result<(), RunError> {
    let builder = ipc::builder();
    let handler = builder.invoke_handler();
    tauri::Builder::default()
        // The first plugin: a second start ends before it touches anything, and shows the window that is open.
        .plugin(one_window(&options))
        .plugin(tauri_plugin_window_state::Builder::new().build())
        .plugin(stay())
        .plugin(drawing::plugin())
        .plugin(ahead::plugin())
        .manage(Shell::new(options))
        .invoke_handler(handler)
        .on_window_event(|window, event| {
            if let WindowEvent::CloseRequested { api, .. } = event
                && !closing::may_end(window.app_handle())
            {
                api.prevent_close();
            }
        })
        .setup(move |app| {
            builder.mount_events(app);
            // Opening the data file takes its time while the window is being painted.
            let handle = app.handle().clone();
            let window = handle.clone();
            app.state::<Shell>()
                .listen(Box::new(move |told| told.emit(&window)));
            let ending = handle.clone();
            app.state::<Shell>()
                .end_by(Box::new(move || closing::begin_to_end(&ending)));
            tauri::async_runtime::spawn(async move { sync::run(&handle.state::<Shell>()).await });
            Ok(())
        })
        .build(tauri::generate_context!())?
        .run(|app, event| {
            // The end of the session, or of the whole program from its menu, passes by the window.
            if let RunEvent::ExitRequested {
                api, code: None, ..
            } = event
                && !closing::may_end(app)
            {
                api.prevent_exit();
            }
        });
    Ok(())
}

/// A second start shows the window that is open. Another data folder is another window.
fn one_window<R: Runtime>(options: &Options) -> TauriPlugin<R> {
    let builder = tauri_plugin_single_instance::Builder::new().callback(|app, _, _| {
        if let Some(window) = app.get_webview_window("main") {
            let _ = window.unminimize();
            let _ = window.set_focus();
        }
    });
    match &options.data {
        None => builder.build(),
        Some(folder) => {
            let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
            let mut hasher = DefaultHasher::new();
            folder.hash(&mut hasher);
            builder
                .dbus_id(format!("fi.hyvitys.desktop.at{:x}", hasher.finish()))
                .build()
        }
    }
}

/// The window stays where it is: a link or a dropped file never takes another page into it, where the commands are.
fn stay<R: Runtime>() -> TauriPlugin<R> {
    plugin::Builder::new("stay")
        .on_navigation(|_, url| {
            url.scheme() == "tauri"
                || matches!(url.host_str(), Some("tauri.localhost" | "localhost"))
        })
        .build()
}
