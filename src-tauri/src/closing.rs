//! The window doesn't close while a refund is on its way, nor while an answer is not on the disk.
//!
//! A refund that is cut off is safe, the journal knows what was sent; but its outcome would be unknown for no good
//! reason. An answer that the disk did not take is in memory only: with the program it would be gone. So nothing new is
//! begun, what is under way is waited for, and what is not saved is written again. Where the disk goes on refusing, the
//! window stays and says so, and closes at the next word.

use std::time::Duration;

use hyvitys_backoffice::Backoffice;
use tauri::{AppHandle, Manager, Runtime};
use tauri_specta::Event;

use crate::events::Closing;
use crate::state::Shell;

const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How often what is not saved is written again before the window stays.
const TRIES: u32 = 10;
const TRY_EVERY: Duration = Duration::from_secs(1);

/// Whether the program may end now. If not it ends by itself as soon as it may, or asks once more.
pub(crate) fn may_end<R: Runtime>(app: &AppHandle<R>) -> bool {
    let shell = app.state::<Shell>();
    let unsaved = shell.opened().map_or(0, Backoffice::unsaved_count);
    let orders = shell.under_way();
    if orders == 0 && (unsaved == 0 || shell.was_told_of_unsaved()) {
        return true;
    }
    let batches = shell.running_batches().len();
    if batches > 0 && !shell.is_closing() {
        // A batch may take long: a person says whether it is paused for it.
        tell(app, orders, unsaved, batches);
        return false;
    }
    begin_to_end(app);
    false
}

/// Nothing new is begun from now on; the program ends when what is under way has ended.
pub(crate) fn begin_to_end<R: Runtime>(app: &AppHandle<R>) {
    let shell = app.state::<Shell>();
    let unsaved = shell.opened().map_or(0, Backoffice::unsaved_count);
    let orders = shell.under_way();
    // A second word while it waits changes nothing: every request under way has its own time limit.
    if !shell.set_closing(true) {
        tell(app, orders, unsaved, 0);
        let app = app.clone();
        tauri::async_runtime::spawn(async move { end_when_possible(&app).await });
    }
}

async fn end_when_possible<R: Runtime>(app: &AppHandle<R>) {
    let shell = app.state::<Shell>();
    while shell.under_way() > 0 {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let Some(office) = shell.opened() else {
        return app.exit(0);
    };
    for _ in 0..TRIES {
        office.save_again().await;
        if office.unsaved_count() == 0 {
            return app.exit(0);
        }
        tokio::time::sleep(TRY_EVERY).await;
    }
    shell.tell_of_unsaved();
    shell.set_closing(false);
    tell(app, 0, office.unsaved_count(), 0);
}

fn tell<R: Runtime>(app: &AppHandle<R>, orders: usize, unsaved: usize, batches: usize) {
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    // A window that is gone needs no word of it.
    let _ = Closing {
        orders: count(orders),
        unsaved: count(unsaved),
        batches: count(batches),
    }
    .emit(app);
}
