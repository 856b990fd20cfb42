//! Everything that happened to a payment, as the window shows it.

use hyvitys_backoffice::{TimelineEntry, TimelineWhat};
use serde::Serialize;
use specta::Type;

use super::{Cents, Kind, mirror, words};

mirror! {
    /// What happened.
    #[serde(rename = "TimelineWhat")]
    What of TimelineWhat {
        /// The payment was made.
        Created,
        /// Paytrail showed it in a signed answer.
        Looked,
        /// A signed callback told its status.
        Told,
        /// A person confirmed an operation.
        Confirmed,
        /// A request was about to go out.
        Sending,
        /// It surely was not carried out; another may follow.
        NotSent,
        /// Paytrail took it.
        Accepted,
        /// It is proven to have happened.
        Done,
        /// Nothing was sent, or it is proven not to have happened.
        Failed,
        /// Paytrail refused.
        Rejected,
        /// Not known.
        Unknown,
        /// A person said that money moved.
        MarkedMoved,
        /// A person said that it did not.
        MarkedNotMoved,
        /// Evidence shows that the refund is done.
        EvidenceDone,
        /// Evidence shows that it failed.
        EvidenceFailed,
        /// Evidence shows that it waits.
        EvidencePending,
        /// Evidence says otherwise than a proof.
        EvidenceContradicts,
        /// An answer says otherwise than what was proven before it came.
        AnswerContradicts,
        /// Another tool gave money back.
        RefundedElsewhere,
        /// Another tool asked to give money back.
        RefundPendingElsewhere,
        /// A refund of another tool failed.
        RefundFailedElsewhere,
        /// Another entry; its word stands in `reason`.
        Other,
    }
}

/// Something that happened to a payment.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename = "TimelineEntry")]
#[serde(rename_all = "camelCase")]
pub struct TimelineEntryDto {
    at: String,
    what: What,
    kind: Option<Kind>,
    /// Who was logged in to the operating system.
    by: Option<String>,
    amount: Option<Cents>,
    operation: Option<String>,
    /// The status that was seen, by its wire name.
    status: Option<String>,
    /// Why, as a short stable code.
    reason: Option<String>,
    proof: Option<String>,
    message: Option<String>,
    note: Option<String>,
    request_id: Option<String>,
}

impl From<&TimelineEntry> for TimelineEntryDto {
    fn from(entry: &TimelineEntry) -> TimelineEntryDto {
        TimelineEntryDto {
            at: words(entry.at),
            what: entry.what.into(),
            kind: entry.kind.map(Into::into),
            by: entry.by.clone(),
            amount: entry.amount.map(Into::into),
            operation: entry.operation.map(|id| id.to_string()),
            status: entry
                .status
                .as_ref()
                .map(|status| status.as_str().to_owned()),
            reason: entry.reason.clone(),
            proof: entry.proof.clone(),
            message: entry.message.clone(),
            note: entry.note.clone(),
            request_id: entry.request_id.clone(),
        }
    }
}
