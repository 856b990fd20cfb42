//! Tables for other programs, written to files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use hyvitys_backoffice::{Code, Error, ExportFormat};
use serde::Serialize;

use super::{Context, ShopJson};
use crate::arguments::{ExportCommand, ExportPayments};
use crate::exit::Outcome;
use crate::words;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExportJson<'a> {
    account: ShopJson<'a>,
    format: &'static str,
    out: String,
    payments: u64,
}

/// `export payments --format F [--query Q] [--out FILE]`
pub async fn run(context: &Context, command: ExportCommand) -> Result<Outcome, Error> {
    let ExportCommand::Payments(export) = command;
    let account = context.account().await?;
    let format = ExportFormat::from(export.format);
    let Some(out) = &export.out else {
        return to_standard_output(context, &account, &export, format).await;
    };
    let write = async |to: &mut (dyn Write + Send)| {
        context
            .backoffice
            .export_payments(account.id, &export.query, format, to)
            .await
    };
    let written = to_file(out, format, write).await?;
    let output = context.output;
    if output.is_json() {
        output.document(&ExportJson {
            account: (&account).into(),
            format: format.as_str(),
            out: out.display().to_string(),
            payments: written.payments,
        });
    }
    output.line(&words::shop(&account));
    output.line(&format!(
        "{} payments are in {}.",
        written.payments,
        out.display()
    ));
    Ok(Outcome::Fine)
}

/// Writes a table to a file; what is there under its name stays until the new one is whole.
pub(super) async fn to_file<T>(
    out: &Path,
    format: ExportFormat,
    write: impl AsyncFnOnce(&mut (dyn Write + Send)) -> Result<T, Error>,
) -> Result<T, Error> {
    // Under a name of its own until it is whole: half a table is never taken for one.
    let part = out.with_extension(format!("{}.part", format.as_str()));
    let mut to = BufWriter::new(new_file(&part)?);
    let written = write(&mut to).await;
    let kept = written.and_then(|written| {
        to.flush()
            .and_then(|()| fs::rename(&part, out))
            .map_err(|error| cannot(out, &error))?;
        Ok(written)
    });
    if kept.is_err() {
        // What is left of it is of no use; that it can't be removed changes nothing.
        let _ = fs::remove_file(&part);
    }
    kept
}

async fn to_standard_output(
    context: &Context,
    account: &hyvitys_store::accounts::Account,
    export: &ExportPayments,
    format: ExportFormat,
) -> Result<Outcome, Error> {
    let place = |why: &str| Err(Error::new(Code::BadInput, why).next("give --out FILE"));
    if context.output.is_json() && format != ExportFormat::Json {
        return place("with --json standard output has one JSON document and no table");
    }
    if format == ExportFormat::Xlsx && io::stdout().is_terminal() {
        return place("a workbook can't be shown at a terminal");
    }
    let mut to = BufWriter::new(io::stdout());
    let written = context
        .backoffice
        .export_payments(account.id, &export.query, format, &mut to)
        .await?;
    context
        .output
        .note(&format!("{} payments.", written.payments));
    Ok(Outcome::Fine)
}

/// A file that its owner alone can read: it has customers in it.
fn new_file(path: &Path) -> Result<File, Error> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| cannot(path, &error))
}

fn cannot(path: &Path, error: &io::Error) -> Error {
    Error::new(
        Code::BadInput,
        format!("{} can't be written: {error}", path.display()),
    )
}
