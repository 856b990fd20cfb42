//! The imports that were done: listed, and taken back.

use chrono::{DateTime, Utc};
use hyvitys_backoffice::Error;
use hyvitys_backoffice::import::{PastImport, RunId, RunState, Undone};
use serde::Serialize;

use super::{Context, ShopJson};
use crate::arguments::ImportCommand;
use crate::exit::Outcome;
use crate::words;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListJson<'a> {
    account: ShopJson<'a>,
    imports: Vec<RunJson<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RunJson<'a> {
    id: i64,
    at: DateTime<Utc>,
    by: &'a str,
    files: &'a [String],
    new: usize,
    changed: usize,
    refunds: usize,
    awaited: usize,
    undone_at: Option<DateTime<Utc>>,
    /// `running`, `interrupted`, `ended` or `undone`.
    state: &'static str,
}

impl<'a> From<&'a PastImport> for RunJson<'a> {
    fn from(past: &'a PastImport) -> RunJson<'a> {
        let run = &past.run;
        RunJson {
            id: run.id.row(),
            at: run.at,
            by: &run.os_user,
            files: &run.files,
            new: run.counts.new,
            changed: run.counts.changed,
            refunds: run.counts.refunds,
            awaited: run.counts.awaited,
            undone_at: run.undone_at,
            state: past.state.as_str(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UndoneJson<'a> {
    account: ShopJson<'a>,
    import: i64,
    removed: usize,
    restored: usize,
    kept: usize,
    refunds_kept: usize,
}

/// `import list`, `import undo ID`
pub async fn run(context: &Context, command: &ImportCommand) -> Result<Outcome, Error> {
    match command {
        ImportCommand::List => list(context).await,
        ImportCommand::Undo { id } => undo(context, *id).await,
    }
}

async fn list(context: &Context) -> Result<Outcome, Error> {
    let account = context.account().await?;
    let runs = context.backoffice.imports(account.id).await?;
    let output = context.output;
    output.line(&words::shop(&account));
    for past in &runs {
        let run = &past.run;
        let files: Vec<String> = run.files.iter().map(|name| words::clean(name)).collect();
        let state = match past.state {
            RunState::Running => ", running",
            RunState::Interrupted => ", interrupted: this much is kept",
            RunState::Ended => "",
            RunState::Undone => ", undone",
        };
        output.line(&format!(
            "{:>4}  {}  new {}, changed {}, refunds {}, ids {}{state}  {}",
            run.id.row(),
            run.at.format("%Y-%m-%d %H:%M UTC"),
            run.counts.new,
            run.counts.changed,
            run.counts.refunds,
            run.counts.awaited,
            files.join(", ")
        ));
    }
    if runs.is_empty() {
        output.line("no imports");
    }
    if output.is_json() {
        output.document(&ListJson {
            account: (&account).into(),
            imports: runs.iter().map(Into::into).collect(),
        });
    }
    Ok(Outcome::Fine)
}

async fn undo(context: &Context, id: i64) -> Result<Outcome, Error> {
    let account = context.account().await?;
    let undone = context
        .backoffice
        .undo_import(account.id, RunId::from_row(id))
        .await?;
    let Undone {
        removed,
        restored,
        kept,
        refunds_kept,
    } = undone;
    let output = context.output;
    output.line(&words::shop(&account));
    output.fields(&[
        ("removed", removed.to_string()),
        ("restored", restored.to_string()),
        ("kept", kept.to_string()),
        ("refunds kept", refunds_kept.to_string()),
    ]);
    if kept + refunds_kept > 0 {
        output.line("What is kept is spoken of by something else since, or is refunded: that is never taken back.");
    }
    if output.is_json() {
        output.document(&UndoneJson {
            account: (&account).into(),
            import: id,
            removed,
            restored,
            kept,
            refunds_kept,
        });
    }
    Ok(Outcome::Fine)
}
