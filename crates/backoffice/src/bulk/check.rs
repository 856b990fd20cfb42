//! Each line of a plan against what is known, and against the other lines.

use std::collections::HashMap;

use chrono::TimeDelta;
use hyvitys_domain::rules::{self, Rule};
use hyvitys_domain::{ItemStamp, Money, NotOperable, OperationKind, PaymentStatus, TransactionId};
use hyvitys_store::head::Locked;
use hyvitys_store::journal::{Refusal, Wish};
use hyvitys_store::payments::StoredPayment;
use hyvitys_store::{ReadTx, StoreError};

use super::plan::{BatchPlan, BatchVerdict, PlannedBatchLine, Suggestion};
use super::read::{Asked, BatchKey};
use crate::error::{Code, Error};
use crate::import::Reason;
use crate::why::Why;

/// A look that is older is made again before a refund goes out: worth a word.
const LOOK_IS_OLD: TimeDelta = TimeDelta::hours(24);

/// What the lines before ask of one payment.
#[derive(Default)]
struct Before {
    sum: Money,
    /// By their places in the file, which is how a person finds them.
    lines: Vec<(u32, Money, Option<ItemStamp>)>,
}

/// Why a line can't be sent, and what would mend it.
struct Fault {
    why: Reason,
    suggestion: Option<Suggestion>,
}

impl Fault {
    fn new(why: Why, words: impl std::fmt::Display) -> Fault {
        Fault {
            why: Reason::new(why, words),
            suggestion: None,
        }
    }

    fn mended_by(self, suggestion: Option<Suggestion>) -> Fault {
        Fault { suggestion, ..self }
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Fault {
        let suggestion = match &refusal {
            Refusal::SameAgain { .. } => Some(Suggestion::Again),
            Refusal::NotOperable(NotOperable::MoreThanLeft { left, .. }) if *left > Money::ZERO => {
                Some(Suggestion::Amount(*left))
            }
            _ => None,
        };
        let error = Error::from(refusal);
        let why = error.why.map_or(Why::BatchPaymentChanged, |why| *why);
        Fault::new(why, error.message).mended_by(suggestion)
    }
}

/// Checks every line. What blocks all of them is said once.
pub(super) fn check(
    tx: &ReadTx<'_>,
    plan: &mut BatchPlan,
    locked: Option<Locked>,
) -> Result<(), StoreError> {
    plan.blocked = blocked(tx, plan, locked)?;
    plan.same_file_as = match plan.file_digest {
        Some(digest) => tx.batch_of_file(plan.account, &digest)?,
        None => None,
    };
    let mut before: HashMap<TransactionId, Before> = HashMap::new();
    let mut lines = std::mem::take(&mut plan.lines);
    for line in &mut lines {
        line.suggestion = None;
        (line.left_after, line.amount) = (None, None);
        let found = judge(tx, plan, line, &before)?;
        if line.left_out {
            (line.verdict, line.why) = (BatchVerdict::LeftOut, None);
            continue;
        }
        match found {
            Err(fault) => {
                line.verdict = BatchVerdict::Error;
                line.why = Some(fault.why);
                line.suggestion = fault.suggestion;
            }
            Ok(warning) => {
                line.verdict = if warning.is_some() {
                    BatchVerdict::Warning
                } else {
                    BatchVerdict::Ready
                };
                line.why = warning;
                if let (Some(id), Some(amount)) = (line.payment, line.amount) {
                    let of_payment = before.entry(id).or_default();
                    of_payment.sum = of_payment.sum.checked_add(amount).unwrap_or(of_payment.sum);
                    let item = line.item_stamp().cloned();
                    of_payment.lines.push((line.place, amount, item));
                }
            }
        }
    }
    plan.lines = lines;
    Ok(())
}

fn blocked(
    tx: &ReadTx<'_>,
    plan: &BatchPlan,
    locked: Option<Locked>,
) -> Result<Option<Error>, StoreError> {
    if let Some(locked) = locked {
        return Ok(Some(Refusal::Locked(locked).into()));
    }
    let account = tx.account(plan.account)?;
    let Some(account) = account.filter(|account| account.removed_at.is_none()) else {
        return Ok(Some(Refusal::NoAccount.into()));
    };
    Ok(account
        .paused
        .map(|paused| Refusal::Paused(paused.why).into()))
}

/// What is to be said of a line: why it can't be sent, or what to look at.
fn judge(
    tx: &ReadTx<'_>,
    plan: &BatchPlan,
    line: &mut PlannedBatchLine,
    before: &HashMap<TransactionId, Before>,
) -> Result<Result<Option<Reason>, Fault>, StoreError> {
    (line.payment, line.payment_amount, line.payment_taken) = (None, None, None);
    (line.reference, line.customer) = (String::new(), hyvitys_domain::Customer::default());
    let asked = match &line.asked {
        Ok(asked) => asked.clone(),
        Err(why) => {
            return Ok(Err(Fault {
                why: why.clone(),
                suggestion: None,
            }));
        }
    };
    let stored = match find(tx, plan, &asked)? {
        Ok(stored) => stored,
        Err(fault) => return Ok(Err(fault)),
    };
    let payment = &stored.payment;
    line.reference.clone_from(&payment.reference);
    line.customer.clone_from(&payment.customer);
    line.payment = payment.transaction_id;
    line.payment_amount = Some(payment.amount);
    line.payment_taken = payment.refunded.checked_add(payment.reserved);
    let Some(id) = payment.transaction_id else {
        return Ok(Err(Refusal::from(NotOperable::NoTransactionId).into()));
    };
    let amount = match amount(tx, plan.kind, &asked, &stored)? {
        Ok(amount) => amount,
        Err(fault) => return Ok(Err(fault)),
    };
    line.amount = Some(amount);
    let items: Vec<(ItemStamp, Money)> = asked
        .item_stamp
        .iter()
        .map(|stamp| (stamp.clone(), amount))
        .collect();
    let wish = Wish {
        account: plan.account,
        kind: plan.kind,
        transaction_id: id,
        amount: Some(amount),
        items: &items,
        confirmed: &plan.planned,
        again: line.again,
        repeat_of: None,
        by_email: asked.email.is_some(),
    };
    match tx.check(&wish)? {
        // What stands in the way of the whole account is said once for the whole plan.
        Ok(_) | Err(Refusal::Paused(_) | Refusal::Locked(_) | Refusal::NoAccount) => {}
        Err(refusal) => return Ok(Err(refusal.into())),
    }
    if let Some(open) = tx.open_elsewhere(
        plan.account,
        id,
        amount,
        asked.item_stamp.as_ref(),
        taken_over(plan),
    )? {
        let words = format!("it waits in batch {}, which is not finished", open.number);
        return Ok(Err(Fault::new(
            Why::BatchOpenElsewhere { batch: open.number },
            words,
        )));
    }
    if let Err(fault) = beside(tx, plan.kind, line, &stored, before.get(&id))? {
        return Ok(Err(fault));
    }
    Ok(Ok(warning(plan, line, &stored)))
}

/// The batch whose waiting lines this plan takes over.
fn taken_over(plan: &BatchPlan) -> Option<hyvitys_domain::BatchId> {
    plan.follows
        .filter(|follows| follows.rest)
        .map(|follows| follows.batch)
}

/// The payment that a line names.
fn find(
    tx: &ReadTx<'_>,
    plan: &BatchPlan,
    asked: &Asked,
) -> Result<Result<StoredPayment, Fault>, StoreError> {
    let none = |what: &str| {
        Fault::new(
            Why::NoSuchPayment,
            format!("there is no payment {what} here"),
        )
    };
    let mut found = match &asked.key {
        BatchKey::Id(id) => {
            if tx.is_refund_transaction(*id)? {
                return Ok(Err(Refusal::IsRefund(*id).into()));
            }
            return Ok(match tx.payment(plan.account, *id)? {
                Some(stored) => Ok(stored),
                None => Err(none(&id.to_string())),
            });
        }
        BatchKey::Reference(reference) => tx.payments_by_reference(plan.account, reference)?,
        BatchKey::Stamp(stamp) => tx.payments_by_stamp(plan.account, stamp)?,
    };
    let text = match &asked.key {
        BatchKey::Reference(text) | BatchKey::Stamp(text) => text.as_str(),
        BatchKey::Id(_) => "",
    };
    // An order that was tried twice has one payment that counts.
    if found.len() > 1 {
        found.retain(|stored| {
            !matches!(
                stored.payment.status,
                PaymentStatus::Fail | PaymentStatus::New
            )
        });
    }
    let count = found.len();
    Ok(match (found.pop(), count) {
        (Some(one), 1) => Ok(one),
        (None, _) => {
            let close = closest(tx, plan, text)?.map(Suggestion::Key);
            Err(none(&format!("'{text}'")).mended_by(close))
        }
        (Some(_), count) => Err(Fault::new(
            Why::BatchAmbiguous { count },
            format!("{count} payments have '{text}': give the id of the one that is meant"),
        )),
    })
}

/// A reference that a hand may have meant: with the letter O for the digit 0, or in another case.
fn closest(tx: &ReadTx<'_>, plan: &BatchPlan, text: &str) -> Result<Option<String>, StoreError> {
    let zeros: String = text
        .chars()
        .map(|c| if matches!(c, 'O' | 'o') { '0' } else { c })
        .collect();
    let last_zeros = text.rsplit_once(['-', '/', '_']).map(|(head, tail)| {
        let mark = text.chars().nth(head.chars().count()).unwrap_or('-');
        let tail: String = tail
            .chars()
            .map(|c| if matches!(c, 'O' | 'o') { '0' } else { c })
            .collect();
        format!("{head}{mark}{tail}")
    });
    let others = [
        Some(zeros),
        last_zeros,
        Some(text.to_uppercase()),
        Some(text.to_lowercase()),
        Some(text.trim_start_matches(['#', '0']).to_owned()),
    ];
    for other in others.into_iter().flatten() {
        if other != text && tx.payments_by_reference(plan.account, &other)?.len() == 1 {
            return Ok(Some(other));
        }
    }
    Ok(None)
}

/// How much: what is asked for, or what is left; of a hold, the payment's.
fn amount(
    tx: &ReadTx<'_>,
    kind: OperationKind,
    asked: &Asked,
    stored: &StoredPayment,
) -> Result<Result<Money, Fault>, StoreError> {
    let payment = &stored.payment;
    if kind.is_hold() {
        return Ok(Ok(payment.amount));
    }
    if let Some(amount) = asked.amount {
        return Ok(Ok(amount));
    }
    if let Err(why) = hyvitys_domain::operable::refund(payment) {
        return Ok(Err(Refusal::from(why).into()));
    }
    let mut left = payment.refundable();
    if let (Some(stamp), Some(id)) = (&asked.item_stamp, payment.transaction_id)
        && let Some(of_item) = tx.left_of_item(payment.account, id, stored.key, stamp)?
    {
        left = left.min(of_item);
    }
    if left == Money::ZERO {
        let why = Why::NothingLeft {
            amount: payment.amount,
            refunded: payment.refunded,
            reserved: payment.reserved,
        };
        return Ok(Err(Fault::new(why, "nothing is left to refund")));
    }
    Ok(Ok(left))
}

/// A line beside those before it of the same payment.
fn beside(
    tx: &ReadTx<'_>,
    kind: OperationKind,
    line: &mut PlannedBatchLine,
    stored: &StoredPayment,
    before: Option<&Before>,
) -> Result<Result<(), Fault>, StoreError> {
    let none = Before::default();
    let before = before.unwrap_or(&none);
    let Some(amount) = line.amount else {
        return Ok(Ok(()));
    };
    let item = line.item_stamp().cloned();
    let same = |other: &&(u32, Money, Option<ItemStamp>)| other.1 == amount && other.2 == item;
    let twin = before.lines.iter().find(same).map(|other| other.0);
    if kind.is_hold() {
        return Ok(match before.lines.first() {
            Some((first, ..)) => Err(Fault::new(
                Why::BatchDuplicate { line: *first },
                format!("the same payment as line {first}"),
            )),
            None => Ok(()),
        });
    }
    if let Some(twin) = twin
        && !line.again
        && rules::holds(Rule::SameAgainIsAsked)
    {
        return Ok(Err(Fault::new(
            Why::BatchDuplicate { line: twin },
            format!("the same refund as line {twin}"),
        )
        .mended_by(Some(Suggestion::Again))));
    }
    let left = stored
        .payment
        .refundable()
        .checked_sub(before.sum)
        .unwrap_or(Money::ZERO)
        .max(Money::ZERO);
    let mut left_here = left;
    if let (Some(stamp), Some(id)) = (&item, line.payment)
        && let Some(of_item) = tx.left_of_item(stored.payment.account, id, stored.key, stamp)?
    {
        let others = before.lines.iter().filter(|other| other.2 == item);
        let asked: Option<Money> = others.map(|other| other.1).sum();
        let of_item = asked.and_then(|asked| of_item.checked_sub(asked));
        left_here = left_here.min(of_item.unwrap_or(Money::ZERO).max(Money::ZERO));
    }
    if amount > left_here {
        let first = before.lines.first().map_or(line.place, |first| first.0);
        let suggestion = (left_here > Money::ZERO).then_some(Suggestion::Amount(left_here));
        return Ok(Err(Fault::new(
            Why::BatchTogether {
                left: left_here,
                line: first,
            },
            format!("with line {first} it is more than what is left, {left_here} €"),
        )
        .mended_by(suggestion)));
    }
    line.left_after = left.checked_sub(amount);
    Ok(Ok(()))
}

/// What a person may want to look at before they confirm.
fn warning(plan: &BatchPlan, line: &PlannedBatchLine, stored: &StoredPayment) -> Option<Reason> {
    let payment = &stored.payment;
    let now = plan.planned.at;
    if line.again {
        return Some(Reason::new(Why::BatchAgain, "the same again is meant"));
    }
    if plan.kind.is_hold() {
        let deadline = payment.deadline().filter(|deadline| *deadline < now)?;
        let words = format!("its window ended on {}", deadline.format("%Y-%m-%d"));
        return Some(Reason::new(
            Why::BatchDeadlinePassed { at: deadline },
            words,
        ));
    }
    if let Some(provider) = payment.provider.as_ref().filter(|one| !one.is_klarna()) {
        let provider = provider.to_string();
        let words = format!("it was paid with {provider}, not with Klarna");
        return Some(Reason::new(Why::BatchNotKlarna { provider }, words));
    }
    if payment.refunded > Money::ZERO {
        let words = format!("{} € was refunded before", payment.refunded);
        let amount = payment.refunded;
        return Some(Reason::new(Why::BatchRefundedBefore { amount }, words));
    }
    let looked = payment.checked_at?;
    (now - looked > LOOK_IS_OLD).then(|| {
        let words = format!("last looked at on {}", looked.format("%Y-%m-%d"));
        Reason::new(Why::BatchLookOld { at: looked }, words)
    })
}

/// The error of a plan that is blocked, or that sends nothing.
pub(super) fn may_be_confirmed(plan: &BatchPlan) -> Result<(), Error> {
    if let Some(blocked) = &plan.blocked {
        return Err(blocked.clone());
    }
    if plan.sends().count == 0 {
        return Err(
            Error::new(Code::BadInput, "no line of this batch can be sent")
                .why(Why::BatchNothingToSend)
                .next("mend a line, or choose another file"),
        );
    }
    Ok(())
}
