//! Evidence of refunds: verified callbacks and report rows (money-safety 10).
//!
//! A refund's stamp is 128 random bits of ours, so who names it with the right amount has seen the
//! refund. Evidence is stronger than a refusal, a failure and a person's word. Where it says
//! something else than a signed answer did, it is kept as a contradiction and shown.

use chrono::{DateTime, Utc};
use hyvitys_domain::{
    AccountId, Moment, Money, OperationId, OperationState, RefundStamp, TransactionId,
};
use rusqlite::{OptionalExtension, params};
use serde_json::json;

use crate::codec::{ms, uuid_blob};
use crate::error::StoreError;
use crate::journal::{Answer, Happening, Operation, Step};
use crate::payments::PaymentKey;
use crate::writer::WriteTx;

/// What the evidence says became of the refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EvidenceStatus {
    /// It was paid.
    Done,
    /// It was not.
    Failed,
    /// It waits.
    Pending,
}

/// A verified statement about one refund.
#[derive(Clone, Debug)]
pub struct RefundEvidence {
    /// The refund's stamp.
    pub refund_stamp: RefundStamp,
    /// The refunded amount, positive.
    pub amount: Money,
    /// The refund's own transaction id; reports have none.
    pub transaction_id: Option<TransactionId>,
    /// What it says.
    pub status: EvidenceStatus,
    /// Where it comes from, for the proof: `callback` or `report`.
    pub source: &'static str,
    /// The date that the source gives, or when it was seen (UTC).
    pub at: DateTime<Utc>,
    /// The payment it belongs to, where the refund was made elsewhere and exactly one fits.
    pub payment: Option<PaymentKey>,
}

/// What a piece of evidence changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// It settled one of our refunds.
    Settled(OperationId),
    /// It says what the journal says.
    Agrees(OperationId),
    /// It says something else than a proof that we have; the journal keeps both and shows it.
    Contradicts(OperationId),
    /// A refund made elsewhere, recorded now.
    Foreign,
    /// A refund made elsewhere that was already recorded.
    ForeignKnown,
    /// It does not count, and why.
    Ignored(&'static str),
}

/// What fitting evidence means for one of our refunds in its state.
enum Means {
    /// It becomes this, from one of these states.
    Becomes(OperationState, &'static [OperationState]),
    /// Nothing new.
    Agrees,
    /// It says otherwise than a proof that we have.
    Contradicts,
    /// It proves nothing, and why.
    Nothing(&'static str),
}

fn means(operation: &Operation, evidence: &RefundEvidence) -> Means {
    use OperationState::{Accepted, Done, Failed, Rejected, Sending, Unknown};
    match (evidence.status, operation.state) {
        (EvidenceStatus::Done, Done) => Means::Agrees,
        (EvidenceStatus::Done, _) => {
            Means::Becomes(Done, &[Sending, Accepted, Unknown, Rejected, Failed])
        }
        (EvidenceStatus::Failed, _) if evidence.transaction_id.is_none() => {
            Means::Nothing("a failure without the refund's id proves nothing")
        }
        (EvidenceStatus::Failed, Failed | Rejected) => Means::Agrees,
        (EvidenceStatus::Failed, Done) if operation.marked_by_a_person() => {
            Means::Becomes(Failed, &[Done])
        }
        (EvidenceStatus::Failed, Done) => Means::Contradicts,
        (EvidenceStatus::Failed, _) => Means::Becomes(Failed, &[Sending, Accepted, Unknown]),
        (EvidenceStatus::Pending, _) if evidence.transaction_id.is_none() => {
            Means::Nothing("it says only that the refund waits")
        }
        (EvidenceStatus::Pending, Accepted | Done) => Means::Agrees,
        // It was known under this id already, and has ended since.
        (EvidenceStatus::Pending, Failed) if operation.refund_transaction_id.is_some() => {
            Means::Agrees
        }
        (EvidenceStatus::Pending, _) => {
            Means::Becomes(Accepted, &[Sending, Unknown, Rejected, Failed])
        }
    }
}

impl WriteTx<'_> {
    /// Takes a verified piece of evidence into the books. Never lowers what is refunded, never
    /// reopens an operation that is done.
    pub fn record_evidence(
        &self,
        account: AccountId,
        evidence: &RefundEvidence,
        now: &Moment,
    ) -> Result<Recorded, StoreError> {
        match self.operation_by_stamp(evidence.refund_stamp.as_str())? {
            Some(operation) => self.evidence_of_ours(account, &operation, evidence, now),
            None => self.evidence_of_others(account, evidence, now),
        }
    }

    fn evidence_of_ours(
        &self,
        account: AccountId,
        operation: &Operation,
        evidence: &RefundEvidence,
        now: &Moment,
    ) -> Result<Recorded, StoreError> {
        if operation.account != account {
            return Ok(Recorded::Ignored("the refund belongs to another account"));
        }
        if operation.email.is_some() {
            return Ok(Recorded::Ignored("an email refund can't be proven"));
        }
        if operation.amount != evidence.amount {
            return Ok(Recorded::Ignored("the amount is another one"));
        }
        if let Some(id) = evidence.transaction_id {
            if id == operation.transaction_id {
                return Ok(Recorded::Ignored(
                    "it names the payment's id as the refund's",
                ));
            }
            if operation
                .refund_transaction_id
                .is_some_and(|known| known != id)
            {
                return self.contradiction(operation, evidence, now);
            }
            if operation.refund_transaction_id.is_none() && self.is_refund_transaction(id)? {
                return Ok(Recorded::Ignored(
                    "its transaction id belongs to another refund",
                ));
            }
        }
        let (to, from) = match means(operation, evidence) {
            Means::Becomes(to, from) => (to, from),
            Means::Agrees => return Ok(Recorded::Agrees(operation.id)),
            Means::Contradicts => return self.contradiction(operation, evidence, now),
            Means::Nothing(why) => return Ok(Recorded::Ignored(why)),
        };
        let was = operation.state;
        let overridden = matches!(was, OperationState::Rejected | OperationState::Failed)
            || operation.marked_by_a_person();
        let answer = Answer {
            reason: Some(
                if overridden {
                    "evidence_overrides"
                } else {
                    "evidence"
                }
                .to_owned(),
            ),
            message: Some(if overridden {
                format!(
                    "a {} shows what became of it; before, it was called {was}",
                    evidence.source
                )
            } else {
                format!("a {} shows what became of it", evidence.source)
            }),
            proof: Some(evidence.source.to_owned()),
            refund_transaction_id: evidence.transaction_id,
            ..Answer::default()
        };
        match self.settle(operation.id, from, to, &answer, now)? {
            Step::Taken(operation) => Ok(Recorded::Settled(operation.id)),
            Step::Lost(operation) => self.contradiction(&operation, evidence, now),
        }
    }

    fn contradiction(
        &self,
        operation: &Operation,
        evidence: &RefundEvidence,
        now: &Moment,
    ) -> Result<Recorded, StoreError> {
        self.journal(&Happening {
            at: now.at,
            account: Some(operation.account),
            what: "evidence.contradicts",
            operation: Some(operation.id),
            request_id: None,
            detail: json!({
                "source": evidence.source,
                "state": operation.state,
                "says": format!("{:?}", evidence.status).to_lowercase(),
                "transactionId": evidence.transaction_id,
            }),
        })?;
        self.conn()
            .prepare_cached("UPDATE operation SET message = ?2 WHERE id = ?1")?
            .execute(params![
                uuid_blob(operation.id),
                format!(
                    "a {} says otherwise: look at it in the Merchant Panel",
                    evidence.source
                )
            ])?;
        Ok(Recorded::Contradicts(operation.id))
    }

    /// A refund made elsewhere. A waiting or failed one is kept, too: the first reserves its amount, and
    /// of both the transaction id is no longer new.
    fn evidence_of_others(
        &self,
        account: AccountId,
        evidence: &RefundEvidence,
        now: &Moment,
    ) -> Result<Recorded, StoreError> {
        if let Some(id) = evidence.transaction_id
            && self.payment(account, id)?.is_some()
        {
            return Ok(Recorded::Ignored("it names a payment's id as the refund's"));
        }
        let known = self
            .conn()
            .prepare_cached(
                "SELECT payment FROM foreign_refund WHERE account = ?1 AND refund_stamp = ?2",
            )?
            .query_row(
                params![account.row(), evidence.refund_stamp.as_str()],
                |row| row.get(0),
            )
            .optional()?;
        // What is known of this refund already says whose it is; a callback names no payment.
        let Some(payment) = known.map(PaymentKey::from_row).or(evidence.payment) else {
            return Ok(Recorded::Ignored(
                "no payment, or more than one, fits this refund",
            ));
        };
        let state = match evidence.status {
            EvidenceStatus::Done => "done",
            EvidenceStatus::Failed => "failed",
            EvidenceStatus::Pending => "pending",
        };
        let written = self
            .conn()
            .prepare_cached(
                "INSERT INTO foreign_refund
                     (account, payment, refund_stamp, transaction_id, amount, state, source, seen_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT (account, refund_stamp) DO UPDATE SET
                     state = excluded.state, source = excluded.source,
                     transaction_id = coalesce(transaction_id, excluded.transaction_id)
                 WHERE state <> 'done' AND state <> excluded.state AND amount = excluded.amount
                   AND excluded.state <> 'pending'",
            )?
            .execute(params![
                account.row(),
                payment.row(),
                evidence.refund_stamp.as_str(),
                evidence.transaction_id.map(uuid_blob),
                evidence.amount.cents(),
                state,
                evidence.source,
                ms(evidence.at),
            ])?;
        if written == 0 {
            return Ok(Recorded::ForeignKnown);
        }
        self.journal(&Happening {
            at: now.at,
            account: Some(account),
            what: "refund.elsewhere",
            operation: None,
            request_id: None,
            detail: json!({
                "refundStamp": evidence.refund_stamp,
                "amount": evidence.amount,
                "state": state,
                "source": evidence.source,
            }),
        })?;
        self.refresh_sums_of(payment)?;
        Ok(Recorded::Foreign)
    }
}
