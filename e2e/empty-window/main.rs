//! A window of the same shell with a page that says one word: what the start of the program is measured against.

fn main() -> tauri::Result<()> {
    tauri::Builder::default()
        .plugin(hyvitys::drawing::plugin())
        .run(tauri::generate_context!("e2e/empty-window/tauri.conf.json"))
}
