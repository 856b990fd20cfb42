//! Sums per day, kept right by differences, so that counts and charts never read the payments.
//!
//! A day is the Finnish calendar day of a payment's creation: what a shop's books call a day.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Europe::Helsinki;
use hyvitys_domain::{AccountId, Money, PaymentStatus, Provider};
use rusqlite::OptionalExtension;

use super::PaymentKey;
use super::names::Names;
use super::query::Query;
use super::row::Known;
use crate::error::StoreError;
use crate::reader::ReadTx;
use crate::writer::WriteTx;

/// The payments of one day, status and provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DaySum {
    /// The Finnish calendar day of their creation.
    pub day: NaiveDate,
    /// Their status.
    pub status: PaymentStatus,
    /// Their provider.
    pub provider: Option<Provider>,
    /// How many.
    pub count: u64,
    /// Their amounts together.
    pub amount: Money,
    /// What of it is refunded.
    pub refunded: Money,
}

/// The Finnish calendar day of an instant.
fn finnish_day(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&Helsinki).date_naive()
}

/// A day as the file has it: days since 1970.
fn number(day: NaiveDate) -> i64 {
    day.signed_duration_since(NaiveDate::default()).num_days()
}

fn from_number(number: i64) -> Result<NaiveDate, StoreError> {
    u64::try_from(number)
        .ok()
        .and_then(|days| NaiveDate::default().checked_add_days(Days::new(days)))
        .ok_or_else(|| StoreError::Unreadable(format!("{number} is not a day")))
}

/// The first and last day of a query's payments, as the file has days; open ends reach as far as numbers do.
pub(super) fn days(query: &Query) -> (i64, i64) {
    let created = query.created.as_ref();
    let from = created.and_then(|created| created.from).map(number);
    let to = created.and_then(|created| created.to).map(number);
    (from.unwrap_or(i64::MIN), to.unwrap_or(i64::MAX))
}

/// The first key of a Finnish day.
pub(super) fn first_key_of(day: NaiveDate) -> PaymentKey {
    // Finland changes its clocks at three and four in the morning: there is one midnight.
    let midnight = day.and_time(NaiveTime::MIN);
    PaymentKey::first_of(
        Helsinki
            .from_local_datetime(&midnight)
            .earliest()
            .map_or_else(|| midnight.and_utc(), |local| local.with_timezone(&Utc)),
    )
}

/// The first key of the Finnish day of `at`, and the first of the day after.
pub(super) fn day_bounds(at: DateTime<Utc>) -> (PaymentKey, PaymentKey) {
    let day = finnish_day(at);
    let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
    (first_key_of(day), first_key_of(next))
}

/// What changes in the sums; written at the end of an import.
#[derive(Default)]
pub(super) struct Deltas(BTreeMap<Group, (i64, i64, i64)>);

/// Account, day, status and provider, by number.
type Group = (i64, i64, i64, i64);

impl Deltas {
    /// Counts a payment in (`sign` 1) or out (−1), by the numbers of its status and provider.
    pub(super) fn count(&mut self, payment: &Known, status: i64, provider: i64, sign: i64) {
        let day = number(finnish_day(payment.created.time.at));
        let sum = self
            .0
            .entry((payment.account.row(), day, status, provider))
            .or_default();
        sum.0 += sign;
        sum.1 = sum
            .1
            .saturating_add(payment.amount.cents().saturating_mul(sign));
        sum.2 = sum
            .2
            .saturating_add(payment.refunded.cents().saturating_mul(sign));
    }

    pub(super) fn write(self, tx: &WriteTx<'_>) -> Result<(), StoreError> {
        let mut add = tx.conn().prepare_cached(
            "INSERT INTO daily (account, day, status, provider, n, cents, refunded)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT DO UPDATE SET n = n + excluded.n, cents = cents + excluded.cents,
                refunded = refunded + excluded.refunded",
        )?;
        let mut tidy = tx.conn().prepare_cached(
            "DELETE FROM daily
             WHERE account = ?1 AND day = ?2 AND status = ?3 AND provider = ?4 AND n = 0",
        )?;
        for ((account, day, status, provider), (n, cents, refunded)) in self.0 {
            if (n, cents, refunded) == (0, 0, 0) {
                continue;
            }
            add.execute((account, day, status, provider, n, cents, refunded))?;
            if n < 0 {
                tidy.execute((account, day, status, provider))?;
            }
        }
        Ok(())
    }
}

impl WriteTx<'_> {
    /// Keeps what the journal knows of a payment's refunds: done, and open. Only the journal calls
    /// this, in the transaction of its entry. An error if the key is no payment's.
    pub fn set_refund_sums(
        &self,
        key: PaymentKey,
        refunded: Money,
        reserved: Money,
    ) -> Result<(), StoreError> {
        let row: Option<(i64, i64, i64, i64)> = self
            .conn()
            .prepare_cached(
                "SELECT account, status, provider, refunded FROM payment WHERE id = ?1",
            )?
            .query_row([key.row()], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()?;
        let Some((account, status, provider, before)) = row else {
            return Err(StoreError::Unreadable(format!("there is no payment {key}")));
        };
        self.conn()
            .prepare_cached("UPDATE payment SET refunded = ?2, reserved = ?3 WHERE id = ?1")?
            .execute((key.row(), refunded.cents(), reserved.cents()))?;
        if before != refunded.cents() {
            let day = number(finnish_day(key.time()));
            self.conn()
                .prepare_cached(
                    "UPDATE daily SET refunded = refunded + ?5
                     WHERE account = ?1 AND day = ?2 AND status = ?3 AND provider = ?4",
                )?
                .execute((account, day, status, provider, refunded.cents() - before))?;
        }
        Ok(())
    }
}

impl ReadTx<'_> {
    /// The sums of each day from `from` to `to`, both included, in the order of days.
    pub fn day_sums(
        &self,
        account: AccountId,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Vec<DaySum>, StoreError> {
        let names = Names::load(self)?;
        let mut statement = self.conn().prepare_cached(
            "SELECT day, status, provider, n, cents, refunded FROM daily
             WHERE account = ?1 AND day BETWEEN ?2 AND ?3 ORDER BY day, status, provider",
        )?;
        let mut rows = statement.query((account.row(), number(from), number(to)))?;
        let mut sums = Vec::new();
        while let Some(row) = rows.next()? {
            sums.push(DaySum {
                day: from_number(row.get(0)?)?,
                status: names.status(row.get(1)?)?,
                provider: names.provider(row.get(2)?)?,
                count: u64::try_from(row.get::<_, i64>(3)?).unwrap_or(0),
                amount: Money::from_cents(row.get(4)?),
                refunded: Money::from_cents(row.get(5)?),
            });
        }
        Ok(sums)
    }

    /// How many payments an account has, by status.
    pub fn status_counts(
        &self,
        account: AccountId,
    ) -> Result<Vec<(PaymentStatus, u64)>, StoreError> {
        let names = Names::load(self)?;
        let mut statement = self.conn().prepare_cached(
            "SELECT status, sum(n) FROM daily WHERE account = ?1 GROUP BY status ORDER BY status",
        )?;
        let mut rows = statement.query([account.row()])?;
        let mut counts = Vec::new();
        while let Some(row) = rows.next()? {
            counts.push((
                names.status(row.get(0)?)?,
                u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0),
            ));
        }
        Ok(counts)
    }
}
