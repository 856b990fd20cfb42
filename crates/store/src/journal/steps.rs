//! The steps of an operation. Each compares the state that it expects, changes it, writes the entry and
//! brings the payment's sums in line, all in one transaction.

use hyvitys_domain::rules::{self, Rule};
use hyvitys_domain::{Moment, OperationId, OperationKind, OperationState, TransactionId};
use rusqlite::{OptionalExtension, params};
use serde_json::json;

use crate::codec::{ms, uuid_blob};
use crate::error::StoreError;
use crate::head::{self, Locked};
use crate::journal::{Happening, Operation, OwnerId};
use crate::writer::WriteTx;

/// How long after a person's confirmation a hold's request may be repeated (money-safety 8).
const REPEAT_WITHIN: chrono::TimeDelta = chrono::TimeDelta::minutes(15);

/// An HTTP request that is about to go out.
#[derive(Clone, Debug)]
pub struct NewAttempt {
    /// Fresh for each attempt.
    pub nonce: String,
    /// What is asked, like `refund` or `cancel-order`.
    pub call: String,
}

/// What an answer, a look or a person says of an operation.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// Why, as a short stable code.
    pub reason: Option<String>,
    /// What was said.
    pub message: Option<String>,
    /// The answer's request-id.
    pub request_id: Option<String>,
    /// The answer's HTTP status.
    pub http_status: Option<u16>,
    /// What proves it.
    pub proof: Option<String>,
    /// Of a refund: Paytrail's id of it.
    pub refund_transaction_id: Option<TransactionId>,
    /// The raw answer, where it was believed.
    pub raw: Option<String>,
    /// The refund's id that the operation had taken over is not its own after all.
    pub disowns_refund: bool,
}

/// The reason of a refund whose answer says "done" and may yet belong to an earlier request.
pub const TO_VERIFY: &str = "to_verify";

/// Whether a step was taken.
#[derive(Clone, Debug)]
pub enum Step {
    /// It was; this is the operation now.
    Taken(Operation),
    /// The operation was not in the state that the step starts from; nothing was changed.
    Lost(Operation),
}

impl Step {
    /// The operation as it is now, whether or not the step was taken.
    pub fn operation(self) -> Operation {
        match self {
            Step::Taken(operation) | Step::Lost(operation) => operation,
        }
    }
}

impl WriteTx<'_> {
    pub(super) fn known(&self, id: OperationId) -> Result<Operation, StoreError> {
        self.operation(id)?
            .ok_or_else(|| StoreError::Unreadable(format!("operation {id} is not in the journal")))
    }

    /// Moves an operation from one of `from` to `to`.
    pub(super) fn transition(
        &self,
        id: OperationId,
        from: &[OperationState],
        to: OperationState,
        answer: &Answer,
        now: &Moment,
    ) -> Result<Step, StoreError> {
        let before = self.known(id)?;
        if !from.contains(&before.state) || !before.state.may_become(to) {
            return Ok(Step::Lost(before));
        }
        let changed = self
            .conn()
            .prepare_cached(
                "UPDATE operation SET state = ?3, reason = ?4, message = ?5,
                    request_id = coalesce(?6, request_id), proof = ?7,
                    refund_transaction_id = iif(?10, NULL, coalesce(refund_transaction_id, ?8)),
                    changed_at = ?9
                 WHERE id = ?1 AND state = ?2",
            )?
            .execute(params![
                uuid_blob(id),
                before.state.as_str(),
                to.as_str(),
                answer.reason,
                answer.message,
                answer.request_id,
                answer.proof,
                answer.refund_transaction_id.map(uuid_blob),
                ms(now.at),
                answer.disowns_refund,
            ])?;
        if changed != 1 {
            return Ok(Step::Lost(self.known(id)?));
        }
        self.journal(&Happening {
            at: now.at,
            account: Some(before.account),
            what: &format!("operation.{to}"),
            operation: Some(id),
            request_id: answer.request_id.as_deref(),
            detail: json!({
                "from": before.state,
                "reason": answer.reason,
                "message": answer.message,
                "proof": answer.proof,
                "httpStatus": answer.http_status,
                "refundTransactionId": answer.refund_transaction_id,
            }),
        })?;
        self.refresh_sums(before.account, before.transaction_id)?;
        Ok(Step::Taken(self.known(id)?))
    }

    /// Whether money operations are locked, by a fresh comparison with the head that the machine knows:
    /// a copy of this file may have gone on elsewhere while it was open here.
    pub(crate) fn check_lock(&self) -> Result<Option<Locked>, StoreError> {
        let context = self.context();
        if let Some(locked) = context.locked() {
            return Ok(Some(locked));
        }
        let found = head::check(self.conn(), &context.heads_dir)?;
        if found.is_some() {
            context.set_locked(found.clone());
        }
        Ok(found)
    }

    /// `queued → sending`, by the process that owns it only, together with the attempt that is about
    /// to go out. After an unclear activation or cancel, `unknown → sending` once more, within 15
    /// minutes of the person's confirmation; never so for a refund.
    ///
    /// `expected` is the state that the caller decided on. Nothing is claimed while the file is locked or
    /// the account is paused or removed.
    pub fn claim(
        &self,
        id: OperationId,
        expected: OperationState,
        owner: OwnerId,
        attempt: &NewAttempt,
        now: &Moment,
    ) -> Result<Step, StoreError> {
        let before = self.known(id)?;
        let account = self.account(before.account)?;
        let open =
            account.is_some_and(|account| account.paused.is_none() && account.removed_at.is_none());
        if before.state != expected || !open || self.check_lock()?.is_some() {
            return Ok(Step::Lost(before));
        }
        let may = match before.state {
            OperationState::Queued => before.owner == Some(owner),
            OperationState::Unknown => {
                before.kind.is_hold()
                    && before.sends == 1
                    && now.at >= before.confirmed_at
                    && now.at - before.confirmed_at <= REPEAT_WITHIN
            }
            _ => false,
        };
        if !may {
            return Ok(Step::Lost(before));
        }
        let step = self.transition(
            id,
            &[before.state],
            OperationState::Sending,
            &Answer::default(),
            now,
        )?;
        if let Step::Lost(_) = step {
            return Ok(step);
        }
        self.conn()
            .prepare_cached(
                "UPDATE operation SET owner = ?2, sends = sends + 1, last_sent_at = ?3,
                    last_sent_boot = ?4, last_sent_up = ?5 WHERE id = ?1",
            )?
            .execute(params![
                uuid_blob(id),
                owner.to_string(),
                ms(now.at),
                now.boot,
                now.up_ms
            ])?;
        self.conn()
            .prepare_cached(
                "INSERT INTO attempt (operation, account, nonce, call, committed_at)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                uuid_blob(id),
                before.account.row(),
                attempt.nonce,
                attempt.call,
                ms(now.at)
            ])?;
        Ok(Step::Taken(self.known(id)?))
    }

    /// Writes what came of an attempt, once; `false` where it was written before. An answer that is
    /// written again (its first try may have been saved after all) says nothing of a later attempt.
    fn close_attempt(
        &self,
        nonce: &str,
        outcome: &str,
        answer: &Answer,
        now: &Moment,
    ) -> Result<bool, StoreError> {
        let closed = self
            .conn()
            .prepare_cached(
                "UPDATE attempt SET outcome = ?2, http_status = ?3, request_id = ?4, answer = ?5,
                    answered_at = ?6 WHERE nonce = ?1 AND outcome IS NULL",
            )?
            .execute(params![
                nonce,
                outcome,
                answer.http_status,
                answer.request_id,
                answer.raw,
                ms(now.at)
            ])?;
        Ok(closed == 1)
    }

    /// It is certain that the attempt never left (or, after a 429, that it was turned away): back to
    /// where it was, so that a new attempt may be made, or with `give_up` to `failed`. An operation
    /// that an earlier attempt may have carried out goes back to `unknown`.
    pub fn not_sent(
        &self,
        id: OperationId,
        nonce: &str,
        answer: &Answer,
        give_up: bool,
        now: &Moment,
    ) -> Result<Step, StoreError> {
        let closed = self.close_attempt(nonce, "not_sent", answer, now)?;
        let before = self.known(id)?;
        if !closed || before.state != OperationState::Sending {
            return Ok(Step::Lost(before));
        }
        let to = match (before.sends, give_up) {
            (2.., _) => OperationState::Unknown,
            (_, true) => OperationState::Failed,
            (_, false) => OperationState::Queued,
        };
        self.conn()
            .prepare_cached("UPDATE operation SET sends = max(sends - 1, 0) WHERE id = ?1")?
            .execute([uuid_blob(id)])?;
        self.transition(id, &[OperationState::Sending], to, answer, now)
    }

    /// What the answer to an attempt makes of its operation. Where evidence was faster, the attempt
    /// gets its answer and the operation stays as it is.
    ///
    /// A refund's id that is already known as something else makes the answer `unknown`: it does
    /// not belong to this question (money-safety 7).
    pub fn answered(
        &self,
        id: OperationId,
        nonce: &str,
        to: OperationState,
        answer: &Answer,
        now: &Moment,
    ) -> Result<Step, StoreError> {
        let mut to = to;
        let mut answer = answer.clone();
        if let Some(refund) = answer.refund_transaction_id
            && rules::holds(Rule::RefundIdsAreNew)
            && !self.is_new_refund(id, refund)?
        {
            to = OperationState::Unknown;
            answer.reason = Some("does_not_fit".to_owned());
            answer.message = Some(format!(
                "the answer names {refund}, which is known as something else"
            ));
            answer.proof = None;
            answer.refund_transaction_id = None;
        }
        let settles = matches!(to, OperationState::Done | OperationState::Failed);
        if settles
            && answer.refund_transaction_id.is_some()
            && rules::holds(Rule::RefundIdsAreNew)
            && self.answers_are_missing(id, nonce)?
        {
            // An answer that got lost may come now, in place of this one: a look will tell.
            to = OperationState::Accepted;
            answer.reason = Some(TO_VERIFY.to_owned());
            answer.proof = None;
        }
        if !self.close_attempt(nonce, to.as_str(), &answer, now)? {
            return Ok(Step::Lost(self.known(id)?));
        }
        let step = self.transition(id, &[OperationState::Sending], to, &answer, now)?;
        match &step {
            Step::Taken(operation) => self.settle_twin(operation, now)?,
            Step::Lost(operation) => self.note_other_answer(operation, to, &answer, now)?,
        }
        Ok(step)
    }

    /// Evidence was faster than the answer; where the two don't agree, both are kept and shown.
    fn note_other_answer(
        &self,
        operation: &Operation,
        to: OperationState,
        answer: &Answer,
        now: &Moment,
    ) -> Result<(), StoreError> {
        let same_refund = answer.refund_transaction_id.is_none()
            || answer.refund_transaction_id == operation.refund_transaction_id;
        let agrees = match to {
            OperationState::Unknown => true,
            OperationState::Accepted => operation.state != OperationState::Failed,
            settled => settled == operation.state,
        };
        if same_refund && agrees {
            return Ok(());
        }
        self.journal(&Happening {
            at: now.at,
            account: Some(operation.account),
            what: "answer.contradicts",
            operation: Some(operation.id),
            request_id: answer.request_id.as_deref(),
            detail: json!({
                "state": operation.state,
                "says": to,
                "refundTransactionId": answer.refund_transaction_id,
            }),
        })?;
        self.conn()
            .prepare_cached("UPDATE operation SET message = ?2 WHERE id = ?1")?
            .execute(params![
                uuid_blob(operation.id),
                "the answer says otherwise: look at it in the Merchant Panel"
            ])?;
        Ok(())
    }

    /// Whether nothing else in this file, of whichever account, has this transaction id.
    fn is_new_refund(&self, id: OperationId, refund: TransactionId) -> Result<bool, StoreError> {
        let known = self
            .conn()
            .prepare_cached(
                "SELECT 1 FROM operation WHERE refund_transaction_id = ?1 AND id <> ?2
                 UNION ALL SELECT 1 FROM foreign_refund WHERE transaction_id = ?1
                 UNION ALL SELECT 1 FROM payment WHERE transaction_id = ?1
                 UNION ALL SELECT 1 FROM operation WHERE transaction_id = ?1",
            )?
            .query_row(params![uuid_blob(refund), uuid_blob(id)], |_| Ok(()))
            .optional()?;
        Ok(known.is_none())
    }

    /// Whether another refund request of the same payment went out whose answer never came, or was not
    /// believed.
    fn answers_are_missing(&self, id: OperationId, nonce: &str) -> Result<bool, StoreError> {
        Ok(self
            .conn()
            .prepare_cached(
                "SELECT 1 FROM operation this
                 JOIN operation o ON o.account = this.account AND o.transaction_id = this.transaction_id
                     AND o.kind = 'refund'
                 JOIN attempt a ON a.operation = o.id
                 WHERE this.id = ?1 AND a.nonce <> ?2 AND (a.outcome IS NULL OR a.outcome = 'unknown')",
            )?
            .query_row(params![uuid_blob(id), nonce], |_| Ok(()))
            .optional()?
            .is_some())
    }

    /// What a look at Paytrail or a piece of evidence makes of an operation in one of `from`.
    pub fn settle(
        &self,
        id: OperationId,
        from: &[OperationState],
        to: OperationState,
        answer: &Answer,
        now: &Moment,
    ) -> Result<Step, StoreError> {
        let step = self.transition(id, from, to, answer, now)?;
        if let Step::Taken(operation) = &step {
            self.settle_twin(operation, now)?;
        }
        Ok(step)
    }

    /// When one of an unknown refund and its repeat is paid, the other can no longer be: both together
    /// are more than the payment.
    fn settle_twin(&self, operation: &Operation, now: &Moment) -> Result<(), StoreError> {
        if operation.state != OperationState::Done || operation.kind != OperationKind::Refund {
            return Ok(());
        }
        let repeat = self
            .operation_repeating(operation.id)?
            .map(|repeat| repeat.id);
        for twin in operation.repeat_of.into_iter().chain(repeat) {
            let answer = Answer {
                reason: Some("twin_done".to_owned()),
                message: Some(
                    "the same refund was paid by another attempt; Paytrail's limit refuses both"
                        .to_owned(),
                ),
                proof: Some(format!("{} is done", operation.id)),
                ..Answer::default()
            };
            self.transition(
                twin,
                &[OperationState::Unknown],
                OperationState::Failed,
                &answer,
                now,
            )?;
        }
        Ok(())
    }
}
