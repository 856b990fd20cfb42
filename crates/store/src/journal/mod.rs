//! The journal of operations: it stands between a person's "refund" and Paytrail.
//!
//! What makes it safe is that each step is one transaction which either happened or did not: an
//! operation is created together with the reservation of its amount, claimed together with the
//! attempt that is about to be sent, and answered together with what the answer proves. Every step
//! compares the state it expects and writes an entry into a hash chain. Nothing is ever deleted.

mod agree;
mod audit;
mod chain;
mod check;
mod create;
mod evidence;
mod foreign;
mod items;
mod owner;
mod read;
mod recover;
mod repeat;
mod rows;
mod standings;
mod steps;
pub(crate) mod sums;
mod verify;

use chrono::{DateTime, TimeDelta, Utc};
use hyvitys_domain::{
    AccountId, IntentId, ItemStamp, Moment, Money, OperationId, OperationKind, OperationState,
    RefundStamp, TransactionId,
};

pub use audit::{AuditFilter, AuditKind, AuditPage, AuditRow};
pub(crate) use chain::head;
pub use chain::{Entry, Happening};
pub use check::Wish;
pub use create::{NewOperation, Refusal};
pub use evidence::{EvidenceStatus, Recorded, RefundEvidence};
pub use foreign::ForeignRefund;
pub use items::ItemsRefused;
pub use owner::{Owner, OwnerId};
pub use read::{Attempt, OperationFilter};
pub use repeat::{NotRepeatable, repeatable};
pub use rows::{OperationCursor, OperationRow, RowPage, StateSum};
pub use steps::{Answer, NewAttempt, Step, TO_VERIFY};
pub(crate) use verify::known_head;
pub use verify::{ChainBreak, ChainReport, Flaw, HeadCheck, Unproven};

/// How long an unknown operation must rest before anything may be said or done about it
/// (money-safety 11).
pub const QUARANTINE: TimeDelta = TimeDelta::minutes(30);

/// How a proof begins that is a person's word.
const MARKED: &str = "marked by ";

/// One refund, activation or cancel of one payment of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Our own id.
    pub id: OperationId,
    /// Whose payment it is about; its requests go out with this account only.
    pub account: AccountId,
    /// What it does.
    pub kind: OperationKind,
    /// The payment.
    pub transaction_id: TransactionId,
    /// The amount of a refund; of a hold operation, the payment's.
    pub amount: Money,
    /// Where it stands.
    pub state: OperationState,
    /// The person's confirmation.
    pub intent: IntentId,
    /// When the person confirmed (UTC).
    pub confirmed_at: DateTime<Utc>,
    /// Of a refund: its stamp.
    pub refund_stamp: Option<RefundStamp>,
    /// Of a refund: the shop's reference for it.
    pub refund_reference: Option<String>,
    /// Of a refund: the recipient of an email refund, where staff chose one.
    pub email: Option<String>,
    /// What the person noted.
    pub note: Option<String>,
    /// Of a refund: why, in the shop's own words.
    pub refund_reason: Option<String>,
    /// Of a refund by items: what of each.
    pub items: Vec<(ItemStamp, Money)>,
    /// The unknown refund that this one repeats.
    pub repeat_of: Option<OperationId>,
    /// Of a refund: Paytrail's id of it, once a believable answer or evidence named it.
    pub refund_transaction_id: Option<TransactionId>,
    /// Why it is in its state, as a short stable code.
    pub reason: Option<String>,
    /// What Paytrail or this program said last.
    pub message: Option<String>,
    /// What Paytrail's support asks for.
    pub request_id: Option<String>,
    /// What proves that it is done, or that it is not.
    pub proof: Option<String>,
    /// The process that may send it.
    pub owner: Option<OwnerId>,
    /// How many attempts may have reached Paytrail.
    pub sends: u32,
    /// When the last of them was about to go out.
    pub last_sent: Option<Moment>,
    /// When the state last changed (UTC).
    pub changed_at: DateTime<Utc>,
}

/// A wait in minutes, rounded up: who waits as long as it is told has waited long enough.
pub(crate) fn whole_minutes(wait: TimeDelta) -> i64 {
    (wait.num_milliseconds() + 59_999) / 60_000
}

impl Operation {
    /// How much of the quarantine is left at `now`; zero where it is over or nothing was sent.
    pub fn quarantine_left(&self, now: &Moment) -> TimeDelta {
        self.last_sent.as_ref().map_or(TimeDelta::zero(), |sent| {
            (QUARANTINE - sent.surely_passed(now)).max(TimeDelta::zero())
        })
    }

    /// The minutes of the quarantine that are left at `now`, rounded up; 0 where it is over.
    pub fn quarantine_minutes(&self, now: &Moment) -> i64 {
        whole_minutes(self.quarantine_left(now))
    }

    /// Whether its state rests on a person's word alone.
    pub fn marked_by_a_person(&self) -> bool {
        self.proof
            .as_deref()
            .is_some_and(|proof| proof.starts_with(MARKED))
    }

    /// When the quarantine of an unknown operation ends (UTC); `None` where it is over or there is none.
    pub fn quarantine_ends_at(&self, now: &Moment) -> Option<DateTime<Utc>> {
        let left = self.quarantine_left(now);
        let runs = self.state == OperationState::Unknown && left > TimeDelta::zero();
        runs.then(|| now.at + left)
    }

    /// The items as one text that is equal for equal items, whatever their order.
    pub(crate) fn canonical_items(items: &[(ItemStamp, Money)]) -> String {
        let mut lines: Vec<String> = items
            .iter()
            .map(|(stamp, amount)| format!("{stamp}\t{}", amount.cents()))
            .collect();
        lines.sort();
        lines.join("\n")
    }
}
