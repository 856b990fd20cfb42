//! What a file is: by what is in it, never by its name.

use super::columns::{self, Column};
use super::sheet::{self, Sheet, SheetError};
use super::text::{decode, lines};
use super::{
    FileEncoding, FileKind, ImportOptions, LARGEST_FILE, LONGEST_LINE, Layout, Problem, SourceFile,
    csv, ids, report, urls,
};
use crate::error::{Code, Error};
use crate::why::Why;

/// The most columns of a table.
const MOST_COLUMNS: usize = 300;

/// What is in a file.
#[derive(Debug)]
pub(super) enum Content {
    Text(String),
    Sheet(Sheet),
}

/// A file whose kind is known.
#[derive(Debug)]
pub(crate) struct Recognised {
    pub name: String,
    pub kind: FileKind,
    pub(super) encoding: FileEncoding,
    pub(super) content: Content,
    /// The header of a table, and what is between its columns.
    pub(super) header: Vec<String>,
    pub(super) delimiter: char,
    pub(super) columns: Vec<Option<Column>>,
    pub(super) layout: Layout,
    pub(super) remembered: bool,
    /// Whether a person has said in what amounts count, now or before.
    pub(super) unit_said: bool,
}

pub(super) fn bad(name: &str, why: impl std::fmt::Display) -> Error {
    Error::new(Code::BadInput, format!("{name}: {why}"))
}

/// Reads the characters of a file and tells what it is, unless a person has said.
pub(crate) fn recognise(
    number: usize,
    file: SourceFile,
    options: &ImportOptions,
) -> Result<Recognised, Error> {
    let name = file.name;
    let said = || name.clone();
    if file.bytes.len() > LARGEST_FILE {
        return Err(bad(&name, "the file is larger than 64 MiB")
            .why(Why::ImportTooLarge { file: said() })
            .next("split it"));
    }
    let layout = options.layouts.iter().find(|layout| layout.file == number);
    let layout = layout.cloned().unwrap_or_default();
    let wanted = layout.kind.or(options.kind);
    let (content, encoding) = content_of(&name, file.bytes)?;
    let (header, delimiter) = content.header();
    let columns = columns::guess(&header);
    let kind = match (&content, wanted) {
        (Content::Text(text), _) if text.trim().is_empty() => {
            return Err(bad(&name, "the file is empty").why(Why::ImportEmpty { file: said() }));
        }
        (Content::Sheet(_), Some(kind)) if !kind.is_table() => None,
        (_, Some(kind)) => Some(kind),
        (Content::Text(text), None) => kind(text, &header, &columns, delimiter),
        (Content::Sheet(_), None) => Some(table_kind(&header, &columns).unwrap_or(FileKind::Table)),
    }
    .ok_or_else(|| {
        bad(&name, "this is no file that payments can be read from")
            .why(Why::ImportNotRecognised { file: said() })
            .next(
                "give a payment report (JSON or CSV), a table of payments (CSV or XLSX), transaction ids, or signed addresses (also in a web server's log)",
            )
    })?;
    if kind.is_table() && (header.is_empty() || header.len() > MOST_COLUMNS) {
        return Err(
            bad(&name, "the header row can't be read").why(Why::ImportUnreadable { file: said() })
        );
    }
    // A whole JSON report may stand on one line; its rows are bounded instead.
    if let Content::Text(text) = &content
        && kind != FileKind::ReportJson
        && let Some((line, _)) = lines(text).find(|(_, line)| line.len() > LONGEST_LINE)
    {
        return Err(bad(&name, format!("line {line} is longer than 1 MiB"))
            .why(Why::ImportLineTooLong { file: said(), line }));
    }
    Ok(Recognised {
        name,
        kind,
        encoding,
        content,
        header,
        delimiter,
        columns,
        layout,
        remembered: false,
        unit_said: false,
    })
}

/// The characters of a file, or the cells of a spreadsheet.
pub(super) fn content_of(name: &str, bytes: Vec<u8>) -> Result<(Content, FileEncoding), Error> {
    let said = || name.to_owned();
    if sheet::is_sheet(&bytes) {
        let sheet = sheet::read(&bytes).map_err(|error| match error {
            SheetError::Unreadable => bad(name, "the spreadsheet can't be read")
                .why(Why::ImportSheetUnreadable { file: said() })
                .next("save it as CSV"),
            SheetError::TooLarge => bad(name, "the spreadsheet has too much in it")
                .why(Why::ImportSheetTooLarge { file: said() })
                .next("split it, or save it as CSV"),
        })?;
        Ok((Content::Sheet(sheet), FileEncoding::Utf8))
    } else {
        let (text, encoding) = decode(bytes);
        Ok((Content::Text(text), encoding))
    }
}

fn kind(
    text: &str,
    header: &[String],
    columns: &[Option<Column>],
    delimiter: char,
) -> Option<FileKind> {
    if let Some(inside) = text.trim_start().strip_prefix('[')
        && inside.trim_start().starts_with(['{', ']'])
    {
        return Some(FileKind::ReportJson);
    }
    if let Some(kind) = table_kind(header, columns) {
        return Some(kind);
    }
    if lines(text).any(|(_, line)| line.len() <= LONGEST_LINE && urls::has_address(line)) {
        return Some(FileKind::SignedUrls);
    }
    // Columns without names that are known: a person can say what they are.
    let has_id = |field: &String| ids::in_line(field).next().is_some();
    if header.len() > 1
        && !header.iter().any(has_id)
        && let Some((_, Ok(first))) = csv::rows(text, delimiter).nth(1)
        && first.len() == header.len()
        && (header.len() > 2 || first.iter().any(has_id))
    {
        return Some(FileKind::Table);
    }
    lines(text)
        .any(|(_, line)| ids::in_line(line).next().is_some())
        .then_some(FileKind::TransactionIds)
}

/// What a table is by its header; `None` where nothing in it is known.
fn table_kind(header: &[String], columns: &[Option<Column>]) -> Option<FileKind> {
    let names: Vec<String> = header.iter().map(|field| ids::name(field)).collect();
    let any = |known: &[&str]| names.iter().any(|name| known.contains(&name.as_str()));
    let has = |column| columns.contains(&Some(column));
    let billing = names.iter().any(|name| name.contains("billing"));
    let total = any(&["ordertotal", "ordertotalamount", "paymentmethodtitle"]);
    if any(&["ordernumber", "orderid", "order"]) && (billing || total) {
        return Some(FileKind::WooCommerce);
    }
    if report::is_header(header, columns) {
        return Some(FileKind::ReportCsv);
    }
    let amount = has(Column::AmountEuros) || has(Column::AmountCents);
    let settled = has(Column::SettlementId) || has(Column::SettlementReference);
    if settled && amount {
        return Some(FileKind::Settlement);
    }
    let archived = any(&[
        "arkistointitunnus",
        "archivenumber",
        "archiveid",
        "arkiveringskod",
        "arkiveringsnummer",
    ]);
    let event = any(&[
        "event",
        "eventtype",
        "eventid",
        "tapahtuma",
        "tapahtumatyyppi",
        "händelse",
        "händelsetyp",
    ]);
    if amount && (archived || event) {
        return Some(FileKind::MerchantPanel);
    }
    let keyed = has(Column::Reference) || has(Column::Stamp) || has(Column::RefundStamp);
    (has(Column::TransactionId) || (amount && keyed)).then_some(FileKind::Table)
}

/// The rows of a table, with their lines.
type Rows<'a> = Box<dyn Iterator<Item = (usize, Result<Vec<String>, Problem>)> + 'a>;

impl Content {
    /// The first row, and what is between its columns.
    pub(super) fn header(&self) -> (Vec<String>, char) {
        match self {
            Content::Sheet(sheet) => {
                let first = sheet.rows.first();
                (first.map(|(_, row)| row.clone()).unwrap_or_default(), '\t')
            }
            Content::Text(text) => {
                let first = lines(text)
                    .map(|(_, line)| line)
                    .find(|line| !line.trim().is_empty() && said_mark(line).is_none());
                let first = first.filter(|line| line.len() <= LONGEST_LINE);
                let mark = mark(text).unwrap_or_else(|| csv::sniff(first.unwrap_or_default()));
                let rows = first.map(|_| table(text, mark));
                let header = match rows.and_then(|mut rows| rows.next()) {
                    Some((_, Ok(header))) => header,
                    _ => Vec::new(),
                };
                (header, mark)
            }
        }
    }

    /// All rows, the header first.
    pub(super) fn rows(&self, delimiter: char) -> Rows<'_> {
        match self {
            Content::Text(text) => Box::new(table(text, delimiter)),
            Content::Sheet(sheet) => Box::new(
                sheet
                    .rows
                    .iter()
                    .map(|(line, row)| (*line, Ok(row.clone()))),
            ),
        }
    }
}

/// What a first line like `sep=;`, which some spreadsheets write, says is between the columns.
fn said_mark(line: &str) -> Option<char> {
    let mut rest = line.trim().strip_prefix("sep=")?.chars();
    rest.next().filter(|_| rest.next().is_none())
}

fn mark(text: &str) -> Option<char> {
    lines(text).next().and_then(|(_, line)| said_mark(line))
}

fn table(
    text: &str,
    delimiter: char,
) -> impl Iterator<Item = (usize, Result<Vec<String>, Problem>)> {
    csv::rows(text, delimiter).skip(usize::from(mark(text).is_some()))
}

#[cfg(test)]
#[path = "recognise_tests.rs"]
mod tests;
