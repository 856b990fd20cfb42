//! What is settled without an answer: by a person's word, or because a process ended or the file is an
//! older copy.

use hyvitys_domain::rules::{self, Rule};
use hyvitys_domain::{Moment, OperationId, OperationState};
use rusqlite::params;
use serde_json::json;

use crate::codec::{ms, uuid_blob};
use crate::error::StoreError;
use crate::head::Locked;
use crate::journal::{Answer, Happening, MARKED, Operation, Owner, Step};
use crate::writer::WriteTx;

impl WriteTx<'_> {
    /// A person's word about an unknown operation. "Not moved" can't be said while the quarantine runs.
    pub fn mark(
        &self,
        id: OperationId,
        moved: bool,
        note: &str,
        now: &Moment,
    ) -> Result<Step, StoreError> {
        let before = self.known(id)?;
        let rests = before.quarantine_left(now) > chrono::TimeDelta::zero();
        if !moved && rests && rules::holds(Rule::Quarantine) {
            return Ok(Step::Lost(before));
        }
        let to = if moved {
            OperationState::Done
        } else {
            OperationState::Failed
        };
        let answer = Answer {
            reason: Some(
                if moved {
                    "marked_moved"
                } else {
                    "marked_not_moved"
                }
                .to_owned(),
            ),
            message: Some(note.to_owned()),
            proof: Some(format!("{MARKED}{}", self.context().os_user)),
            ..Answer::default()
        };
        self.settle(id, &[OperationState::Unknown], to, &answer, now)
    }

    /// Takes up what ended processes left behind: what was being sent is `unknown`; what was queued
    /// was never sent. Gives what it changed.
    pub fn recover(&self, now: &Moment) -> Result<Vec<Operation>, StoreError> {
        self.recover_drafts(now)?;
        self.forget_imports()?;
        // A head that can't be kept just now says nothing of the file: it is no older copy for that.
        if matches!(
            self.context().locked(),
            Some(Locked::Behind | Locked::Elsewhere)
        ) {
            return self.void_waiting(false, now);
        }
        let mut changed = Vec::new();
        for operation in self.owned_operations()? {
            let alive = operation
                .owner
                .is_some_and(|owner| !Owner::is_gone(&self.context().dir, owner));
            if alive && rules::holds(Rule::RecoverByLockOnly) {
                continue;
            }
            let sending = operation.state == OperationState::Sending;
            let (to, reason, message) = if sending {
                (
                    OperationState::Unknown,
                    "interrupted",
                    "the program ended while the request was on its way",
                )
            } else {
                (
                    OperationState::Failed,
                    "stopped",
                    "the program ended before anything was sent",
                )
            };
            let answer = Answer {
                reason: Some(reason.to_owned()),
                message: Some(message.to_owned()),
                ..Answer::default()
            };
            let step = self.transition(operation.id, &[operation.state], to, &answer, now)?;
            if let Step::Taken(operation) = step {
                changed.push(operation);
            }
        }
        self.recover_batches(now)?;
        Ok(changed)
    }

    /// Voids what waits in a restored or copied file: it may have been sent after the copy was made,
    /// so it is `unknown`, and its amount stays reserved until a person or evidence settles it.
    ///
    /// What a living process has is its own until a person takes the file over (`of_all`): that process may be
    /// working in the file that this one has taken the place of.
    fn void_waiting(&self, of_all: bool, now: &Moment) -> Result<Vec<Operation>, StoreError> {
        self.void_batches(of_all, now)?;
        let mut changed = Vec::new();
        for operation in self.owned_operations()? {
            let alive = operation
                .owner
                .is_some_and(|owner| !Owner::is_gone(&self.context().dir, owner));
            if alive && !of_all {
                continue;
            }
            let answer = Answer {
                reason: Some("restored".to_owned()),
                message: Some(
                    "this data file is an older copy; the operation may have been sent since"
                        .to_owned(),
                ),
                ..Answer::default()
            };
            // The copy does not tell when it was sent, so the quarantine starts now.
            self.conn()
                .prepare_cached(
                    "UPDATE operation SET sends = max(sends, 1), last_sent_at = ?2,
                        last_sent_boot = ?3, last_sent_up = ?4 WHERE id = ?1",
                )?
                .execute(params![
                    uuid_blob(operation.id),
                    ms(now.at),
                    now.boot,
                    now.up_ms
                ])?;
            let step = self.transition(
                operation.id,
                &[operation.state],
                OperationState::Unknown,
                &answer,
                now,
            )?;
            if let Step::Taken(operation) = step {
                changed.push(operation);
            }
        }
        Ok(changed)
    }

    /// Writes down that a person takes this file over, and voids what waits in it.
    pub(crate) fn note_take_over(&self, note: &str, now: &Moment) -> Result<(), StoreError> {
        self.void_waiting(true, now)?;
        self.journal(&Happening {
            at: now.at,
            account: None,
            what: "journal.taken_over",
            operation: None,
            request_id: None,
            detail: json!({"note": note}),
        })
    }
}
