//! Settlements: the payments to the merchant's bank account, as Paytrail lists them, and what files say
//! that each of them paid out.

use chrono::{DateTime, Utc};
use hyvitys_domain::{AccountId, Money, PaymentStatus, TransactionId};
use rusqlite::{OptionalExtension, Row, params};
use uuid::Uuid;

use crate::codec::{ms, optional_time, parsed, time};
use crate::error::StoreError;
use crate::payments::PaymentKey;
use crate::reader::ReadTx;
use crate::writer::WriteTx;

/// A settlement, as the signed answer lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// Paytrail's id; of one that only files name without an id, its reference.
    pub id: String,
    /// The reference that the bank shows; may be empty.
    pub reference: String,
    /// When it was put together (UTC).
    pub created_at: Option<DateTime<Utc>>,
    /// When it was paid out (UTC).
    pub settled_at: Option<DateTime<Utc>>,
}

/// A settlement with what files say of it, summed up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettlementRow {
    /// The settlement.
    pub settlement: Settlement,
    /// Whether Paytrail's list has it.
    pub listed: bool,
    /// How many entries files have brought.
    pub entries: u32,
    /// Payments less refunds and the fees and commissions that are known; `None` without entries.
    pub total: Option<Money>,
    /// Payments of which neither fee nor commission is known: by those less was paid out than `total`.
    pub without_fees: u32,
}

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A payment that was paid out.
    Payment,
    /// A refund that was kept back.
    Refund,
}

/// The payment of an entry, as far as this is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryPayment {
    /// Its key.
    pub key: PaymentKey,
    /// Its id.
    pub transaction_id: Option<TransactionId>,
    /// Its amount.
    pub amount: Money,
    /// Its status.
    pub status: PaymentStatus,
    /// First and last name.
    pub customer: String,
    /// In how many entries of payments it stands, here and in all settlements.
    pub times: u32,
}

/// One line of a settlement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettlementEntry {
    /// What it is about.
    pub kind: EntryKind,
    /// The shop's reference.
    pub reference: String,
    /// The payment's or refund's stamp.
    pub stamp: String,
    /// In cents; negative of a refund.
    pub amount: Money,
    /// What the method costs, in cents.
    pub fee: Option<Money>,
    /// What the method takes of the amount, in cents.
    pub commission: Option<Money>,
    /// The payment, where it is known.
    pub payment: Option<EntryPayment>,
    /// Of a refund: the amount that our own journal or other evidence has under its stamp.
    pub refund_known: Option<Money>,
}

/// Which entries belong to a settlement: those with its id, and those without any but with its reference.
const OF: &str = "e.account = ?1 AND (e.settlement_id = ?2
     OR (e.settlement_id = '' AND e.settlement_reference = ?3 AND ?3 <> ''))";

impl ReadTx<'_> {
    /// All settlements that are known, the newest first.
    pub fn settlements(&self, account: AccountId) -> Result<Vec<SettlementRow>, StoreError> {
        let mut statement = self.conn().prepare_cached(
            "WITH summed AS (
                 SELECT settlement_id AS id, settlement_reference AS reference, count(*) AS n,
                        sum(amount) - coalesce(sum(fee), 0) - coalesce(sum(commission), 0) AS total,
                        max(settled_on) AS day,
                        sum(kind = 'payment' AND fee IS NULL AND commission IS NULL) AS feeless
                 FROM settlement_entry WHERE account = ?1 GROUP BY 1, 2)
             SELECT s.id, s.reference, s.created_at, s.settled_at, 1,
                    (SELECT coalesce(sum(n), 0) FROM summed m WHERE m.id = s.id
                        OR (m.id = '' AND m.reference = s.reference AND s.reference <> '')),
                    (SELECT sum(total) FROM summed m WHERE m.id = s.id
                        OR (m.id = '' AND m.reference = s.reference AND s.reference <> '')),
                    (SELECT coalesce(sum(feeless), 0) FROM summed m WHERE m.id = s.id
                        OR (m.id = '' AND m.reference = s.reference AND s.reference <> ''))
             FROM settlement s WHERE s.account = ?1
             UNION ALL
             SELECT CASE m.id WHEN '' THEN m.reference ELSE m.id END AS name, max(m.reference), NULL,
                    max(m.day) * 86400000, 0, sum(m.n), sum(m.total), sum(m.feeless)
             FROM summed m
             WHERE NOT EXISTS (SELECT 1 FROM settlement s WHERE s.account = ?1 AND (s.id = m.id
                 OR (m.id = '' AND s.reference = m.reference AND m.reference <> '')))
                 AND (m.id <> '' OR m.reference <> '')
             GROUP BY name",
        )?;
        let rows = statement.query_map([account.row()], |row| {
            Ok(SettlementRow {
                settlement: settlement(row)?,
                listed: row.get(4)?,
                entries: row.get(5)?,
                total: row.get::<_, Option<i64>>(6)?.map(Money::from_cents),
                without_fees: row.get(7)?,
            })
        })?;
        let mut rows: Vec<SettlementRow> = rows.collect::<Result<_, _>>()?;
        let when = |row: &SettlementRow| row.settlement.settled_at.or(row.settlement.created_at);
        rows.sort_by(|a, b| {
            when(b)
                .cmp(&when(a))
                .then_with(|| b.settlement.id.cmp(&a.settlement.id))
        });
        Ok(rows)
    }

    /// When the list of settlements was last asked for (UTC).
    pub fn settlements_asked_at(
        &self,
        account: AccountId,
    ) -> Result<Option<DateTime<Utc>>, StoreError> {
        Ok(self
            .conn()
            .prepare_cached("SELECT at FROM settlement_look WHERE account = ?1")?
            .query_row([account.row()], |row| time(row, 0))
            .optional()?)
    }

    /// The entries of a settlement, payments first, in the order in which files brought them.
    pub fn settlement_entries(
        &self,
        account: AccountId,
        settlement: &Settlement,
    ) -> Result<Vec<SettlementEntry>, StoreError> {
        let sql = format!(
            "WITH own AS (
                 SELECT e.id, e.kind, e.reference, e.stamp, e.amount, e.fee, e.commission,
                        f.amount AS foreign_amount,
                        CASE WHEN o.state = 'done' THEN o.amount END AS our_amount,
                        coalesce(e.payment, f.payment, r.id,
                            CASE WHEN e.kind = 'payment' THEN (SELECT max(id) FROM payment
                                WHERE account = e.account AND stamp = e.stamp) END) AS payment
                 FROM settlement_entry e
                 LEFT JOIN foreign_refund f ON e.kind = 'refund' AND f.account = e.account
                     AND f.refund_stamp = e.stamp AND f.state <> 'failed'
                 LEFT JOIN operation o ON e.kind = 'refund' AND o.account = e.account
                     AND o.refund_stamp = e.stamp
                 LEFT JOIN payment r ON r.account = o.account AND r.transaction_id = o.transaction_id
                 WHERE {OF})
             SELECT own.kind, own.reference, own.stamp, own.amount, own.fee, own.commission,
                    coalesce(own.our_amount, own.foreign_amount), p.id, p.transaction_id, p.amount,
                    s.name, trim(coalesce(p.first_name, '') || ' ' || coalesce(p.last_name, '')),
                    (SELECT count(*) FROM settlement_entry t
                     WHERE t.payment = p.id AND t.kind = 'payment')
                    + (SELECT count(*) FROM settlement_entry t
                       WHERE t.account = p.account AND t.stamp = p.stamp AND t.payment IS NULL
                           AND t.kind = 'payment')
             FROM own LEFT JOIN payment p ON p.id = own.payment LEFT JOIN status s ON s.id = p.status
             ORDER BY own.kind, own.id"
        );
        let mut statement = self.conn().prepare_cached(&sql)?;
        let values = params![account.row(), settlement.id, settlement.reference];
        let entries = statement.query_map(values, entry)?;
        Ok(entries.collect::<Result<_, _>>()?)
    }

    /// Payments that signed answers say went out with this settlement and that no entry names: how many,
    /// and their sum.
    pub fn settled_without_entry(
        &self,
        account: AccountId,
        settlement: &Settlement,
    ) -> Result<(u32, Money), StoreError> {
        if settlement.reference.is_empty() {
            return Ok((0, Money::ZERO));
        }
        let sql = format!(
            "SELECT count(*), coalesce(sum(p.amount), 0) FROM payment_settled g
             JOIN payment p ON p.id = g.payment
             WHERE p.account = ?1 AND g.reference = ?4
                 AND NOT EXISTS (SELECT 1 FROM settlement_entry e WHERE {OF} AND e.kind = 'payment'
                     AND (e.payment = p.id OR e.stamp = p.stamp))"
        );
        Ok(self.conn().prepare_cached(&sql)?.query_row(
            params![
                account.row(),
                settlement.id,
                settlement.reference,
                settlement.reference
            ],
            |row| Ok((row.get(0)?, Money::from_cents(row.get(1)?))),
        )?)
    }
}

fn settlement(row: &Row<'_>) -> rusqlite::Result<Settlement> {
    Ok(Settlement {
        id: row.get(0)?,
        reference: row.get(1)?,
        created_at: optional_time(row, 2)?,
        settled_at: optional_time(row, 3)?,
    })
}

fn entry(row: &Row<'_>) -> rusqlite::Result<SettlementEntry> {
    let money = |column| -> rusqlite::Result<Option<Money>> {
        Ok(row.get::<_, Option<i64>>(column)?.map(Money::from_cents))
    };
    let payment = match row.get::<_, Option<i64>>(7)? {
        None => None,
        Some(key) => Some(EntryPayment {
            key: PaymentKey::from_row(key),
            transaction_id: row
                .get::<_, Option<[u8; 16]>>(8)?
                .map(|bytes| TransactionId::from_uuid(Uuid::from_bytes(bytes))),
            amount: Money::from_cents(row.get(9)?),
            status: PaymentStatus::from(row.get::<_, String>(10)?.as_str()),
            customer: row.get(11)?,
            times: row.get(12)?,
        }),
    };
    Ok(SettlementEntry {
        kind: parsed(row, 0, "a kind of entry", |text| match text {
            "payment" => Some(EntryKind::Payment),
            "refund" => Some(EntryKind::Refund),
            _ => None,
        })?,
        reference: row.get::<_, Option<String>>(1)?.unwrap_or_default(),
        stamp: row.get::<_, Option<String>>(2)?.unwrap_or_default(),
        amount: Money::from_cents(row.get(3)?),
        fee: money(4)?,
        commission: money(5)?,
        refund_known: money(6)?,
        payment,
    })
}

impl WriteTx<'_> {
    /// Keeps what the signed answer lists; what it does not list (any more) stays.
    pub fn put_settlements(
        &self,
        account: AccountId,
        settlements: &[Settlement],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut put = self.conn().prepare_cached(
            "INSERT INTO settlement (account, id, reference, created_at, settled_at)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO UPDATE SET reference = excluded.reference,
                 created_at = coalesce(excluded.created_at, created_at),
                 settled_at = coalesce(excluded.settled_at, settled_at)",
        )?;
        for settlement in settlements {
            put.execute(params![
                account.row(),
                settlement.id,
                settlement.reference,
                settlement.created_at.map(ms),
                settlement.settled_at.map(ms),
            ])?;
        }
        self.conn()
            .prepare_cached(
                "INSERT INTO settlement_look (account, at) VALUES (?1, ?2)
                 ON CONFLICT DO UPDATE SET at = excluded.at",
            )?
            .execute(params![account.row(), ms(now)])?;
        Ok(())
    }

    /// Notes with which settlement a payment went out, as a signed answer about it says.
    pub fn note_settled(&self, payment: PaymentKey, reference: &str) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached(
                "INSERT INTO payment_settled (payment, reference) VALUES (?1, ?2)
                 ON CONFLICT DO UPDATE SET reference = excluded.reference",
            )?
            .execute(params![payment.row(), reference])?;
        Ok(())
    }
}
