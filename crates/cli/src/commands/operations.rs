//! The journal's operations: listed, resolved by a person's word; and taking over a data file.

use hyvitys_backoffice::Error;
use hyvitys_backoffice::views::OperationJson;
use hyvitys_domain::OperationState;
use hyvitys_store::journal::Operation;
use serde::Serialize;

use super::{Context, ShopJson, money};
use crate::arguments::Resolve;
use crate::exit::Outcome;
use crate::words;

#[derive(Serialize)]
struct OperationsJson<'a> {
    account: ShopJson<'a>,
    operations: Vec<OperationJson>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TakenOverJson {
    taken_over: bool,
}

/// `operations [--state S]`: all of them, newest first.
pub async fn list(context: &Context, state: Option<OperationState>) -> Result<Outcome, Error> {
    let account = context.account().await?;
    let operations = context.backoffice.operations(account.id, state).await?;
    if context.output.is_json() {
        context.output.document(&OperationsJson {
            account: (&account).into(),
            operations: operations.iter().map(Into::into).collect(),
        });
        return Ok(Outcome::Fine);
    }
    context.output.line(&words::shop(&account));
    if operations.is_empty() {
        context.output.line("No operations.");
        return Ok(Outcome::Fine);
    }
    let rows: Vec<Vec<String>> = operations.iter().map(row).collect();
    context.output.table(
        &[
            "Confirmed",
            "What",
            "Amount",
            "State",
            "Payment",
            "Operation",
            "Reason",
            "Says",
        ],
        &[false, false, true],
        &rows,
    );
    let unknown = operations
        .iter()
        .filter(|operation| operation.state == OperationState::Unknown)
        .count();
    if unknown > 0 {
        context.output.line("");
        context.output.line(&format!(
            "{unknown} with an unknown outcome: run `sync`; a refund that stays unknown needs a callback, a report or `resolve`."
        ));
    }
    Ok(Outcome::Fine)
}

fn row(operation: &Operation) -> Vec<String> {
    vec![
        words::time(operation.confirmed_at),
        operation.kind.to_string(),
        words::money(operation.amount),
        words::state_of(operation).to_owned(),
        operation.transaction_id.to_string(),
        operation.id.to_string(),
        operation
            .refund_reason
            .as_deref()
            .map(words::clean)
            .unwrap_or_default(),
        words::what_happened(operation),
    ]
}

/// `resolve OP --moved|--not-moved --note TEXT`
pub async fn resolve(context: &Context, resolve: &Resolve) -> Result<Outcome, Error> {
    let account = context.account().await?;
    let operation = context
        .backoffice
        .resolve(account.id, resolve.id, resolve.moved.moved, &resolve.note)
        .await?;
    if context.output.is_json() {
        let operations = vec![(&operation).into()];
        context.output.document(&OperationsJson {
            account: (&account).into(),
            operations,
        });
    } else {
        context.output.line(&words::shop(&account));
        money::tell(context.output, &operation);
    }
    // What the person said was written, whichever way it went.
    Ok(Outcome::Fine)
}

/// `takeover --note TEXT`
pub async fn take_over(context: &Context, note: &str) -> Result<Outcome, Error> {
    context.backoffice.take_over(note).await?;
    if context.output.is_json() {
        context.output.document(&TakenOverJson { taken_over: true });
    }
    context
        .output
        .line("This data file is in use on this machine from now on.");
    context.output.line(
        "Work that was queued in it is void; look through `operations` for unknown outcomes.",
    );
    Ok(Outcome::Fine)
}
