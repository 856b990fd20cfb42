//! Refunds, activations and cancels, and what became of them.

use hyvitys_backoffice::{
    OperationBrief, OperationDetail, OperationPage, Repeat, StateSum, is_pending, money_moved,
};
use hyvitys_domain::{HoldAction, OperationKind, OperationState};
use hyvitys_store::journal::{Attempt, Entry};
use serde::{Deserialize, Serialize};
use specta::Type;

use super::{AccountNumber, Cents, Count, Moved, PaymentRow, mirror, name, words};

mirror! {
    /// What an operation does.
    #[serde(rename = "OperationKind")]
    Kind of OperationKind {
        /// Gives money back.
        Refund,
        /// Captures a hold.
        Activate,
        /// Releases a hold.
        Cancel,
    }
}

mirror! {
    /// Where an operation stands.
    #[serde(rename = "OperationState")]
    OpState of OperationState {
        /// Planned.
        Draft,
        /// Confirmed, not sent.
        Queued,
        /// A request may be on its way.
        Sending,
        /// Taken by Paytrail, outcome open.
        Accepted,
        /// Proven to have happened.
        Done,
        /// Proven not to have happened, or nothing was sent.
        Failed,
        /// Refused by Paytrail.
        Rejected,
        /// Not known.
        Unknown,
    }
}

/// Whether an unknown refund may be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(rename = "Repeat")]
#[serde(rename_all = "camelCase")]
pub enum RepeatDto {
    /// Once, by a person.
    Possible,
    /// When the quarantine is over.
    NotYet,
    /// Never.
    Never,
}

/// An amount of one item.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct ItemAmount {
    /// The item's stamp.
    pub(crate) stamp: String,
    /// In cents.
    pub(crate) amount: Cents,
}

/// A refund, activation or cancel.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct OperationRow {
    /// Our own id.
    id: String,
    kind: Kind,
    state: OpState,
    /// By this the payment is asked for.
    payment_id: String,
    transaction_id: String,
    reference: String,
    customer: String,
    payment_amount: Cents,
    provider: Option<String>,
    amount: Cents,
    items: Vec<ItemAmount>,
    /// Why it is in its state, as a short stable code.
    reason: Option<String>,
    /// What Paytrail or this program said last.
    message: Option<String>,
    request_id: Option<String>,
    /// What proves that it is done, or that it is not.
    proof: Option<String>,
    note: Option<String>,
    /// Why it was made, in the shop's own words.
    refund_reason: Option<String>,
    /// Paytrail shows it as pending; it may wait for approval in the Merchant Panel.
    pending: bool,
    refund_reference: Option<String>,
    email: Option<String>,
    refund_stamp: Option<String>,
    refund_transaction_id: Option<String>,
    confirmed_at: String,
    changed_at: String,
    last_sent_at: Option<String>,
    /// How many requests may have reached Paytrail.
    sends: u32,
    /// Who confirmed it, by their name in the operating system.
    by: Option<String>,
    repeat_of: Option<String>,
    /// `None` where it is over, or there is none.
    quarantine_ends_at: Option<String>,
    /// Of an unknown refund only.
    repeat: Option<RepeatDto>,
    /// Why it may not be repeated.
    repeat_why: Option<String>,
    money_moved: Moved,
}

impl From<&hyvitys_backoffice::OperationRow> for OperationRow {
    fn from(row: &hyvitys_backoffice::OperationRow) -> OperationRow {
        let operation = &row.operation;
        let (repeat, repeat_why) = match &row.repeat {
            None => (None, None),
            Some(Repeat::Possible) => (Some(RepeatDto::Possible), None),
            Some(Repeat::NotYet) => (Some(RepeatDto::NotYet), None),
            Some(Repeat::Never(why)) => (Some(RepeatDto::Never), Some(why.as_str().to_owned())),
        };
        OperationRow {
            id: operation.id.to_string(),
            kind: operation.kind.into(),
            state: operation.state.into(),
            payment_id: operation.transaction_id.to_string(),
            transaction_id: operation.transaction_id.to_string(),
            reference: row.reference.clone(),
            customer: name(&row.customer),
            payment_amount: row.payment_amount.into(),
            provider: row
                .provider
                .as_ref()
                .map(|provider| provider.as_str().to_owned()),
            amount: operation.amount.into(),
            items: operation
                .items
                .iter()
                .map(|(stamp, amount)| ItemAmount {
                    stamp: stamp.as_str().to_owned(),
                    amount: (*amount).into(),
                })
                .collect(),
            reason: operation.reason.clone(),
            message: operation.message.clone(),
            request_id: operation.request_id.clone(),
            proof: operation.proof.clone(),
            note: operation.note.clone(),
            refund_reason: operation.refund_reason.clone(),
            pending: is_pending(operation),
            refund_reference: operation.refund_reference.clone(),
            email: operation.email.clone(),
            refund_stamp: operation
                .refund_stamp
                .as_ref()
                .map(|stamp| stamp.as_str().to_owned()),
            refund_transaction_id: operation.refund_transaction_id.map(|id| id.to_string()),
            confirmed_at: words(operation.confirmed_at),
            changed_at: words(operation.changed_at),
            last_sent_at: operation.last_sent.as_ref().map(|sent| words(sent.at)),
            sends: operation.sends,
            by: row.by.clone(),
            repeat_of: operation.repeat_of.map(|id| id.to_string()),
            quarantine_ends_at: row.quarantine_ends_at.map(words),
            repeat,
            repeat_why,
            money_moved: money_moved(operation).into(),
        }
    }
}

/// How many operations of a kind are in a state, and their sum.
#[derive(Clone, Copy, Debug, Serialize, Type)]
#[serde(rename = "StateSum")]
pub struct StateSumDto {
    kind: Kind,
    state: OpState,
    count: Count,
    amount: Cents,
}

impl From<&StateSum> for StateSumDto {
    fn from(sum: &StateSum) -> StateSumDto {
        StateSumDto {
            kind: sum.kind.into(),
            state: sum.state.into(),
            count: sum.count.into(),
            amount: sum.amount.into(),
        }
    }
}

/// A part of the list of operations.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename = "OperationPage")]
pub struct OperationPageDto {
    /// Unknown ones first, then the newest.
    rows: Vec<OperationRow>,
    next: Option<String>,
    /// Of all operations of the account.
    sums: Vec<StateSumDto>,
}

impl From<&OperationPage> for OperationPageDto {
    fn from(page: &OperationPage) -> OperationPageDto {
        OperationPageDto {
            rows: page.rows.iter().map(Into::into).collect(),
            next: page.next.clone(),
            sums: page.sums.iter().map(Into::into).collect(),
        }
    }
}

/// One HTTP request.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename = "Attempt")]
#[serde(rename_all = "camelCase")]
pub struct AttemptDto {
    call: String,
    /// Before the first byte went out.
    committed_at: String,
    answered_at: Option<String>,
    /// A short code; `None` until an answer is written.
    outcome: Option<String>,
    http_status: Option<u16>,
    request_id: Option<String>,
    /// Where it was believed.
    answer: Option<String>,
}

impl From<&Attempt> for AttemptDto {
    fn from(attempt: &Attempt) -> AttemptDto {
        AttemptDto {
            call: attempt.call.clone(),
            committed_at: words(attempt.committed_at),
            answered_at: attempt.answered_at.map(words),
            outcome: attempt.outcome.clone(),
            http_status: attempt.http_status,
            request_id: attempt.request_id.clone(),
            answer: attempt.answer.clone(),
        }
    }
}

/// What the journal says.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename = "Entry")]
#[serde(rename_all = "camelCase")]
pub struct EntryDto {
    at: String,
    what: String,
    by: String,
    request_id: Option<String>,
}

impl From<&Entry> for EntryDto {
    fn from(entry: &Entry) -> EntryDto {
        EntryDto {
            at: words(entry.at),
            what: entry.what.clone(),
            by: entry.os_user.clone(),
            request_id: entry.request_id.clone(),
        }
    }
}

/// An operation with its whole history.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename = "OperationDetail")]
pub struct OperationDetailDto {
    operation: OperationRow,
    attempts: Vec<AttemptDto>,
    entries: Vec<EntryDto>,
}

impl From<&OperationDetail> for OperationDetailDto {
    fn from(detail: &OperationDetail) -> OperationDetailDto {
        OperationDetailDto {
            operation: (&detail.row).into(),
            attempts: detail.attempts.iter().map(Into::into).collect(),
            entries: detail.entries.iter().map(Into::into).collect(),
        }
    }
}

/// An open operation in a word.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename = "OperationBrief")]
pub struct OperationBriefDto {
    id: String,
    kind: Kind,
    state: OpState,
}

impl From<&OperationBrief> for OperationBriefDto {
    fn from(brief: &OperationBrief) -> OperationBriefDto {
        OperationBriefDto {
            id: brief.id.to_string(),
            kind: brief.kind.into(),
            state: brief.state.into(),
        }
    }
}

/// An open hold.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct HoldRow {
    pub(crate) payment: PaymentRow,
    /// What the first line of the order says.
    pub(crate) first_line: Option<String>,
    /// How many lines it has.
    pub(crate) lines: u32,
    pub(crate) operation: Option<OperationBriefDto>,
}

/// Capture or release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Type)]
#[serde(rename = "HoldAction")]
#[serde(rename_all = "camelCase")]
pub enum HoldActionDto {
    /// The customer owes the invoice.
    Activate,
    /// The hold is let go.
    Cancel,
}

impl From<HoldActionDto> for HoldAction {
    fn from(action: HoldActionDto) -> HoldAction {
        match action {
            HoldActionDto::Activate => HoldAction::Activate,
            HoldActionDto::Cancel => HoldAction::Cancel,
        }
    }
}

/// An activation or a cancel as a person confirmed it.
#[derive(Clone, Debug, Deserialize, Type)]
#[serde(rename = "HoldOrder")]
#[serde(rename_all = "camelCase")]
pub struct HoldOrderDto {
    /// With which account.
    pub(crate) account: AccountNumber,
    /// Of which payment.
    pub(crate) transaction_id: String,
    /// Which of the two.
    pub(crate) action: HoldActionDto,
    /// The confirmation.
    pub(crate) intent: String,
}

/// A refund as a person confirmed it; it has either an amount or items.
#[derive(Clone, Debug, Deserialize, Type)]
#[serde(rename = "RefundOrder")]
#[serde(rename_all = "camelCase")]
pub struct RefundOrderDto {
    /// With which account.
    pub(crate) account: AccountNumber,
    /// Of which payment.
    pub(crate) transaction_id: String,
    /// How much.
    pub(crate) amount: Option<Cents>,
    /// How much of which item.
    pub(crate) items: Option<Vec<ItemAmount>>,
    /// The confirmation.
    pub(crate) intent: String,
    /// The same refund as an earlier one is meant again.
    pub(crate) again: bool,
    /// For ourselves.
    pub(crate) note: Option<String>,
    /// Why, in the shop's own words.
    pub(crate) refund_reason: Option<String>,
    /// What was typed to confirm a sum over the limit.
    pub(crate) typed: Option<Cents>,
    /// Goes to Paytrail.
    pub(crate) reference: Option<String>,
    /// Where an email refund goes; only when staff choose it.
    pub(crate) email: Option<String>,
}
