//! The imports that were done, and taking one back.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use hyvitys_domain::AccountId;
use hyvitys_store::ReadTx;
use hyvitys_store::journal::{Owner, OwnerId};
use hyvitys_store::payments::StoredPayment;

use super::{ImportRun, RunId, Undone};
use crate::error::{Code, Error};
use crate::payments::PaymentRef;
use crate::service::Backoffice;
use crate::why::Why;

/// How far an import has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunState {
    /// It is being done, here or by another process.
    Running,
    /// It was broken off: what is counted is kept, the rest was not begun.
    Interrupted,
    /// It has ended.
    Ended,
    /// It was taken back.
    Undone,
}

impl RunState {
    /// Its name, as in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            RunState::Running => "running",
            RunState::Interrupted => "interrupted",
            RunState::Ended => "ended",
            RunState::Undone => "undone",
        }
    }
}

/// An import of before, and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastImport {
    /// The import.
    pub run: ImportRun,
    /// How far.
    pub state: RunState,
}

/// The imports that this process is doing.
pub(crate) type RunningImports = Arc<Mutex<HashSet<RunId>>>;

/// An import is being done for as long as this is held.
pub(super) struct Running {
    all: RunningImports,
    id: RunId,
}

impl Running {
    pub(super) fn begin(all: RunningImports, id: RunId) -> Running {
        all.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id);
        Running { all, id }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(&self.id);
    }
}

/// What tells how far imports have come.
struct States {
    own: OwnerId,
    running: RunningImports,
    dir: PathBuf,
}

impl States {
    fn of(&self, run: &ImportRun) -> RunState {
        if run.undone_at.is_some() {
            return RunState::Undone;
        }
        let Some(owner) = run.owner else {
            return RunState::Ended;
        };
        let running = if owner == self.own {
            let all = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            all.contains(&run.id)
        } else {
            !Owner::is_gone(&self.dir, owner)
        };
        if running {
            RunState::Running
        } else {
            RunState::Interrupted
        }
    }
}

impl Backoffice {
    /// The imports of an account that changed something or are being done, newest first.
    pub async fn imports(&self, account: AccountId) -> Result<Vec<PastImport>, Error> {
        let runs = self
            .inner
            .store
            .read(move |tx| tx.import_runs(account))
            .await?;
        let states = self.states();
        let past = |run: ImportRun| PastImport {
            state: states.of(&run),
            run,
        };
        Ok(runs.into_iter().map(past).collect())
    }

    fn states(&self) -> States {
        let file = self.inner.store.path();
        States {
            own: self.inner.owner.id(),
            running: Arc::clone(&self.inner.imports),
            dir: file.parent().unwrap_or(file).to_owned(),
        }
    }

    /// The payments that ambiguous rows of a plan could mean, as far as they are still there.
    pub async fn import_candidates(
        &self,
        account: AccountId,
        payments: Vec<PaymentRef>,
    ) -> Result<HashMap<PaymentRef, StoredPayment>, Error> {
        let read = move |tx: &ReadTx<'_>| {
            let mut found = HashMap::new();
            for payment in payments {
                let stored = match payment {
                    PaymentRef::Id(id) => tx.payment(account, id)?,
                    PaymentRef::Key(key) => tx.payment_by_key(key)?,
                };
                let ours = stored.filter(|stored| stored.payment.account == account);
                found.extend(ours.map(|stored| (payment, stored)));
            }
            Ok(found)
        };
        Ok(self.inner.store.read(read).await?)
    }

    /// Takes an import back, once, and not while it is being done. Payments that something else speaks of since (an
    /// operation, a refund, a later import, a settlement, a signed answer) stay as they are, and so does what is refunded.
    pub async fn undo_import(&self, account: AccountId, id: RunId) -> Result<Undone, Error> {
        let now = self.inner.clock.now().at;
        let states = self.states();
        let (state, undone) = self
            .inner
            .store
            .write(move |tx| {
                let run = tx.import_run(account, id)?;
                let state = run.map(|run| states.of(&run));
                Ok((
                    state,
                    match state {
                        None | Some(RunState::Running) => None,
                        Some(_) => tx.undo_import(account, id, now)?,
                    },
                ))
            })
            .await?;
        undone.ok_or_else(|| match state {
            None => Error::new(Code::NotFound, format!("there is no import {}", id.row()))
                .why(Why::ImportUnknown)
                .next("look at `import list`"),
            Some(RunState::Running) => {
                Error::new(Code::BadInput, "this import is still being done")
                    .why(Why::ImportRunning)
                    .next("stop it, or wait until it has ended; then undo it")
            }
            Some(_) => {
                Error::new(Code::BadInput, "this import is undone already").why(Why::ImportUndone)
            }
        })
    }
}
