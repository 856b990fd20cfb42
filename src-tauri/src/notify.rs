//! A word to the person through the desktop, for what ends while they look elsewhere.
//!
//! It is a courtesy: the window shows the same. So a desktop that shows none, answers with an error, or does not answer
//! at all changes nothing and holds up nobody.

use std::time::Duration;

use notify_rust::Notification;

/// Nobody waits longer for the desktop's answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// The name of the program as the desktop shows it.
const PROGRAM: &str = "Hyvitys";
/// As the program is installed; what is found under it gives the icon.
const IDENTIFIER: &str = "fi.hyvitys.desktop";

/// Shows a notification. The title is shown as it is; of the text some desktops understand `<b>` and its like, so it
/// is written for them.
pub(crate) async fn show(title: &str, text: &str) {
    let mut notification = Notification::new();
    notification.appname(PROGRAM).summary(title);
    #[cfg(target_os = "linux")]
    notification.body(&escaped(text)).icon(IDENTIFIER);
    #[cfg(not(target_os = "linux"))]
    notification.body(text);
    #[cfg(target_os = "windows")]
    notification.app_id(IDENTIFIER);
    // Once is enough; again it is refused and stays.
    #[cfg(target_os = "macos")]
    let _ = notify_rust::set_application(IDENTIFIER);
    match tokio::time::timeout(PATIENCE, send(notification)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "the desktop showed no notification"),
        Err(_) => tracing::debug!("the desktop did not answer a notification"),
    }
}

#[cfg(target_os = "linux")]
async fn send(notification: Notification) -> Result<(), String> {
    // Dropped when the patience ends, and with it the wait.
    let shown = notification.show_async().await;
    shown.map(drop).map_err(|error| error.to_string())
}

#[cfg(not(target_os = "linux"))]
async fn send(notification: Notification) -> Result<(), String> {
    let shown = tokio::task::spawn_blocking(move || notification.show().map(drop)).await;
    shown
        .map_err(|error| error.to_string())?
        .map_err(|error| error.to_string())
}

#[cfg(target_os = "linux")]
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
