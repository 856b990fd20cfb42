//! Pages of payments, newest first, by key and never by counting rows off.
//!
//! Without words an index gives the rows in their order. With words or literal beginnings the search
//! index does, which has the same order; the rest of the query is checked on each row it gives.

use hyvitys_domain::{AccountId, Provider};
use rusqlite::ToSql;

use super::names::Names;
use super::query::{Query, hex_prefix};
use super::row::{COLUMNS, Known};
use super::search_text::expression;
use super::{PaymentKey, StoredPayment};
use crate::error::StoreError;
use crate::reader::ReadTx;

/// The most payments in one page.
pub const LONGEST_PAGE: usize = 1_000;

/// A part of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The payments, newest first.
    pub rows: Vec<StoredPayment>,
    /// Where the next page begins (give it as `after`); `None` at the end.
    pub next: Option<PaymentKey>,
}

impl ReadTx<'_> {
    /// At most `limit` (1 to 1 000; others are brought into that range) of the payments that fit,
    /// the newest first, beginning after the key `after`.
    pub fn list(
        &self,
        account: AccountId,
        query: &Query,
        after: Option<PaymentKey>,
        limit: usize,
    ) -> Result<Page, StoreError> {
        let limit = limit.clamp(1, LONGEST_PAGE);
        let names = Names::load(self)?;
        let mut found = Vec::new();
        let statuses = choice(query.status.as_deref(), |wanted| {
            names
                .statuses
                .matching(|name| name.eq_ignore_ascii_case(wanted))
        });
        let providers = choice(query.provider.as_deref(), |wanted| {
            names.providers.matching(|name| is_provider(name, wanted))
        });
        // Of several names each has its rows in order: a page of each holds the page of all.
        for status in &statuses {
            for provider in &providers {
                let select = Select::new(account, query, *status, *provider, after, limit + 1);
                found.extend(select.run(self, &names)?);
            }
        }
        if statuses.len() * providers.len() > 1 {
            found.sort_by_key(|known| std::cmp::Reverse(known.key));
        }
        let more = found.len() > limit;
        found.truncate(limit);
        let rows: Vec<StoredPayment> = found.into_iter().map(Known::into_stored).collect();
        let next = rows.last().map(|last| last.key).filter(|_| more);
        Ok(Page { rows, next })
    }
}

/// The numbers of what is wanted; one "any" where nothing is.
fn choice(wanted: Option<&str>, numbers: impl Fn(&str) -> Vec<i64>) -> Vec<Option<i64>> {
    match wanted {
        None => vec![None],
        Some(wanted) => numbers(wanted).into_iter().map(Some).collect(),
    }
}

fn is_provider(name: &str, wanted: &str) -> bool {
    let klarna = || Provider::new(name).is_some_and(|provider| provider.is_klarna());
    name.to_lowercase() == wanted.to_lowercase()
        || (wanted.eq_ignore_ascii_case("klarna") && klarna())
}

/// One statement and its values.
struct Select {
    sql: String,
    values: Vec<Box<dyn ToSql>>,
}

impl Select {
    fn new(
        account: AccountId,
        query: &Query,
        status: Option<i64>,
        provider: Option<i64>,
        after: Option<PaymentKey>,
        limit: usize,
    ) -> Select {
        let words = expression(query);
        // CROSS JOIN: the search index leads, whatever the planner thinks of it.
        let (from, id) = if words.is_some() {
            (
                "payment_search s CROSS JOIN payment p ON p.id = s.rowid",
                "s.rowid",
            )
        } else {
            ("payment p", "p.id")
        };
        let sql = format!("SELECT {COLUMNS} FROM {from} WHERE p.account = ?");
        let mut select = Select {
            sql,
            values: vec![Box::new(account.row())],
        };
        if let Some(words) = words {
            select.and("s.payment_search MATCH ?", words);
        }
        if let Some(after) = after {
            select.and(&format!("{id} < ?"), after.row());
        }
        if let Some(status) = status {
            select.and("p.status = ?", status);
        }
        if let Some(provider) = provider {
            select.and("p.provider = ?", provider);
        }
        select.begins("p.reference", query.reference.as_deref());
        select.begins("p.stamp", query.stamp.as_deref());
        if let Some(email) = &query.email {
            let length = i64::try_from(email.chars().count()).unwrap_or(i64::MAX);
            select.and("substr(p.email, 1, ?)", length);
            select.push(" = ? COLLATE NOCASE", email.clone());
        }
        if let Some(wanted) = &query.transaction_id {
            // A text that is no hex can't begin an id: the range from all ones to all zeros is empty.
            let (from, to) = match hex_prefix(wanted) {
                Some(hex) => (blob(&hex, '0'), blob(&hex, 'f')),
                None => (vec![0xFF; 16], vec![0; 16]),
            };
            select.and("p.transaction_id >= ?", from);
            select.and("p.transaction_id <= ?", to);
        }
        select.sql.push_str(" ORDER BY ");
        select.sql.push_str(id);
        select.push(" DESC LIMIT ?", i64::try_from(limit).unwrap_or(i64::MAX));
        select
    }

    fn push(&mut self, sql: &str, value: impl ToSql + 'static) {
        self.sql.push_str(sql);
        self.values.push(Box::new(value));
    }

    fn and(&mut self, condition: &str, value: impl ToSql + 'static) {
        self.sql.push_str(" AND ");
        self.push(condition, value);
    }

    /// All texts that begin so lie from the beginning itself to it with the greatest character after it.
    fn begins(&mut self, column: &str, beginning: Option<&str>) {
        if let Some(beginning) = beginning {
            self.and(&format!("{column} >= ?"), beginning.to_owned());
            self.and(&format!("{column} < ?"), format!("{beginning}\u{10FFFF}"));
        }
    }

    fn run(&self, tx: &ReadTx<'_>, names: &Names) -> Result<Vec<Known>, StoreError> {
        let values: Vec<&dyn ToSql> = self.values.iter().map(AsRef::as_ref).collect();
        let mut statement = tx.conn().prepare_cached(&self.sql)?;
        let mut rows = statement.query(values.as_slice())?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(Known::read(row, names)?);
        }
        Ok(found)
    }
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
