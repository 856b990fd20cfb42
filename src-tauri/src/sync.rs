//! Asking Paytrail in the background.
//!
//! What is open is followed every minute, in every shop, and so are payments made here that somebody may pay by now; everything that may still change is asked for at the start, every
//! quarter of an hour, and when a person asks, in the shop that is worked on. After a look that broke off the whole is tried
//! again every half minute. The window hears of it
//! in events and is never waited for.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use hyvitys_backoffice::{Backoffice, Code, Error};
use hyvitys_domain::AccountId;

use crate::dto::{AccountNumber, refusal, words};
use crate::events::{Changed, SyncState, Told};
use crate::state::Shell;

/// How long a follow-up of what is open waits for the next.
const FOLLOW_EVERY: Duration = Duration::from_mins(1);
/// How many follow-ups come before everything is asked for again.
const WHOLE_EVERY: u32 = 15;
/// How long the first look waits for a window that shows its rows; both want the data file and the processor.
const FIRST_ROWS: Duration = Duration::from_secs(5);
/// How long to wait after a look that broke off.
const AGAIN_AFTER: Duration = Duration::from_secs(30);

/// How the looks at each account stand.
#[derive(Default)]
pub(crate) struct Looks(Mutex<HashMap<AccountId, Look>>);

#[derive(Clone, Default)]
struct Look {
    running: bool,
    at: Option<DateTime<Utc>>,
    error: Option<Error>,
    offline_since: Option<DateTime<Utc>>,
}

impl Looks {
    /// As the window is told, with how many answers the disk did not take yet.
    pub(crate) fn of(&self, account: AccountId, unsaved: usize) -> SyncState {
        let look = self.change(account, |_| {});
        SyncState {
            account: AccountNumber::from(account),
            running: look.running,
            at: look.at.map(words),
            error: look.error.map(Into::into),
            offline_since: look.offline_since.map(words),
            unsaved: unsaved.into(),
        }
    }

    fn change(&self, account: AccountId, change: impl FnOnce(&mut Look)) -> Look {
        let mut looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let look = looks.entry(account).or_default();
        change(look);
        look.clone()
    }
}

/// Opens the back office and the built-in shop, then looks for as long as the program runs.
pub(crate) async fn run(shell: &Shell) {
    shell.resume_demo().await;
    tokio::select! {
        () = tokio::time::sleep(FIRST_ROWS) => {}
        () = shell.shown.notified() => {}
    }
    let mut due = 0;
    loop {
        let wait = match shell.office().await {
            // The window asks for the same and shows why.
            Err(_) => AGAIN_AFTER,
            Ok(office) => match office.active_account(None).await {
                Err(_) => FOLLOW_EVERY,
                Ok(account) => {
                    let whole = due == 0;
                    let ended = look(shell, account.id, whole).await;
                    due = if whole { WHOLE_EVERY } else { due - 1 };
                    follow_the_others(shell, office, account.id).await;
                    if ended {
                        FOLLOW_EVERY
                    } else {
                        due = 0;
                        AGAIN_AFTER
                    }
                }
            },
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = shell.wake.notified() => due = 0,
        }
    }
}

/// One look, with its words to the window. Whether it came to its end.
///
/// Only a whole look says that all is up to date, or that what stood in the way is gone: a follow-up may have had nothing to
/// ask for.
pub(crate) async fn look(shell: &Shell, account: AccountId, whole: bool) -> bool {
    shell.looks.change(account, |look| look.running = true);
    tell(shell, account).await;
    let result = ask(shell, account, whole).await;
    let now = shell.now();
    let ended = result.is_ok();
    // What broke off may have changed something before.
    let changed = !matches!(&result, Ok(false));
    shell.looks.change(account, |look| {
        look.running = false;
        match result {
            Ok(_) if whole => {
                look.error = None;
                look.offline_since = None;
                look.at = Some(now);
            }
            Ok(_) => {}
            Err(error) => {
                let offline = error.code == Code::NothingSent;
                look.offline_since = offline.then(|| look.offline_since.unwrap_or(now));
                look.error = Some(error);
            }
        }
    });
    tell(shell, account).await;
    if changed {
        shell.tell(Told::Changed(Changed {
            account: account.into(),
        }));
    }
    ended
}

/// Whether anything changed.
async fn ask(shell: &Shell, account: AccountId, whole: bool) -> Result<bool, Error> {
    let office = shell.office().await?;
    if !whole {
        // Neither waits for the other to go well.
        let operations = office.follow(account).await;
        let payments = office.follow_created(account).await;
        let (operations, payments) = (operations?, payments?);
        return match payments.stopped {
            Some((_, error)) => Err(error),
            None => Ok(!operations.is_empty() || !payments.changed.is_empty()),
        };
    }
    let report = office.sync(account).await?;
    let nothing_came = report.payments.fetched == 0;
    if nothing_came && report.payments.failed.is_empty() {
        // Nothing was to be asked. Whether Paytrail would have answered is asked for itself: "up to date" is not said of a
        // shop that nobody has reached.
        if let Some(error) = refusal(&office.check_account(account).await?) {
            return Err(error);
        }
    }
    // One payment that can't be had is its own matter; the line is in question when nothing at all came, or when the
    // answer would be the same for all.
    let the_line = report
        .payments
        .failed
        .into_iter()
        .map(|(_, error)| error)
        .find(|error| nothing_came || matches!(error.code, Code::NothingSent | Code::Unauthorized));
    match the_line {
        Some(error) => Err(error),
        None => Ok(!report.operations.is_empty() || !report.payments.changed.is_empty()),
    }
}

/// What is open in the other shops is followed, too: a refund's outcome doesn't wait until somebody opens its shop.
async fn follow_the_others(shell: &Shell, office: &Backoffice, active: AccountId) {
    let Ok(accounts) = office.accounts().await else {
        return;
    };
    for account in accounts.iter().filter(|account| account.id != active) {
        let page = office.operation_rows(account.id, None, 1).await;
        let open = page.is_ok_and(|page| page.sums.iter().any(|sum| sum.state.is_open()));
        if open || office.has_open_links(account.id).await.unwrap_or(false) {
            look(shell, account.id, false).await;
        }
    }
}

/// Tells the window that lists of this account are to be asked for again, and how the line stands: an order may have
/// found a disk that takes nothing.
pub(crate) async fn changed_in(shell: &Shell, account: AccountId) {
    shell.tell(Told::Changed(Changed {
        account: account.into(),
    }));
    tell(shell, account).await;
}

async fn tell(shell: &Shell, account: AccountId) {
    shell.tell(Told::SyncState(state(shell, account).await));
}

/// How the line of this account stands.
pub(crate) async fn state(shell: &Shell, account: AccountId) -> SyncState {
    let unsaved = match shell.office().await {
        Ok(office) => office.unsaved_count(),
        Err(_) => 0,
    };
    shell.looks.of(account, unsaved)
}
