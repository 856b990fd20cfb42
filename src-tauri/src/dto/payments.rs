//! Payments: a row of the list, and all that is known of one.

use std::collections::HashMap;

use hyvitys_backoffice::{
    Hold, ListedPayment, PaymentDetail, PaymentPage, PaymentRef, PaymentStanding, RefreshReport,
    Sort, SortBy, Totals, ValueSource, Why,
};
use hyvitys_domain::{
    Customer, HoldAction, ItemStamp, ManualInvoice, Money, NotOperable, OperationState, OrderLine,
    Payment, PaymentStatus, operable,
};
use hyvitys_store::journal::{EvidenceStatus, ForeignRefund};
use hyvitys_store::payments::{Answer, Source, StoredPayment};
use serde::{Deserialize, Serialize};
use specta::Type;

use super::{
    AcceptanceDto, Cents, Count, ErrorDto, HoldRow, OperationRow, PaymentLinkDto, TimelineEntryDto,
    WhyDto, mirror, why, words,
};

mirror! {
    /// How a payment stands, in one word.
    Standing of PaymentStanding {
        /// Nobody has paid.
        New,
        /// Paid, nothing given back.
        Paid,
        /// Waits for us: activate or cancel.
        Hold,
        /// Some of it is given back.
        PartlyRefunded,
        /// All of it is given back.
        Refunded,
        /// A refund is asked for.
        RefundRequested,
        /// A request is on its way.
        Sending,
        /// What became of a request is not known.
        Unknown,
        /// An activation is open.
        Activating,
        /// A cancel is open.
        Cancelling,
        /// Not paid.
        Failed,
        /// Cancelled by us.
        Cancelled,
        /// Cancelled or expired, which is not known.
        HoldGone,
        /// A status that this program does not know.
        Other,
    }
}

mirror! {
    /// Whether a payment is known to wait for an activation, or only looks so.
    Manual of ManualInvoice {
        /// A source says so.
        Known,
        /// It looks so.
        Presumed,
    }
}

/// By what a list is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename = "SortBy")]
#[serde(rename_all = "camelCase")]
pub enum SortByDto {
    /// When it was made.
    Created,
    /// The shop's reference.
    Reference,
    /// The customer's name.
    Customer,
    /// The amount.
    Amount,
    /// What is given back.
    Refunded,
    /// The status.
    Status,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SortDto {
    by: SortByDto,
    descending: bool,
}

impl From<SortDto> for Sort {
    fn from(sort: SortDto) -> Sort {
        Sort {
            by: match sort.by {
                SortByDto::Created => SortBy::Created,
                SortByDto::Reference => SortBy::Reference,
                SortByDto::Customer => SortBy::Customer,
                SortByDto::Amount => SortBy::Amount,
                SortByDto::Refunded => SortBy::Refunded,
                SortByDto::Status => SortBy::Status,
            },
            descending: sort.descending,
        }
    }
}

/// A payment in a list.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PaymentRow {
    /// The transaction id, or `key:…` for a payment that has none.
    pub(crate) id: String,
    transaction_id: Option<String>,
    reference: String,
    /// First and last name; empty where no source named the customer.
    customer: String,
    email: Option<String>,
    amount: Cents,
    refunded: Cents,
    reserved: Cents,
    /// The status by its wire name.
    status: String,
    standing: Standing,
    provider: Option<String>,
    manual_invoice: Option<Manual>,
    created_at: String,
    deadline: Option<String>,
    /// When a signed answer last showed it.
    checked_at: Option<String>,
}

impl PaymentRow {
    fn of(stored: &StoredPayment, standing: PaymentStanding) -> PaymentRow {
        let payment = &stored.payment;
        PaymentRow {
            id: PaymentRef::from(stored).to_string(),
            transaction_id: payment.transaction_id.map(|id| id.to_string()),
            reference: payment.reference.clone(),
            customer: name(&payment.customer),
            email: payment.customer.email.clone(),
            amount: payment.amount.into(),
            refunded: payment.refunded.into(),
            reserved: payment.reserved.into(),
            status: payment.status.as_str().to_owned(),
            standing: standing.into(),
            provider: payment
                .provider
                .as_ref()
                .map(|provider| provider.as_str().to_owned()),
            manual_invoice: payment.manual_invoice().map(Into::into),
            created_at: words(payment.created.at),
            deadline: payment.deadline().map(words),
            checked_at: payment.checked_at.map(words),
        }
    }
}

impl From<&ListedPayment> for PaymentRow {
    fn from(listed: &ListedPayment) -> PaymentRow {
        PaymentRow::of(&listed.stored, listed.standing)
    }
}

/// First and last name.
pub(crate) fn name(customer: &Customer) -> String {
    let parts = [
        customer.first_name.as_deref(),
        customer.last_name.as_deref(),
    ];
    let name: Vec<&str> = parts.into_iter().flatten().collect();
    name.join(" ").trim().to_owned()
}

/// A part of the list.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename = "PaymentPage")]
#[serde(rename_all = "camelCase")]
pub struct PaymentPageDto {
    rows: Vec<PaymentRow>,
    /// Give it as `after` for the rows that follow.
    next: Option<String>,
    /// How long the data file took, in milliseconds.
    took_ms: f32,
}

impl PaymentPageDto {
    /// Converts.
    pub(crate) fn of(page: &PaymentPage, took: std::time::Duration) -> PaymentPageDto {
        PaymentPageDto {
            rows: page.payments.iter().map(Into::into).collect(),
            next: page.next.clone(),
            took_ms: took.as_secs_f32() * 1_000.0,
        }
    }
}

/// What a query finds, summed up.
#[derive(Clone, Copy, Debug, Serialize, Type)]
#[serde(rename = "Totals")]
pub struct TotalsDto {
    count: Count,
    /// There are more than `count`, and the sums are not known.
    more: bool,
    amount: Cents,
    refunded: Cents,
}

impl From<Totals> for TotalsDto {
    fn from(totals: Totals) -> TotalsDto {
        TotalsDto {
            count: totals.count.into(),
            more: totals.more,
            amount: totals.amount.into(),
            refunded: totals.refunded.into(),
        }
    }
}

/// A line of the order.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    stamp: Option<String>,
    description: String,
    product_code: Option<String>,
    units: u32,
    /// The whole line.
    amount: Cents,
    /// Tenths of a percent.
    vat_permille: Option<u16>,
    /// Of this line, given back by its stamp.
    refunded: Cents,
    /// Of this line, asked back by its stamp.
    reserved: Cents,
}

impl Line {
    fn of(line: &OrderLine, given: &Given<'_>) -> Line {
        let sum = |of: &HashMap<&ItemStamp, Money>| {
            let found = line.stamp.as_ref().and_then(|stamp| of.get(stamp).copied());
            found.unwrap_or(Money::ZERO).into()
        };
        Line {
            stamp: line.stamp.as_ref().map(|stamp| stamp.as_str().to_owned()),
            description: line.description.clone(),
            product_code: line.product_code.clone(),
            units: line.units,
            amount: line.amount.into(),
            vat_permille: line.vat_permille,
            refunded: sum(&given.done),
            reserved: sum(&given.open),
        }
    }
}

/// What refunds by item have given back, and what they have asked back.
#[derive(Default)]
struct Given<'a> {
    done: HashMap<&'a ItemStamp, Money>,
    open: HashMap<&'a ItemStamp, Money>,
}

impl<'a> Given<'a> {
    fn of(detail: &'a PaymentDetail) -> Given<'a> {
        let mut given = Given::default();
        for each in &detail.operations {
            let sums = match each.row.operation.state {
                OperationState::Done => &mut given.done,
                state if state.is_open() => &mut given.open,
                _ => continue,
            };
            for (stamp, amount) in &each.row.operation.items {
                let sum = sums.entry(stamp).or_insert(Money::ZERO);
                *sum = sum.checked_add(*amount).unwrap_or(*sum);
            }
        }
        given
    }
}

/// Who says something of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum SourceName {
    /// A web shop's or the Merchant Panel's export.
    Csv,
    /// A payment report.
    Report,
    /// A signed callback or redirect address.
    Callback,
    /// A signed answer.
    Signed,
    /// The signed answer to a payment that this program made.
    Created,
}

impl From<Source> for SourceName {
    fn from(source: Source) -> SourceName {
        match source {
            Source::Csv => SourceName::Csv,
            Source::Report => SourceName::Report,
            Source::Callback => SourceName::Callback,
            Source::Signed => SourceName::Signed,
            Source::Created => SourceName::Created,
        }
    }
}

/// Where a value came from.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename = "ValueSource")]
pub struct ValueSourceDto {
    field: String,
    source: SourceName,
    at: Option<String>,
}

impl From<&ValueSource> for ValueSourceDto {
    fn from(value: &ValueSource) -> ValueSourceDto {
        ValueSourceDto {
            field: value.field.as_str().to_owned(),
            source: value.source.into(),
            at: value.at.map(words),
        }
    }
}

/// What a source said, word for word.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename = "Answer")]
pub struct AnswerDto {
    source: SourceName,
    at: String,
    text: String,
}

impl From<&Answer> for AnswerDto {
    fn from(answer: &Answer) -> AnswerDto {
        AnswerDto {
            source: answer.source.into(),
            at: words(answer.at),
            text: answer.text.clone(),
        }
    }
}

/// What became of a refund that another tool made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum ForeignState {
    /// It waits.
    Pending,
    /// It was paid.
    Done,
    /// It was not.
    Failed,
}

/// A refund that another tool made.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename = "ForeignRefund")]
#[serde(rename_all = "camelCase")]
pub struct ForeignRefundDto {
    stamp: String,
    transaction_id: Option<String>,
    amount: Cents,
    state: ForeignState,
    /// `callback` or `report`.
    source: String,
    seen_at: String,
}

impl From<&ForeignRefund> for ForeignRefundDto {
    fn from(refund: &ForeignRefund) -> ForeignRefundDto {
        ForeignRefundDto {
            stamp: refund.refund_stamp.clone(),
            transaction_id: refund.transaction_id.map(|id| id.to_string()),
            amount: refund.amount.into(),
            state: match refund.status {
                EvidenceStatus::Pending => ForeignState::Pending,
                EvidenceStatus::Done => ForeignState::Done,
                EvidenceStatus::Failed => ForeignState::Failed,
            },
            source: refund.source.clone(),
            seen_at: words(refund.seen_at),
        }
    }
}

/// What can't be done with a payment by what it is, and why; `None` where it can. That it is being worked on, or that the
/// account is paused, stands elsewhere.
#[derive(Clone, Debug, Serialize, Type)]
pub struct Cannot {
    refund: Option<WhyDto>,
    activate: Option<WhyDto>,
    cancel: Option<WhyDto>,
}

impl Cannot {
    fn of(payment: &Payment) -> Cannot {
        let words = |why_not: NotOperable| why(&why_not.into());
        let nothing_left = || Why::NothingLeft {
            amount: payment.amount,
            refunded: payment.refunded,
            reserved: payment.reserved,
        };
        let refund = match operable::refund(payment) {
            Ok(()) => payment.refundable().is_zero().then(nothing_left),
            Err(why_not) => Some(why_not.into()),
        };
        Cannot {
            refund: refund.as_ref().and_then(why),
            activate: operable::hold_call(payment, HoldAction::Activate)
                .err()
                .and_then(words),
            // Cancelling what is gone is harmless and pointless.
            cancel: if payment.status == PaymentStatus::Fail {
                words(NotOperable::HoldGone)
            } else {
                operable::hold_call(payment, HoldAction::Cancel)
                    .err()
                    .and_then(words)
            },
        }
    }
}

/// All that is known of a payment.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename = "PaymentDetail")]
#[serde(rename_all = "camelCase")]
pub struct PaymentDetailDto {
    payment: PaymentRow,
    first_name: Option<String>,
    last_name: Option<String>,
    stamp: String,
    /// At most.
    refundable: Cents,
    /// Up to when refunds made by other tools are known.
    last_report_at: Option<String>,
    lines: Vec<Line>,
    /// Newest first.
    timeline: Vec<TimelineEntryDto>,
    /// Oldest first.
    operations: Vec<OperationRow>,
    foreign_refunds: Vec<ForeignRefundDto>,
    sources: Vec<ValueSourceDto>,
    answers: Vec<AnswerDto>,
    request_ids: Vec<String>,
    cannot: Cannot,
    /// Of a Klarna payment and of one made here: what Klarna was told, as far as is known.
    acceptance: Option<AcceptanceDto>,
    /// Of a payment made here: where the customer is led.
    link: Option<PaymentLinkDto>,
}

impl From<&PaymentDetail> for PaymentDetailDto {
    fn from(detail: &PaymentDetail) -> PaymentDetailDto {
        let stored = &detail.payment;
        let given = Given::of(detail);
        let attempts = detail.operations.iter().flat_map(|each| &each.attempts);
        let made = detail
            .link
            .as_ref()
            .and_then(|link| link.request_id.clone());
        let mut request_ids: Vec<String> = made.into_iter().collect();
        for id in attempts.filter_map(|attempt| attempt.request_id.as_ref()) {
            if !request_ids.contains(id) {
                request_ids.push(id.clone());
            }
        }
        PaymentDetailDto {
            payment: PaymentRow::of(stored, detail.standing),
            first_name: stored.payment.customer.first_name.clone(),
            last_name: stored.payment.customer.last_name.clone(),
            stamp: stored.payment.stamp.clone(),
            refundable: stored.payment.refundable().into(),
            last_report_at: detail.last_report_at.map(words),
            lines: detail
                .lines
                .iter()
                .map(|line| Line::of(line, &given))
                .collect(),
            timeline: detail.timeline.iter().map(Into::into).collect(),
            operations: detail
                .operations
                .iter()
                .map(|each| (&each.row).into())
                .collect(),
            foreign_refunds: detail.foreign_refunds.iter().map(Into::into).collect(),
            sources: detail.sources.iter().map(Into::into).collect(),
            answers: detail.answers.iter().map(Into::into).collect(),
            request_ids,
            cannot: Cannot::of(&stored.payment),
            acceptance: detail.acceptance.as_ref().map(Into::into),
            link: detail.link.as_ref().map(Into::into),
        }
    }
}

impl From<&Hold> for HoldRow {
    fn from(hold: &Hold) -> HoldRow {
        HoldRow {
            payment: PaymentRow::of(&hold.stored, hold.standing),
            first_line: hold.lines.as_ref().map(|lines| lines.first.clone()),
            lines: hold.lines.as_ref().map_or(0, |lines| lines.count),
            operation: hold.open_operation.as_ref().map(Into::into),
        }
    }
}

/// What could not be had for one payment.
#[derive(Clone, Debug, Serialize, Type)]
pub struct RefreshFailure {
    id: String,
    error: ErrorDto,
}

/// What asking Paytrail for some payments brought.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename = "RefreshReport")]
#[serde(rename_all = "camelCase")]
pub struct RefreshReportDto {
    /// Believable answers.
    fetched: Count,
    /// Payments whose status is another one now.
    changed: Count,
    errors: Vec<RefreshFailure>,
    /// Payments that were not asked for any more, since Paytrail can't be reached or does not accept the account.
    not_asked: Count,
    /// Why not.
    stopped: Option<ErrorDto>,
}

impl From<RefreshReport> for RefreshReportDto {
    fn from(report: RefreshReport) -> RefreshReportDto {
        let (not_asked, stopped) = match report.stopped {
            Some((left, error)) => (left, Some(error.into())),
            None => (0, None),
        };
        RefreshReportDto {
            fetched: report.fetched.into(),
            changed: report.changed.len().into(),
            errors: report
                .failed
                .into_iter()
                .map(|(id, error)| RefreshFailure {
                    id: id.to_string(),
                    error: error.into(),
                })
                .collect(),
            not_asked: not_asked.into(),
            stopped,
        }
    }
}
