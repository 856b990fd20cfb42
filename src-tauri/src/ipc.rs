//! The commands and events, declared once. Their TypeScript is generated from here into the window's sources and
//! checked in; a test fails when it is stale.

use tauri::Runtime;
use tauri_specta::{Builder, ErrorHandlingMode, collect_commands, collect_events};

use crate::commands::{
    accounts, audit, bulk, drafts, import, money, payments, settlements, system,
};
use crate::events::{BatchChanged, BatchEnded, Changed, Closing, Filling, SyncState};

/// All commands and events.
pub fn builder<R: Runtime>() -> Builder<R> {
    Builder::new()
        // What goes out and what comes in have the same shape here; two types for each would only be in the way.
        .disable_serde_phases()
        .error_handling(ErrorHandlingMode::Throw)
        .commands(collect_commands![
            system::start,
            system::set_settings,
            system::take_over,
            system::open_place,
            system::notify,
            accounts::accounts,
            accounts::open_sandbox,
            accounts::check_credentials,
            accounts::setup_check,
            accounts::add_account,
            accounts::use_account,
            accounts::rename_account,
            accounts::remove_account,
            accounts::set_secret,
            accounts::secret_state,
            accounts::set_callback,
            accounts::sync_state,
            accounts::weather,
            accounts::set_weather,
            payments::list_payments,
            payments::totals,
            payments::show_payment,
            payments::refresh_payments,
            payments::give_transaction_id,
            payments::holds,
            payments::operations,
            payments::operation,
            payments::sync,
            money::new_intents,
            money::refund,
            money::hold,
            money::resolve,
            bulk::plan_batch,
            bulk::plan_batch_lines,
            bulk::change_batch_plan,
            bulk::confirm_batch,
            bulk::pause_batch,
            bulk::resume_batch,
            bulk::stop_batch,
            bulk::batches,
            bulk::batch,
            bulk::batch_lines,
            bulk::export_batch,
            bulk::pause_and_close,
            drafts::drafts,
            drafts::draft,
            drafts::save_draft,
            drafts::delete_draft,
            drafts::check_order,
            drafts::create_payment,
            drafts::resolve_draft,
            settlements::settlements,
            settlements::settlement,
            audit::audit_log,
            audit::audit_people,
            audit::verify_audit,
            audit::export_audit,
            audit::refund_policy,
            audit::set_refund_policy,
            import::plan_import,
            import::stop_import,
            import::plan_rows,
            import::apply_import,
            import::imports,
            import::undo_import,
        ])
        .events(collect_events![
            Changed,
            SyncState,
            Filling,
            Closing,
            BatchChanged,
            BatchEnded
        ])
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use specta_typescript::Typescript;

    /// The window's copy, and the variable under which `./dev bindings` writes it anew.
    const BINDINGS: &str = "ui/src/lib/ipc/bindings.ts";
    const WRITE: &str = "HYVITYS_WRITE_BINDINGS";

    #[test]
    fn the_windows_typescript_says_what_the_commands_and_events_are() {
        let dir = tempfile::tempdir().unwrap();
        let fresh = dir.path().join("bindings.ts");
        let typescript = Typescript::default()
            .header("/* Generated from the shell's commands and events by `./dev bindings`. */\n");
        super::builder::<tauri::Wry>()
            .export(typescript, &fresh)
            .unwrap();
        let fresh = fs::read_to_string(fresh).unwrap();
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join(BINDINGS);
        if std::env::var_os(WRITE).is_some() {
            fs::write(&kept, &fresh).unwrap();
        }
        let kept = fs::read_to_string(&kept).unwrap();
        assert!(
            kept == fresh,
            "{BINDINGS} is stale: run ./dev bindings and look at what changed"
        );
    }
}
