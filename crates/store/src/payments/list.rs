//! Pages of payments in any order, by key and never by counting rows off.
//!
//! In the order of time an index gives the rows as they are shown. With words or literal beginnings the
//! search index does, which has the same order; the rest of the query is checked on each row it gives. Status,
//! refunded and (of the whole account) reference have their indexes, too; the other orders keep the best
//! of a scan ([`super::top`]).

use hyvitys_domain::AccountId;

use super::names::Names;
use super::query::{Query, RefundedIs};
use super::row::{COLUMNS, Known};
use super::search_text::expression;
use super::select::{By, Select, Wanted};
use super::sort::{Cursor, Sort, SortBy, Value, course};
use super::{PaymentKey, StoredPayment};
use crate::error::StoreError;
use crate::reader::ReadTx;

/// The most payments in one page.
pub const LONGEST_PAGE: usize = 1_000;

/// A part of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The payments, in the order that was asked for.
    pub rows: Vec<StoredPayment>,
    /// Where the next page begins (give it as `after`); `None` at the end.
    pub next: Option<Cursor>,
}

/// One question for a page.
pub(super) struct Asked<'q> {
    pub(super) tx: &'q ReadTx<'q>,
    pub(super) names: Names,
    pub(super) wanted: Wanted,
    pub(super) account: AccountId,
    pub(super) query: &'q Query,
    pub(super) sort: Sort,
    pub(super) after: Option<&'q Cursor>,
    /// One more than the page has: it tells whether another page follows.
    pub(super) limit: usize,
}

impl ReadTx<'_> {
    /// At most `limit` (1 to 1 000; others are brought into that range) of the payments that fit, in the
    /// order of `sort`, beginning after the place `after`.
    pub fn list(
        &self,
        account: AccountId,
        query: &Query,
        sort: Sort,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page, StoreError> {
        let limit = limit.clamp(1, LONGEST_PAGE);
        let names = Names::load(self)?;
        let wanted = Wanted::by(query, &names);
        if wanted.is_nothing() {
            return Ok(Page::default());
        }
        let asked = Asked {
            tx: self,
            wanted,
            names,
            account,
            query,
            sort,
            after,
            limit: limit + 1,
        };
        let mut found = match sort.by {
            SortBy::Created => asked.by_time()?,
            SortBy::Status => asked.by_status()?,
            SortBy::Refunded if expression(query).is_none() => asked.by_refunded()?,
            SortBy::Reference if *query == Query::default() => asked.by_reference()?,
            SortBy::Refunded | SortBy::Reference | SortBy::Customer | SortBy::Amount => {
                asked.by_scan()?
            }
        };
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|(value, known)| Cursor {
            value: value.clone(),
            key: known.key,
        });
        let rows = found
            .into_iter()
            .map(|(_, known)| known.into_stored())
            .collect();
        Ok(Page { rows, next })
    }
}

/// Payments with what they are ordered by.
pub(super) type Found = Vec<(Value, Known)>;

impl Asked<'_> {
    fn by_time(&self) -> Result<Found, StoreError> {
        let after = self.after.map(|after| after.key);
        let statuses = Wanted::each(self.wanted.statuses.as_deref());
        let found =
            self.in_order_of_keys(&statuses, "", after, self.sort.descending, self.limit)?;
        Ok(found
            .into_iter()
            .map(|known| (Value::Time, known))
            .collect())
    }

    /// The rows by key. Of several statuses or providers each has its rows in order: a page of each holds
    /// the page of all.
    fn in_order_of_keys(
        &self,
        statuses: &[Option<i64>],
        condition: &str,
        after: Option<PaymentKey>,
        descending: bool,
        limit: usize,
    ) -> Result<Vec<Known>, StoreError> {
        let providers = Wanted::each(self.wanted.providers.as_deref());
        // A filter without an index may have to look at every payment before a page is full.
        let filtered = self.query.amount.is_some() || self.query.refunded == Some(RefundedIs::No);
        let all = if filtered {
            By::looking_at_all(self.tx, self.account, self.query, &self.wanted)?
        } else {
            By::Whatever
        };
        let mut found = Vec::new();
        for status in statuses {
            for provider in &providers {
                let by = if all == By::Table {
                    all
                } else {
                    By::exactly(self.query, *status, *provider)
                };
                let mut select = Select::new(self.account, self.query, COLUMNS, by);
                select.behind(after, descending);
                select.exactly(*status, *provider);
                select.literal(condition);
                let way = if descending { "DESC" } else { "ASC" };
                select.literal(&format!(" ORDER BY {} {way}", select.id));
                select.limit(limit);
                self.read(&select, &mut found)?;
            }
        }
        if statuses.len() * providers.len() > 1 {
            found.sort_by_key(|known| known.key);
            if descending {
                found.reverse();
            }
            found.truncate(limit);
        }
        Ok(found)
    }

    pub(super) fn read(&self, select: &Select, found: &mut Vec<Known>) -> Result<(), StoreError> {
        select.run(self.tx, |row| {
            found.push(Known::read(row, &self.names)?);
            Ok(())
        })
    }

    /// One status after the other, each newest first.
    fn by_status(&self) -> Result<Found, StoreError> {
        let names = &self.names.statuses;
        let mut statuses = match &self.wanted.statuses {
            Some(wanted) => wanted.clone(),
            None => names.matching(|_| true),
        };
        let name = |number: &i64| names.name(*number).unwrap_or_default().to_owned();
        statuses.sort_by(|a, b| course(&name(a)).cmp(&course(&name(b))));
        if self.sort.descending {
            statuses.reverse();
        }
        let mut after = None;
        if let Some(cursor) = self.after
            && let Value::Text(last) = &cursor.value
        {
            let behind = |number: &i64| {
                let (here, last) = (name(number), course(last));
                if self.sort.descending {
                    course(&here) > last
                } else {
                    course(&here) < last
                }
            };
            statuses.retain(|number| !behind(number));
            after = Some((last.as_str(), cursor.key));
        }
        let mut found: Found = Vec::new();
        for status in statuses {
            let left = self.limit - found.len();
            if left == 0 {
                break;
            }
            let text = name(&status);
            let after = after.filter(|(last, _)| *last == text);
            let rows =
                self.in_order_of_keys(&[Some(status)], "", after.map(|(_, key)| key), true, left)?;
            found.extend(
                rows.into_iter()
                    .map(|known| (Value::Text(text.clone()), known)),
            );
        }
        Ok(found)
    }

    /// What is given back is rare: an index has it in order, and all others follow (or lead) by their keys.
    fn by_refunded(&self) -> Result<Found, StoreError> {
        let (mut some, mut none) = (None, None);
        let mut in_none = !self.sort.descending;
        if let Some(cursor) = self.after
            && let Value::Cents(cents) = cursor.value
        {
            in_none = cents == 0;
            if in_none {
                none = Some(cursor.key);
            } else {
                some = Some((cents, cursor.key));
            }
        }
        // Which of the two comes first, whether the cursor has passed it, and which is asked for at all.
        let mut runs = match (self.sort.descending, in_none) {
            (true, false) => vec![false, true],
            (true, true) => vec![true],
            (false, true) => vec![true, false],
            (false, false) => vec![false],
        };
        match self.query.refunded {
            None => {}
            Some(RefundedIs::No) => runs.retain(|nothing| *nothing),
            Some(RefundedIs::Yes | RefundedIs::Partly | RefundedIs::Full) => {
                runs.retain(|nothing| !*nothing);
            }
        }
        let statuses = Wanted::each(self.wanted.statuses.as_deref());
        let mut found = Vec::new();
        for nothing in runs {
            let left = self.limit - found.len();
            if left == 0 {
                break;
            }
            if nothing {
                let condition = " AND p.refunded <= 0";
                found.extend(self.in_order_of_keys(&statuses, condition, none, true, left)?);
                continue;
            }
            let by = By::Index("payment_by_refunded");
            let mut select = Select::new(self.account, self.query, COLUMNS, by);
            select.only(&self.wanted);
            select.literal(" AND p.refunded > 0");
            self.behind_value(&mut select, "p.refunded", some);
            select.limit(left);
            self.read(&select, &mut found)?;
        }
        Ok(found
            .into_iter()
            .map(|known| (Value::Cents(known.refunded.cents().max(0)), known))
            .collect())
    }

    /// Behind a value and a key, in the order of the column and then newest first.
    fn behind_value<T: rusqlite::ToSql + Clone + 'static>(
        &self,
        select: &mut Select,
        column: &str,
        after: Option<(T, PaymentKey)>,
    ) {
        let (than, way) = if self.sort.descending {
            ('<', "DESC")
        } else {
            ('>', "ASC")
        };
        if let Some((value, key)) = after {
            // The first condition alone lets the index begin at the place; an OR would not.
            select.and(&format!("{column} {than}= ?"), value.clone());
            select.and(&format!("({column} {than} ?"), value);
            select.push(" OR p.id < ?)", key.row());
        }
        select.literal(&format!(" ORDER BY {column} {way}, p.id DESC"));
    }

    /// Of the whole account the references have an index; payments without one follow, newest first.
    fn by_reference(&self) -> Result<Found, StoreError> {
        let (mut some, mut none, mut runs) = (None, None, [false, true].as_slice());
        match self.after.map(|after| (&after.value, after.key)) {
            Some((Value::Text(text), key)) => some = Some((text.clone(), key)),
            Some((_, key)) => {
                none = Some(key);
                runs = &[true];
            }
            None => {}
        }
        let mut found = Vec::new();
        for nothing in runs {
            let left = self.limit - found.len();
            if left == 0 {
                break;
            }
            let by = By::Index("payment_by_reference");
            let mut select = Select::new(self.account, self.query, COLUMNS, by);
            if *nothing {
                select.literal(" AND p.reference IS NULL");
                select.behind(none, true);
                select.literal(" ORDER BY p.id DESC");
            } else {
                select.literal(" AND p.reference IS NOT NULL");
                self.behind_value(&mut select, "p.reference", some.clone());
            }
            select.limit(left);
            self.read(&select, &mut found)?;
        }
        Ok(found
            .into_iter()
            .map(|known| {
                let value = known.reference.clone().map_or(Value::Nothing, Value::Text);
                (value, known)
            })
            .collect())
    }
}
