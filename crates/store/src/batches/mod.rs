//! Many operations with one confirmation (money-safety 18).
//!
//! A batch is confirmed whole, with all its lines, in one transaction. Each line then becomes an operation of
//! the journal in a transaction that names the process that runs the batch, compares the payment with what it
//! was when the line was planned, and takes the line off the waiting ones: no line is begun twice, and two
//! programs never run the same batch. What became of a line is what became of its operation.

mod confirm;
mod read;
mod steps;

use chrono::{DateTime, Utc};
use hyvitys_domain::{
    AccountId, BatchId, BatchLineState, BatchPause, BatchState, IntentId, ItemStamp, Money,
    OperationId, OperationKind, OperationState, TransactionId,
};

use crate::journal::OwnerId;

pub use confirm::{BatchRefused, Follows, NewBatch, NewBatchLine};
pub use read::{BatchLinePage, OpenElsewhere};
pub use steps::{Begun, LineBegin, LineRefused, NotResumed};

/// Of what a batch was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchOrigin {
    /// A file.
    File,
    /// A text that was pasted.
    Paste,
    /// Payments that were selected in a list.
    Payments,
    /// The rest of an earlier batch, or what failed of it.
    Batch,
}

impl BatchOrigin {
    /// Its name in the file and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            BatchOrigin::File => "file",
            BatchOrigin::Paste => "paste",
            BatchOrigin::Payments => "payments",
            BatchOrigin::Batch => "batch",
        }
    }

    fn parse(name: &str) -> Option<BatchOrigin> {
        [
            BatchOrigin::File,
            BatchOrigin::Paste,
            BatchOrigin::Payments,
            BatchOrigin::Batch,
        ]
        .into_iter()
        .find(|origin| origin.as_str() == name)
    }
}

/// Many operations that were confirmed together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Our own id.
    pub id: BatchId,
    /// Whose; its lines are sent with this account only.
    pub account: AccountId,
    /// 1, 2, 3 … of its account, for people.
    pub number: u32,
    /// What its lines do.
    pub kind: OperationKind,
    /// The file's name, or what it was made of.
    pub name: String,
    /// Of what it was made.
    pub origin: BatchOrigin,
    /// The columns of the file that it was made of.
    pub header: Vec<String>,
    /// When the person confirmed it (UTC).
    pub confirmed_at: DateTime<Utc>,
    /// Who, by their name in the operating system.
    pub by: String,
    /// Why its refunds are made, of the shop's own list.
    pub refund_reason: Option<String>,
    /// What the person noted.
    pub note: Option<String>,
    /// How many lines are under way at once, 1 to 32.
    pub concurrency: u32,
    /// The batch whose rest, or whose failed lines, it is made of.
    pub follows: Option<BatchId>,
    /// The number of that one.
    pub follows_number: Option<u32>,
    /// Where it stands.
    pub state: BatchState,
    /// Why it is paused, or was stopped by the program.
    pub why: Option<BatchPause>,
    /// The same in words, where there are some.
    pub why_message: Option<String>,
    /// The process that runs it, or that still ends its last lines.
    pub owner: Option<OwnerId>,
    /// When it ended (UTC).
    pub ended_at: Option<DateTime<Utc>>,
    /// When it last changed (UTC).
    pub changed_at: DateTime<Utc>,
    /// What of its lines is in which state.
    pub counts: Vec<BatchCount>,
}

impl Batch {
    /// How many lines are in this state.
    pub fn count(&self, state: BatchLineState) -> u64 {
        let of = |count: &&BatchCount| count.state == state;
        self.counts.iter().find(of).map_or(0, |count| count.count)
    }

    /// How many lines were confirmed: all but those that were left out.
    pub fn confirmed_lines(&self) -> u64 {
        let confirmed = |count: &&BatchCount| count.state != BatchLineState::LeftOut;
        self.counts
            .iter()
            .filter(confirmed)
            .map(|count| count.count)
            .sum()
    }

    /// The sum of the lines that were confirmed.
    pub fn confirmed_sum(&self) -> Money {
        let confirmed = |count: &&BatchCount| count.state != BatchLineState::LeftOut;
        let sums = self.counts.iter().filter(confirmed).map(|count| count.sum);
        // Confirmed lines were added up in checked arithmetic before they were kept.
        sums.sum::<Option<Money>>().unwrap_or(Money::ZERO)
    }
}

/// How many lines of a batch are in a state, and their sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchCount {
    /// Where they stand.
    pub state: BatchLineState,
    /// How many.
    pub count: u64,
    /// Their amounts together.
    pub sum: Money,
}

/// One line of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchLine {
    /// Of which batch.
    pub batch: BatchId,
    /// 1, 2, 3 … in it.
    pub position: u32,
    /// The line in the file.
    pub place: u32,
    /// The id, reference or stamp that the file names.
    pub named: String,
    /// The row of the file as it came.
    pub fields: Vec<String>,
    /// The payment; `None` only where the line was left out.
    pub transaction_id: Option<TransactionId>,
    /// How much; `None` only where the line was left out.
    pub amount: Option<Money>,
    /// Of a refund by items: of which one.
    pub item_stamp: Option<ItemStamp>,
    /// Where an email refund goes, where the file says so.
    pub email: Option<String>,
    /// The shop's reference for the refund.
    pub refund_reference: Option<String>,
    /// What the file notes.
    pub note: Option<String>,
    /// The same again was confirmed for this line.
    pub again: bool,
    /// Where it stands.
    pub state: BatchLineState,
    /// How often it was begun before and nothing was sent.
    pub round: u32,
    /// Its operation.
    pub operation: Option<OperationId>,
    /// Where that stands.
    pub operation_state: Option<OperationState>,
    /// The code of that.
    pub reason: Option<String>,
    /// Why it was refused or left out, as JSON.
    pub why: Option<String>,
    /// What Paytrail or this program said last.
    pub message: Option<String>,
    /// What Paytrail's support asks for.
    pub request_id: Option<String>,
    /// Paytrail's id of the refund.
    pub refund_transaction_id: Option<TransactionId>,
    /// What proves that it is done, or that it is not.
    pub proof: Option<String>,
    /// When it was last sent (UTC).
    pub sent_at: Option<DateTime<Utc>>,
    /// When it last changed (UTC).
    pub at: Option<DateTime<Utc>>,
    /// The payment's reference; empty where none is known.
    pub reference: String,
    /// Who paid.
    pub customer: hyvitys_domain::Customer,
}

/// The confirmation of one line's one operation: unique for each time that the line is begun.
fn line_intent(batch: BatchId, position: u32, round: u32) -> Option<IntentId> {
    IntentId::new(format!("{}-{position}-{round}", batch.uuid().simple())).ok()
}
