//! How batches stand, and pausing and stopping them.

use hyvitys_backoffice::bulk::{BatchLine, BatchView, MOST_LINES};
use hyvitys_backoffice::{Code, Error, MoneyMoved};
use hyvitys_domain::{BatchId, BatchLineState, BatchPause, BatchState, OperationKind};
use hyvitys_store::accounts::Account;

use super::super::Context;
use super::find;
use super::json::{ListJson, OneJson, json};
use crate::arguments::BatchName;
use crate::exit::Outcome;
use crate::output::Output;
use crate::words;

/// How many lines are shown; the rest is counted.
const SHOWN: usize = 20;

/// How many lines have an unknown outcome, those among them that an older copy of the data file may hide.
pub(super) fn unknown(view: &BatchView) -> u64 {
    view.batch.count(BatchLineState::Unknown) + view.batch.count(BatchLineState::Voided)
}

/// How many lines wait or are on their way.
pub(super) fn left(view: &BatchView) -> u64 {
    view.batch.count(BatchLineState::Waiting) + view.batch.count(BatchLineState::Sending)
}

/// All lines of a batch, in the order of its file.
async fn lines(context: &Context, id: BatchId) -> Result<Vec<BatchLine>, Error> {
    let page = context
        .backoffice
        .batch_lines(id, None, 0, MOST_LINES as u64)
        .await?;
    let mut lines = page.lines;
    lines.sort_by_key(|line| line.position);
    Ok(lines)
}

/// The lines that did not come to what was asked for, or not yet.
fn not_done(lines: &[BatchLine]) -> impl Iterator<Item = &BatchLine> {
    let taken = |line: &BatchLine| {
        matches!(
            line.state,
            BatchLineState::Done | BatchLineState::Accepted | BatchLineState::LeftOut
        )
    };
    lines.iter().filter(move |line| !taken(line))
}

/// `bulk status [ID|NUMBER]`
pub(super) async fn status(context: &Context, name: Option<BatchName>) -> Result<Outcome, Error> {
    let account = context.account().await?;
    let output = context.output;
    output.line(&words::shop(&account));
    if let Some(name) = name {
        let view = find(context, &account, name).await?;
        let lines = lines(context, view.batch.id).await?;
        if output.is_json() {
            output.document(&ListJson {
                account: (&account).into(),
                batches: vec![json(&view)],
                lines: Some(not_done(&lines).map(Into::into).collect()),
            });
        }
        show(output, &view, &lines);
        return Ok(Outcome::Fine);
    }
    let views = context.backoffice.batches(account.id).await?;
    if output.is_json() {
        output.document(&ListJson {
            account: (&account).into(),
            batches: views.iter().map(json).collect(),
            lines: None,
        });
        return Ok(Outcome::Fine);
    }
    if views.is_empty() {
        output.line("No batches.");
        return Ok(Outcome::Fine);
    }
    let rows: Vec<Vec<String>> = views.iter().map(row).collect();
    output.table(
        &[
            "Batch", "Kind", "Lines", "Sum", "Done", "Unknown", "Left", "State", "File",
        ],
        &[true, false, true, true, true, true, true],
        &rows,
    );
    Ok(Outcome::Fine)
}

fn row(view: &BatchView) -> Vec<String> {
    let batch = &view.batch;
    let done = batch.count(BatchLineState::Done) + batch.count(BatchLineState::Accepted);
    vec![
        batch.number.to_string(),
        batch.kind.to_string(),
        batch.confirmed_lines().to_string(),
        words::money(batch.confirmed_sum()),
        done.to_string(),
        unknown(view).to_string(),
        left(view).to_string(),
        state(view),
        words::clean(&batch.name),
    ]
}

/// Where a batch stands, and why.
fn state(view: &BatchView) -> String {
    let why = match view.batch.why {
        None => "",
        Some(BatchPause::Person) => ": a person paused it",
        Some(BatchPause::Interrupted) => ": the program that ran it ended",
        Some(BatchPause::Connection) => ": Paytrail could not be reached",
        Some(BatchPause::Unauthorized) => ": Paytrail does not accept the account's id and secret",
        Some(BatchPause::Balance) => ": the balance at Paytrail does not cover a refund",
        Some(BatchPause::NotSaved) => ": the disk did not take what had to be written",
        Some(BatchPause::Stale) => ": its confirmation is too old",
        Some(BatchPause::Locked) => ": the data file is an older copy, or from elsewhere",
        Some(BatchPause::Keychain) => ": the keychain did not give the secret",
    };
    let ending = if view.ending {
        "; its last lines are on their way"
    } else {
        ""
    };
    format!("{}{why}{ending}", view.batch.state)
}

fn show(output: Output, view: &BatchView, lines: &[BatchLine]) {
    let batch = &view.batch;
    output.line(&format!(
        "Batch {}: {} of {} lines, {}: {}",
        batch.number,
        batch.kind,
        batch.confirmed_lines(),
        words::money(batch.confirmed_sum()),
        state(view)
    ));
    let counted = |count: u64| {
        if count == 0 {
            String::new()
        } else {
            count.to_string()
        }
    };
    let count = |state| counted(batch.count(state));
    output.fields(&[
        ("File", words::clean(&batch.name)),
        ("Id", batch.id.to_string()),
        (
            "Said",
            batch
                .why_message
                .as_deref()
                .map(words::clean)
                .unwrap_or_default(),
        ),
        ("done", count(BatchLineState::Done)),
        ("requested", count(BatchLineState::Accepted)),
        ("OUTCOME UNKNOWN", counted(unknown(view))),
        ("refused by Paytrail", count(BatchLineState::Rejected)),
        ("refused here", count(BatchLineState::Refused)),
        ("failed", count(BatchLineState::Failed)),
        ("taken over by a later batch", count(BatchLineState::Moved)),
        ("left", counted(left(view))),
        ("left out", count(BatchLineState::LeftOut)),
    ]);
    // What waits has nothing to tell.
    let told = || not_done(lines).filter(|line| line.state != BatchLineState::Waiting);
    for line in told().take(SHOWN) {
        output.line(&line_words(line));
    }
    let more = told().skip(SHOWN).count();
    if more > 0 {
        output.line(&format!(
            "  and {more} more: `bulk export {}` has all",
            batch.number
        ));
    }
}

fn line_words(line: &BatchLine) -> String {
    let message = line.message.as_deref().map(words::clean);
    let message = message.map_or_else(String::new, |message| format!(": {message}"));
    let (place, named) = (line.place, words::clean(&line.named));
    let state = match line.state {
        BatchLineState::Unknown => "OUTCOME UNKNOWN",
        state => state.as_str(),
    };
    // By its operation a person says what became of it.
    let operation = line
        .operation
        .filter(|_| line.state == BatchLineState::Unknown)
        .map_or_else(String::new, |id| format!(" (operation {id})"));
    format!("  line {place} {named}: {state}{message}{operation}")
}

/// `bulk pause ID|NUMBER`
pub(super) async fn pause(context: &Context, name: BatchName) -> Result<Outcome, Error> {
    let account = context.account().await?;
    let known = find(context, &account, name).await?;
    let view = context.backoffice.pause_batch(known.batch.id).await?;
    let error = (view.batch.state != BatchState::Paused).then(|| ended(&view));
    tell(context, &account, &view, error).await
}

/// `bulk stop ID|NUMBER`
pub(super) async fn stop(context: &Context, name: BatchName) -> Result<Outcome, Error> {
    let account = context.account().await?;
    let known = find(context, &account, name).await?;
    let view = context.backoffice.stop_batch(known.batch.id).await?;
    let error = (view.batch.state != BatchState::Stopped).then(|| ended(&view));
    tell(context, &account, &view, error).await
}

fn ended(view: &BatchView) -> Error {
    let (number, state) = (view.batch.number, view.batch.state);
    Error::new(
        Code::NotOperable,
        format!("nothing was changed: batch {number} is {state}"),
    )
    .next("`bulk status` shows what became of it")
}

async fn tell(
    context: &Context,
    account: &Account,
    view: &BatchView,
    error: Option<Error>,
) -> Result<Outcome, Error> {
    let lines = lines(context, view.batch.id).await?;
    let output = context.output;
    output.line(&words::shop(account));
    one(output, account, view, &lines, error.as_ref());
    Ok(error.as_ref().map_or(Outcome::Fine, Outcome::of_error))
}

fn one(
    output: Output,
    account: &Account,
    view: &BatchView,
    lines: &[BatchLine],
    error: Option<&Error>,
) {
    if output.is_json() {
        output.document(&OneJson {
            account: account.into(),
            batch: json(view),
            lines: not_done(lines).map(Into::into).collect(),
            error,
        });
    }
    show(output, view, lines);
    if let Some(error) = error {
        output.explain(error);
    }
}

/// What became of a batch that this program ran: the document, the words, and the worst outcome of its lines.
pub(super) async fn finish(
    context: &Context,
    account: &Account,
    id: BatchId,
) -> Result<Outcome, Error> {
    let view = context.backoffice.batch(id).await?;
    let lines = lines(context, id).await?;
    let worst = lines
        .iter()
        .map(Outcome::of_line)
        .fold(Outcome::Fine, Outcome::and);
    let error = error(&view, worst);
    one(context.output, account, &view, &lines, error.as_ref());
    Ok(worst)
}

/// The error that a batch amounts to.
fn error(view: &BatchView, worst: Outcome) -> Option<Error> {
    let code = worst.code()?;
    let batch = &view.batch;
    let (number, count) = (batch.number, |state| batch.count(state));
    let (unknown, left) = (unknown(view), left(view));
    let parts = [
        ("of unknown outcome", unknown),
        ("failed", count(BatchLineState::Failed)),
        ("refused by Paytrail", count(BatchLineState::Rejected)),
        ("refused here", count(BatchLineState::Refused)),
        ("not sent yet", left),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(what, count)| format!("{count} {what}"))
        .collect();
    let open = unknown + count(BatchLineState::Accepted) + count(BatchLineState::Sending);
    let money_moved = match count(BatchLineState::Done) {
        _ if open > 0 => MoneyMoved::Unknown,
        done if done > 0 && batch.kind != OperationKind::Cancel => MoneyMoved::Yes,
        _ => MoneyMoved::No,
    };
    let mut next = Vec::new();
    if unknown > 0 {
        next.push(format!(
            "don't send the lines of unknown outcome again: run `sync`, import the newest report or callbacks, or say what you saw with `resolve`; `bulk status {number}` names them"
        ));
    }
    if left > 0 && view.resumable {
        next.push(format!(
            "`bulk resume {number}` goes on, `bulk stop {number}` ends it"
        ));
    }
    if next.is_empty() {
        next.push(format!("`bulk export {number}` has each line and why"));
    }
    Some(Error {
        money_moved,
        next: next.join("; "),
        ..Error::new(
            code,
            format!(
                "batch {number} is {}; lines: {}",
                state(view),
                parts.join(", ")
            ),
        )
    })
}
