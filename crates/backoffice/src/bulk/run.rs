//! Running a batch: a few lines at a time, each begun, sent and settled like any other operation.

use std::sync::atomic::{AtomicBool, Ordering};

use futures::{StreamExt, stream};
use hyvitys_domain::rules::{self, Rule};
use hyvitys_domain::{
    BatchId, BatchLineState, BatchPause, BatchState, HoldAction, OperationKind, RefundStamp,
    operable,
};
use hyvitys_paytrail::Client;
use hyvitys_store::accounts::Account;
use hyvitys_store::batches::{Batch, Begun, LineBegin};
use hyvitys_store::journal::{Operation, Refusal};

use super::breaker::Breaker;
use super::running::Pause;
use super::{no_such_batch, tell};
use crate::error::{Code, Error};
use crate::look::NoLook;
use crate::money::Pace;
use crate::service::Backoffice;
use crate::why::Why;

/// What the lines of one run share.
struct Run<'a> {
    batch: &'a Batch,
    account: &'a Account,
    client: &'a Client,
    pace: Pace,
    /// Nothing new is begun.
    halted: AtomicBool,
}

/// What became of a line.
enum Ended {
    /// Its operation is as far as it goes now.
    Operation(Box<Operation>),
    /// It was refused, or another run had begun it.
    Settled,
    /// It still waits: Paytrail did not tell how the payment stands.
    NotReached(String),
    /// It still waits: the batch does not run any more.
    Halted,
    /// It still waits, or says by itself what became of it: nothing more must be sent.
    Pause(Pause),
}

impl Backoffice {
    /// Carries out what waits in a batch that this process has confirmed or resumed, until it is finished,
    /// paused or stopped, and gives the batch as it stands then. `on_change` is called as lines end.
    ///
    /// Run it to its end: dropped in between, requests that are under way stay without their answers until this
    /// process ends. An error means that this process does not run the batch; nothing was sent.
    pub async fn run_batch(
        &self,
        id: BatchId,
        on_change: impl Fn() + Send + Sync,
    ) -> Result<Batch, Error> {
        let read = self.inner.store.read(move |tx| tx.batch(id)).await;
        let batch = match read {
            Ok(batch) => batch.ok_or_else(|| no_such_batch(id))?,
            Err(error) => return Err(self.not_run(id, error.into()).await),
        };
        let is_ours = batch.owner == Some(self.inner.owner.id());
        if batch.state != BatchState::Running || !is_ours {
            if is_ours {
                // Another program was faster to pause or stop it, and only this one can give it back.
                self.inner.batches.owes_release(id);
                self.save_pauses_again().await;
            }
            return Err(
                Error::new(Code::Busy, "nothing was sent: this program does not run it")
                    .why(Why::BatchNotRunning),
            );
        }
        let up_ms = self.inner.clock.now().up_ms;
        let Some(guard) = self.inner.batches.enter(id, up_ms) else {
            return Err(Error::new(Code::Busy, "nothing was sent: it already runs")
                .why(Why::BatchElsewhere));
        };
        if let Err(pause) = self.run_lines(&batch, &on_change).await {
            self.pause_or_keep(id, pause).await;
        }
        let ended = self.leave(id).await;
        drop(guard);
        let ended = self.left_behind(id, ended).await;
        on_change();
        ended
    }

    /// A batch of which it can't even be read whether it is to be run here: nobody else would run it.
    async fn not_run(&self, id: BatchId, error: Error) -> Error {
        let up_ms = self.inner.clock.now().up_ms;
        if let Some(guard) = self.inner.batches.enter(id, up_ms) {
            let pause = paused(BatchPause::NotSaved)(error.clone());
            self.pause_or_keep(id, pause).await;
            self.inner.batches.owes_release(id);
            drop(guard);
            self.save_pauses_again().await;
        }
        error
    }

    /// After a run: what the disk did not take at its end, or took while it ended, is done now or later.
    async fn left_behind(&self, id: BatchId, ended: Result<Batch, Error>) -> Result<Batch, Error> {
        if !self.inner.batches.is_unreleased(id) {
            return ended;
        }
        self.save_pauses_again().await;
        let now = self.inner.store.read(move |tx| tx.batch(id)).await;
        let ended = match now {
            Ok(Some(batch)) => Ok(batch),
            _ => ended,
        };
        ended.map(|batch| self.with_kept_pause(batch))
    }

    async fn run_lines(
        &self,
        batch: &Batch,
        on_change: &(impl Fn() + Send + Sync),
    ) -> Result<(), Pause> {
        let id = batch.id;
        self.may_run(batch).await?;
        if batch.count(BatchLineState::Sending) > 0 {
            // Of an earlier run that broke off here, if it is still this program's.
            let (owner, now) = (self.inner.owner.id(), self.inner.clock.now());
            let given_up = self
                .inner
                .store
                .write(move |tx| {
                    let batch = tx.batch(id)?;
                    let runs = batch.is_some_and(|batch| {
                        batch.state == BatchState::Running && batch.owner == Some(owner)
                    });
                    if runs {
                        tx.give_up_lines(id, &now)?;
                    }
                    Ok(())
                })
                .await;
            given_up.map_err(|error| paused(BatchPause::NotSaved)(error.into()))?;
        }
        let account = self
            .account(batch.account)
            .await
            .map_err(paused(BatchPause::Unauthorized))?;
        // The secret is asked for once: a keychain may ask a person each time.
        let client = self
            .client(&account)
            .await
            .map_err(paused(BatchPause::Keychain))?;
        let waiting = self
            .inner
            .store
            .read(move |tx| tx.waiting_positions(id))
            .await
            .map_err(|error| paused(BatchPause::NotSaved)(error.into()))?;
        let run = Run {
            batch,
            account: &account,
            client: &client,
            pace: Pace::default(),
            halted: AtomicBool::new(false),
        };
        let mut breaker = Breaker::default();
        let mut not_reached = None;
        let mut outcome = Ok(());
        let at_once = if rules::holds(Rule::ConcurrencyIsBounded) {
            usize::try_from(batch.concurrency.clamp(1, 32)).unwrap_or(1)
        } else {
            waiting.len().max(1)
        };
        let mut lines = stream::iter(waiting)
            .map(|position| self.run_line(&run, position))
            .buffer_unordered(at_once);
        while let Some(ended) = lines.next().await {
            let pause = match ended {
                Ended::Halted => continue,
                Ended::Settled => {
                    if !rules::holds(Rule::LinesFailAlone) {
                        run.halted.store(true, Ordering::SeqCst);
                    }
                    None
                }
                Ended::Operation(operation) => breaker.ended(&operation, self.locked().as_ref()),
                Ended::NotReached(message) => {
                    not_reached = Some(message.clone());
                    breaker.not_reached(Some(message))
                }
                Ended::Pause(pause) => Some(pause),
            };
            self.inner
                .batches
                .line_ended(id, self.inner.clock.now().up_ms);
            if let Some(pause) = pause
                && !run.halted.swap(true, Ordering::SeqCst)
            {
                // At once, for whoever looks on; lines that are under way end.
                self.pause_or_keep(id, pause.clone()).await;
                outcome = Err(pause);
            }
            on_change();
        }
        match (outcome, not_reached) {
            (Ok(()), Some(message)) if !run.halted.load(Ordering::SeqCst) => Err(Pause {
                why: BatchPause::Connection,
                message: Some(message),
            }),
            (outcome, _) => outcome,
        }
    }

    /// One line. It is cheap where nothing may begin any more.
    async fn run_line(&self, run: &Run<'_>, position: u32) -> Ended {
        let halted = || run.halted.load(Ordering::SeqCst);
        if halted() {
            return Ended::Halted;
        }
        run.pace.wait(self.inner.clock.as_ref()).await;
        if halted() {
            return Ended::Halted;
        }
        if let Err(pause) = self.may_run(run.batch).await {
            return Ended::Pause(pause);
        }
        if let Some(ended) = self.look_first(run, position).await {
            return ended;
        }
        let is_refund = run.batch.kind == OperationKind::Refund;
        let begin = LineBegin {
            batch: run.batch.id,
            position,
            owner: self.inner.owner.id(),
            operation: self.new_operation_id(),
            refund_stamp: is_refund.then(|| RefundStamp::from_random(self.inner.chance.bits())),
            tell,
        };
        let now = self.inner.clock.now();
        let outcome = self
            .inner
            .store
            .write(move |tx| tx.begin_line(&begin, &now))
            .await;
        match outcome {
            Ok(Begun::Begun(operation)) => self.carry_out(run, *operation).await,
            Ok(Begun::Refused | Begun::NotWaiting) => Ended::Settled,
            Ok(Begun::NotRunning(_)) => {
                run.halted.store(true, Ordering::SeqCst);
                Ended::Halted
            }
            Ok(Begun::Blocked(why)) => {
                let pause = match &why {
                    Refusal::Locked(_) => BatchPause::Locked,
                    _ => BatchPause::Unauthorized,
                };
                Ended::Pause(paused(pause)(why.into()))
            }
            Err(error) => Ended::Pause(paused(BatchPause::NotSaved)(error.into())),
        }
    }

    async fn carry_out(&self, run: &Run<'_>, operation: Operation) -> Ended {
        let sent = self
            .run_with(run.account, run.client, operation.clone(), &run.pace)
            .await;
        match sent {
            Ok(operation) => Ended::Operation(Box::new(operation)),
            Err(error) => {
                // The store, in one way or another: nothing goes on before a person has looked, also where it
                // takes by now that this line was not sent.
                let error = match self.not_begun(&operation, error.clone()).await {
                    Ok(_) => error,
                    Err(error) => error,
                };
                Ended::Pause(paused(BatchPause::NotSaved)(error))
            }
        }
    }

    /// What is stored of a hold may be old: before it is taken for a reason to refuse its line, look.
    async fn look_first(&self, run: &Run<'_>, position: u32) -> Option<Ended> {
        let action = match run.batch.kind {
            OperationKind::Refund => return None,
            OperationKind::Activate => HoldAction::Activate,
            OperationKind::Cancel => HoldAction::Cancel,
        };
        let (account, batch) = (run.account.id, run.batch.id);
        let stored = self
            .inner
            .store
            .read(move |tx| {
                let line = tx.batch_line(batch, position)?;
                let Some(id) = line.and_then(|line| line.transaction_id) else {
                    return Ok(None);
                };
                Ok(tx.payment(account, id)?.map(|stored| (id, stored)))
            })
            .await;
        let (id, stored) = match stored {
            Ok(stored) => stored?,
            Err(error) => return Some(Ended::Pause(paused(BatchPause::NotSaved)(error.into()))),
        };
        if operable::hold_call(&stored.payment, action).is_ok() {
            return None;
        }
        match self.look(run.account, run.client, id).await {
            // What contradicts what is stored, or is not there, is refused by what is stored.
            Ok(_) | Err(NoLook::NotThere(_) | NoLook::Differs(_)) => None,
            Err(NoLook::Unclear(call)) => Some(Ended::NotReached(
                NoLook::Unclear(call).into_error().message,
            )),
            Err(why @ NoLook::Unauthorized(_)) => {
                Some(Ended::Pause(paused(BatchPause::Unauthorized)(
                    why.into_error(),
                )))
            }
            Err(NoLook::Ours(error)) => Some(Ended::Pause(paused(BatchPause::NotSaved)(error))),
        }
    }

    /// Whether a line may begin at all.
    async fn may_run(&self, batch: &Batch) -> Result<(), Pause> {
        if let Some(locked) = self.locked() {
            return Err(Pause {
                why: BatchPause::Locked,
                message: Some(locked.to_string()),
            });
        }
        if batch.is_stale(&self.inner.clock.now()) {
            return Err(Pause {
                why: BatchPause::Stale,
                message: None,
            });
        }
        if self.unsaved_count() > 0 {
            self.may_send()
                .await
                .map_err(paused(BatchPause::NotSaved))?;
        }
        Ok(())
    }

    /// After the last line: the batch is finished, or belongs to nobody until somebody resumes it.
    async fn leave(&self, id: BatchId) -> Result<Batch, Error> {
        let (owner, now) = (self.inner.owner.id(), self.inner.clock.now());
        self.inner.batches.owes_release(id);
        let pause_is_kept = self.inner.batches.unsaved_pause(id).is_some();
        let left = self
            .inner
            .store
            .write(move |tx| {
                if !pause_is_kept {
                    tx.finish_batch(id, owner, &now)?;
                }
                tx.release_batch(id, owner, &now)
            })
            .await;
        let batch = match left {
            Ok(batch) if batch.state == BatchState::Running && !pause_is_kept => {
                // Something still waits, or hangs: nobody would take it up.
                let pause = Pause {
                    why: BatchPause::Interrupted,
                    message: None,
                };
                self.pause_or_keep(id, pause).await;
                let now = self.inner.clock.now();
                let released = self
                    .inner
                    .store
                    .write(move |tx| tx.release_batch(id, owner, &now))
                    .await;
                released.unwrap_or(batch)
            }
            Ok(batch) => batch,
            Err(error) => {
                let error = Error::from(error);
                let pause = paused(BatchPause::NotSaved)(error.clone());
                self.pause_or_keep(id, pause).await;
                let known = self.inner.store.read(move |tx| tx.batch(id)).await?;
                known.ok_or(error)?
            }
        };
        if batch.owner != Some(owner) {
            self.inner.batches.is_released(id);
        }
        Ok(batch)
    }
}

/// The pause that an error makes.
fn paused(why: BatchPause) -> impl Fn(Error) -> Pause {
    move |error| Pause {
        why,
        message: Some(error.message),
    }
}
