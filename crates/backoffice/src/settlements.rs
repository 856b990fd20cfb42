//! Settlements: what Paytrail paid out, and whether it adds up with what is known here.
//!
//! The list is Paytrail's, kept in the data file; what each settlement paid out, files tell. So the sums are
//! those of the entries that are here, and the first thing to say is when some are missing.

use chrono::{DateTime, NaiveDate, Utc};
use hyvitys_domain::{AccountId, Money, PaymentStatus};
use hyvitys_paytrail::CallError;
use hyvitys_paytrail::settlements::{self, SettlementQuery};
use hyvitys_store::settlements::{EntryKind, Settlement, SettlementEntry, SettlementRow};

use crate::error::{Code, Error};
use crate::import::finnish_day;
use crate::look::{NOT_ACCEPTED, NoLook};
use crate::service::Backoffice;
use crate::why::Why;

/// How many settlements one answer has at most.
const PAGE: u8 = 100;
/// How many answers are asked for at once: years of daily settlements.
const MOST_PAGES: usize = 20;

/// The settlements that are known.
#[derive(Clone, Debug)]
pub struct SettlementList {
    /// The newest first.
    pub rows: Vec<SettlementRow>,
    /// When Paytrail was last asked for them (UTC).
    pub fetched_at: Option<DateTime<Utc>>,
    /// Why it could not be asked now; the rows are those of before.
    pub not_fetched: Option<Error>,
}

/// What a settlement's entries add up to. Fees and commissions are what they cost; what no file tells is not known, and
/// is no zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SettlementSums {
    /// Of the payments.
    pub payments: Money,
    /// Of the refunds; below zero.
    pub refunds: Money,
    /// Of the fees; `None` where no entry has any.
    pub fees: Option<Money>,
    /// Of the commissions; `None` where no entry has any.
    pub commission: Option<Money>,
    /// Payments and refunds less the fees and commissions that are known.
    pub net: Money,
    /// Payments of which neither fee nor commission is known: by those less was paid out than `net`.
    pub without_fees: u32,
}

/// A settlement with its entries.
#[derive(Clone, Debug)]
pub struct SettlementDetail {
    /// The settlement.
    pub row: SettlementRow,
    /// Payments first.
    pub entries: Vec<SettlementEntry>,
    /// What they add up to.
    pub sums: SettlementSums,
    /// What does not add up.
    pub problems: Vec<Why>,
}

impl Backoffice {
    /// The settlements that are known; with `refresh`, Paytrail is asked first.
    pub async fn settlements(
        &self,
        account: AccountId,
        refresh: bool,
    ) -> Result<SettlementList, Error> {
        let account = self.account(account).await?.id;
        let not_fetched = if refresh {
            match self.fetch_settlements(account).await {
                Err(error) if matches!(error.code, Code::Store | Code::NotSaved) => {
                    return Err(error);
                }
                fetched => fetched.err(),
            }
        } else {
            None
        };
        let (rows, fetched_at) = self
            .inner
            .store
            .read(move |tx| Ok((tx.settlements(account)?, tx.settlements_asked_at(account)?)))
            .await?;
        Ok(SettlementList {
            rows,
            fetched_at,
            not_fetched,
        })
    }

    /// Asks for the newest ones, and further back as long as there is something new.
    async fn fetch_settlements(&self, account: AccountId) -> Result<(), Error> {
        let account = self.account(account).await?;
        let client = self.client(&account).await?;
        let id = account.id;
        let known = self.inner.store.read(move |tx| tx.settlements(id)).await?;
        let is_known = |id: &str| {
            known
                .iter()
                .any(|row| row.listed && row.settlement.id == id)
        };
        let mut found: Vec<Settlement> = Vec::new();
        let mut query = SettlementQuery {
            limit: Some(PAGE),
            ..SettlementQuery::default()
        };
        for _ in 0..MOST_PAGES {
            let answer = client.settlements(&self.stamped(None), &query).await;
            let page = match answer {
                Ok(answer) => answer.value,
                Err(call @ CallError::Unauthorized { .. }) => {
                    self.pause_account(account.id, NOT_ACCEPTED).await?;
                    return Err(NoLook::Unauthorized(call).into_error());
                }
                Err(call) => return Err(NoLook::Unclear(call).into_error()),
            };
            let full = page.len() >= usize::from(PAGE);
            let oldest = oldest_day(&page);
            let mut news = false;
            for settlement in page {
                let id = settlement.id.as_str().to_owned();
                if found.iter().any(|known| known.id == id) {
                    continue;
                }
                news |= !is_known(&id);
                found.push(Settlement {
                    id,
                    reference: settlement.settlement_reference.unwrap_or_default(),
                    created_at: settlement.created_at.map(|time| time.at),
                    settled_at: settlement.settled_at.map(|time| time.at),
                });
            }
            if !(full && news) || oldest.is_none() || query.end_date == oldest {
                break;
            }
            query.end_date = oldest;
        }
        let now = self.inner.clock.now().at;
        Ok(self
            .inner
            .store
            .write(move |tx| tx.put_settlements(id, &found, now))
            .await?)
    }

    /// A settlement with its entries, and what does not add up.
    pub async fn settlement(
        &self,
        account: AccountId,
        id: &str,
    ) -> Result<SettlementDetail, Error> {
        let account = self.account(account).await?.id;
        let id = id.to_owned();
        let found = self
            .inner
            .store
            .read(move |tx| {
                let rows = tx.settlements(account)?;
                let Some(row) = rows.into_iter().find(|row| row.settlement.id == id) else {
                    return Ok(None);
                };
                let entries = tx.settlement_entries(account, &row.settlement)?;
                let missing = tx.settled_without_entry(account, &row.settlement)?;
                Ok(Some((row, entries, missing)))
            })
            .await?;
        let (row, entries, missing) = found.ok_or_else(|| {
            Error::new(Code::NotFound, "there is no such settlement")
                .why(Why::NoSuchSettlement)
                .next("ask Paytrail for its settlements, or import a settlement's report")
        })?;
        Ok(SettlementDetail {
            sums: sums(&entries)?,
            problems: problems(&entries, missing),
            row,
            entries,
        })
    }
}

/// The day up to which older ones are asked for. Paytrail's days are Finland's: by UTC those of the first hours of a
/// day would never be asked for.
fn oldest_day(page: &[settlements::Settlement]) -> Option<NaiveDate> {
    page.iter()
        .filter_map(|settlement| settlement.created_at)
        .map(|created| finnish_day(created.at))
        .min()
}

fn sums(entries: &[SettlementEntry]) -> Result<SettlementSums, Error> {
    let add = |of: &dyn Fn(&SettlementEntry) -> Option<Money>| -> Option<Money> {
        entries.iter().filter_map(of).sum()
    };
    let of_kind = |kind| add(&|entry| (entry.kind == kind).then_some(entry.amount));
    let all = || {
        let payments = of_kind(EntryKind::Payment)?;
        let refunds = of_kind(EntryKind::Refund)?;
        let fees = add(&|entry| entry.fee)?;
        let commission = add(&|entry| entry.commission)?;
        let net = payments.checked_add(refunds)?.checked_sub(fees)?;
        let is_told = |of: &dyn Fn(&SettlementEntry) -> Option<Money>| {
            entries.iter().any(|entry| of(entry).is_some())
        };
        let without_fees = entries.iter().filter(|entry| {
            entry.kind == EntryKind::Payment && entry.fee.is_none() && entry.commission.is_none()
        });
        Some(SettlementSums {
            payments,
            refunds,
            fees: is_told(&|entry| entry.fee).then_some(fees),
            commission: is_told(&|entry| entry.commission).then_some(commission),
            net: net.checked_sub(commission)?,
            without_fees: u32::try_from(without_fees.count()).unwrap_or(u32::MAX),
        })
    };
    all().ok_or_else(|| Error::new(Code::Store, "the settlement's sums are too large"))
}

/// Some entries of a kind that does not add up.
#[derive(Default)]
struct Several {
    count: u32,
    amount: i64,
}

impl Several {
    fn note(&mut self, entry: &SettlementEntry) {
        self.count += 1;
        self.amount = self.amount.saturating_add(entry.amount.cents());
    }

    fn why(&self, why: impl Fn(u32, Money) -> Why) -> Option<Why> {
        (self.count > 0).then(|| why(self.count, Money::from_cents(self.amount)))
    }
}

fn problems(entries: &[SettlementEntry], (missing, missing_sum): (u32, Money)) -> Vec<Why> {
    let mut problems = Vec::new();
    if entries.is_empty() {
        problems.push(Why::SettlementNoEntries);
    } else if missing > 0 {
        problems.push(Why::SettlementEntriesMissing {
            count: missing,
            amount: missing_sum,
        });
    }
    let (mut strangers, mut orphans, mut unproven) =
        (Several::default(), Several::default(), Several::default());
    let (mut unpaid, mut twice) = (Several::default(), Several::default());
    for entry in entries {
        match (&entry.payment, entry.kind) {
            (None, EntryKind::Payment) => strangers.note(entry),
            (None, EntryKind::Refund) => orphans.note(entry),
            (Some(payment), EntryKind::Payment) => {
                if payment.amount != entry.amount {
                    problems.push(Why::SettlementAmountDiffers {
                        reference: entry.reference.clone(),
                        settled: entry.amount,
                        stored: payment.amount,
                    });
                }
                if payment.status != PaymentStatus::Ok {
                    unpaid.note(entry);
                }
                if payment.times > 1 {
                    twice.note(entry);
                }
            }
            (Some(_), EntryKind::Refund) => match entry.refund_known {
                None => unproven.note(entry),
                Some(known) => {
                    let known = Money::ZERO.checked_sub(known).unwrap_or(known);
                    if known != entry.amount {
                        problems.push(Why::SettlementRefundDiffers {
                            reference: entry.reference.clone(),
                            settled: entry.amount,
                            stored: known,
                        });
                    }
                }
            },
        }
    }
    problems
        .extend(strangers.why(|count, amount| Why::SettlementPaymentsUnknown { count, amount }));
    problems.extend(orphans.why(|count, amount| Why::SettlementRefundsUnknown { count, amount }));
    problems.extend(unproven.why(|count, amount| Why::SettlementRefundsUnproven { count, amount }));
    problems.extend(unpaid.why(|count, _| Why::SettlementNotPaid { count }));
    problems.extend(twice.why(|count, _| Why::SettlementTwice { count }));
    problems
}

#[cfg(test)]
mod tests {
    use hyvitys_domain::WireTime;
    use hyvitys_paytrail::settlements::SettlementId;

    use super::*;

    #[test]
    fn older_settlements_are_asked_for_up_to_a_finnish_day() {
        let made = |at: &str| settlements::Settlement {
            id: SettlementId::new("1").unwrap(),
            created_at: Some(WireTime::parse(at).unwrap()),
            settled_at: None,
            settlement_reference: None,
        };
        // Half past midnight in Finland, still the day before by UTC.
        let page = [made("2026-11-21T10:00:00Z"), made("2026-11-19T22:30:00Z")];
        assert_eq!(oldest_day(&page).unwrap().to_string(), "2026-11-20");
        assert_eq!(oldest_day(&[]), None);
    }
}
