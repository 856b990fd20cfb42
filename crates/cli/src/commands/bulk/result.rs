//! What became of each line, as a table.

use std::io::{self, BufWriter, IsTerminal, Write};

use hyvitys_backoffice::{Code, Error, ExportFormat};
use serde::Serialize;

use super::super::{Context, ShopJson, export};
use super::find;
use crate::arguments::BulkExport;
use crate::exit::Outcome;
use crate::words;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultJson<'a> {
    account: ShopJson<'a>,
    batch: u32,
    format: &'static str,
    out: String,
    lines: u64,
}

/// `bulk export ID|NUMBER [--format F] [--out FILE]`
pub(super) async fn run(context: &Context, wanted: &BulkExport) -> Result<Outcome, Error> {
    let account = context.account().await?;
    let view = find(context, &account, wanted.batch).await?;
    let format = ExportFormat::from(wanted.format);
    let (id, output) = (view.batch.id, context.output);
    let write =
        async |to: &mut (dyn Write + Send)| context.backoffice.export_batch(id, format, to).await;
    let Some(out) = &wanted.out else {
        let place = |why: &str| Err(Error::new(Code::BadInput, why).next("give --out FILE"));
        if output.is_json() {
            return place("with --json standard output has one JSON document and no table");
        }
        if format == ExportFormat::Xlsx && io::stdout().is_terminal() {
            return place("a workbook can't be shown at a terminal");
        }
        let mut to = BufWriter::new(io::stdout());
        let lines = write(&mut to).await?;
        to.flush().map_err(|error| {
            Error::new(
                Code::BadInput,
                format!("the result could not be written: {error}"),
            )
        })?;
        output.note(&format!("{lines} lines."));
        return Ok(Outcome::Fine);
    };
    let lines = export::to_file(out, format, write).await?;
    if output.is_json() {
        output.document(&ResultJson {
            account: (&account).into(),
            batch: view.batch.number,
            format: format.as_str(),
            out: out.display().to_string(),
            lines,
        });
    }
    output.line(&words::shop(&account));
    output.line(&format!("{lines} lines are in {}.", out.display()));
    Ok(Outcome::Fine)
}
