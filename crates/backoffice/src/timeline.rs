//! Everything that happened to a payment, as one list: the journal's entries in words of a closed set,
//! what Paytrail showed, and the refunds that other tools made.

use chrono::{DateTime, Utc};
use hyvitys_domain::{Money, OperationId, OperationKind, PaymentStatus};
use hyvitys_store::journal::{Entry, EvidenceStatus, ForeignRefund, Operation};
use hyvitys_store::payments::StoredPayment;
use serde::{Deserialize, Serialize};

use crate::operations::OperationDetail;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum TimelineWhat {
    /// The payment was made.
    Created,
    /// Paytrail showed the payment in a signed answer, with the status that it has now.
    Looked,
    /// A signed callback told the status that it has now.
    Told,
    /// A person confirmed a refund, an activation or a cancel.
    Confirmed,
    /// A request was about to go out.
    Sending,
    /// The request surely was not carried out; another may follow.
    NotSent,
    /// Paytrail took it; the outcome is open.
    Accepted,
    /// It is proven to have happened.
    Done,
    /// Nothing was sent, or it is proven not to have happened.
    Failed,
    /// Paytrail refused.
    Rejected,
    /// What became of it is not known.
    Unknown,
    /// A person said that money moved.
    MarkedMoved,
    /// A person said that it did not.
    MarkedNotMoved,
    /// A callback or report showed that the refund is done.
    EvidenceDone,
    /// A callback or report showed that the refund failed.
    EvidenceFailed,
    /// A callback or report showed that the refund waits.
    EvidencePending,
    /// A callback or report says otherwise than a proof that we have.
    EvidenceContradicts,
    /// An answer says otherwise than what was proven before it came.
    AnswerContradicts,
    /// Another tool gave money back.
    RefundedElsewhere,
    /// Another tool asked to give money back.
    RefundPendingElsewhere,
    /// A refund of another tool failed.
    RefundFailedElsewhere,
    /// An entry of another kind; its word stands in `reason`.
    Other,
}

/// Something that happened to a payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TimelineEntry {
    /// When (UTC).
    pub at: DateTime<Utc>,
    /// What.
    pub what: TimelineWhat,
    /// What the operation does, where there is one.
    pub kind: Option<OperationKind>,
    /// Who was logged in to the operating system, for what the journal says.
    pub by: Option<String>,
    /// The amount that it is about.
    pub amount: Option<Money>,
    /// The operation.
    pub operation: Option<OperationId>,
    /// The status that was seen.
    pub status: Option<PaymentStatus>,
    /// Why, as a short stable code; of a contradiction, the state that it claims.
    pub reason: Option<String>,
    /// What proves it, or where it was seen.
    pub proof: Option<String>,
    /// What Paytrail or this program said.
    pub message: Option<String>,
    /// What the person noted.
    pub note: Option<String>,
    /// What Paytrail's support asks for.
    pub request_id: Option<String>,
}

/// The parts of an entry's detail that are told. See the journal's steps for what else there is.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Detail {
    reason: Option<String>,
    message: Option<String>,
    proof: Option<String>,
    says: Option<String>,
    source: Option<String>,
}

impl TimelineEntry {
    fn new(at: DateTime<Utc>, what: TimelineWhat) -> TimelineEntry {
        TimelineEntry {
            at,
            what,
            kind: None,
            by: None,
            amount: None,
            operation: None,
            status: None,
            reason: None,
            proof: None,
            message: None,
            note: None,
            request_id: None,
        }
    }
}

/// All of it, newest first. `operations` have their entries oldest first.
pub(crate) fn of(
    stored: &StoredPayment,
    operations: &[OperationDetail],
    foreign: &[ForeignRefund],
) -> Vec<TimelineEntry> {
    let mut timeline = seen(stored);
    for detail in operations {
        let operation = &detail.row.operation;
        timeline.extend(detail.entries.iter().map(|entry| told(operation, entry)));
    }
    timeline.extend(foreign.iter().map(elsewhere));
    // By time, and where that is the same, in the order in which it was written.
    timeline.sort_by_key(|entry| entry.at);
    timeline.reverse();
    timeline
}

/// What the payment itself tells.
fn seen(stored: &StoredPayment) -> Vec<TimelineEntry> {
    let payment = &stored.payment;
    let mut timeline = vec![TimelineEntry {
        amount: Some(payment.amount),
        ..TimelineEntry::new(payment.created.at, TimelineWhat::Created)
    }];
    let status = |at, what| TimelineEntry {
        status: Some(payment.status.clone()),
        ..TimelineEntry::new(at, what)
    };
    if let Some(at) = stored
        .signed_status_at
        .filter(|at| payment.checked_at != Some(*at))
    {
        timeline.push(status(at, TimelineWhat::Told));
    }
    // A look that a callback has overtaken showed another status, maybe.
    if let Some(at) = payment.checked_at {
        let newest = stored.signed_status_at.is_none_or(|said| said <= at);
        let mut entry = status(at, TimelineWhat::Looked);
        entry.status = entry.status.filter(|_| newest);
        timeline.push(entry);
    }
    timeline
}

/// An entry of the journal.
fn told(operation: &Operation, entry: &Entry) -> TimelineEntry {
    let detail: Detail = serde_json::from_str(&entry.detail).unwrap_or_default();
    let what = what(&entry.what, &detail);
    let mut told = TimelineEntry {
        kind: Some(operation.kind),
        by: Some(entry.os_user.clone()),
        amount: Some(operation.amount),
        operation: Some(operation.id),
        proof: detail.proof.or(detail.source),
        reason: detail.reason,
        message: detail.message,
        request_id: entry.request_id.clone(),
        ..TimelineEntry::new(entry.at, what)
    };
    match what {
        TimelineWhat::Confirmed => told.note.clone_from(&operation.note),
        // What a person said stands in the journal as the message of the step.
        TimelineWhat::MarkedMoved | TimelineWhat::MarkedNotMoved => {
            told.note = told.message.take();
        }
        TimelineWhat::EvidenceContradicts | TimelineWhat::AnswerContradicts => {
            told.reason = detail.says;
        }
        TimelineWhat::Other => told.reason = Some(entry.what.clone()),
        _ => {}
    }
    told
}

fn what(code: &str, detail: &Detail) -> TimelineWhat {
    let reason = detail.reason.as_deref().unwrap_or_default();
    let evidence = matches!(reason, "evidence" | "evidence_overrides");
    match code {
        // The first entry has no step behind it; one that does was taken back before it was sent.
        "operation.queued" if reason.is_empty() => TimelineWhat::Confirmed,
        "operation.queued" => TimelineWhat::NotSent,
        "operation.sending" => TimelineWhat::Sending,
        "operation.accepted" if evidence => TimelineWhat::EvidencePending,
        "operation.accepted" => TimelineWhat::Accepted,
        "operation.done" if evidence => TimelineWhat::EvidenceDone,
        "operation.done" if reason == "marked_moved" => TimelineWhat::MarkedMoved,
        "operation.done" => TimelineWhat::Done,
        "operation.failed" if evidence => TimelineWhat::EvidenceFailed,
        "operation.failed" if reason == "marked_not_moved" => TimelineWhat::MarkedNotMoved,
        "operation.failed" => TimelineWhat::Failed,
        "operation.rejected" => TimelineWhat::Rejected,
        "operation.unknown" => TimelineWhat::Unknown,
        "evidence.contradicts" => TimelineWhat::EvidenceContradicts,
        "answer.contradicts" => TimelineWhat::AnswerContradicts,
        _ => TimelineWhat::Other,
    }
}

/// A refund of another tool.
fn elsewhere(refund: &ForeignRefund) -> TimelineEntry {
    let what = match refund.status {
        EvidenceStatus::Done => TimelineWhat::RefundedElsewhere,
        EvidenceStatus::Pending => TimelineWhat::RefundPendingElsewhere,
        EvidenceStatus::Failed => TimelineWhat::RefundFailedElsewhere,
    };
    TimelineEntry {
        kind: Some(OperationKind::Refund),
        amount: Some(refund.amount),
        proof: Some(refund.source.clone()),
        ..TimelineEntry::new(refund.seen_at, what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(code: &str, detail: &str) -> TimelineWhat {
        what(code, &serde_json::from_str(detail).unwrap())
    }

    #[test]
    fn a_step_back_to_the_queue_is_no_second_confirmation() {
        let confirmed = r#"{"kind":"refund","amount":100}"#;
        assert_eq!(told("operation.queued", confirmed), TimelineWhat::Confirmed);
        let back = r#"{"from":"sending","reason":"nothing_sent"}"#;
        assert_eq!(told("operation.queued", back), TimelineWhat::NotSent);
    }

    #[test]
    fn a_persons_word_and_evidence_are_told_apart_from_what_an_answer_proves() {
        for (code, reason, expected) in [
            ("operation.done", "refunded", TimelineWhat::Done),
            ("operation.done", "marked_moved", TimelineWhat::MarkedMoved),
            ("operation.done", "evidence", TimelineWhat::EvidenceDone),
            ("operation.failed", "refund_failed", TimelineWhat::Failed),
            (
                "operation.failed",
                "marked_not_moved",
                TimelineWhat::MarkedNotMoved,
            ),
            (
                "operation.failed",
                "evidence_overrides",
                TimelineWhat::EvidenceFailed,
            ),
            ("operation.accepted", "requested", TimelineWhat::Accepted),
            (
                "operation.accepted",
                "evidence",
                TimelineWhat::EvidencePending,
            ),
            ("operation.rejected", "refused", TimelineWhat::Rejected),
            ("operation.unknown", "unclear", TimelineWhat::Unknown),
            ("operation.gone", "x", TimelineWhat::Other),
        ] {
            let detail = format!("{{\"reason\":\"{reason}\"}}");
            assert_eq!(told(code, &detail), expected, "{code} {reason}");
        }
        assert_eq!(
            told(
                "evidence.contradicts",
                r#"{"says":"failed","source":"report"}"#
            ),
            TimelineWhat::EvidenceContradicts
        );
    }
}
