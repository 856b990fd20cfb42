//! How the window is drawn on Linux.
//!
//! The web view composes layers with OpenGL. Without a graphics card that is the processor pretending to be one:
//! every frame of a scroll took three times as long as the same frame drawn directly (docs/decisions). So where no
//! card can be had, as in a virtual machine or on a remote desktop, the view is told to draw without.

use tauri::Runtime;
use tauri::plugin::{self, TauriPlugin};

/// Chooses for each web view how it is drawn.
pub fn plugin<R: Runtime>() -> TauriPlugin<R> {
    plugin::Builder::new("drawing")
        .on_webview_ready(|webview| {
            #[cfg(target_os = "linux")]
            if !linux::has_graphics_card() {
                let told = webview.with_webview(|view| linux::draw_directly(&view.inner()));
                if let Err(error) = told {
                    tracing::warn!(%error, "the window could not be told how to draw");
                }
            }
            #[cfg(not(target_os = "linux"))]
            let _ = webview;
        })
        .build()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;

    use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt, WebView, WebViewExt};

    /// Whether the kernel offers a card that this user may draw with.
    pub fn has_graphics_card() -> bool {
        let Ok(devices) = fs::read_dir("/dev/dri") else {
            return false;
        };
        devices.flatten().any(|device| {
            device.file_name().to_string_lossy().starts_with("renderD")
                && fs::OpenOptions::new()
                    .read(true)
                    .write(true)
                    .open(device.path())
                    .is_ok()
        })
    }

    pub fn draw_directly(view: &WebView) {
        if let Some(settings) = WebViewExt::settings(view) {
            settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
        }
    }
}
