//! The steps of a batch and of its lines, each one transaction.

use hyvitys_domain::rules::{self, Rule};
use hyvitys_domain::{
    BatchId, BatchPause, BatchState, Moment, Money, OperationId, OperationKind, OperationState,
    RefundStamp,
};
use rusqlite::params;
use serde_json::json;

use super::{Batch, BatchLine, line_intent};
use crate::codec::{ms, uuid_blob};
use crate::error::StoreError;
use crate::head::Locked;
use crate::journal::sums::reserves;
use crate::journal::{Answer, Happening, NewOperation, Operation, Owner, OwnerId, Refusal};
use crate::writer::WriteTx;

/// A line that is about to be begun.
#[derive(Clone, Debug)]
pub struct LineBegin {
    /// Of which batch.
    pub batch: BatchId,
    /// Which line.
    pub position: u32,
    /// The process that runs the batch.
    pub owner: OwnerId,
    /// A fresh id for its operation.
    pub operation: OperationId,
    /// Of a refund: a random stamp.
    pub refund_stamp: Option<RefundStamp>,
    /// What a refusal is as JSON, and in words.
    pub tell: fn(&LineRefused) -> (String, String),
}

/// Why a line was not begun, and will not be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineRefused {
    /// The payment is not what it was when the line was planned.
    #[error(
        "the payment has changed since this was planned: of {amount} €, {taken} € are refunded or on \
         their way, and {planned} € of {planned_amount} € were then"
    )]
    PaymentChanged {
        /// The payment's amount now.
        amount: Money,
        /// What others have taken of it now.
        taken: Money,
        /// The payment's amount then.
        planned_amount: Money,
        /// What was taken of it then.
        planned: Money,
    },
    /// The journal does not allow it.
    #[error(transparent)]
    Refused(Refusal),
}

/// What became of a line that was to be begun.
#[derive(Clone, Debug)]
pub enum Begun {
    /// Its operation is made, and this process may send it.
    Begun(Box<Operation>),
    /// It is refused for good, and says why.
    Refused,
    /// Another process runs the batch, or none does: nothing was changed.
    NotRunning(Box<Batch>),
    /// The line was begun before, or is not to be sent: nothing was changed.
    NotWaiting,
    /// Nothing can be sent now, whichever line it is: nothing was changed.
    Blocked(Refusal),
}

/// Why a batch does not run again. Nothing is sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotResumed {
    /// A process runs it, or its last lines are still on their way.
    #[error("it still runs, here or in another program")]
    StillRuns,
    /// It has ended.
    #[error("it has ended")]
    Ended,
    /// The confirmation is too old.
    #[error("its confirmation is too old: confirm the rest anew")]
    Stale,
    /// The data file is an older copy, or comes from elsewhere.
    #[error(transparent)]
    Locked(#[from] Locked),
}

/// The payment's amount and what of it was taken when a line was planned.
type Planned = (Money, Money);

impl Batch {
    /// Whether its confirmation no longer holds (money-safety 15).
    pub fn is_stale(&self, now: &Moment) -> bool {
        self.kind.confirmation_is_stale(self.confirmed_at, now.at)
    }
}

impl WriteTx<'_> {
    /// Makes the operation of a waiting line, for the process that runs its batch only: both, or neither.
    pub fn begin_line(&self, begin: &LineBegin, now: &Moment) -> Result<Begun, StoreError> {
        let batch = self.batch_head(begin.batch)?;
        if batch.state != BatchState::Running || batch.owner != Some(begin.owner) {
            return Ok(Begun::NotRunning(Box::new(self.with_counts(batch)?)));
        }
        let Some((line, planned)) = self.waiting_line(begin)? else {
            return Ok(Begun::NotWaiting);
        };
        let Some(new) = new_operation(&batch, &line, begin, now) else {
            return Err(StoreError::Unreadable(format!(
                "line {} of batch {} can't be read",
                begin.position, batch.number
            )));
        };
        if let Some(changed) = self.payment_changed(&batch, &new, planned)? {
            return self.refuse_line(begin, &changed, now);
        }
        let operation = match self.create_operation(&new)? {
            Ok(operation) => operation,
            Err(why @ (Refusal::Locked(_) | Refusal::Paused(_) | Refusal::NoAccount)) => {
                return Ok(Begun::Blocked(why));
            }
            Err(why) => return self.refuse_line(begin, &LineRefused::Refused(why), now),
        };
        if operation.id != begin.operation || operation.state != OperationState::Queued {
            // Each round of each line has a confirmation of its own, so nothing else can have made it.
            return Err(StoreError::Unreadable(format!(
                "line {} of batch {} has an operation already",
                begin.position, batch.number
            )));
        }
        self.conn()
            .prepare_cached(
                "UPDATE batch_line SET state = 'begun', operation = ?3, why = NULL, message = NULL
                 WHERE batch = ?1 AND position = ?2 AND state = 'waiting'",
            )?
            .execute(params![
                uuid_blob(begin.batch),
                begin.position,
                uuid_blob(operation.id)
            ])?;
        Ok(Begun::Begun(Box::new(operation)))
    }

    /// The line if it waits, with the payment's amount and what was taken of it when it was planned.
    fn waiting_line(&self, begin: &LineBegin) -> Result<Option<(BatchLine, Planned)>, StoreError> {
        let Some(line) = self.batch_line(begin.batch, begin.position)? else {
            return Ok(None);
        };
        if line.state != hyvitys_domain::BatchLineState::Waiting {
            return Ok(None);
        }
        let planned = self
            .conn()
            .prepare_cached(
                "SELECT payment_amount, payment_taken FROM batch_line WHERE batch = ?1 AND position = ?2",
            )?
            .query_row(params![uuid_blob(begin.batch), begin.position], |row| {
                Ok((Money::from_cents(row.get(0)?), Money::from_cents(row.get(1)?)))
            })?;
        Ok(Some((line, planned)))
    }

    /// How the payment differs from what it was when the line was planned; what the lines of this batch have
    /// done to it themselves was planned.
    fn payment_changed(
        &self,
        batch: &Batch,
        new: &NewOperation,
        (planned_amount, planned): Planned,
    ) -> Result<Option<LineRefused>, StoreError> {
        let Some(stored) = self.payment(new.account, new.transaction_id)? else {
            // Creating its operation says so.
            return Ok(None);
        };
        let ours: i64 = self
            .conn()
            .prepare_cached(concat!(
                "SELECT coalesce(sum(o.amount), 0) FROM batch_line l JOIN operation o ON o.id = l.operation
                 WHERE l.batch = ?1 AND l.account = ?2 AND l.transaction_id = ?3 AND o.kind = 'refund'
                   AND (o.state = 'done' OR (",
                reserves!(),
                "))"
            ))?
            .query_row(
                params![
                    uuid_blob(batch.id),
                    new.account.row(),
                    uuid_blob(new.transaction_id)
                ],
                |row| row.get(0),
            )?;
        let payment = stored.payment;
        let taken = payment
            .refunded
            .checked_add(payment.reserved)
            .and_then(|taken| taken.checked_sub(Money::from_cents(ours)));
        let as_planned = payment.amount == planned_amount && taken == Some(planned);
        if as_planned || !rules::holds(Rule::PaymentsAreAsPlanned) {
            return Ok(None);
        }
        Ok(Some(LineRefused::PaymentChanged {
            amount: payment.amount,
            taken: taken.unwrap_or(payment.amount),
            planned_amount,
            planned,
        }))
    }

    fn refuse_line(
        &self,
        begin: &LineBegin,
        why: &LineRefused,
        now: &Moment,
    ) -> Result<Begun, StoreError> {
        let (why, message) = (begin.tell)(why);
        self.conn()
            .prepare_cached(
                "UPDATE batch_line SET state = 'refused', why = ?3, message = ?4, ended_at = ?5
                 WHERE batch = ?1 AND position = ?2 AND state = 'waiting'",
            )?
            .execute(params![
                uuid_blob(begin.batch),
                begin.position,
                why,
                message,
                ms(now.at)
            ])?;
        Ok(Begun::Refused)
    }

    /// Pauses a running batch, whichever process runs it; one that does not run stays as it is.
    pub fn pause_batch(
        &self,
        id: BatchId,
        why: BatchPause,
        message: Option<&str>,
        now: &Moment,
    ) -> Result<Batch, StoreError> {
        let batch = self.batch_head(id)?;
        if batch.state == BatchState::Running {
            self.change_batch(&batch, BatchState::Paused, Some(why), message, now)?;
        }
        self.known_batch(id)
    }

    /// Ends a batch for good: what waits is never sent with it. One that has ended stays as it is.
    pub fn stop_batch(&self, id: BatchId, now: &Moment) -> Result<Batch, StoreError> {
        let batch = self.batch_head(id)?;
        if matches!(batch.state, BatchState::Running | BatchState::Paused) {
            self.change_batch(&batch, BatchState::Stopped, None, None, now)?;
        }
        self.known_batch(id)
    }

    /// Lets this process run a paused batch, or one whose process has ended. Lines that failed before anything
    /// was sent, for a reason that had nothing to do with them, wait again.
    pub fn resume_batch(
        &self,
        id: BatchId,
        owner: OwnerId,
        now: &Moment,
    ) -> Result<Result<Batch, NotResumed>, StoreError> {
        if let Some(locked) = self.check_lock()? {
            return Ok(Err(locked.into()));
        }
        let batch = self.batch_head(id)?;
        if matches!(batch.state, BatchState::Stopped | BatchState::Finished) {
            return Ok(Err(NotResumed::Ended));
        }
        if self.is_owned(&batch) && rules::holds(Rule::BatchesHaveOneOwner) {
            return Ok(Err(NotResumed::StillRuns));
        }
        if batch.owner.is_some() {
            // Its process ended while this one ran: what it left behind is settled before lines wait again.
            self.recover(now)?;
        }
        self.give_up_lines(id, now)?;
        if batch.is_stale(now) {
            return Ok(Err(NotResumed::Stale));
        }
        self.conn()
            .prepare_cached(
                "UPDATE batch SET state = 'running', why = NULL, why_message = NULL, owner = ?2,
                    changed_at = ?3 WHERE id = ?1",
            )?
            .execute(params![uuid_blob(id), owner.to_string(), ms(now.at)])?;
        self.conn()
            .prepare_cached(
                "UPDATE batch_line SET state = 'waiting', operation = NULL, round = round + 1
                 WHERE batch = ?1 AND state = 'begun' AND operation IN (SELECT o.id FROM operation o
                    WHERE o.id = batch_line.operation AND (o.state = 'failed' AND o.sends = 0 OR ?2)
                      AND (?2 OR o.reason IN ('stopped', 'paused', 'not_saved', 'nothing_sent', 'too_many_requests',
                        'no_secret', 'not_looked', 'unauthorized')))",
            )?
            .execute(params![
                uuid_blob(id),
                !rules::holds(Rule::OnlyUnsentLinesWaitAgain)
            ])?;
        let batch = self.known_batch(id)?;
        self.note_batch("batch.resumed", &batch, None, now)?;
        Ok(Ok(batch))
    }

    /// After its last line has ended, a batch that was paused or stopped belongs to nobody. What is still
    /// queued of it was not sent, and never is.
    pub fn release_batch(
        &self,
        id: BatchId,
        owner: OwnerId,
        now: &Moment,
    ) -> Result<Batch, StoreError> {
        let released = self
            .conn()
            .prepare_cached(
                "UPDATE batch SET owner = NULL WHERE id = ?1 AND owner = ?2 AND state <> 'running'",
            )?
            .execute(params![uuid_blob(id), owner.to_string()])?;
        if released == 1 {
            self.give_up_lines(id, now)?;
        }
        self.known_batch(id)
    }

    /// Ends what is queued of a batch's lines: whoever was to send it could write down neither that it goes out
    /// nor that it does not. Only for a batch of which no line is under way. In an older copy of the file they may
    /// have been sent since, which is another thing ([`WriteTx::recover`]).
    pub fn give_up_lines(&self, id: BatchId, now: &Moment) -> Result<(), StoreError> {
        if matches!(self.check_lock()?, Some(Locked::Behind | Locked::Elsewhere)) {
            return Ok(());
        }
        let mut statement = self.conn().prepare_cached(
            "SELECT o.id FROM batch_line l JOIN operation o ON o.id = l.operation
             WHERE l.batch = ?1 AND l.state = 'begun' AND o.state = 'queued'",
        )?;
        let queued: Vec<[u8; 16]> = statement
            .query_map([uuid_blob(id)], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let answer = Answer {
            reason: Some("not_saved".to_owned()),
            message: Some("nothing was sent: that it goes out could not be saved".to_owned()),
            ..Answer::default()
        };
        for operation in queued {
            let operation = OperationId::from_uuid(uuid::Uuid::from_bytes(operation));
            let (from, to) = (&[OperationState::Queued], OperationState::Failed);
            self.settle(operation, from, to, &answer, now)?;
        }
        Ok(())
    }

    /// Ends a running batch of which nothing waits and nothing is on its way; another one stays as it is.
    pub fn finish_batch(
        &self,
        id: BatchId,
        owner: OwnerId,
        now: &Moment,
    ) -> Result<Batch, StoreError> {
        use hyvitys_domain::BatchLineState::{Sending, Waiting};
        let batch = self.known_batch(id)?;
        if batch.state != BatchState::Running
            || batch.owner != Some(owner)
            || batch.count(Waiting) + batch.count(Sending) > 0
        {
            return Ok(batch);
        }
        self.end_batch(&batch, BatchState::Finished, None, now)?;
        self.known_batch(id)
    }

    /// Ends a batch that no process runs any more.
    pub(super) fn end_batch(
        &self,
        batch: &Batch,
        state: BatchState,
        why: Option<BatchPause>,
        now: &Moment,
    ) -> Result<(), StoreError> {
        self.change_batch(batch, state, why, None, now)?;
        self.disown_batch(batch.id)
    }

    /// Takes up the batches whose process has ended: what ran is paused.
    pub(crate) fn recover_batches(&self, now: &Moment) -> Result<(), StoreError> {
        for batch in self.batch_heads_where("b.owner IS NOT NULL", [])? {
            if self.is_owned(&batch) {
                continue;
            }
            if batch.state == BatchState::Running {
                let why = Some(BatchPause::Interrupted);
                let words = "the program ended while it ran";
                self.change_batch(&batch, BatchState::Paused, why, Some(words), now)?;
            }
            self.disown_batch(batch.id)?;
        }
        Ok(())
    }

    /// In an older copy what waits may have been sent since the copy was made: it is never sent from here.
    pub(crate) fn void_batches(&self, of_all: bool, now: &Moment) -> Result<(), StoreError> {
        for batch in self.batch_heads_where("b.state IN ('running', 'paused')", [])? {
            let spared = self.is_owned(&batch) && !of_all;
            if spared || !rules::holds(Rule::WaitingLinesAreVoided) {
                continue;
            }
            self.conn()
                .prepare_cached(
                    "UPDATE batch_line SET state = 'voided', ended_at = ?2,
                        message = 'this data file is an older copy; it may have been sent since'
                     WHERE batch = ?1 AND state = 'waiting'",
                )?
                .execute(params![uuid_blob(batch.id), ms(now.at)])?;
            self.end_batch(&batch, BatchState::Stopped, Some(BatchPause::Locked), now)?;
        }
        Ok(())
    }

    /// Whether a process that lives has this batch.
    fn is_owned(&self, batch: &Batch) -> bool {
        batch
            .owner
            .is_some_and(|owner| !Owner::is_gone(&self.context().dir, owner))
    }

    fn disown_batch(&self, id: BatchId) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached("UPDATE batch SET owner = NULL WHERE id = ?1")?
            .execute([uuid_blob(id)])?;
        Ok(())
    }

    /// Changes where a batch stands, and writes it down.
    fn change_batch(
        &self,
        batch: &Batch,
        state: BatchState,
        why: Option<BatchPause>,
        message: Option<&str>,
        now: &Moment,
    ) -> Result<(), StoreError> {
        let ends = matches!(state, BatchState::Stopped | BatchState::Finished);
        self.conn()
            .prepare_cached(
                "UPDATE batch SET state = ?2, why = ?3, why_message = ?4, ended_at = ?5, changed_at = ?6
                 WHERE id = ?1",
            )?
            .execute(params![
                uuid_blob(batch.id),
                state.as_str(),
                why.map(BatchPause::as_str),
                message,
                ends.then(|| ms(now.at)),
                ms(now.at),
            ])?;
        let what = format!("batch.{state}");
        self.note_batch(&what, &self.known_batch(batch.id)?, why, now)
    }

    fn note_batch(
        &self,
        what: &str,
        batch: &Batch,
        why: Option<BatchPause>,
        now: &Moment,
    ) -> Result<(), StoreError> {
        self.journal(&Happening {
            at: now.at,
            account: Some(batch.account),
            what,
            operation: None,
            request_id: None,
            detail: json!({
                "batch": batch.number,
                "id": batch.id,
                "kind": batch.kind,
                "lines": batch.confirmed_lines(),
                "sum": batch.confirmed_sum(),
                "why": why,
                "file": batch.name,
            }),
        })
    }
}

/// The operation of a line; `None` where a waiting line lacks what it must have.
fn new_operation(
    batch: &Batch,
    line: &BatchLine,
    begin: &LineBegin,
    now: &Moment,
) -> Option<NewOperation> {
    let amount = line.amount?;
    let is_refund = batch.kind == OperationKind::Refund;
    let items = line.item_stamp.clone().filter(|_| is_refund);
    Some(NewOperation {
        id: begin.operation,
        account: batch.account,
        kind: batch.kind,
        transaction_id: line.transaction_id?,
        amount: is_refund.then_some(amount),
        items: items.map(|stamp| (stamp, amount)).into_iter().collect(),
        intent: line_intent(batch.id, begin.position, line.round)?,
        // By the wall's clock: the machine may have been started again since.
        confirmed: Moment {
            at: batch.confirmed_at,
            boot: String::new(),
            up_ms: 0,
        },
        made_at: now.at,
        refund_stamp: begin.refund_stamp.clone().filter(|_| is_refund),
        refund_reference: line.refund_reference.clone().filter(|_| is_refund),
        email: line.email.clone().filter(|_| is_refund),
        note: line.note.clone().or_else(|| batch.note.clone()),
        refund_reason: batch.refund_reason.clone().filter(|_| is_refund),
        again: line.again,
        repeat_of: None,
        owner: begin.owner,
    })
}
