//! Operations as a person goes through them: with the payment they are about, the unknown ones first.

use std::fmt;

use chrono::{DateTime, Utc};
use hyvitys_domain::{
    AccountId, Customer, Money, OperationId, OperationKind, OperationState, Provider,
};
use rusqlite::{Row, params};
use uuid::Uuid;

use crate::codec::{ms, parsed, uuid_blob};
use crate::error::StoreError;
use crate::journal::Operation;
use crate::journal::read::{COLUMNS, operation};
use crate::payments::PaymentKey;
use crate::reader::ReadTx;

/// The most operations in one page.
const LONGEST_PAGE: usize = 1_000;

/// An operation with what a list shows of its payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationRow {
    /// The operation.
    pub operation: Operation,
    /// The payment's key, for now; `None` where the file has the payment no more.
    pub payment: Option<PaymentKey>,
    /// The shop's reference; empty where no source named one.
    pub reference: String,
    /// Who paid.
    pub customer: Customer,
    /// The payment's whole amount.
    pub payment_amount: Money,
    /// How it was paid.
    pub provider: Option<Provider>,
    /// Who confirmed the operation, by their name in the operating system.
    pub confirmed_by: Option<String>,
    /// Another operation repeats it.
    pub is_repeated: bool,
}

/// A part of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowPage {
    /// The unknown ones first, then all others; each newest first.
    pub rows: Vec<OperationRow>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<OperationCursor>,
}

/// A place in the list: the last operation before it. As text it is what a window gives back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperationCursor {
    unknown: bool,
    confirmed_at: DateTime<Utc>,
    id: OperationId,
}

/// How many operations of a kind are in a state, and their sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateSum {
    /// What they do.
    pub kind: OperationKind,
    /// Where they stand.
    pub state: OperationState,
    /// How many.
    pub count: u64,
    /// Their amounts together.
    pub amount: Money,
}

impl fmt::Display for OperationCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let run = if self.unknown { 'u' } else { 'o' };
        write!(
            f,
            "{run}{}-{}",
            ms(self.confirmed_at),
            self.id.uuid().simple()
        )
    }
}

impl OperationCursor {
    /// Reads a cursor; `None` if the text is none.
    pub fn parse(text: &str) -> Option<OperationCursor> {
        let (unknown, rest) = match text.strip_prefix('u') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('o')?),
        };
        let (at, id) = rest.split_once('-')?;
        Some(OperationCursor {
            unknown,
            confirmed_at: DateTime::from_timestamp_millis(at.parse().ok()?)?,
            id: OperationId::from_uuid(Uuid::try_parse(id).ok()?),
        })
    }
}

/// How many columns an operation has; the payment's follow them.
const PAYMENT: usize = 26;

fn row_of(row: &Row<'_>) -> rusqlite::Result<OperationRow> {
    Ok(OperationRow {
        operation: operation(row)?,
        payment: row
            .get::<_, Option<i64>>(PAYMENT)?
            .map(PaymentKey::from_row),
        reference: row
            .get::<_, Option<String>>(PAYMENT + 1)?
            .unwrap_or_default(),
        customer: Customer {
            first_name: row.get(PAYMENT + 2)?,
            last_name: row.get(PAYMENT + 3)?,
            email: row.get(PAYMENT + 4)?,
        },
        payment_amount: Money::from_cents(row.get::<_, Option<i64>>(PAYMENT + 5)?.unwrap_or(0)),
        provider: row
            .get::<_, Option<String>>(PAYMENT + 6)?
            .and_then(Provider::new),
        confirmed_by: row.get(PAYMENT + 7)?,
        is_repeated: row.get(PAYMENT + 8)?,
    })
}

impl ReadTx<'_> {
    /// Operations of an account with their payments, at most `limit` (1 to 1 000), beginning after the
    /// place `after`.
    pub fn operation_rows(
        &self,
        account: AccountId,
        after: Option<OperationCursor>,
        limit: usize,
    ) -> Result<RowPage, StoreError> {
        let limit = limit.clamp(1, LONGEST_PAGE);
        let mut rows = Vec::new();
        for unknown in [true, false] {
            let after = match after {
                Some(after) if after.unknown == unknown => Some(after),
                Some(after) if unknown && !after.unknown => continue,
                _ => None,
            };
            let left = limit + 1 - rows.len();
            if left > 0 {
                rows.extend(self.run_of_rows(account, unknown, after, left)?);
            }
        }
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|last| OperationCursor {
            unknown: last.operation.state == OperationState::Unknown,
            confirmed_at: last.operation.confirmed_at,
            id: last.operation.id,
        });
        Ok(RowPage { rows, next })
    }

    fn run_of_rows(
        &self,
        account: AccountId,
        unknown: bool,
        after: Option<OperationCursor>,
        limit: usize,
    ) -> Result<Vec<OperationRow>, StoreError> {
        // Named, since the unknown ones are few, and SQLite would go through all for the sake of their order.
        let (index, state) = if unknown {
            ("operation_state", "o.state = 'unknown'")
        } else {
            ("operation_newest", "o.state <> 'unknown'")
        };
        let rest = format!(
            "operation o INDEXED BY {index} LEFT JOIN payment p
                ON p.account = o.account AND p.transaction_id = o.transaction_id
             WHERE o.account = ?1 AND {state} AND (o.confirmed_at, o.id) < (?2, ?3)
             ORDER BY o.confirmed_at DESC, o.id DESC LIMIT ?4"
        );
        let (at, id) = after.map_or((i64::MAX, [0xFF; 16]), |after| {
            (ms(after.confirmed_at), uuid_blob(after.id))
        });
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.rows_from(&rest, params![account.row(), at, id, limit])
    }

    /// The operation of this id with its payment.
    pub fn operation_row(&self, id: OperationId) -> Result<Option<OperationRow>, StoreError> {
        let rest = "operation o LEFT JOIN payment p
                ON p.account = o.account AND p.transaction_id = o.transaction_id
             WHERE o.id = ?1";
        Ok(self.rows_from(rest, [uuid_blob(id)])?.pop())
    }

    fn rows_from(
        &self,
        rest: &str,
        values: impl rusqlite::Params,
    ) -> Result<Vec<OperationRow>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS}, p.id, p.reference, p.first_name, p.last_name, p.email, p.amount,
                (SELECT name FROM provider WHERE id = p.provider),
                (SELECT os_user FROM journal_entry j WHERE j.operation = o.id ORDER BY seq LIMIT 1),
                EXISTS (SELECT 1 FROM operation again WHERE again.repeat_of = o.id)
             FROM {rest}"
        );
        let mut statement = self.conn().prepare_cached(&sql)?;
        let rows = statement.query_map(values, row_of)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many operations of an account there are by kind and state, and their sums.
    pub fn operation_sums(&self, account: AccountId) -> Result<Vec<StateSum>, StoreError> {
        let mut statement = self.conn().prepare_cached(
            "SELECT kind, state, count(*), sum(amount) FROM operation NOT INDEXED
             WHERE account = ?1 GROUP BY kind, state ORDER BY kind, state",
        )?;
        let sums = statement.query_map([account.row()], |row| {
            Ok(StateSum {
                kind: parsed(row, 0, "a kind", |text| text.parse().ok())?,
                state: parsed(row, 1, "a state", |text| text.parse().ok())?,
                count: u64::try_from(row.get::<_, i64>(2)?).unwrap_or(0),
                amount: Money::from_cents(row.get(3)?),
            })
        })?;
        Ok(sums.collect::<Result<_, _>>()?)
    }
}
