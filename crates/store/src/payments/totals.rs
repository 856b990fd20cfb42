//! What a query finds, summed up: from the daily sums where they can tell, else by counting to a limit.

use hyvitys_domain::{AccountId, Money};

use super::names::Names;
use super::query::Query;
use super::rollup;
use super::select::{By, Select, Wanted};
use crate::error::StoreError;
use crate::reader::ReadTx;

/// How many payments are counted one by one before the answer is "more".
pub const MOST_COUNTED: u64 = 1_000;

/// What a query finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many payments.
    pub count: u64,
    /// There are more than `count`, and nobody has counted them; then the sums are zero and mean nothing.
    pub more: bool,
    /// Their amounts together.
    pub amount: Money,
    /// What of it is given back.
    pub refunded: Money,
}

impl ReadTx<'_> {
    /// What a query finds, summed up: exact from the daily sums where it has only status, provider and
    /// day; else exact up to 1 000 payments.
    pub fn totals(&self, account: AccountId, query: &Query) -> Result<Totals, StoreError> {
        let names = Names::load(self)?;
        let wanted = Wanted::by(query, &names);
        if wanted.is_nothing() {
            Ok(Totals::default())
        } else if query.is_summed_up_by_day() {
            self.totals_by_day(account, query, &wanted)
        } else {
            self.totals_by_counting(account, query, &wanted)
        }
    }

    fn totals_by_day(
        &self,
        account: AccountId,
        query: &Query,
        wanted: &Wanted,
    ) -> Result<Totals, StoreError> {
        let (from, to) = rollup::days(query);
        let sql = format!(
            "SELECT coalesce(sum(n), 0), coalesce(sum(cents), 0), coalesce(sum(refunded), 0)
             FROM daily WHERE account = ?1 AND day BETWEEN ?2 AND ?3{}",
            wanted.condition("")
        );
        let mut statement = self.conn().prepare_cached(&sql)?;
        Ok(statement.query_row((account.row(), from, to), |row| {
            Ok(Totals {
                count: u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0),
                more: false,
                amount: Money::from_cents(row.get(1)?),
                refunded: Money::from_cents(row.get(2)?),
            })
        })?)
    }

    fn totals_by_counting(
        &self,
        account: AccountId,
        query: &Query,
        wanted: &Wanted,
    ) -> Result<Totals, StoreError> {
        let columns = "p.amount AS amount, p.refunded AS refunded";
        let by = By::looking_at_all(self, account, query, wanted)?;
        let mut select = Select::new(account, query, columns, by);
        select.only(wanted);
        select.push(
            " LIMIT ?",
            i64::try_from(MOST_COUNTED + 1).unwrap_or(i64::MAX),
        );
        let select = select.enclosed(
            "SELECT count(*), coalesce(sum(amount), 0), coalesce(sum(refunded), 0) FROM (",
            ")",
        );
        let mut totals = Totals::default();
        select.run(self, |row| {
            let count = u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0);
            totals = if count > MOST_COUNTED {
                Totals {
                    count: MOST_COUNTED,
                    more: true,
                    ..Totals::default()
                }
            } else {
                Totals {
                    count,
                    more: false,
                    amount: Money::from_cents(row.get(1)?),
                    refunded: Money::from_cents(row.get(2)?),
                }
            };
            Ok(())
        })?;
        Ok(totals)
    }
}
