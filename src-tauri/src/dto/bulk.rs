//! Batches: what one would do, and how it stands.

use hyvitys_backoffice::bulk::{
    AmountsIn, Batch, BatchColumn, BatchCount, BatchLine, BatchOptions, BatchOrigin, BatchPlan,
    BatchSum, BatchVerdict, BatchView, LineChange, PlannedBatchLine, Suggestion,
};
use hyvitys_domain::{BatchLineState, BatchPause, BatchState, Customer, OperationKind};
use hyvitys_store::journal::QUARANTINE;
use serde::{Deserialize, Serialize};
use specta::Type;

use super::drafts::both_ways;
use super::errors::{WhyDto, why, why_of_json};
use super::{Cents, Count, ErrorDto, words};

both_ways! {
    /// What every line of a batch does.
    BatchKind of OperationKind, "camelCase" {
        /// Gives money back.
        Refund,
        /// Captures a hold.
        Activate,
        /// Releases a hold.
        Cancel,
    }
}

both_ways! {
    /// What a column of a batch's file is.
    #[serde(rename = "BatchColumn")]
    BatchColumnDto of BatchColumn, "camelCase" {
        /// Paytrail's id of the payment.
        TransactionId,
        /// The shop's reference.
        Reference,
        /// The shop's stamp.
        Stamp,
        /// How much, in euros.
        AmountEuros,
        /// How much, in cents.
        AmountCents,
        /// Of which order line.
        ItemStamp,
        /// Where an email refund goes.
        Email,
        /// The shop's reference for the refund.
        RefundReference,
        /// For the shop itself.
        Note,
    }
}

both_ways! {
    /// In what the amounts of a file count.
    #[serde(rename = "AmountsIn")]
    AmountsInDto of AmountsIn, "camelCase" {
        /// Euros.
        Euros,
        /// Cents.
        Cents,
    }
}

both_ways! {
    /// What the check found of a line.
    BatchLineVerdict of BatchVerdict, "camelCase" {
        /// It can't be sent so.
        Error,
        /// It is sent, and a person may want to look first.
        Warning,
        /// It is sent.
        Ready,
        /// A person has left it out.
        LeftOut,
    }
}

both_ways! {
    /// Of what a batch is made.
    BatchFrom of BatchOrigin, "camelCase" {
        /// A file.
        File,
        /// A text that was pasted.
        Paste,
        /// Payments that were selected.
        Payments,
        /// An earlier batch.
        Batch,
    }
}

both_ways! {
    /// Where a batch stands.
    #[serde(rename = "BatchState")]
    BatchStateDto of BatchState, "camelCase" {
        /// Its lines are being sent.
        Running,
        /// Nothing new is begun until a person says so.
        Paused,
        /// Ended by a person.
        Stopped,
        /// Every line was begun or refused.
        Finished,
    }
}

both_ways! {
    /// Why a batch is paused.
    #[serde(rename = "BatchPause")]
    BatchPauseDto of BatchPause, "camelCase" {
        /// A person paused it.
        Person,
        /// The program that ran it ended.
        Interrupted,
        /// Paytrail could not be reached, ten times in a row.
        Connection,
        /// The secret was not accepted.
        Unauthorized,
        /// The balance does not cover a refund.
        Balance,
        /// The disk did not take what had to be written.
        NotSaved,
        /// The confirmation is too old.
        Stale,
        /// The data file is an older copy.
        Locked,
        /// The keychain gave no secret.
        Keychain,
    }
}

both_ways! {
    /// Where a line of a batch stands.
    #[serde(rename = "BatchLineState")]
    BatchLineStateDto of BatchLineState, "camelCase" {
        /// Not begun.
        Waiting,
        /// Its request may be on its way.
        Sending,
        /// Taken by Paytrail, outcome open.
        Accepted,
        /// Proven to have happened.
        Done,
        /// Nothing was sent, or it is proven not to have happened.
        Failed,
        /// Refused by Paytrail.
        Rejected,
        /// Not known.
        Unknown,
        /// Not begun, since the payment does not allow it any more.
        Refused,
        /// Left out before the batch was confirmed.
        LeftOut,
        /// A later batch has taken it over.
        Moved,
        /// The data file is an older copy: it may have been sent since.
        Voided,
    }
}

/// Which lines of an earlier batch.
#[derive(Clone, Copy, Debug, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum EarlierLines {
    /// What still waits there.
    Waiting,
    /// What was not carried out.
    Failed,
}

/// Where the lines of a batch come from.
#[derive(Clone, Debug, Deserialize, Type)]
#[serde(
    tag = "from",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum BatchSource {
    /// A file, its bytes in base64.
    File {
        /// What a person calls it.
        name: String,
        /// Base64.
        text: String,
    },
    /// A text.
    Paste {
        /// As it was pasted.
        text: String,
    },
    /// A selection.
    Payments {
        /// Paytrail's ids.
        transaction_ids: Vec<String>,
    },
    /// An earlier batch.
    Batch {
        /// Its id.
        batch: String,
        /// Which of its lines.
        lines: EarlierLines,
    },
}

/// What a person said of a table.
#[derive(Clone, Debug, Deserialize, Type)]
#[serde(rename = "BatchOptions", rename_all = "camelCase")]
pub struct BatchOptionsDto {
    /// What each column is.
    columns: Option<Vec<Option<BatchColumnDto>>>,
    /// In what amounts count.
    amounts_in: Option<AmountsInDto>,
}

impl From<BatchOptionsDto> for BatchOptions {
    fn from(said: BatchOptionsDto) -> BatchOptions {
        let column = |column: Option<BatchColumnDto>| column.map(BatchColumn::from);
        BatchOptions {
            columns: said
                .columns
                .map(|columns| columns.into_iter().map(column).collect()),
            named: Vec::new(),
            amounts_in: said.amounts_in.map(AmountsIn::from),
        }
    }
}

/// What would mend a line: one of them.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum BatchSuggestion {
    /// This amount.
    Amount(Cents),
    /// This reference.
    Key(String),
    /// The same again is meant.
    Again(bool),
}

/// A line of a plan.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename = "PlannedBatchLine", rename_all = "camelCase")]
pub struct PlannedBatchLineDto {
    number: u32,
    /// The line in the file.
    place: u32,
    /// What it names.
    key: String,
    /// Of the payment; empty where none is found.
    reference: String,
    customer: String,
    /// Paytrail's id.
    payment: Option<String>,
    amount: Option<Cents>,
    /// The amount was empty: all that was left when it was planned.
    was_empty: bool,
    left_after: Option<Cents>,
    item_stamp: Option<String>,
    email: Option<String>,
    refund_reference: Option<String>,
    note: Option<String>,
    verdict: BatchLineVerdict,
    why: Option<WhyDto>,
    suggestion: Option<BatchSuggestion>,
}

impl From<&PlannedBatchLine> for PlannedBatchLineDto {
    fn from(line: &PlannedBatchLine) -> PlannedBatchLineDto {
        let asked = line.asked.as_ref().ok();
        PlannedBatchLineDto {
            number: line.number,
            place: line.place,
            key: line.named.clone(),
            reference: line.reference.clone(),
            customer: full_name(&line.customer),
            payment: line.payment.map(|id| id.to_string()),
            amount: line.amount.map(Cents::from),
            was_empty: asked.is_some_and(|asked| asked.amount.is_none()),
            left_after: line.left_after.map(Cents::from),
            item_stamp: line.item_stamp().map(ToString::to_string),
            email: asked.and_then(|asked| asked.email.clone()),
            refund_reference: asked.and_then(|asked| asked.refund_reference.clone()),
            note: asked.and_then(|asked| asked.note.clone()),
            verdict: line.verdict.into(),
            why: line.why.as_ref().and_then(|reason| why(&reason.why)),
            suggestion: line.suggestion.as_ref().map(|suggestion| match suggestion {
                Suggestion::Amount(amount) => BatchSuggestion::Amount((*amount).into()),
                Suggestion::Key(key) => BatchSuggestion::Key(key.clone()),
                Suggestion::Again => BatchSuggestion::Again(true),
            }),
        }
    }
}

/// A part of a plan's lines.
#[derive(Clone, Debug, Serialize, Type)]
pub struct PlannedBatchLines {
    pub(crate) lines: Vec<PlannedBatchLineDto>,
    pub(crate) total: Count,
}

/// How many lines, and their sum. A sum may be more than a payment's largest.
#[derive(Clone, Copy, Debug, Serialize, Type)]
#[serde(rename = "BatchSum")]
pub struct BatchSumDto {
    count: Count,
    sum: Cents,
}

impl From<BatchSum> for BatchSumDto {
    fn from(sum: BatchSum) -> BatchSumDto {
        BatchSumDto {
            count: sum.count.into(),
            sum: sum.sum.into(),
        }
    }
}

/// A table as it is read.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename = "BatchTable")]
pub struct BatchTableDto {
    headers: Vec<String>,
    columns: Vec<Option<BatchColumnDto>>,
    sample: Vec<Vec<String>>,
    remembered: bool,
}

/// A batch that is planned and not confirmed.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename = "BatchPlan", rename_all = "camelCase")]
pub struct BatchPlanDto {
    /// By this it is asked for and confirmed.
    pub(crate) plan: String,
    /// What the confirmation gives back.
    digest: String,
    kind: BatchKind,
    name: String,
    source_kind: BatchFrom,
    planned_at: String,
    table: Option<BatchTableDto>,
    /// Whole numbers only: until a person says euros or cents, every line is an error.
    amounts_unknown: bool,
    /// What no column gives.
    missing: Vec<BatchColumnDto>,
    /// The number of an earlier batch made of the same file.
    same_file_as: Option<u32>,
    /// Why nothing can be confirmed now.
    blocked: Option<ErrorDto>,
    lines: Count,
    ready: BatchSumDto,
    warnings: BatchSumDto,
    errors: BatchSumDto,
    left_out: BatchSumDto,
    /// What confirming would do.
    sends: BatchSumDto,
    /// Over the shop's limit: the sum has to be typed.
    type_sum: bool,
    /// How many lines would be under way at once.
    concurrency: u32,
    /// Those first that need a person most.
    first: Vec<PlannedBatchLineDto>,
}

/// How many lines come with a plan.
const FIRST: usize = 200;

impl BatchPlanDto {
    /// A plan by its name, as the shop's limit and setting have it.
    pub(crate) fn of(
        plan: &BatchPlan,
        name: String,
        limit: Option<hyvitys_domain::Money>,
        concurrency: u32,
    ) -> BatchPlanDto {
        let sends = plan.sends();
        let (first, _) = plan.page(None, 0, FIRST);
        BatchPlanDto {
            plan: name,
            digest: plan.digest.clone(),
            kind: plan.kind.into(),
            name: plan.name.clone(),
            source_kind: plan.origin.into(),
            planned_at: words(plan.planned.at),
            table: plan.table.as_ref().map(|table| BatchTableDto {
                headers: table.headers.clone(),
                columns: table
                    .columns
                    .iter()
                    .map(|column| column.map(BatchColumnDto::from))
                    .collect(),
                sample: table.sample.clone(),
                remembered: table.remembered,
            }),
            amounts_unknown: plan.amounts_unknown,
            missing: if plan.no_key {
                vec![BatchColumnDto::Reference]
            } else {
                Vec::new()
            },
            same_file_as: plan.same_file_as,
            blocked: plan.blocked.clone().map(ErrorDto::from),
            lines: plan.lines.len().into(),
            ready: plan.sum(BatchVerdict::Ready).into(),
            warnings: plan.sum(BatchVerdict::Warning).into(),
            errors: plan.sum(BatchVerdict::Error).into(),
            left_out: plan.sum(BatchVerdict::LeftOut).into(),
            sends: sends.into(),
            type_sum: limit.is_some_and(|limit| sends.sum > limit),
            concurrency,
            first: first.into_iter().map(Into::into).collect(),
        }
    }
}

/// A change of a line that is planned.
#[derive(Clone, Debug, Deserialize, Type)]
#[serde(rename = "LineChange", rename_all = "camelCase")]
pub struct LineChangeDto {
    number: u32,
    #[serde(default)]
    left_out: Option<bool>,
    #[serde(default)]
    amount: Option<Cents>,
    #[serde(default)]
    key: Option<String>,
    #[serde(default)]
    again: Option<bool>,
}

impl From<LineChangeDto> for LineChange {
    fn from(change: LineChangeDto) -> LineChange {
        LineChange {
            number: change.number,
            left_out: change.left_out,
            amount: change.amount.map(Into::into),
            key: change.key,
            again: change.again,
        }
    }
}

/// A confirmation: it binds what was shown.
#[derive(Clone, Debug, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct BatchOrder {
    pub(crate) plan: String,
    pub(crate) digest: String,
    pub(crate) count: u32,
    pub(crate) sum: Cents,
    /// What was typed, where the sum has to be.
    pub(crate) typed: Option<Cents>,
    pub(crate) intent: String,
    pub(crate) refund_reason: Option<String>,
    pub(crate) note: Option<String>,
    pub(crate) concurrency: Option<u32>,
}

/// Lines in one state.
#[derive(Clone, Copy, Debug, Serialize, Type)]
#[serde(rename = "BatchCount")]
pub struct BatchCountDto {
    state: BatchLineStateDto,
    count: Count,
    sum: Cents,
}

impl From<&BatchCount> for BatchCountDto {
    fn from(count: &BatchCount) -> BatchCountDto {
        BatchCountDto {
            state: count.state.into(),
            count: count.count.into(),
            sum: count.sum.into(),
        }
    }
}

/// A confirmed batch.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename = "Batch", rename_all = "camelCase")]
pub struct BatchDto {
    id: String,
    number: u32,
    kind: BatchKind,
    name: String,
    state: BatchStateDto,
    why: Option<BatchPauseDto>,
    why_message: Option<String>,
    /// Paused or stopped, and lines under way still end.
    ending: bool,
    by: String,
    confirmed_at: String,
    started_at: String,
    ended_at: Option<String>,
    concurrency: u32,
    refund_reason: Option<String>,
    note: Option<String>,
    /// The number of the batch that it continues.
    follows: Option<u32>,
    /// What was confirmed.
    lines: Count,
    sum: Cents,
    counts: Vec<BatchCountDto>,
    per_second: Option<f64>,
    seconds_left: Option<Count>,
    /// Paused, and its confirmation still holds.
    resumable: bool,
}

impl From<&BatchView> for BatchDto {
    fn from(view: &BatchView) -> BatchDto {
        let batch: &Batch = &view.batch;
        BatchDto {
            id: batch.id.to_string(),
            number: batch.number,
            kind: batch.kind.into(),
            name: batch.name.clone(),
            state: batch.state.into(),
            why: batch.why.map(Into::into),
            why_message: batch.why_message.clone(),
            ending: view.ending,
            by: batch.by.clone(),
            confirmed_at: words(batch.confirmed_at),
            // It begins as soon as it is confirmed.
            started_at: words(batch.confirmed_at),
            ended_at: batch.ended_at.map(words),
            concurrency: batch.concurrency,
            refund_reason: batch.refund_reason.clone(),
            note: batch.note.clone(),
            follows: view.follows_number,
            lines: batch.confirmed_lines().into(),
            sum: batch.confirmed_sum().into(),
            counts: batch.counts.iter().map(Into::into).collect(),
            per_second: view.per_second,
            seconds_left: view.seconds_left.map(Into::into),
            resumable: view.resumable,
        }
    }
}

/// A line of a confirmed batch.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename = "BatchLine", rename_all = "camelCase")]
pub struct BatchLineDto {
    number: u32,
    place: u32,
    key: String,
    reference: String,
    customer: String,
    payment: Option<String>,
    /// In cents; 0 of a line that was left out since its amount could not be read.
    amount: Cents,
    item_stamp: Option<String>,
    state: BatchLineStateDto,
    operation: Option<String>,
    why: Option<WhyDto>,
    message: Option<String>,
    request_id: Option<String>,
    refund_id: Option<String>,
    proof: Option<String>,
    /// Paytrail shows it as pending; it may wait for approval in the Merchant Panel.
    approval: bool,
    /// Of an unknown one: until when nothing may be said of it, by the wall's clock.
    quarantine_ends_at: Option<String>,
    at: Option<String>,
}

impl From<&BatchLine> for BatchLineDto {
    fn from(line: &BatchLine) -> BatchLineDto {
        let unknown = line.state == BatchLineState::Unknown;
        BatchLineDto {
            number: line.position,
            place: line.place,
            key: line.named.clone(),
            reference: line.reference.clone(),
            customer: full_name(&line.customer),
            payment: line.transaction_id.map(|id| id.to_string()),
            amount: line.amount.unwrap_or(hyvitys_domain::Money::ZERO).into(),
            item_stamp: line.item_stamp.as_ref().map(ToString::to_string),
            state: line.state.into(),
            operation: line.operation.map(|id| id.to_string()),
            why: line.why.as_deref().and_then(why_of_json),
            message: line.message.clone(),
            request_id: line.request_id.clone(),
            refund_id: line.refund_transaction_id.map(|id| id.to_string()),
            proof: line.proof.clone(),
            approval: line.state == BatchLineState::Accepted
                && line.reason.as_deref() == Some(hyvitys_backoffice::money::believe::PENDING),
            quarantine_ends_at: line
                .sent_at
                .filter(|_| unknown)
                .map(|sent| words(sent + QUARANTINE)),
            at: line.at.map(words),
        }
    }
}

/// A part of a batch's lines.
#[derive(Clone, Debug, Serialize, Type)]
pub struct BatchLines {
    pub(crate) lines: Vec<BatchLineDto>,
    pub(crate) total: Count,
}

fn full_name(customer: &Customer) -> String {
    let names = [&customer.first_name, &customer.last_name];
    let names: Vec<&str> = names.into_iter().flatten().map(String::as_str).collect();
    names.join(" ")
}
