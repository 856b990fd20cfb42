//! What a file is: by what is in it, never by its name.

use chrono::{DateTime, Utc};
use hyvitys_paytrail::Credentials;

use super::amounts::{self, Written};
use super::columns::{self, Column};
use super::sheet::{self, Sheet, SheetError};
use super::table::Reading;
use super::text::{decode, lines};
use super::{
    FileEncoding, FileKind, ImportOptions, ImportWatch, LARGEST_FILE, LONGEST_LINE, Layout,
    MOST_IDS, MOST_REPORT_ROWS, ParsedFile, PlannedFile, Problem, Row, SourceFile, TableInfo, csv,
    ids, report, urls, watch,
};
use crate::error::{Code, Error};
use crate::why::Why;

/// How many rows of a table are shown as a sample.
const SAMPLE_ROWS: usize = 5;
/// The longest cell of a sample, in characters.
const SAMPLE_CELL: usize = 80;
/// The most columns of a table.
const MOST_COLUMNS: usize = 300;

/// What is in a file.
#[derive(Debug)]
enum Content {
    Text(String),
    Sheet(Sheet),
}

/// A file whose kind is known.
#[derive(Debug)]
pub(crate) struct Recognised {
    pub name: String,
    pub kind: FileKind,
    encoding: FileEncoding,
    content: Content,
    /// The header of a table, and what is between its columns.
    header: Vec<String>,
    delimiter: char,
    columns: Vec<Option<Column>>,
    layout: Layout,
    remembered: bool,
    /// Whether a person has said in what amounts count, now or before.
    unit_said: bool,
}

fn bad(name: &str, why: impl std::fmt::Display) -> Error {
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
    let (content, encoding) = if sheet::is_sheet(&file.bytes) {
        let sheet = sheet::read(&file.bytes).map_err(|error| match error {
            SheetError::Unreadable => bad(&name, "the spreadsheet can't be read")
                .why(Why::ImportSheetUnreadable { file: said() })
                .next("save it as CSV"),
            SheetError::TooLarge => bad(&name, "the spreadsheet has too much in it")
                .why(Why::ImportSheetTooLarge { file: said() })
                .next("split it, or save it as CSV"),
        })?;
        (Content::Sheet(sheet), FileEncoding::Utf8)
    } else {
        let (text, encoding) = decode(file.bytes);
        (Content::Text(text), encoding)
    };
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
    fn header(&self) -> (Vec<String>, char) {
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
    fn rows(&self, delimiter: char) -> Rows<'_> {
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

impl Recognised {
    /// By what its header is known again, if it is a table.
    pub fn fingerprint(&self) -> Option<String> {
        self.kind
            .is_table()
            .then(|| columns::fingerprint(&self.header))
    }

    /// What is to be remembered of it.
    pub fn remember(&self) -> Option<(String, Vec<Option<Column>>)> {
        let print = self.fingerprint().filter(|_| self.layout.remember)?;
        Some((print, self.columns.clone()))
    }

    /// Settles what the columns are: as a person says now, else as was said before, else as guessed.
    pub fn settle(
        &mut self,
        remembered: Option<&str>,
        options: &ImportOptions,
    ) -> Result<(), Error> {
        if !self.kind.is_table() {
            return Ok(());
        }
        let kept: Option<Vec<Option<Column>>> =
            remembered.and_then(|text| serde_json::from_str(text).ok());
        if let Some(columns) = self.layout.columns.take() {
            self.columns = columns;
            self.columns.resize(self.header.len(), None);
            self.layout.columns = Some(self.columns.clone());
            // Whoever says all columns was asked for the unit as well.
            self.unit_said = true;
        } else if let Some(columns) = kept.filter(|kept| kept.len() == self.header.len()) {
            self.columns = columns;
            self.remembered = true;
            self.unit_said = true;
        }
        for (wanted, column) in &options.columns {
            let at = self.find(wanted)?;
            // What was taken for this before is it no more: a meaning stands once.
            for slot in &mut self.columns {
                if *slot == Some(*column) {
                    *slot = None;
                }
            }
            if let Some(slot) = self.columns.get_mut(at) {
                *slot = Some(*column);
            }
            if matches!(column, Column::AmountEuros | Column::AmountCents) {
                self.unit_said = true;
                let other = if *column == Column::AmountEuros {
                    Column::AmountCents
                } else {
                    Column::AmountEuros
                };
                for slot in &mut self.columns {
                    if *slot == Some(other) {
                        *slot = None;
                    }
                }
            }
        }
        if !options.columns.is_empty() {
            self.layout.columns = Some(self.columns.clone());
        }
        Ok(())
    }

    /// The column of this name or number.
    fn find(&self, wanted: &str) -> Result<usize, Error> {
        let name = ids::name(wanted);
        let by_name = self
            .header
            .iter()
            .position(|field| ids::name(field) == name);
        let number = || {
            let number: usize = wanted.trim().parse().ok()?;
            number.checked_sub(1).filter(|at| *at < self.header.len())
        };
        by_name.or_else(number).ok_or_else(|| {
            bad(&self.name, format!("there is no column '{wanted}'")).why(Why::ImportNoSuchColumn {
                file: self.name.clone(),
                column: wanted.to_owned(),
            })
        })
    }

    /// Whether the columns were said by a person, now or before.
    const fn is_said(&self) -> bool {
        self.layout.columns.is_some() || self.remembered
    }

    /// Whether amounts are whole numbers only, and nobody has said in what they count.
    fn is_unit_unknown(&self) -> bool {
        if self.unit_said || self.kind == FileKind::ReportCsv {
            return false;
        }
        let at = self
            .columns
            .iter()
            .position(|column| *column == Some(Column::AmountEuros));
        let Some(at) = at.filter(|at| {
            !self
                .header
                .get(*at)
                .is_some_and(|field| columns::says_euros(field))
        }) else {
            return false;
        };
        let mut found = false;
        for (_, row) in self.content.rows(self.delimiter).skip(1) {
            let Ok(row) = row else { continue };
            match row
                .get(at)
                .map_or(Written::NoAmount, |text| amounts::written(text))
            {
                Written::Whole => found = true,
                Written::Euros => return false,
                // A line of sums, or a mistake: it says nothing of the others.
                Written::NoAmount => {}
            }
        }
        found
    }

    fn table(&self, unit_unknown: bool, missing: Vec<Column>) -> TableInfo {
        let cut = |cell: &String| cell.trim().chars().take(SAMPLE_CELL).collect();
        let sample = self
            .content
            .rows(self.delimiter)
            .skip(1)
            .filter_map(|(_, row)| row.ok())
            .take(SAMPLE_ROWS)
            .map(|row| row.iter().take(self.header.len()).map(cut).collect())
            .collect();
        TableInfo {
            headers: self.header.iter().map(cut).collect(),
            sample,
            columns: self.columns.clone(),
            remembered: self.remembered,
            missing,
            euros: (!unit_unknown).then(|| !self.columns.contains(&Some(Column::AmountCents))),
            fingerprint: columns::fingerprint(&self.header),
        }
    }
}

/// What reading a file's rows gives: the rows, how many say nothing, the time of the newest, the table.
type Read = (Vec<Row>, usize, Option<DateTime<Utc>>, Option<TableInfo>);

/// Reads the rows of a file. `credentials` are needed for signed addresses only.
pub(crate) fn parse(
    file: Recognised,
    credentials: Option<&Credentials>,
    now: DateTime<Utc>,
    watch: &ImportWatch,
) -> Result<ParsedFile, Error> {
    let text = match &file.content {
        Content::Text(text) => text.as_str(),
        Content::Sheet(_) => "",
    };
    let (rows, ignored, newest, table) = match file.kind {
        FileKind::ReportJson => {
            let (rows, newest) = report::json(text, now);
            (rows, 0, newest, None)
        }
        FileKind::ReportCsv if !file.is_said() => {
            let table = file.content.rows(file.delimiter).skip(1);
            let (rows, newest) = report::csv(&file.header, table, now).map_err(|why| {
                bad(&file.name, why).why(Why::ImportUnreadable {
                    file: file.name.clone(),
                })
            })?;
            (rows, 0, newest, Some(file.table(false, Vec::new())))
        }
        FileKind::TransactionIds => (ids::text(text), 0, None, None),
        FileKind::SignedUrls => {
            let credentials = credentials.ok_or_else(|| {
                Error::new(Code::Secret, "signed addresses need the merchant secret")
                    .why(Why::SecretMissing)
            })?;
            let (rows, ignored) = urls::read(text, credentials, now);
            (rows, ignored, None, None)
        }
        FileKind::ReportCsv
        | FileKind::MerchantPanel
        | FileKind::Settlement
        | FileKind::WooCommerce
        | FileKind::Table => mapped(&file, now, watch)?,
    };
    let most = match file.kind {
        FileKind::ReportJson | FileKind::ReportCsv => MOST_REPORT_ROWS,
        _ => MOST_IDS,
    };
    if rows.len() > most {
        let why = format!("the file has more than {most} rows");
        return Err(bad(&file.name, why)
            .why(Why::ImportTooManyRows {
                file: file.name.clone(),
                most,
            })
            .next("split it"));
    }
    let delimiter = matches!(file.content, Content::Text(_)) && file.kind.is_table();
    Ok(ParsedFile {
        about: PlannedFile {
            kind: file.kind,
            encoding: file.encoding,
            delimiter: delimiter.then_some(file.delimiter),
            sheet: match file.content {
                Content::Sheet(sheet) => Some(sheet.name),
                Content::Text(_) => None,
            },
            rows: rows.len(),
            ignored,
            table,
            name: file.name,
        },
        rows,
        newest,
    })
}

fn mapped(file: &Recognised, now: DateTime<Utc>, watch: &ImportWatch) -> Result<Read, Error> {
    let unit_unknown = file.is_unit_unknown();
    let reading = Reading {
        kind: file.kind,
        header: &file.header,
        columns: &file.columns,
        unit_unknown,
        now,
    };
    let (mut rows, mut ignored) = (Vec::new(), 0);
    for (line, fields) in file.content.rows(file.delimiter).skip(1) {
        match fields {
            Err(problem) => rows.push(Row::new(line, Err(problem))),
            Ok(fields) => match reading.row(line, &fields) {
                Some(row) => rows.push(row),
                None => ignored += 1,
            },
        }
        if rows.len() > MOST_IDS {
            break;
        }
        if watch.is_stopped() {
            return Err(watch::stopped());
        }
    }
    let newest = None;
    Ok((
        rows,
        ignored,
        newest,
        Some(file.table(unit_unknown, reading.missing())),
    ))
}

#[cfg(test)]
#[path = "recognise_tests.rs"]
mod tests;
