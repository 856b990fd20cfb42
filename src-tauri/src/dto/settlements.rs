//! Settlements, and what does not add up in one.

use hyvitys_backoffice::payments::PaymentRef;
use hyvitys_backoffice::{SettlementDetail, SettlementList, SettlementSums};
use hyvitys_store::settlements::{EntryKind, SettlementEntry, SettlementRow};
use serde::Serialize;
use specta::Type;

use super::{Cents, Count, ErrorDto, WhyDto, mirror, why, words};

mirror! {
    /// What an entry of a settlement is about.
    #[serde(rename = "EntryKind")]
    EntryKindDto of EntryKind {
        /// A payment that was paid out.
        Payment,
        /// A refund that was kept back.
        Refund,
    }
}

/// A settlement in the list.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename = "SettlementRow")]
#[serde(rename_all = "camelCase")]
pub struct SettlementRowDto {
    id: String,
    reference: String,
    created_at: Option<String>,
    settled_at: Option<String>,
    /// How many entries files have brought.
    entries: Count,
    /// Payments less refunds and the fees and commissions that are known; `None` without entries.
    total: Option<Cents>,
    /// Payments of which neither fee nor commission is known: by those less was paid out.
    without_fees: Count,
}

impl From<&SettlementRow> for SettlementRowDto {
    fn from(row: &SettlementRow) -> SettlementRowDto {
        let settlement = &row.settlement;
        SettlementRowDto {
            id: settlement.id.clone(),
            reference: settlement.reference.clone(),
            created_at: settlement.created_at.map(words),
            settled_at: settlement.settled_at.map(words),
            entries: u64::from(row.entries).into(),
            total: row.total.map(Into::into),
            without_fees: u64::from(row.without_fees).into(),
        }
    }
}

/// The settlements that are known.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename = "SettlementList")]
#[serde(rename_all = "camelCase")]
pub struct SettlementListDto {
    /// The newest first.
    rows: Vec<SettlementRowDto>,
    /// When Paytrail was last asked for them.
    fetched_at: Option<String>,
    /// Why it could not be asked now.
    not_fetched: Option<ErrorDto>,
}

impl From<SettlementList> for SettlementListDto {
    fn from(list: SettlementList) -> SettlementListDto {
        SettlementListDto {
            rows: list.rows.iter().map(Into::into).collect(),
            fetched_at: list.fetched_at.map(words),
            not_fetched: list.not_fetched.map(Into::into),
        }
    }
}

/// A line of a settlement.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename = "SettlementEntry")]
pub struct SettlementEntryDto {
    kind: EntryKindDto,
    /// The payment, where it is known: the transaction id, or `key:…`.
    payment: Option<String>,
    reference: String,
    stamp: String,
    customer: String,
    /// Below zero of a refund.
    amount: Cents,
    fee: Option<Cents>,
    commission: Option<Cents>,
}

impl From<&SettlementEntry> for SettlementEntryDto {
    fn from(entry: &SettlementEntry) -> SettlementEntryDto {
        let payment = entry.payment.as_ref();
        let name = |payment: &hyvitys_store::settlements::EntryPayment| {
            let id = payment.transaction_id;
            id.map_or(PaymentRef::Key(payment.key), PaymentRef::Id)
                .to_string()
        };
        SettlementEntryDto {
            kind: entry.kind.into(),
            payment: payment.map(name),
            reference: entry.reference.clone(),
            stamp: entry.stamp.clone(),
            customer: payment
                .map(|payment| payment.customer.clone())
                .unwrap_or_default(),
            amount: entry.amount.into(),
            fee: entry.fee.map(Into::into),
            commission: entry.commission.map(Into::into),
        }
    }
}

/// What the entries of a settlement add up to. Fees and commissions are what they cost.
#[derive(Clone, Copy, Debug, Serialize, Type)]
#[serde(rename = "SettlementSums")]
#[serde(rename_all = "camelCase")]
pub struct SettlementSumsDto {
    payments: Cents,
    /// Below zero.
    refunds: Cents,
    /// `None` where no entry has any.
    fees: Option<Cents>,
    /// `None` where no entry has any.
    commission: Option<Cents>,
    /// Less the fees and commissions that are known.
    net: Cents,
    /// Payments of which neither is known: by those less was paid out.
    without_fees: Count,
}

impl From<SettlementSums> for SettlementSumsDto {
    fn from(sums: SettlementSums) -> SettlementSumsDto {
        SettlementSumsDto {
            payments: sums.payments.into(),
            refunds: sums.refunds.into(),
            fees: sums.fees.map(Into::into),
            commission: sums.commission.map(Into::into),
            net: sums.net.into(),
            without_fees: u64::from(sums.without_fees).into(),
        }
    }
}

/// A settlement with its entries.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename = "SettlementDetail")]
pub struct SettlementDetailDto {
    settlement: SettlementRowDto,
    /// Payments first.
    entries: Vec<SettlementEntryDto>,
    sums: SettlementSumsDto,
    /// What does not add up.
    problems: Vec<WhyDto>,
}

impl From<&SettlementDetail> for SettlementDetailDto {
    fn from(detail: &SettlementDetail) -> SettlementDetailDto {
        SettlementDetailDto {
            settlement: (&detail.row).into(),
            entries: detail.entries.iter().map(Into::into).collect(),
            sums: detail.sums.into(),
            problems: detail.problems.iter().filter_map(why).collect(),
        }
    }
}
