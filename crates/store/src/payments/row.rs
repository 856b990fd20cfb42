//! A payment's row, read into domain types, and the plain reads: one payment, its lines, its answers.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use hyvitys_domain::rules::{self, Rule};
use hyvitys_domain::{
    AccountId, Customer, ItemStamp, Money, OrderLine, Payment, PaymentStatus, Provider,
    TransactionId, WireTime,
};
use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row, ToSql};
use uuid::Uuid;

use super::facts::{Created, Precision};
use super::names::Names;
use super::sources::{Source, Sources};
use super::{PaymentKey, StoredPayment};
use crate::codec::{broken, optional_time, time, uuid_blob};
use crate::error::StoreError;
use crate::reader::ReadTx;

/// A row as it is; statuses and providers still by number.
pub(super) const COLUMNS: &str = "p.id, p.account, p.transaction_id, p.status, p.provider, p.amount, \
    p.refunded, p.reserved, p.manual_invoice_known, p.created_zoned, p.created_precision, p.sources, \
    p.first_name, p.last_name, p.email, p.stamp, p.reference, p.checked_at, p.signed_status_at, \
    p.seen_held";

/// A payment as the rules of joining and merging see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) key: PaymentKey,
    pub(super) account: AccountId,
    pub(super) transaction_id: Option<TransactionId>,
    pub(super) stamp: Option<String>,
    pub(super) reference: Option<String>,
    pub(super) status: PaymentStatus,
    pub(super) provider: Option<Provider>,
    pub(super) amount: Money,
    pub(super) refunded: Money,
    pub(super) reserved: Money,
    pub(super) manual_invoice: bool,
    pub(super) created: Created,
    pub(super) first_name: Option<String>,
    pub(super) last_name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) sources: Sources,
    pub(super) checked_at: Option<DateTime<Utc>>,
    pub(super) signed_status_at: Option<DateTime<Utc>>,
    pub(super) seen_held: bool,
}

/// The order lines of a payment, in short.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineSummary {
    /// What the first line says.
    pub first: String,
    /// How many lines there are.
    pub count: u32,
}

/// By what a payment is joined with what others say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentIdentity {
    /// Paytrail's id.
    pub transaction_id: Option<TransactionId>,
    /// The shop's stamp.
    pub stamp: Option<String>,
}

/// What one source said of a payment, word for word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Who said it.
    pub source: Source,
    /// When (UTC).
    pub at: DateTime<Utc>,
    /// What.
    pub text: String,
}

impl Precision {
    pub(super) const fn number(self) -> i64 {
        match self {
            Precision::Exact => 0,
            Precision::Minute => 1,
            Precision::Presumed => 2,
        }
    }

    pub(super) const fn from_number(number: i64) -> Option<Precision> {
        match number {
            0 => Some(Precision::Exact),
            1 => Some(Precision::Minute),
            2 => Some(Precision::Presumed),
            _ => None,
        }
    }
}

impl Known {
    pub(super) fn read(row: &Row<'_>, names: &Names) -> Result<Known, StoreError> {
        let key = PaymentKey::from_row(row.get(0)?);
        let transaction_id = row
            .get::<_, Option<[u8; 16]>>(2)?
            .map(|bytes| TransactionId::from_uuid(Uuid::from_bytes(bytes)));
        let precision = Precision::from_number(row.get(10)?)
            .ok_or_else(|| broken(10, Type::Integer, "a precision"))?;
        Ok(Known {
            key,
            account: AccountId::from_row(row.get(1)?),
            transaction_id,
            status: names.status(row.get(3)?)?,
            provider: names.provider(row.get(4)?)?,
            amount: Money::from_cents(row.get(5)?),
            refunded: Money::from_cents(row.get(6)?),
            reserved: Money::from_cents(row.get(7)?),
            manual_invoice: row.get(8)?,
            created: Created {
                time: WireTime {
                    at: key.time(),
                    zoned: row.get(9)?,
                },
                precision,
            },
            sources: Sources::from_bits(row.get(11)?),
            first_name: row.get(12)?,
            last_name: row.get(13)?,
            email: row.get(14)?,
            stamp: row.get(15)?,
            reference: row.get(16)?,
            checked_at: optional_time(row, 17)?,
            signed_status_at: optional_time(row, 18)?,
            seen_held: row.get(19)?,
        })
    }

    pub(super) fn into_stored(self) -> StoredPayment {
        StoredPayment {
            key: self.key,
            payment: Payment {
                account: self.account,
                transaction_id: self.transaction_id,
                reference: self.reference.unwrap_or_default(),
                stamp: self.stamp.unwrap_or_default(),
                status: self.status,
                provider: self.provider,
                amount: self.amount,
                refunded: self.refunded,
                reserved: self.reserved,
                manual_invoice_known: self.manual_invoice,
                seen_held: self.seen_held,
                created: self.created.time,
                customer: Customer {
                    first_name: self.first_name,
                    last_name: self.last_name,
                    email: self.email,
                },
                checked_at: self.checked_at,
            },
            precision: self.created.precision,
            signed_status_at: self.signed_status_at,
            sources: self.sources,
        }
    }
}

impl ReadTx<'_> {
    /// Runs `SELECT {COLUMNS} FROM payment p {rest}`.
    pub(super) fn known(
        &self,
        names: &Names,
        rest: &str,
        values: &[&dyn ToSql],
    ) -> Result<Vec<Known>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM payment p {rest}");
        let mut statement = self.conn().prepare_cached(&sql)?;
        let mut rows = statement.query(values)?;
        let mut known = Vec::new();
        while let Some(row) = rows.next()? {
            known.push(Known::read(row, names)?);
        }
        Ok(known)
    }

    fn stored(&self, rest: &str, values: &[&dyn ToSql]) -> Result<Vec<StoredPayment>, StoreError> {
        let known = self.known(&Names::load(self)?, rest, values)?;
        Ok(known.into_iter().map(Known::into_stored).collect())
    }

    /// The payment of a transaction id.
    pub fn payment(
        &self,
        account: AccountId,
        id: TransactionId,
    ) -> Result<Option<StoredPayment>, StoreError> {
        let rest = if rules::holds(Rule::AccountsNeverMix) {
            "WHERE p.account = ?1 AND p.transaction_id = ?2"
        } else {
            "WHERE ?1 IS NOT NULL AND p.transaction_id = ?2"
        };
        Ok(self.stored(rest, &[&account.row(), &uuid_blob(id)])?.pop())
    }

    /// The payment of a key.
    pub fn payment_by_key(&self, key: PaymentKey) -> Result<Option<StoredPayment>, StoreError> {
        Ok(self.stored("WHERE p.id = ?1", &[&key.row()])?.pop())
    }

    /// The transaction id and stamp of the payment of a key.
    pub fn payment_identity(&self, key: PaymentKey) -> Result<Option<PaymentIdentity>, StoreError> {
        Ok(self
            .conn()
            .prepare_cached("SELECT transaction_id, stamp FROM payment WHERE id = ?1")?
            .query_row([key.row()], |row| {
                let id = row.get::<_, Option<[u8; 16]>>(0)?;
                let id = id.map(|bytes| TransactionId::from_uuid(Uuid::from_bytes(bytes)));
                Ok(PaymentIdentity {
                    transaction_id: id,
                    stamp: row.get(1)?,
                })
            })
            .optional()?)
    }

    /// All payments with exactly this reference, the newest first.
    pub fn payments_by_reference(
        &self,
        account: AccountId,
        reference: &str,
    ) -> Result<Vec<StoredPayment>, StoreError> {
        let rest = "WHERE p.account = ?1 AND p.reference = ?2 ORDER BY p.id DESC";
        self.stored(rest, &[&account.row(), &reference])
    }

    /// The newest payments with exactly this reference that did not fail, at most `most`.
    pub fn refundable_by_reference(
        &self,
        account: AccountId,
        reference: &str,
        most: usize,
    ) -> Result<Vec<StoredPayment>, StoreError> {
        let rest = "WHERE p.account = ?1 AND p.reference = ?2
            AND p.status <> (SELECT id FROM status WHERE name = 'fail') ORDER BY p.id DESC LIMIT ?3";
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.stored(rest, &[&account.row(), &reference, &most])
    }

    /// All payments with exactly this stamp, the newest first. Stamps are meant to be unique.
    pub fn payments_by_stamp(
        &self,
        account: AccountId,
        stamp: &str,
    ) -> Result<Vec<StoredPayment>, StoreError> {
        let rest = "WHERE p.account = ?1 AND p.stamp = ?2 ORDER BY p.id DESC";
        self.stored(rest, &[&account.row(), &stamp])
    }

    /// The order lines of a payment, in their order.
    pub fn lines(&self, key: PaymentKey) -> Result<Vec<OrderLine>, StoreError> {
        let mut statement = self.conn().prepare_cached(
            "SELECT stamp, description, product_code, units, amount, vat_permille
             FROM line WHERE payment = ?1 ORDER BY position",
        )?;
        let lines = statement.query_map([key.row()], |row| {
            let stamp = row.get::<_, Option<String>>(0)?;
            let stamp = stamp.map(ItemStamp::new).transpose();
            Ok(OrderLine {
                stamp: stamp.map_err(|_| broken(0, Type::Text, "an item stamp"))?,
                description: row.get(1)?,
                product_code: row.get(2)?,
                units: row.get(3)?,
                amount: Money::from_cents(row.get(4)?),
                vat_permille: row.get(5)?,
            })
        })?;
        Ok(lines.collect::<Result<_, _>>()?)
    }

    /// What the first order line of each of these payments says, and how many lines it has; payments
    /// without lines are left out.
    pub fn line_summaries(
        &self,
        payments: &[PaymentKey],
    ) -> Result<HashMap<PaymentKey, LineSummary>, StoreError> {
        let keys: Vec<String> = payments.iter().map(|key| key.row().to_string()).collect();
        let mut statement = self.conn().prepare_cached(
            "SELECT l.payment, l.description, count(*), min(l.position)
             FROM json_each(?1) wanted CROSS JOIN line l ON l.payment = wanted.value
             GROUP BY l.payment",
        )?;
        // With min() beside it, the description is that of the first position (SQLite's bare columns).
        let summaries = statement.query_map([format!("[{}]", keys.join(","))], |row| {
            let summary = LineSummary {
                first: row.get(1)?,
                count: row.get(2)?,
            };
            Ok((PaymentKey::from_row(row.get(0)?), summary))
        })?;
        Ok(summaries.collect::<Result<_, _>>()?)
    }

    /// What the sources said of a payment, word for word: the last answer of each.
    pub fn raw(&self, key: PaymentKey) -> Result<Vec<Answer>, StoreError> {
        let mut statement = self.conn().prepare_cached(
            "SELECT source, at, text FROM answer WHERE payment = ?1 ORDER BY source",
        )?;
        let answers = statement.query_map([key.row()], |row| {
            Ok(Answer {
                source: Source::from_number(row.get(0)?)
                    .ok_or_else(|| broken(0, Type::Integer, "a source"))?,
                at: time(row, 1)?,
                text: row.get(2)?,
            })
        })?;
        Ok(answers.collect::<Result<_, _>>()?)
    }

    /// Payments whose status Paytrail may still change, the newest first: all that are neither paid
    /// nor failed, have a transaction id and were made since `since` (UTC).
    pub fn unsettled(
        &self,
        account: AccountId,
        since: DateTime<Utc>,
    ) -> Result<Vec<StoredPayment>, StoreError> {
        let first = PaymentKey::first_of(since).row();
        self.by_status(account, first, |status| {
            !matches!(status, PaymentStatus::Ok | PaymentStatus::Fail)
        })
        .map(|mut payments| {
            payments.retain(|stored| stored.payment.transaction_id.is_some());
            payments.sort_by_key(|stored| std::cmp::Reverse(stored.key));
            payments
        })
    }

    /// All open holds, those first whose time ends first; those without a known end last.
    pub fn open_holds(&self, account: AccountId) -> Result<Vec<StoredPayment>, StoreError> {
        let mut holds = self.by_status(account, 0, PaymentStatus::is_open_hold)?;
        holds.sort_by_cached_key(|stored| {
            let deadline = stored.payment.deadline();
            (deadline.is_none(), deadline, stored.key)
        });
        Ok(holds)
    }

    fn by_status(
        &self,
        account: AccountId,
        first: i64,
        fits: impl Fn(&PaymentStatus) -> bool,
    ) -> Result<Vec<StoredPayment>, StoreError> {
        let names = Names::load(self)?;
        let mut found = Vec::new();
        for status in names
            .statuses
            .matching(|name| fits(&PaymentStatus::from(name)))
        {
            let rest = "WHERE p.account = ?1 AND p.status = ?2 AND p.id >= ?3";
            let known = self.known(&names, rest, &[&account.row(), &status, &first])?;
            found.extend(known.into_iter().map(Known::into_stored));
        }
        Ok(found)
    }
}
