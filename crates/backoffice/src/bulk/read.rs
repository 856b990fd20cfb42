//! From a file, a pasted text or a selection to the lines that are asked for. A line that can't be read says
//! where and why, and stops no other.

use hyvitys_domain::{ItemStamp, Money, TransactionId};
use sha2::{Digest, Sha256};

use super::columns::{self, BatchColumn};
use crate::error::{Code, Error};
use crate::import::{
    AmountUnit, LARGEST_FILE, LONGEST_LINE, Reason, SourceFile, TextRows, amount_in, plain_name,
    says_euros, whole_numbers_only,
};
use crate::why::Why;

/// The most lines of one batch.
pub const MOST_LINES: usize = 10_000;
/// How many rows of a table are shown as a sample.
const SAMPLE_ROWS: usize = 5;
/// The longest cell of a sample, in characters.
const SAMPLE_CELL: usize = 80;
/// The most columns of a table.
const MOST_COLUMNS: usize = 300;

/// What a line names its payment by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BatchKey {
    /// Paytrail's id.
    Id(TransactionId),
    /// The shop's reference.
    Reference(String),
    /// The shop's stamp.
    Stamp(String),
}

/// In what the amounts of a file count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AmountsIn {
    /// Euros.
    Euros,
    /// Cents.
    Cents,
}

/// How a batch's file is read, where a person says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BatchOptions {
    /// What each column is.
    pub columns: Option<Vec<Option<BatchColumn>>>,
    /// Columns by their names in the header, or their numbers from 1.
    pub named: Vec<(String, BatchColumn)>,
    /// In what amounts count.
    pub amounts_in: Option<AmountsIn>,
}

/// What a line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Which payment.
    pub key: BatchKey,
    /// How much; `None` is all that is left.
    pub amount: Option<Money>,
    /// Of which order line.
    pub item_stamp: Option<ItemStamp>,
    /// Where an email refund goes.
    pub email: Option<String>,
    /// The shop's reference for the refund.
    pub refund_reference: Option<String>,
    /// A note for the shop itself.
    pub note: Option<String>,
}

/// A line as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadLine {
    /// The line in the file, from 1.
    pub place: u32,
    /// What it names, as it came.
    pub named: String,
    /// The row as it came.
    pub fields: Vec<String>,
    /// What it asks for, or why it can't be read.
    pub asked: Result<Asked, Reason>,
}

/// A file's columns, and what they are taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchTable {
    /// The names in the header.
    pub headers: Vec<String>,
    /// What each column is.
    pub columns: Vec<Option<BatchColumn>>,
    /// The first rows, with long values cut.
    pub sample: Vec<Vec<String>>,
    /// Whether that was remembered from an earlier batch.
    pub remembered: bool,
    pub(super) fingerprint: String,
}

/// A file or text as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ReadFile {
    pub header: Vec<String>,
    pub table: Option<BatchTable>,
    /// Amounts are whole numbers only, and nobody has said in what they count.
    pub unit_unknown: bool,
    /// No column names the payment.
    pub no_key: bool,
    pub lines: Vec<ReadLine>,
}

/// The digest by which a file is known again.
pub(super) fn digest_of(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn bad(name: &str, why: impl std::fmt::Display) -> Error {
    Error::new(Code::BadInput, format!("{name}: {why}"))
}

/// The characters of a file, or its cells.
pub(super) fn rows_of(file: SourceFile) -> Result<TextRows, Error> {
    if file.bytes.len() > LARGEST_FILE {
        return Err(bad(&file.name, "the file is larger than 64 MiB")
            .why(Why::ImportTooLarge {
                file: file.name.clone(),
            })
            .next("split it"));
    }
    let rows = TextRows::of(&file.name, file.bytes)?;
    if let Some(line) = rows.too_long(LONGEST_LINE) {
        return Err(
            bad(&file.name, format!("line {line} is longer than 1 MiB")).why(
                Why::ImportLineTooLong {
                    file: file.name.clone(),
                    line,
                },
            ),
        );
    }
    Ok(rows)
}

/// By what the header of these rows is known again.
pub(super) fn print_of(rows: &TextRows) -> String {
    columns::fingerprint(rows.header())
}

/// Reads the lines of a file or of a pasted text. A text whose first row names no column that is known has no
/// header: each line is a payment and, where there is one, an amount.
pub(super) fn read(
    name: &str,
    rows: &TextRows,
    remembered: Option<&str>,
    options: &BatchOptions,
) -> Result<ReadFile, Error> {
    let header = rows.header().to_vec();
    if header.len() > MOST_COLUMNS {
        return Err(
            bad(name, "the header row can't be read").why(Why::ImportUnreadable {
                file: name.to_owned(),
            }),
        );
    }
    let mut found = columns::guess(&header);
    let remembered: Option<Vec<Option<BatchColumn>>> = remembered
        .and_then(|text| serde_json::from_str(text).ok())
        .filter(|kept: &Vec<_>| kept.len() == header.len());
    let said = options.columns.is_some() || !options.named.is_empty() || remembered.is_some();
    if !said && found.iter().all(Option::is_none) {
        return no_header(name, rows, options);
    }
    let is_remembered = options.columns.is_none() && remembered.is_some();
    if let Some(columns) = options.columns.clone().or(remembered) {
        found = columns;
        found.resize(header.len(), None);
    }
    name_columns(name, &header, &mut found, &options.named)?;
    let reading = Reading {
        header: &header,
        columns: &found,
        unit: unit(rows, &header, &found, options, said),
    };
    let mut lines = Vec::new();
    for (place, row) in rows.rows().skip(1) {
        if lines.len() >= MOST_LINES {
            return Err(too_many(name));
        }
        lines.push(match row {
            Ok(fields) => reading.line(place, fields),
            Err(reason) => ReadLine {
                place: number(place),
                named: String::new(),
                fields: Vec::new(),
                asked: Err(reason),
            },
        });
    }
    let has = |column| found.contains(&Some(column));
    let no_key = !has(BatchColumn::TransactionId)
        && !has(BatchColumn::Reference)
        && !has(BatchColumn::Stamp);
    let unit_unknown = reading.unit.is_none();
    let sample = rows.rows().skip(1).filter_map(|(_, row)| row.ok());
    let cut = |cell: &String| cell.trim().chars().take(SAMPLE_CELL).collect();
    Ok(ReadFile {
        table: Some(BatchTable {
            headers: header.iter().map(cut).collect(),
            sample: sample
                .take(SAMPLE_ROWS)
                .map(|row| row.iter().map(cut).collect())
                .collect(),
            columns: found.clone(),
            remembered: is_remembered,
            fingerprint: columns::fingerprint(&header),
        }),
        unit_unknown,
        no_key,
        lines,
        header,
    })
}

fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

fn too_many(name: &str) -> Error {
    bad(name, format!("a batch has at most {MOST_LINES} lines"))
        .why(Why::BatchTooManyLines { most: MOST_LINES })
        .next("split it")
}

fn name_columns(
    file: &str,
    header: &[String],
    columns: &mut [Option<BatchColumn>],
    named: &[(String, BatchColumn)],
) -> Result<(), Error> {
    for (wanted, column) in named {
        let plain = plain_name(wanted);
        let by_name = header.iter().position(|field| plain_name(field) == plain);
        let by_number = wanted
            .trim()
            .parse::<usize>()
            .ok()
            .and_then(|number| number.checked_sub(1))
            .filter(|at| *at < header.len());
        let at = by_name.or(by_number).ok_or_else(|| {
            bad(file, format!("there is no column '{wanted}'")).why(Why::ImportNoSuchColumn {
                file: file.to_owned(),
                column: wanted.clone(),
            })
        })?;
        for (index, slot) in columns.iter_mut().enumerate() {
            if index == at {
                *slot = Some(*column);
            } else if *slot == Some(*column) {
                *slot = None;
            }
        }
    }
    Ok(())
}

/// In what the amounts count; `None` where whole numbers leave it open.
fn unit(
    rows: &TextRows,
    header: &[String],
    columns: &[Option<BatchColumn>],
    options: &BatchOptions,
    said: bool,
) -> Option<AmountUnit> {
    if let Some(unit) = options.amounts_in {
        return Some(match unit {
            AmountsIn::Euros => AmountUnit::Euros,
            AmountsIn::Cents => AmountUnit::Cents,
        });
    }
    if columns.contains(&Some(BatchColumn::AmountCents)) {
        return Some(AmountUnit::Cents);
    }
    let at = columns
        .iter()
        .position(|column| *column == Some(BatchColumn::AmountEuros));
    let Some(at) = at else {
        return Some(AmountUnit::Euros);
    };
    if header.get(at).is_some_and(|field| says_euros(field)) {
        return Some(AmountUnit::Euros);
    }
    let cells = rows
        .rows()
        .skip(1)
        .filter_map(|(_, row)| row.ok()?.get(at).cloned());
    let whole_only = whole_numbers_only(cells);
    (!whole_only || said && options.columns.is_none()).then_some(AmountUnit::Euros)
}

/// A text without a header: `KEY`, or `KEY AMOUNT`, one a line.
fn no_header(name: &str, rows: &TextRows, options: &BatchOptions) -> Result<ReadFile, Error> {
    let split: Vec<(usize, Result<Vec<String>, Reason>)> = match rows.text_lines() {
        Some(lines) => lines
            .take(MOST_LINES + 1)
            .map(|(place, line)| (place, Ok(key_and_amount(line))))
            .collect(),
        None => rows.rows().take(MOST_LINES + 1).collect(),
    };
    if split.len() > MOST_LINES {
        return Err(too_many(name));
    }
    let second = split
        .iter()
        .filter_map(|(_, row)| row.as_ref().ok()?.get(1).cloned());
    let unit = match options.amounts_in {
        Some(AmountsIn::Cents) => Some(AmountUnit::Cents),
        Some(AmountsIn::Euros) => Some(AmountUnit::Euros),
        None => (!whole_numbers_only(second)).then_some(AmountUnit::Euros),
    };
    let header = vec!["payment".to_owned(), "amount".to_owned()];
    let columns = [Some(BatchColumn::Reference), Some(BatchColumn::AmountEuros)];
    let reading = Reading {
        header: &header,
        columns: &columns,
        unit,
    };
    let lines = split
        .into_iter()
        .map(|(place, row)| match row {
            Ok(fields) => reading.line(place, fields),
            Err(reason) => ReadLine {
                place: number(place),
                named: String::new(),
                fields: Vec::new(),
                asked: Err(reason),
            },
        })
        .collect();
    Ok(ReadFile {
        table: None,
        unit_unknown: unit.is_none(),
        no_key: false,
        lines,
        header,
    })
}

/// What stands before and after the first mark between them: a tab, a semicolon, a space, or else a comma, which may
/// also be the amount's own.
fn key_and_amount(line: &str) -> Vec<String> {
    let line = line.trim();
    let marks: [&[char]; 3] = [&['\t', ';'], &[' ', '\u{a0}'], &[',']];
    let found = marks
        .into_iter()
        .find_map(|marks| line.split_once(|c| marks.contains(&c)));
    match found {
        Some((key, amount)) => vec![key.trim().to_owned(), amount.trim().to_owned()],
        None => vec![line.to_owned()],
    }
}

/// How a file's rows are read.
struct Reading<'a> {
    header: &'a [String],
    columns: &'a [Option<BatchColumn>],
    unit: Option<AmountUnit>,
}

impl Reading<'_> {
    fn line(&self, place: usize, fields: Vec<String>) -> ReadLine {
        let keys = [
            BatchColumn::TransactionId,
            BatchColumn::Reference,
            BatchColumn::Stamp,
        ];
        let named = keys
            .into_iter()
            .find_map(|column| self.field(&fields, column));
        ReadLine {
            place: number(place),
            named: named.unwrap_or_default().chars().take(200).collect(),
            asked: self.asked(&fields),
            fields,
        }
    }

    /// The field of a column, without spaces around it; `None` where it is empty.
    fn field<'f>(&self, fields: &'f [String], column: BatchColumn) -> Option<&'f str> {
        let at = self.columns.iter().position(|one| *one == Some(column))?;
        let field = fields.get(at)?.trim();
        (!field.is_empty()).then_some(field)
    }

    fn asked(&self, fields: &[String]) -> Result<Asked, Reason> {
        let more = fields
            .iter()
            .skip(self.header.len())
            .any(|field| !field.trim().is_empty());
        if more {
            return Err(Reason::new(
                Why::RowUnreadable,
                format!(
                    "the row has {} fields and the header {}",
                    fields.len(),
                    self.header.len()
                ),
            ));
        }
        Ok(Asked {
            key: self.key(fields)?,
            amount: self.amount(fields)?,
            item_stamp: self
                .field(fields, BatchColumn::ItemStamp)
                .map(|text| {
                    ItemStamp::new(text).map_err(|error| {
                        Reason::new(Why::BatchUnreadable { value: short(text) }, error)
                    })
                })
                .transpose()?,
            email: self.owned(fields, BatchColumn::Email)?,
            refund_reference: self.owned(fields, BatchColumn::RefundReference)?,
            note: self.owned(fields, BatchColumn::Note)?,
        })
    }

    fn owned(&self, fields: &[String], column: BatchColumn) -> Result<Option<String>, Reason> {
        let Some(text) = self.field(fields, column) else {
            return Ok(None);
        };
        let long = text.chars().count() > 200;
        if long || (column != BatchColumn::Note && text.chars().any(char::is_control)) {
            return Err(Reason::new(
                Why::BatchUnreadable { value: short(text) },
                format!("{column} has at most 200 characters and stands on one line"),
            ));
        }
        Ok(Some(text.to_owned()))
    }

    fn key(&self, fields: &[String]) -> Result<BatchKey, Reason> {
        if let Some(text) = self.field(fields, BatchColumn::TransactionId) {
            return text
                .parse()
                .map(BatchKey::Id)
                .map_err(|error| Reason::new(Why::BatchUnreadable { value: short(text) }, error));
        }
        if let Some(text) = self.field(fields, BatchColumn::Stamp) {
            return Ok(BatchKey::Stamp(text.to_owned()));
        }
        match self.field(fields, BatchColumn::Reference) {
            // An id is never a reference by chance.
            Some(text) => Ok(text
                .parse()
                .map_or_else(|_| BatchKey::Reference(text.to_owned()), BatchKey::Id)),
            None => Err(Reason::new(Why::BatchNoKey, "the row names no payment")),
        }
    }

    fn amount(&self, fields: &[String]) -> Result<Option<Money>, Reason> {
        let text = self
            .field(fields, BatchColumn::AmountEuros)
            .or_else(|| self.field(fields, BatchColumn::AmountCents));
        let Some(text) = text else {
            return Ok(None);
        };
        let Some(unit) = self.unit else {
            return Err(Reason::new(
                Why::BatchAmountUnknownUnit,
                "are these amounts euros or cents?",
            ));
        };
        amount_in(text, unit).map(Some)
    }
}

fn short(text: &str) -> String {
    text.chars().take(80).collect()
}
