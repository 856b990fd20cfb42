//! One statement over the payments that fit a query, and its values.

use std::fmt::Write as _;

use hyvitys_domain::{AccountId, Provider};
use rusqlite::{Row, ToSql};

use super::PaymentKey;
use super::names::Names;
use super::query::{Query, RefundedIs, hex_prefix, is_status};
use super::rollup::{self, first_key_of};
use super::search_text::expression;
use crate::error::StoreError;
use crate::reader::ReadTx;

/// The numbers of the statuses and providers that a query asks for; `None` for any.
pub(super) struct Wanted {
    pub(super) statuses: Option<Vec<i64>>,
    pub(super) providers: Option<Vec<i64>>,
}

impl Wanted {
    pub(super) fn by(query: &Query, names: &Names) -> Wanted {
        Wanted {
            statuses: query.status.as_deref().map(|wanted| {
                let fits = |name: &str| is_status(name, wanted);
                names.statuses.matching(fits)
            }),
            providers: query.provider.as_deref().map(|wanted| {
                let fits = |name: &str| is_provider(name, wanted);
                names.providers.matching(fits)
            }),
        }
    }

    /// Whether a status or provider is asked for that no payment has ever had.
    pub(super) fn is_nothing(&self) -> bool {
        let none = |wanted: &Option<Vec<i64>>| wanted.as_ref().is_some_and(Vec::is_empty);
        none(&self.statuses) || none(&self.providers)
    }

    /// Each of the wanted, or "any" once.
    pub(super) fn each(numbers: Option<&[i64]>) -> Vec<Option<i64>> {
        match numbers {
            None => vec![None],
            Some(numbers) => numbers.iter().copied().map(Some).collect(),
        }
    }

    /// The condition that only the wanted fulfil, beginning with AND; nothing where all are wanted. The
    /// numbers are the file's own, so they may stand in the statement.
    pub(super) fn condition(&self, table: &str) -> String {
        let mut sql = String::new();
        for (column, numbers) in [("status", &self.statuses), ("provider", &self.providers)] {
            if let Some(numbers) = numbers {
                let list: Vec<String> = numbers.iter().map(i64::to_string).collect();
                // Writing to a string can't fail.
                let _ = write!(sql, " AND {table}{column} IN ({})", list.join(", "));
            }
        }
        sql
    }
}

fn is_provider(name: &str, wanted: &str) -> bool {
    let klarna = || Provider::new(name).is_some_and(|provider| provider.is_klarna());
    name.to_lowercase() == wanted.to_lowercase()
        || (wanted.eq_ignore_ascii_case("klarna") && klarna())
}

/// How the payments are found where no words lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// As SQLite thinks best.
    Whatever,
    /// Through this index.
    Index(&'static str),
    /// One after the other as they lie in the table.
    Table,
}

impl By {
    /// Through the index of exactly this status and provider, whose rows come in the order of keys. Named, since
    /// SQLite takes a range of keys for narrower than it is.
    pub(super) fn exactly(query: &Query, status: Option<i64>, provider: Option<i64>) -> By {
        if wants_refunded(query) {
            return By::Whatever;
        }
        By::Index(match (status, provider) {
            (None, None) => "payment_by_account",
            (Some(_), None) => "payment_by_status",
            (None, Some(_)) => "payment_by_provider",
            (Some(_), Some(_)) => "payment_by_status_provider",
        })
    }

    /// How to go through all that fits when every row has to be looked at: as they lie in the table, unless
    /// few of them are wanted. An index gives rows in its own order, which costs a search for each: going
    /// through 100 000 payments took 100 ms by the index that SQLite chose, and 10 ms without one.
    pub(super) fn looking_at_all(
        tx: &ReadTx<'_>,
        account: AccountId,
        query: &Query,
        wanted: &Wanted,
    ) -> Result<By, StoreError> {
        if expression(query).is_some() || wants_refunded(query) {
            return Ok(By::Whatever);
        }
        let (from, to) = rollup::days(query);
        let sql = format!(
            "SELECT coalesce(sum(n) FILTER (WHERE account = ?1{}), 0), coalesce(sum(n), 0)
             FROM daily WHERE day BETWEEN ?2 AND ?3",
            wanted.condition("")
        );
        let (of_wanted, of_all): (i64, i64) = tx
            .conn()
            .prepare_cached(&sql)?
            .query_row((account.row(), from, to), |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        Ok(if of_wanted.saturating_mul(FEW) >= of_all {
            By::Table
        } else if wanted.statuses.is_none() && wanted.providers.is_none() {
            By::Index("payment_by_account")
        } else {
            By::Whatever
        })
    }
}

/// One in so many is few.
const FEW: i64 = 8;

/// A statement in the making. Conditions are added; nothing that a person typed is ever part of its text.
pub(super) struct Select {
    sql: String,
    values: Vec<Box<dyn ToSql>>,
    /// The column that holds the key.
    pub(super) id: &'static str,
}

impl Select {
    /// Everything of the account that fits the query, but for status and provider.
    pub(super) fn new(account: AccountId, query: &Query, columns: &str, by: By) -> Select {
        let words = expression(query);
        // CROSS JOIN: the search index leads, whatever the planner thinks of it.
        let (from, id) = match (&words, by) {
            (Some(_), _) => (
                "payment_search s CROSS JOIN payment p ON p.id = s.rowid".to_owned(),
                "s.rowid",
            ),
            (None, By::Index(index)) => (format!("payment p INDEXED BY {index}"), "p.id"),
            (None, By::Table) => ("payment p NOT INDEXED".to_owned(), "p.id"),
            // What is given back is rare, and has an index of its own.
            (None, By::Whatever) if wants_refunded(query) => {
                ("payment p INDEXED BY payment_refunded".to_owned(), "p.id")
            }
            (None, By::Whatever) => ("payment p".to_owned(), "p.id"),
        };
        let mut select = Select {
            sql: format!("SELECT {columns} FROM {from} WHERE p.account = ?"),
            values: vec![Box::new(account.row())],
            id,
        };
        if let Some(words) = words {
            select.and("s.payment_search MATCH ?", words);
        }
        select.beginnings(query);
        select.ranges(query);
        select
    }

    fn beginnings(&mut self, query: &Query) {
        self.begins("p.reference", query.reference.as_deref());
        self.begins("p.stamp", query.stamp.as_deref());
        if let Some(email) = &query.email {
            let length = i64::try_from(email.chars().count()).unwrap_or(i64::MAX);
            self.and("substr(p.email, 1, ?)", length);
            self.push(" = ? COLLATE NOCASE", email.clone());
        }
        if let Some(wanted) = &query.transaction_id {
            // A text that is no hex can't begin an id: the range from all ones to all zeros is empty.
            let (from, to) = match hex_prefix(wanted) {
                Some(hex) => (blob(&hex, '0'), blob(&hex, 'f')),
                None => (vec![0xFF; 16], vec![0; 16]),
            };
            self.and("p.transaction_id >= ?", from);
            self.and("p.transaction_id <= ?", to);
        }
    }

    fn ranges(&mut self, query: &Query) {
        if let Some(amount) = query.amount {
            if let Some(from) = amount.from {
                self.and("p.amount >= ?", from.cents());
            }
            if let Some(to) = amount.to {
                self.and("p.amount <= ?", to.cents());
            }
        }
        if let Some(created) = query.created {
            if let Some(from) = created.from {
                self.and(&format!("{} >= ?", self.id), first_key_of(from).row());
            }
            if let Some(next) = created.to.and_then(|to| to.succ_opt()) {
                self.and(&format!("{} < ?", self.id), first_key_of(next).row());
            }
        }
        self.sql.push_str(match query.refunded {
            None => "",
            Some(RefundedIs::Yes) => " AND p.refunded > 0",
            Some(RefundedIs::No) => " AND p.refunded <= 0",
            Some(RefundedIs::Partly) => " AND p.refunded > 0 AND p.refunded < p.amount",
            Some(RefundedIs::Full) => " AND p.refunded > 0 AND p.refunded >= p.amount",
        });
    }

    /// Only these statuses and providers; for statements that take several at once.
    pub(super) fn only(&mut self, wanted: &Wanted) {
        self.literal(&wanted.condition("p."));
    }

    /// Only this status and provider.
    pub(super) fn exactly(&mut self, status: Option<i64>, provider: Option<i64>) {
        if let Some(status) = status {
            self.and("p.status = ?", status);
        }
        if let Some(provider) = provider {
            self.and("p.provider = ?", provider);
        }
    }

    /// Behind `after` in the order of keys.
    pub(super) fn behind(&mut self, after: Option<PaymentKey>, descending: bool) {
        if let Some(after) = after {
            let than = if descending { '<' } else { '>' };
            self.and(&format!("{} {than} ?", self.id), after.row());
        }
    }

    /// Adds text of ours.
    pub(super) fn literal(&mut self, sql: &str) {
        self.sql.push_str(sql);
    }

    /// Adds text of ours with one value.
    pub(super) fn push(&mut self, sql: &str, value: impl ToSql + 'static) {
        self.sql.push_str(sql);
        self.values.push(Box::new(value));
    }

    /// Adds a condition with one value.
    pub(super) fn and(&mut self, condition: &str, value: impl ToSql + 'static) {
        self.sql.push_str(" AND ");
        self.push(condition, value);
    }

    /// The end of the statement: at most so many rows.
    pub(super) fn limit(&mut self, limit: usize) {
        self.push(" LIMIT ?", i64::try_from(limit).unwrap_or(i64::MAX));
    }

    /// All texts that begin so lie from the beginning itself to it with the greatest character after it.
    fn begins(&mut self, column: &str, beginning: Option<&str>) {
        if let Some(beginning) = beginning {
            self.and(&format!("{column} >= ?"), beginning.to_owned());
            self.and(&format!("{column} < ?"), format!("{beginning}\u{10FFFF}"));
        }
    }

    /// Encloses the statement so far.
    pub(super) fn enclosed(mut self, before: &str, after: &str) -> Select {
        self.sql = format!("{before}{}{after}", self.sql);
        self
    }

    /// Runs it and gives each row to `each`.
    pub(super) fn run(
        &self,
        tx: &ReadTx<'_>,
        mut each: impl FnMut(&Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let values: Vec<&dyn ToSql> = self.values.iter().map(AsRef::as_ref).collect();
        let mut statement = tx.conn().prepare_cached(&self.sql)?;
        let mut rows = statement.query(values.as_slice())?;
        while let Some(row) = rows.next()? {
            each(row)?;
        }
        Ok(())
    }
}

/// Whether a query asks for payments of which something is given back.
fn wants_refunded(query: &Query) -> bool {
    matches!(
        query.refunded,
        Some(RefundedIs::Yes | RefundedIs::Partly | RefundedIs::Full)
    )
}

/// 16 bytes from the beginning of their hex digits, filled up with `fill`.
fn blob(hex: &str, fill: char) -> Vec<u8> {
    let digits: String = hex
        .chars()
        .chain(std::iter::repeat(fill))
        .take(32)
        .collect();
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    digits
        .as_bytes()
        .chunks_exact(2)
        .map(|pair| match pair {
            [high, low] => digit(*high).unwrap_or(0) << 4 | digit(*low).unwrap_or(0),
            _ => 0,
        })
        .collect()
}
