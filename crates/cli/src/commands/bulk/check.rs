//! What a file would do, line by line. Lines are called by their place in the file, as an editor or a spreadsheet
//! shows it.

use std::path::Path;

use hyvitys_backoffice::bulk::{
    BatchColumn, BatchOptions, BatchPlan, BatchSource, BatchSum, BatchVerdict, LineChange,
    PlannedBatchLine, Suggestion,
};
use hyvitys_backoffice::{Code, Error, Why};
use hyvitys_domain::{Money, OperationKind, TransactionId};
use hyvitys_store::accounts::Account;
use serde::Serialize;

use super::super::{Context, ShopJson, import};
use crate::arguments::{BulkCheck, BulkFile};
use crate::exit::Outcome;
use crate::output::Output;
use crate::words;

/// How many lines are shown; the rest is counted.
const SHOWN: usize = 40;

/// A plan, and why it was not carried out where it was to be.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlanJson<'a> {
    account: ShopJson<'a>,
    kind: OperationKind,
    name: &'a str,
    /// What each column was taken for, by its name in the header.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    columns: Vec<(&'a str, Option<BatchColumn>)>,
    plan: SumsJson,
    /// What `bulk run --confirm` takes.
    confirm: String,
    /// Amounts are whole numbers only, and nobody has said in what they count.
    amounts_unknown: bool,
    /// No column names the payment.
    no_key: bool,
    /// The number of an earlier batch that was made of the same file.
    same_file_as: Option<u32>,
    lines: Vec<LineJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a Error>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SumsJson {
    /// What would be sent: what is ready, and what has a warning.
    sends: SumJson,
    ready: SumJson,
    warning: SumJson,
    error: SumJson,
    left_out: SumJson,
}

#[derive(Serialize)]
struct SumJson {
    count: u64,
    sum: Money,
}

impl From<BatchSum> for SumJson {
    fn from(sum: BatchSum) -> SumJson {
        SumJson {
            count: sum.count,
            sum: sum.sum,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LineJson<'a> {
    /// The line in the file, from 1.
    line: u32,
    named: &'a str,
    transaction_id: Option<TransactionId>,
    reference: &'a str,
    amount: Option<Money>,
    left_after: Option<Money>,
    verdict: &'static str,
    why: Option<Why>,
    message: Option<String>,
    /// This amount is what is left.
    #[serde(skip_serializing_if = "Option::is_none")]
    suggested_amount: Option<Money>,
    /// There is a payment of this reference.
    #[serde(skip_serializing_if = "Option::is_none")]
    suggested_key: Option<&'a str>,
    /// `--again` with this line would send it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    suggested_again: bool,
}

const fn verdict(verdict: BatchVerdict) -> &'static str {
    match verdict {
        BatchVerdict::Error => "error",
        BatchVerdict::Warning => "warning",
        BatchVerdict::Ready => "ready",
        BatchVerdict::LeftOut => "leftOut",
    }
}

fn line_json(line: &PlannedBatchLine) -> LineJson<'_> {
    let (mut amount, mut key, mut again) = (None, None, false);
    match &line.suggestion {
        Some(Suggestion::Amount(left)) => amount = Some(*left),
        Some(Suggestion::Key(known)) => key = Some(known.as_str()),
        Some(Suggestion::Again) => again = true,
        None => {}
    }
    let (why, message) = match reason(line) {
        Some((why, message)) => (Some(why), Some(message)),
        None => (None, None),
    };
    LineJson {
        line: line.place,
        named: &line.named,
        transaction_id: line.payment,
        reference: &line.reference,
        amount: line.amount,
        left_after: line.left_after,
        verdict: verdict(line.verdict),
        why,
        message,
        suggested_amount: amount,
        suggested_key: key,
        suggested_again: again,
    }
}

/// Why a line is not simply ready.
fn reason(line: &PlannedBatchLine) -> Option<(Why, String)> {
    let reason = line.why.as_ref()?;
    Some((reason.why.clone(), reason.words.clone()))
}

/// What the lines of `--again` and `--leave-out` change.
fn changes(plan: &BatchPlan, again: &[u32], leave_out: &[u32]) -> Result<Vec<LineChange>, Error> {
    let change = |place: u32, again: Option<bool>, left_out: Option<bool>| {
        let line = plan.lines.iter().find(|line| line.place == place);
        let line = line.ok_or_else(|| {
            let what =
                format!("nothing was sent: the file has no line {place} that asks for anything");
            Error::new(Code::BadInput, what)
                .next("`bulk check --lines` shows all lines with their numbers")
        })?;
        Ok(LineChange {
            number: line.number,
            again,
            left_out,
            ..LineChange::default()
        })
    };
    let again = again.iter().map(|&place| change(place, Some(true), None));
    let left_out = leave_out
        .iter()
        .map(|&place| change(place, None, Some(true)));
    again.chain(left_out).collect()
}

/// Reads and checks a file.
pub(super) async fn plan(
    context: &Context,
    account: &Account,
    file: &BulkFile,
    again: &[u32],
    leave_out: &[u32],
) -> Result<BatchPlan, Error> {
    let mut source = import::read(&file.file)?;
    if let Some(name) = file
        .file
        .file_name()
        .filter(|_| file.file != Path::new("-"))
    {
        // A batch is kept by its file's name: where the file lay is nobody's business later.
        source.name = name.to_string_lossy().into_owned();
    }
    let source = BatchSource::File(source);
    let options = BatchOptions {
        named: file.map.clone(),
        amounts_in: file.amounts.map(Into::into),
        ..BatchOptions::default()
    };
    let office = &context.backoffice;
    let plan = office
        .plan_batch(account.id, file.kind, source, options)
        .await?;
    let changes = changes(&plan, again, leave_out)?;
    if changes.is_empty() {
        return Ok(plan);
    }
    office.change_batch_plan(plan, &changes).await
}

/// `bulk check FILE`
pub(super) async fn run(context: &Context, check: &BulkCheck) -> Result<Outcome, Error> {
    let account = context.account().await?;
    let plan = plan(context, &account, &check.file, &[], &[]).await?;
    let output = context.output;
    output.line(&words::shop(&account));
    show(output, &plan, check.lines);
    document(output, &account, &plan, check.lines, plan.blocked.as_ref());
    if let Some(error) = &plan.blocked {
        output.explain(error);
        return Ok(Outcome::of_error(error));
    }
    let sends = plan.sends();
    if sends.count == 0 || plan.sum(BatchVerdict::Error).count > 0 {
        return Ok(Outcome::OwnRules);
    }
    output.line(&format!(
        "Nothing was sent. `bulk run` with --confirm {} sends this.",
        confirm(sends)
    ));
    Ok(Outcome::Fine)
}

/// A sum as `--confirm` takes it.
pub(super) fn confirm(sends: BatchSum) -> String {
    format!("{}:{}", sends.count, sends.sum.cents())
}

/// The lines to tell of: all, or those that are not ready.
fn told(plan: &BatchPlan, all: bool) -> impl Iterator<Item = &PlannedBatchLine> {
    let lines = plan.lines.iter();
    lines.filter(move |line| all || line.verdict != BatchVerdict::Ready)
}

/// The document of a plan, where documents are asked for.
pub(super) fn document(
    output: Output,
    account: &Account,
    plan: &BatchPlan,
    all: bool,
    error: Option<&Error>,
) {
    if !output.is_json() {
        return;
    }
    let columns = plan.table.iter().flat_map(|table| {
        let headers = table.headers.iter().map(String::as_str);
        headers.zip(table.columns.iter().copied())
    });
    output.document(&PlanJson {
        account: account.into(),
        kind: plan.kind,
        name: &plan.name,
        columns: columns.collect(),
        plan: SumsJson {
            sends: plan.sends().into(),
            ready: plan.sum(BatchVerdict::Ready).into(),
            warning: plan.sum(BatchVerdict::Warning).into(),
            error: plan.sum(BatchVerdict::Error).into(),
            left_out: plan.sum(BatchVerdict::LeftOut).into(),
        },
        confirm: confirm(plan.sends()),
        amounts_unknown: plan.amounts_unknown,
        no_key: plan.no_key,
        same_file_as: plan.same_file_as,
        lines: told(plan, all).map(line_json).collect(),
        error,
    });
}

/// A plan for people.
pub(super) fn show(output: Output, plan: &BatchPlan, all: bool) {
    output.line(&format!(
        "{}: {}, {} lines",
        words::clean(&plan.name),
        plan.kind,
        plan.lines.len()
    ));
    if let Some(table) = &plan.table {
        let named = table.headers.iter().zip(&table.columns);
        let taken: Vec<String> = named
            .filter_map(|(header, column)| {
                Some(format!("{} = {}", words::clean(header), (*column)?))
            })
            .collect();
        output.line(&format!("  columns: {}", taken.join(", ")));
    }
    if plan.no_key {
        output.line("  no column names the payment: say which one does with --map COL=reference");
    }
    if plan.amounts_unknown {
        output.line(
            "  whole numbers only: say with --amounts euros or --amounts cents what they are",
        );
    }
    if let Some(number) = plan.same_file_as {
        output.line(&format!(
            "  LOOK AT THIS: batch {number} was made of the same file"
        ));
    }
    let sum = |sum: BatchSum| match sum.count {
        0 => String::new(),
        count => format!("{count} lines, {}", words::money(sum.sum)),
    };
    output.fields(&[
        ("ready", sum(plan.sum(BatchVerdict::Ready))),
        ("to look at", sum(plan.sum(BatchVerdict::Warning))),
        ("can't be sent", sum(plan.sum(BatchVerdict::Error))),
        ("left out", sum(plan.sum(BatchVerdict::LeftOut))),
        ("sent by `bulk run`", sum(plan.sends())),
    ]);
    // Whoever asks for all lines gets them.
    let limit = if all { usize::MAX } else { SHOWN };
    for line in told(plan, all).take(limit) {
        output.line(&line_words(line));
    }
    let more = told(plan, all).skip(limit).count();
    if more > 0 {
        output.line(&format!(
            "  and {more} more lines that are not simply ready: --lines shows them"
        ));
    }
}

fn line_words(line: &PlannedBatchLine) -> String {
    let state = match line.verdict {
        BatchVerdict::Error => "can't be sent",
        BatchVerdict::Warning => "sent, look at this",
        BatchVerdict::Ready => "ready",
        BatchVerdict::LeftOut => "left out",
    };
    let amount = line
        .amount
        .map(|amount| format!(" {}", words::money(amount)))
        .unwrap_or_default();
    let why = reason(line)
        .map(|(_, words)| format!(": {}", words::clean(&words)))
        .unwrap_or_default();
    let mend = match &line.suggestion {
        Some(Suggestion::Amount(left)) => format!(" ({} can be)", words::money(*left)),
        Some(Suggestion::Key(known)) => format!(" (is it {}?)", words::clean(known)),
        Some(Suggestion::Again) => format!(" (if it is meant: --again {})", line.place),
        None => String::new(),
    };
    format!(
        "  line {} {}{amount}: {state}{why}{mend}",
        line.place,
        words::clean(&line.named)
    )
}
