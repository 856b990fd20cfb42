//! The best of a scan: for orders that have no index, since one more index would cost every import.
//!
//! The scan reads only what the order needs and keeps the best of it; the whole rows are read for these
//! alone. What is kept never grows beyond a page, and most rows lose the first comparison.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap};

use rusqlite::Row;

use super::PaymentKey;
use super::list::{Asked, Found};
use super::select::{By, Select};
use super::sort::{SortBy, Value, fold_customer};
use crate::error::StoreError;

/// A place in the order; the greater one comes later.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    value: Value,
    key: PaymentKey,
    descending: bool,
}

impl Ord for Place {
    fn cmp(&self, other: &Place) -> Ordering {
        let nothing = |place: &Place| place.value == Value::Nothing;
        nothing(self)
            .cmp(&nothing(other))
            .then_with(|| {
                let way = self.value.cmp(&other.value);
                if self.descending { way.reverse() } else { way }
            })
            .then_with(|| other.key.cmp(&self.key))
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Place) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Asked<'_> {
    /// Goes through all that fits and keeps the first `limit` behind the cursor.
    pub(super) fn by_scan(&self) -> Result<Found, StoreError> {
        let columns = match self.sort.by {
            SortBy::Customer => "p.id, p.last_name, p.first_name, p.email",
            SortBy::Amount => "p.id, p.amount",
            SortBy::Refunded => "p.id, p.refunded",
            SortBy::Reference | SortBy::Created | SortBy::Status => "p.id, p.reference",
        };
        let by = By::looking_at_all(self.tx, self.account, self.query, &self.wanted)?;
        let mut select = Select::new(self.account, self.query, columns, by);
        select.only(&self.wanted);
        let descending = self.sort.descending;
        let after = self.after.map(|after| Place {
            value: after.value.clone(),
            key: after.key,
            descending,
        });
        let mut best: BinaryHeap<Place> = BinaryHeap::with_capacity(self.limit + 1);
        // One place is used for all rows, so that a row that loses costs no memory.
        let mut place = Place {
            value: Value::Nothing,
            key: PaymentKey::from_row(0),
            descending,
        };
        select.run(self.tx, |row| {
            place.key = PaymentKey::from_row(row.get(0)?);
            place.value = value(
                self.sort.by,
                row,
                std::mem::replace(&mut place.value, Value::Nothing),
            )?;
            let is_behind = after.as_ref().is_none_or(|after| place > *after);
            let full = best.len() == self.limit;
            let is_better = !full || best.peek().is_some_and(|worst| place < *worst);
            if is_behind && is_better {
                if full {
                    best.pop();
                }
                best.push(place.clone());
            }
            Ok(())
        })?;
        self.whole(best.into_sorted_vec())
    }

    /// The whole rows of these places, in their order.
    fn whole(&self, places: Vec<Place>) -> Result<Found, StoreError> {
        let keys: Vec<String> = places
            .iter()
            .map(|place| place.key.row().to_string())
            .collect();
        let rest = "WHERE p.id IN (SELECT value FROM json_each(?1))";
        let list = format!("[{}]", keys.join(","));
        let rows = self.tx.known(&self.names, rest, &[&list])?;
        let mut rows: HashMap<PaymentKey, _> =
            rows.into_iter().map(|known| (known.key, known)).collect();
        Ok(places
            .into_iter()
            .filter_map(|place| Some((place.value, rows.remove(&place.key)?)))
            .collect())
    }
}

/// What a row is ordered by, in the memory of an earlier value where that was a text.
fn value(by: SortBy, row: &Row<'_>, earlier: Value) -> Result<Value, StoreError> {
    let mut text = match earlier {
        Value::Text(mut text) => {
            text.clear();
            text
        }
        _ => String::new(),
    };
    let said = |column: usize| {
        let value = row.get_ref(column)?;
        Ok::<_, StoreError>(value.as_str_or_null().map_err(rusqlite::Error::from)?)
    };
    Ok(match by {
        SortBy::Amount | SortBy::Refunded => Value::Cents(row.get(1)?),
        SortBy::Customer => {
            fold_customer(&mut text, said(1)?, said(2)?, said(3)?);
            if text.is_empty() {
                Value::Nothing
            } else {
                Value::Text(text)
            }
        }
        SortBy::Reference | SortBy::Created | SortBy::Status => match said(1)? {
            Some(reference) => {
                text.push_str(reference);
                Value::Text(text)
            }
            None => Value::Nothing,
        },
    })
}
