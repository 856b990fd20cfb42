//! The audit log: listed, checked, written to a file.

use std::io::Write;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone, Utc};
use chrono_tz::Europe::Helsinki;
use hyvitys_backoffice::{
    AuditEntryJson, AuditQuery, AuditRow, ChainReport, Error, ExportFormat, Flaw, HeadCheck,
    Unproven, flaw_code,
};
use hyvitys_domain::OperationId;
use serde::Serialize;

use super::{Context, export};
use crate::arguments::{AuditCommand, AuditList};
use crate::exit::Outcome;
use crate::words;

#[derive(Serialize)]
struct ListJson {
    entries: Vec<AuditEntryJson>,
    /// What to give as `--before` for the next page; `null` at the end.
    next: Option<i64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReportJson<'a> {
    holds: bool,
    entries: u64,
    verified_to: i64,
    /// Entries that were made without a key.
    unsealed: Option<RunJson>,
    /// Entries whose key is not at hand.
    key_missing: Option<RunJson>,
    head: &'static str,
    broken: Option<BrokenJson<'a>>,
}

#[derive(Serialize)]
struct RunJson {
    first: i64,
    last: i64,
    count: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BrokenJson<'a> {
    seq: i64,
    what: &'static str,
    known: Option<i64>,
    operation_id: Option<OperationId>,
    /// The column, the refund's stamp or the setting that differs.
    of: Option<&'a str>,
    message: String,
}

#[derive(Serialize)]
struct ExportJson {
    format: &'static str,
    out: String,
    entries: u64,
}

/// `audit list|verify|export`
pub async fn run(context: &Context, command: AuditCommand) -> Result<Outcome, Error> {
    match command {
        AuditCommand::List(list) => self::list(context, list).await,
        AuditCommand::Verify => verify(context).await,
        AuditCommand::Export { format, file } => {
            let (format, query) = (ExportFormat::from(format), query(context, None).await?);
            let write = async |to: &mut (dyn Write + Send)| {
                context.backoffice.export_audit(&query, format, to).await
            };
            let entries = export::to_file(&file, format, write).await?;
            let out = file.display().to_string();
            let output = context.output;
            output.line(&format!("{entries} entries are in {out}."));
            if output.is_json() {
                let format = format.as_str();
                output.document(&ExportJson {
                    format,
                    out,
                    entries,
                });
            }
            Ok(Outcome::Fine)
        }
    }
}

/// All entries, or those of the account that `--account` names and of none.
async fn query(context: &Context, since: Option<DateTime<Utc>>) -> Result<AuditQuery, Error> {
    let account = match &context.named {
        Some(_) => Some(context.account().await?.id),
        None => None,
    };
    Ok(AuditQuery {
        account,
        from: since,
        ..AuditQuery::default()
    })
}

async fn list(context: &Context, list: AuditList) -> Result<Outcome, Error> {
    let query = AuditQuery {
        by: list.by,
        text: list.text,
        ..query(context, list.since).await?
    };
    let limit = usize::try_from(list.limit).unwrap_or(usize::MAX);
    let page = context.backoffice.audit(&query, list.before, limit).await?;
    let output = context.output;
    if output.is_json() {
        output.document(&ListJson {
            entries: page.rows.iter().map(Into::into).collect(),
            next: page.next,
        });
        return Ok(Outcome::Fine);
    }
    if page.rows.is_empty() {
        output.line("No entries.");
        return Ok(Outcome::Fine);
    }
    let rows: Vec<Vec<String>> = page.rows.iter().map(row).collect();
    output.table(
        &["Entry", "When", "Who", "What", "Amount", "Order", "Says"],
        &[true, false, false, false, true],
        &rows,
    );
    if let Some(next) = page.next {
        output.line("");
        output.line(&format!("There are older ones: --before {next}"));
    }
    Ok(Outcome::Fine)
}

fn row(row: &AuditRow) -> Vec<String> {
    let entry = &row.entry;
    let kind = row
        .kind
        .map(|kind| format!(" ({kind})"))
        .unwrap_or_default();
    vec![
        entry.seq.to_string(),
        words::time(entry.at),
        words::clean(&entry.os_user),
        format!("{}{kind}", words::clean(&entry.what)),
        row.amount.map(words::money).unwrap_or_default(),
        words::clean(&row.reference),
        words::clean(&says(row)),
    ]
}

/// What of the detail is for people: why, and in whose words.
fn says(row: &AuditRow) -> String {
    let detail: serde_json::Value = serde_json::from_str(&row.entry.detail).unwrap_or_default();
    let text = |name: &str| match &detail[name] {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    let of_setting = text("name").map(|name| match text("value") {
        Some(value) => format!("{name} = {value}"),
        None => name,
    });
    let parts = [
        of_setting,
        text("refundReason"),
        text("reason"),
        text("message"),
        text("note"),
        text("files"),
        text("proof"),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

async fn verify(context: &Context) -> Result<Outcome, Error> {
    let report = context.backoffice.verify_audit().await?;
    let output = context.output;
    if output.is_json() {
        output.document(&json(&report));
    }
    for line in told(&report) {
        output.line(&line);
    }
    if report.holds() {
        return Ok(Outcome::Fine);
    }
    output.note(
        "Error: the audit log is not proven. Keep the data file as it is, and compare refunds with the Merchant Panel and with earlier copies.",
    );
    Ok(Outcome::OwnRules)
}

fn json(report: &ChainReport) -> ReportJson<'_> {
    let run = |run: Option<Unproven>| {
        run.map(|Unproven { first, last, count }| RunJson { first, last, count })
    };
    ReportJson {
        holds: report.holds(),
        entries: report.entries,
        verified_to: report.verified_to,
        unsealed: run(report.unsealed),
        key_missing: run(report.key_missing),
        head: match report.head {
            HeadCheck::Agrees => "agrees",
            HeadCheck::NotKept => "notKept",
            HeadCheck::Elsewhere => "elsewhere",
            HeadCheck::Unreadable => "unreadable",
        },
        broken: report.broken.as_ref().map(|broken| BrokenJson {
            seq: broken.seq,
            what: flaw_code(&broken.flaw),
            known: match broken.flaw {
                Flaw::CutOff { known } => Some(known),
                _ => None,
            },
            operation_id: match broken.flaw {
                Flaw::Operation { operation, .. } => Some(operation),
                _ => None,
            },
            of: match &broken.flaw {
                Flaw::Operation { what, .. } => Some(what),
                Flaw::ForeignRefund { stamp } => Some(stamp),
                Flaw::Setting { name } => Some(name),
                _ => None,
            },
            message: flaw(broken.seq, &broken.flaw),
        }),
    }
}

/// What was found, line by line.
fn told(report: &ChainReport) -> Vec<String> {
    let mut lines = Vec::new();
    match &report.broken {
        Some(broken) => {
            lines.push(format!(
                "NOT AS IT WAS WRITTEN: {}",
                flaw(broken.seq, &broken.flaw)
            ));
            lines.push(format!("Up to entry {} it fits.", report.verified_to));
        }
        None => lines.push(format!(
            "All {} entries are there, in their order and as they were written.",
            report.entries
        )),
    }
    let entries = |run: &Unproven| {
        let Unproven { first, last, count } = run;
        format!("{count} entries between {first} and {last}")
    };
    if let Some(run) = &report.key_missing {
        lines.push(format!(
            "NOT PROVEN: of {} the key is not at hand, so only their order was checked. Unlock the keychain and check again.",
            entries(run)
        ));
    }
    if let Some(run) = &report.unsealed {
        lines.push(format!(
            "{} were written without a key from the keychain: somebody who can write the data file could have made them and all after them anew.",
            entries(run)
        ));
    }
    lines.push(
        match report.head {
            HeadCheck::Agrees if report.broken.is_none() => {
                "The end is the one that this machine remembers."
            }
            HeadCheck::Agrees => return lines,
            HeadCheck::NotKept => {
                "This machine remembers no end of it: whether entries are missing at the end can't be told."
            }
            HeadCheck::Elsewhere => {
                "What is remembered of its end came from another machine: whether entries are missing at the end can't be told."
            }
            HeadCheck::Unreadable => {
                "What this machine remembers of its end can't be read: whether entries are missing at the end can't be told."
            }
        }
        .to_owned(),
    );
    lines
}

fn flaw(seq: i64, flaw: &Flaw) -> String {
    match flaw {
        Flaw::Missing => format!("entry {seq} is missing, though later ones are there"),
        Flaw::Changed => format!("entry {seq}, or the one before it, was changed"),
        Flaw::Unreadable => format!("entry {seq} has a value that this program never writes"),
        Flaw::CutOff { known } => {
            format!(
                "the entries {seq} to {known} are missing at the end: this machine remembers them"
            )
        }
        Flaw::NotAsKnown => {
            format!(
                "entry {seq} is another one than this machine remembers: it or earlier ones were made anew"
            )
        }
        Flaw::Operation { operation, what } => format!(
            "operation {operation} says something else ('{what}') than the log does (its last entry: {seq})"
        ),
        Flaw::ForeignRefund { stamp } => format!(
            "the refund made elsewhere with the stamp '{}' stands otherwise than entry {seq} has it",
            words::clean(stamp)
        ),
        Flaw::Setting { name } => format!(
            "the setting '{}' stands otherwise than entry {seq} has it",
            words::clean(name)
        ),
    }
}

/// Reads a day in Finland (its beginning), or a time with its zone.
pub fn since(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Ok(at.to_utc());
    }
    let day: NaiveDate = text.parse().map_err(|_| {
        format!("'{text}' is not a day like 2026-11-24, nor a time like 2026-11-24T12:00:00Z")
    })?;
    Helsinki
        .from_local_datetime(&day.and_time(NaiveTime::MIN))
        .earliest()
        .map(|at| at.to_utc())
        .ok_or_else(|| format!("'{text}' is not a day"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_finnish_midnight_and_a_time_is_taken_as_it_is() {
        let words = |text: &str| since(text).map(|at| at.to_rfc3339());
        assert_eq!(words("2026-07-01").unwrap(), "2026-06-30T21:00:00+00:00");
        assert_eq!(words("2026-11-24").unwrap(), "2026-11-23T22:00:00+00:00");
        assert_eq!(
            words("2026-11-24T12:00:00+02:00").unwrap(),
            "2026-11-24T10:00:00+00:00"
        );
        assert!(words("24.11.2026").is_err());
    }
}
