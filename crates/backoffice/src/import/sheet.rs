//! Spreadsheets (XLSX): the first sheet that has anything, as texts. Nothing in it is ever opened or computed.
//!
//! A spreadsheet is a compressed archive, and a small one can swell to anything. Its parts are measured by unpacking
//! them into nothing first; only what stays small is read, cell by cell, and what the cells hold together is
//! bounded once more, since many cells can point at one long text.

use std::io::{self, Cursor, Read};

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx};

use super::{LARGEST_FILE, MOST_IDS};

/// The most that a spreadsheet may unpack to, in bytes.
const LARGEST_UNPACKED: u64 = 256 * 1024 * 1024;
/// The most parts in one.
const MOST_PARTS: usize = 2_000;
/// The most cells that have something.
const MOST_CELLS: usize = 4_000_000;
/// The last column that is read, from 0.
const LAST_COLUMN: usize = 299;

/// The rows of a sheet.
#[derive(Debug)]
pub(crate) struct Sheet {
    pub name: String,
    /// The row's number, from 1, and its cells.
    pub rows: Vec<(usize, Vec<String>)>,
}

/// Why a spreadsheet is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SheetError {
    Unreadable,
    TooLarge,
}

/// Whether the bytes begin as those of a spreadsheet do.
pub(crate) fn is_sheet(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// Reads the first sheet that has anything in it.
pub(crate) fn read(bytes: &[u8]) -> Result<Sheet, SheetError> {
    measure(bytes)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| SheetError::Unreadable)?;
    for name in book.sheet_names() {
        let rows = rows(&mut book, &name)?;
        if !rows.is_empty() {
            return Ok(Sheet { name, rows });
        }
    }
    Err(SheetError::Unreadable)
}

/// Unpacks everything into nothing, up to the limit: what a part says of its own size may be a lie.
fn measure(bytes: &[u8]) -> Result<(), SheetError> {
    let mut archive =
        zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| SheetError::Unreadable)?;
    if archive.len() > MOST_PARTS {
        return Err(SheetError::TooLarge);
    }
    let mut left = LARGEST_UNPACKED;
    for part in 0..archive.len() {
        let part = archive.by_index(part).map_err(|_| SheetError::Unreadable)?;
        let mut bounded = part.take(left + 1);
        let size = io::copy(&mut bounded, &mut io::sink()).map_err(|_| SheetError::Unreadable)?;
        left = left.checked_sub(size).ok_or(SheetError::TooLarge)?;
    }
    Ok(())
}

fn rows(
    book: &mut Xlsx<Cursor<&[u8]>>,
    name: &str,
) -> Result<Vec<(usize, Vec<String>)>, SheetError> {
    // A sheet that can't be read this way is a chart or a macro: it has no cells.
    let Ok(mut cells) = book.worksheet_cells_reader(name) else {
        return Ok(Vec::new());
    };
    let mut rows: Vec<(usize, Vec<String>)> = Vec::new();
    let (mut count, mut size) = (0_usize, 0_usize);
    while let Some(cell) = cells.next_cell().map_err(|_| SheetError::Unreadable)? {
        let (row, column) = cell.get_position();
        let (row, column) = (row as usize + 1, column as usize);
        let text = text(cell.get_value());
        if text.trim().is_empty() || column > LAST_COLUMN {
            continue;
        }
        count += 1;
        // The cells before this one in its row are kept as empty texts.
        size += text.len() + size_of::<String>() * (column + 1);
        if count > MOST_CELLS || size > 4 * LARGEST_FILE || rows.len() > MOST_IDS + 1 {
            return Err(SheetError::TooLarge);
        }
        if rows.last().is_none_or(|(last, _)| *last != row) {
            // Rows come in their order; a file that says otherwise is no spreadsheet's.
            if rows.last().is_some_and(|(last, _)| *last > row) {
                return Err(SheetError::Unreadable);
            }
            rows.push((row, Vec::new()));
        }
        if let Some((_, fields)) = rows.last_mut() {
            if fields.len() <= column {
                fields.resize(column + 1, String::new());
            }
            if let Some(field) = fields.get_mut(column) {
                *field = text;
            }
        }
    }
    Ok(rows)
}

/// A cell as text. A number is written with the fewest digits that mean it, which is what was typed; the
/// reader of amounts then takes it or, where it has more than two decimals, refuses it.
fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text.clone()
        }
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(value) => value.to_string(),
        DataRef::DateTime(at) => moment(at),
        DataRef::Error(error) => error.to_string(),
    }
}

fn moment(at: &ExcelDateTime) -> String {
    if !at.is_datetime() {
        return at.as_f64().to_string();
    }
    let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
    if (hour, minute, second) == (0, 0, 0) {
        return format!("{year:04}-{month:02}-{day:02}");
    }
    if at.as_f64() < 1.0 {
        return format!("{hour:02}:{minute:02}:{second:02}");
    }
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

#[cfg(test)]
#[path = "sheet_tests.rs"]
pub(in crate::import) mod tests;
