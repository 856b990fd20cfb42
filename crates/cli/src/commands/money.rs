//! Refund, activate, cancel. A command line is a confirmation: what it says is done, and every
//! outcome is told with the shop that it happened in.

use std::io::{self, BufRead, IsTerminal, Read};

use hyvitys_backoffice::money::{HoldOrder, HowMuch, RefundOrder};
use hyvitys_backoffice::views::OperationJson;
use hyvitys_backoffice::{Code, Error, Why, money_moved};
use hyvitys_domain::{HoldAction, Money, TransactionId};
use hyvitys_store::accounts::Account;
use hyvitys_store::journal::Operation;
use serde::Serialize;

use super::{Context, ShopJson};
use crate::arguments::{self, RefundAmount};
use crate::exit::Outcome;
use crate::output::Output;
use crate::words;

/// What became of a money command. `error` is the first of the worst errors, and only where there is
/// one; `errors` says which payment each belongs to. An operation that ended badly is an error, too.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DoneJson<'a> {
    account: ShopJson<'a>,
    operations: Vec<OperationJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Error>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ErrorOfJson>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ErrorOfJson {
    transaction_id: TransactionId,
    #[serde(flatten)]
    error: Error,
}

/// `refund ID …`
pub async fn refund(context: &Context, refund: arguments::Refund) -> Result<Outcome, Error> {
    let account = context.account().await?;
    context.output.line(&words::shop(&account));
    let mut order = RefundOrder {
        account: account.id,
        transaction_id: refund.id,
        how_much: how_much(refund.how_much),
        intent: context.backoffice.new_intent(),
        again: refund.again,
        note: refund.note,
        refund_reason: refund.reason,
        typed: refund.typed,
        reference: refund.reference,
        email: refund.email,
    };
    let mut result = context.backoffice.refund(order.clone()).await;
    if let Err(error) = &result
        && let Some(Why::OverLimit { amount, limit }) = error.why.as_deref()
        && let Some(typed) = ask_for_the_sum(context.output, *amount, *limit)?
    {
        order.typed = Some(typed);
        result = context.backoffice.refund(order).await;
    }
    if let Ok(operation) = &result {
        tell(context.output, operation);
    }
    Ok(finish(context.output, &account, &[(refund.id, result)]))
}

/// Asks for the sum at a terminal; `None` where nobody can be asked, or nothing was typed.
fn ask_for_the_sum(output: Output, amount: Money, limit: Money) -> Result<Option<Money>, Error> {
    if output.is_json() || !io::stdin().is_terminal() {
        return Ok(None);
    }
    output.note(&format!(
        "{} is over the limit of {}. Type the sum to confirm the refund:",
        words::money(amount),
        words::money(limit)
    ));
    let mut typed = String::new();
    let nothing = |why: String| Error::new(Code::BadInput, format!("nothing was sent: {why}"));
    io::stdin()
        .lock()
        .take(100)
        .read_line(&mut typed)
        .map_err(|error| nothing(format!("the answer can't be read: {error}")))?;
    if typed.trim().is_empty() {
        return Ok(None);
    }
    let typed = Money::parse_euros(typed.trim()).map_err(|error| nothing(error.to_string()))?;
    Ok(Some(typed))
}

fn how_much(amount: RefundAmount) -> HowMuch {
    match amount.amount {
        Some(amount) => HowMuch::Amount(amount),
        None if amount.all => HowMuch::Rest,
        None => HowMuch::Items(amount.items),
    }
}

/// `activate ID…`
pub async fn activate(context: &Context, ids: &[TransactionId]) -> Result<Outcome, Error> {
    holds(context, ids, HoldAction::Activate).await
}

/// `cancel ID…`
pub async fn cancel(context: &Context, ids: &[TransactionId]) -> Result<Outcome, Error> {
    holds(context, ids, HoldAction::Cancel).await
}

/// One after the other; one payment's failure stops or hides no other.
async fn holds(
    context: &Context,
    ids: &[TransactionId],
    action: HoldAction,
) -> Result<Outcome, Error> {
    let account = context.account().await?;
    context.output.line(&words::shop(&account));
    let mut results = Vec::with_capacity(ids.len());
    for &transaction_id in ids {
        let intent = context.backoffice.new_intent();
        let order = HoldOrder {
            account: account.id,
            transaction_id,
            action,
            intent,
            confirmed: None,
        };
        let result = context.backoffice.hold(order).await;
        if let Ok(operation) = &result {
            tell(context.output, operation);
        }
        results.push((transaction_id, result));
    }
    Ok(finish(context.output, &account, &results))
}

/// The document, the errors in words, and the worst outcome.
fn finish(
    output: Output,
    account: &Account,
    results: &[(TransactionId, Result<Operation, Error>)],
) -> Outcome {
    let mut worst = Outcome::Fine;
    let mut worst_error = None;
    let mut errors = Vec::new();
    for (transaction_id, result) in results {
        let (outcome, error) = match result {
            Ok(operation) => {
                let outcome = Outcome::of_operation(operation);
                (outcome, words::error(operation, outcome))
            }
            Err(error) => (Outcome::of_error(error), Some(error.clone())),
        };
        if outcome > worst {
            worst_error.clone_from(&error);
        }
        worst = worst.and(outcome);
        errors.extend(error.map(|error| ErrorOfJson {
            transaction_id: *transaction_id,
            error,
        }));
    }
    if output.is_json() {
        let made = results
            .iter()
            .filter_map(|(_, result)| result.as_ref().ok());
        output.document(&DoneJson {
            account: account.into(),
            operations: made.map(Into::into).collect(),
            error: worst_error,
            errors,
        });
    }
    for (transaction_id, result) in results {
        if let Err(error) = result {
            if results.len() > 1 {
                output.note(&format!("{transaction_id}:"));
            }
            output.explain(error);
        }
    }
    worst
}

/// An operation and what to know about it, for people.
pub fn tell(output: Output, operation: &Operation) {
    let state = words::state_of(operation);
    output.line(&format!("{}: {state}", words::act(operation)));
    let clean = |text: &Option<String>| text.as_deref().map(words::clean).unwrap_or_default();
    output.fields(&[
        ("Payment", operation.transaction_id.to_string()),
        ("Operation", operation.id.to_string()),
        ("Reason", clean(&operation.refund_reason)),
        ("Note", clean(&operation.note)),
        ("What happened", words::what_happened(operation)),
        (
            "Money moved",
            words::money_moved(money_moved(operation)).to_owned(),
        ),
        ("Proof", clean(&operation.proof)),
        (
            "Refund",
            operation
                .refund_transaction_id
                .map(|id| id.to_string())
                .unwrap_or_default(),
        ),
        ("Request-id", clean(&operation.request_id)),
        ("What next", words::next(operation).unwrap_or_default()),
    ]);
}
