//! Asking Paytrail about everything that is still open, and saying what changed.

use hyvitys_backoffice::views::OperationJson;
use hyvitys_backoffice::{Code, Error, SyncReport};
use hyvitys_domain::TransactionId;
use serde::Serialize;

use super::{Context, ShopJson, money};
use crate::exit::Outcome;
use crate::output::Output;
use crate::words;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SyncJson<'a> {
    account: ShopJson<'a>,
    /// The operations whose state changed.
    operations: Vec<OperationJson>,
    /// How many payments were looked at.
    fetched: usize,
    /// The payments that are new or have another status.
    changed: Vec<ChangeJson>,
    /// What could not be looked at.
    errors: Vec<FailedJson<'a>>,
    /// How many payments were not asked for any more.
    not_asked: usize,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChangeJson {
    transaction_id: TransactionId,
    old_status: Option<String>,
    new_status: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FailedJson<'a> {
    transaction_id: TransactionId,
    #[serde(flatten)]
    error: &'a Error,
}

/// `sync`. What an operation has become is no failure of the look at it: only looks that were not
/// had make the exit code other than 0.
pub async fn run(context: &Context) -> Result<Outcome, Error> {
    let account = context.account().await?;
    let report = context.backoffice.sync(account.id).await?;
    let payments = &report.payments;
    if context.output.is_json() {
        context.output.document(&SyncJson {
            account: (&account).into(),
            operations: report.operations.iter().map(Into::into).collect(),
            fetched: payments.fetched,
            changed: payments
                .changed
                .iter()
                .map(|change| ChangeJson {
                    transaction_id: change.transaction_id,
                    old_status: change.old.as_ref().map(ToString::to_string),
                    new_status: change.new.to_string(),
                })
                .collect(),
            errors: payments
                .failed
                .iter()
                .map(|(transaction_id, error)| FailedJson {
                    transaction_id: *transaction_id,
                    error,
                })
                .collect(),
            not_asked: payments.stopped.as_ref().map_or(0, |(left, _)| *left),
        });
    } else {
        context.output.line(&words::shop(&account));
        tell(context.output, &report);
    }
    Ok(outcome(&report))
}

fn tell(output: Output, report: &SyncReport) {
    for operation in &report.operations {
        money::tell(output, operation);
    }
    let payments = &report.payments;
    for change in &payments.changed {
        let new = words::clean(change.new.as_str());
        output.line(&match &change.old {
            Some(old) => format!(
                "{}: {} → {new}",
                change.transaction_id,
                words::clean(old.as_str())
            ),
            None => format!("{}: new here, {new}", change.transaction_id),
        });
    }
    output.line(&format!(
        "{} operations changed; {} payments were looked at, {} are new or changed.",
        report.operations.len(),
        payments.fetched,
        payments.changed.len()
    ));
    for (transaction_id, error) in &payments.failed {
        output.note(&format!("{transaction_id}:"));
        output.explain(error);
    }
    if let Some((left, _)) = &payments.stopped {
        output.note(&format!(
            "{left} more payments were not asked for, since the answer would be the same."
        ));
    }
}

/// A payment that Paytrail does not have, or that differs from what is stored, is told each time and
/// is no failure of this command.
fn outcome(report: &SyncReport) -> Outcome {
    let errors = report.payments.failed.iter().map(|(_, error)| error);
    errors
        .filter(|error| !matches!(error.code, Code::NotFound | Code::NotOperable))
        .map(Outcome::of_error)
        .fold(Outcome::Fine, Outcome::and)
}
