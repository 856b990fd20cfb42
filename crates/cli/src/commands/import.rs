//! Import: the plan is shown, a person says yes, then exactly that is kept.

use std::fs::File;
use std::io::{self, BufRead, IsTerminal, Read};
use std::path::Path;

use hyvitys_backoffice::import::{
    Column, Counts, ImportOptions, ImportWatch, LARGEST_FILE, PlannedFile, PlannedRow, RunId,
    Verdict,
};
use hyvitys_backoffice::{Code, Error, ImportPlan, ImportResult, SourceFile};
use hyvitys_domain::OperationId;
use serde::Serialize;

use super::{Context, ShopJson};
use crate::arguments::Import;
use crate::exit::Outcome;
use crate::output::Output;
use crate::words;

/// How many rows that can't be taken are shown; the rest is counted.
const SHOWN: usize = 20;
/// How many of them the JSON has.
const LISTED: usize = 1_000;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ImportJson<'a> {
    account: ShopJson<'a>,
    #[serde(flatten)]
    shown: &'a ShownJson,
    /// Whether the plan was carried out.
    applied: bool,
    /// What was kept; `null` where nothing was.
    result: Option<ResultJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a Error>,
}

/// What is told of a plan. It is taken out of the plan before the plan is carried out and gone: a
/// plan may have hundreds of thousands of rows, and a second one beside it would double the memory.
#[derive(Serialize)]
struct ShownJson {
    files: Vec<FileJson>,
    plan: CountsJson,
    /// The first rows of which nothing is taken.
    problems: Vec<ProblemJson>,
}

impl From<&ImportPlan> for ShownJson {
    fn from(plan: &ImportPlan) -> ShownJson {
        ShownJson {
            files: plan.files.iter().map(Into::into).collect(),
            plan: plan.counts.into(),
            problems: problems(plan).take(LISTED).map(Into::into).collect(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FileJson {
    name: String,
    kind: &'static str,
    rows: usize,
    ignored: usize,
    /// What each column of a table was taken for, by its name in the header.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    columns: Vec<(String, Option<Column>)>,
    /// What a row of a table needs and no column gives.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing: Vec<Column>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CountsJson {
    new: usize,
    changed: usize,
    same: usize,
    ambiguous: usize,
    conflict: usize,
    broken: usize,
}

impl From<Counts> for CountsJson {
    fn from(counts: Counts) -> CountsJson {
        let Counts {
            new,
            changed,
            same,
            ambiguous,
            conflict,
            broken,
        } = counts;
        CountsJson {
            new,
            changed,
            same,
            ambiguous,
            conflict,
            broken,
        }
    }
}

impl From<&PlannedFile> for FileJson {
    fn from(file: &PlannedFile) -> FileJson {
        FileJson {
            name: file.name.clone(),
            kind: file.kind.words(),
            rows: file.rows,
            ignored: file.ignored,
            columns: file.table.as_ref().map_or_else(Vec::new, |table| {
                let columns = table.columns.iter().copied();
                table.headers.iter().cloned().zip(columns).collect()
            }),
            missing: file
                .table
                .as_ref()
                .map_or_else(Vec::new, |table| table.missing.clone()),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ProblemJson {
    file: String,
    line: usize,
    /// Which record of a JSON array, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<usize>,
    about: String,
    verdict: &'static str,
    column: Option<String>,
    reason: String,
}

impl From<Problem<'_>> for ProblemJson {
    fn from(problem: Problem<'_>) -> ProblemJson {
        ProblemJson {
            file: problem.file.to_owned(),
            line: problem.line,
            record: problem.record,
            about: problem.about.to_owned(),
            verdict: problem.verdict,
            column: problem.column.map(str::to_owned),
            reason: problem.reason.to_owned(),
        }
    }
}

/// A row of which nothing is taken.
struct Problem<'a> {
    file: &'a str,
    line: usize,
    record: Option<usize>,
    about: &'a str,
    verdict: &'static str,
    column: Option<&'a str>,
    reason: &'a str,
}

/// `import FILE… [--yes]`
pub async fn run(context: &Context, import: &Import) -> Result<Outcome, Error> {
    let account = context.account().await?;
    let files = import
        .files
        .iter()
        .map(|path| read(path))
        .collect::<Result<Vec<_>, _>>()?;
    let options = ImportOptions {
        kind: import.format,
        columns: import.map.clone(),
        ..ImportOptions::default()
    };
    let watch = ImportWatch::default();
    let plan = context
        .backoffice
        .plan_import_as(account.id, files, options, watch)
        .await?;
    let output = context.output;
    output.line(&words::shop(&account));
    show(output, &plan);
    let shown = ShownJson::from(&plan);
    // Broken rows stop no good ones; where there is nothing but broken rows the input is bad.
    let nothing_good = plan.counts.broken > 0 && plan.counts.broken == plan.rows.len();
    let document = |result: Option<ResultJson>, error: Option<&Error>| {
        if output.is_json() {
            output.document(&ImportJson {
                account: (&account).into(),
                shown: &shown,
                applied: result.is_some(),
                result,
                error,
            });
        }
    };
    if import.dry_run {
        output.line("Nothing was kept.");
        document(None, None);
        return Ok(Outcome::Fine);
    }
    if !import.yes
        && let Err(error) = confirmed(output, import)
    {
        document(None, Some(&error));
        output.explain(&error);
        return Ok(Outcome::of_error(&error));
    }
    let result = context.backoffice.apply_import(plan).await?;
    tell(output, &result);
    document(Some((&result).into()), None);
    Ok(if nothing_good {
        Outcome::OwnRules
    } else {
        Outcome::Fine
    })
}

/// Reads a file, or standard input for `-`, up to a byte more than is allowed: then the plan says
/// that it is too large.
pub(super) fn read(path: &Path) -> Result<SourceFile, Error> {
    let limit = u64::try_from(LARGEST_FILE)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    let mut bytes = Vec::new();
    let (name, done) = if path == Path::new("-") {
        (
            "standard input".to_owned(),
            io::stdin().lock().take(limit).read_to_end(&mut bytes),
        )
    } else {
        let done = File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
        (path.display().to_string(), done)
    };
    match done {
        Ok(_) => Ok(SourceFile { name, bytes }),
        Err(error) => Err(Error::new(
            Code::BadInput,
            format!("{name} can't be read: {error}"),
        )),
    }
}

/// Asks at a terminal. Without one there is nobody to say yes, and with `--json` nobody has seen what
/// would be agreed to: the plan is in the document, which comes at the end.
fn confirmed(output: Output, import: &Import) -> Result<(), Error> {
    let nothing =
        |why: &str| Err(Error::new(Code::BadInput, why).next("run it again with --yes to keep it"));
    if output.is_json() {
        return nothing("nothing was kept: with --json nobody is asked");
    }
    let input_is_taken = import.files.iter().any(|path| path == Path::new("-"));
    if input_is_taken || !io::stdin().is_terminal() {
        return nothing("nothing was kept: there is no terminal to ask at");
    }
    output.note("Keep this? Type y and Enter; anything else keeps nothing.");
    let mut answer = String::new();
    // Words that can't be read are no yes.
    let read = io::stdin().lock().take(100).read_line(&mut answer);
    match (read, answer.trim().to_lowercase().as_str()) {
        (Ok(_), "y" | "yes") => Ok(()),
        _ => nothing("nothing was kept"),
    }
}

/// What the columns of a table are taken for, and what is missing.
fn columns(file: &PlannedFile) -> Vec<String> {
    let Some(table) = &file.table else {
        return Vec::new();
    };
    let named = table.headers.iter().zip(&table.columns);
    let taken: Vec<String> = named
        .filter_map(|(header, column)| {
            column.map(|column| format!("{} = {}", words::clean(header), column.as_str()))
        })
        .collect();
    let mut lines = vec![format!("  columns: {}", taken.join(", "))];
    if !table.missing.is_empty() {
        let missing: Vec<&str> = table.missing.iter().map(|column| column.as_str()).collect();
        lines.push(format!(
            "  missing: {} (say which column it is with --map COL=FIELD)",
            missing.join(", ")
        ));
    }
    if table.euros.is_none() {
        lines.push(
            "  whole numbers only: say with --map COL=amountEuros or COL=amountCents what they are"
                .to_owned(),
        );
    }
    lines
}

/// The rows of which nothing is taken, and why.
fn problems(plan: &ImportPlan) -> impl Iterator<Item = Problem<'_>> {
    plan.rows.iter().filter_map(|row| problem(plan, row))
}

fn problem<'a>(plan: &'a ImportPlan, row: &'a PlannedRow) -> Option<Problem<'a>> {
    let (verdict, column, reason) = match &row.verdict {
        Verdict::New | Verdict::Changed(_) | Verdict::Same => return None,
        Verdict::Ambiguous { why, .. } => ("ambiguous", None, &why.words),
        Verdict::Conflict { why } => ("conflict", None, &why.words),
        Verdict::Broken { column, reason } => ("broken", column.as_deref(), &reason.words),
    };
    Some(Problem {
        file: plan.file_name(row),
        line: row.line,
        record: row.record,
        about: &row.about,
        verdict,
        column,
        reason,
    })
}

/// Where a row stands. A line tells nothing where all records are on the first one.
fn place(record: Option<usize>, line: usize) -> String {
    match record {
        None => format!("line {line}"),
        Some(record) if line == 1 => format!("record {record}"),
        Some(record) => format!("record {record}, line {line}"),
    }
}

fn show(output: Output, plan: &ImportPlan) {
    for file in &plan.files {
        let ignored = match file.ignored {
            0 => String::new(),
            rows => format!(", {rows} rows of nothing that counts here"),
        };
        output.line(&format!(
            "{}: {}, {} rows{ignored}",
            words::clean(&file.name),
            file.kind.words(),
            file.rows
        ));
        for line in columns(file) {
            output.line(&line);
        }
    }
    let Counts {
        new,
        changed,
        same,
        ambiguous,
        conflict,
        broken,
    } = plan.counts;
    output.fields(&[
        ("new", new.to_string()),
        ("changed", changed.to_string()),
        ("same", same.to_string()),
        ("ambiguous", ambiguous.to_string()),
        ("conflict", conflict.to_string()),
        ("broken", broken.to_string()),
    ]);
    for row in problems(plan).take(SHOWN) {
        let column = row
            .column
            .map(|column| format!(", column {}", words::clean(column)))
            .unwrap_or_default();
        output.line(&format!(
            "  {} {}{column}: {}: {}",
            words::clean(row.file),
            place(row.record, row.line),
            row.verdict,
            words::clean(row.reason)
        ));
    }
    let more = problems(plan).skip(SHOWN).count();
    if more > 0 {
        output.line(&format!("  and {more} more rows of which nothing is taken"));
    }
}

/// What was kept.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultJson {
    /// By what `import undo` takes it back; `null` where nothing changed.
    import: Option<i64>,
    new: usize,
    changed: usize,
    same: usize,
    ambiguous: usize,
    conflict: usize,
    broken: usize,
    refunds_elsewhere: usize,
    /// Our refunds that a row settled.
    settled: Vec<OperationId>,
    /// Our refunds of which a row says something else than what is proven.
    contradicted: Vec<OperationId>,
    /// Payments that Paytrail was asked for, and answered.
    fetched: usize,
    /// Payments that it was asked for and did not show.
    not_shown: usize,
    /// Why the rest was not asked for; `sync` asks again.
    not_fetched: Option<Error>,
}

impl From<&ImportResult> for ResultJson {
    fn from(result: &ImportResult) -> ResultJson {
        ResultJson {
            import: result.run.map(RunId::row),
            new: result.new,
            changed: result.changed,
            same: result.same,
            ambiguous: result.ambiguous,
            conflict: result.conflict,
            broken: result.broken,
            refunds_elsewhere: result.refunds_elsewhere,
            settled: result.settled.clone(),
            contradicted: result.contradicted.clone(),
            fetched: result.fetched.fetched,
            not_shown: result.fetched.failed.len(),
            not_fetched: result.not_fetched.clone(),
        }
    }
}

fn tell(output: Output, result: &ImportResult) {
    output.line("Kept:");
    let count = |number: usize| {
        if number == 0 {
            String::new()
        } else {
            number.to_string()
        }
    };
    output.fields(&[
        ("payments new", result.new.to_string()),
        ("payments changed", result.changed.to_string()),
        ("refunds made elsewhere", count(result.refunds_elsewhere)),
        ("our refunds settled", count(result.settled.len())),
        ("ids new", count(result.awaited.new)),
        ("payments fetched", count(result.fetched.fetched)),
        (
            "import",
            result
                .run
                .map_or_else(String::new, |run| run.row().to_string()),
        ),
    ]);
    for id in &result.settled {
        output.line(&format!("  operation {id} is settled by what was imported"));
    }
    for id in &result.contradicted {
        output.note(&format!(
            "LOOK AT THIS: what was imported says something else of operation {id} than what is proven"
        ));
    }
    for (id, error) in &result.fetched.failed {
        output.note(&format!("{id}: {}", words::clean(&error.message)));
    }
    if let Some(error) = &result.not_fetched {
        output.note("The ids are kept and wait for their payments: `sync` asks for them again.");
        output.explain(error);
    }
}
