//! What a row says of a settlement: what was paid out, and what it cost.

use hyvitys_domain::Money;
use hyvitys_store::imports::{SettledKind, SettlementEntry};

use super::amounts::{self, Unit};
use super::{Item, Problem, dates};

/// A line of a settlement, as a row has it.
pub(crate) type Settled = Box<SettlementEntry>;

/// Reads the parts of a row that speak of its settlement: nothing, where it names none. Texts come with
/// their columns' names.
pub(crate) fn read(
    id: Option<String>,
    reference: Option<String>,
    date: Option<(String, &str)>,
    fee: Option<(String, Unit, &str)>,
    commission: Option<(String, Unit, &str)>,
    item: &Item,
) -> Result<Option<Settled>, Problem> {
    if id.is_none() && reference.is_none() {
        return Ok(None);
    }
    let (kind, stamp, of, amount) = match item {
        Item::Facts(facts) => {
            let Some(amount) = facts.amount else {
                return Ok(None);
            };
            let (stamp, reference) = (facts.stamp.clone(), facts.reference.clone());
            (SettledKind::Payment, stamp, reference, amount)
        }
        Item::Refund(refund) => {
            let stamp = refund.stamp.as_ref().map(|stamp| stamp.as_str().to_owned());
            let Some(amount) = Money::ZERO.checked_sub(refund.amount) else {
                return Ok(None);
            };
            (SettledKind::Refund, stamp, refund.original.clone(), amount)
        }
        Item::Await(_) | Item::Callback(..) => return Ok(None),
    };
    // Some files have what it cost as what is taken away.
    let cost = |cost: Option<(String, Unit, &str)>| -> Result<Option<Money>, Problem> {
        match cost {
            Some((text, unit, column)) => Ok(amounts::read(&text, unit, column)?.checked_abs()),
            None => Ok(None),
        }
    };
    Ok(Some(Box::new(SettlementEntry {
        settlement_id: id.unwrap_or_default(),
        settlement_reference: reference.unwrap_or_default(),
        settled_on: date
            .map(|(text, column)| dates::day(&text, column))
            .transpose()?,
        kind,
        stamp,
        reference: of,
        amount,
        fee: cost(fee)?,
        commission: cost(commission)?,
    })))
}
