//! The rows and amounts of any file, for whoever else reads tables: the same characters, dialects and bounds.

use hyvitys_domain::Money;

use super::amounts::{self, Written};
use super::plan::Reason;
use super::recognise::{Content, content_of};
use super::text::lines;
use super::{columns, ids};
use crate::error::Error;

pub(crate) use super::amounts::Unit as AmountUnit;

/// A file as rows.
#[derive(Debug)]
pub(crate) struct TextRows {
    content: Content,
    header: Vec<String>,
    delimiter: char,
}

impl TextRows {
    /// The rows of a file; an error where it is a spreadsheet that can't be read.
    pub fn of(name: &str, bytes: Vec<u8>) -> Result<TextRows, Error> {
        let (content, _) = content_of(name, bytes)?;
        let (header, delimiter) = content.header();
        Ok(TextRows {
            content,
            header,
            delimiter,
        })
    }

    /// The first row.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// The number of the first line that is longer than this many bytes.
    pub fn too_long(&self, most: usize) -> Option<usize> {
        match &self.content {
            Content::Text(text) => lines(text)
                .find(|(_, line)| line.len() > most)
                .map(|(number, _)| number),
            Content::Sheet(_) => None,
        }
    }

    /// The lines of a text that are not empty; `None` of a spreadsheet.
    pub fn text_lines(&self) -> Option<impl Iterator<Item = (usize, &str)>> {
        match &self.content {
            Content::Text(text) => Some(lines(text).filter(|(_, line)| !line.trim().is_empty())),
            Content::Sheet(_) => None,
        }
    }

    /// All rows with their lines, the header first.
    pub fn rows(&self) -> impl Iterator<Item = (usize, Result<Vec<String>, Reason>)> {
        self.content
            .rows(self.delimiter)
            .map(|(line, row)| (line, row.map_err(|problem| problem.reason)))
    }
}

/// A column's name as it is compared.
pub(crate) fn plain_name(header: &str) -> String {
    ids::name(header)
}

/// Whether the name of an amount's column says that it is in euros.
pub(crate) fn says_euros(header: &str) -> bool {
    columns::says_euros(header)
}

/// Reads an amount.
pub(crate) fn amount_in(text: &str, unit: AmountUnit) -> Result<Money, Reason> {
    amounts::read(text, unit, "").map_err(|problem| problem.reason)
}

/// Whether there are amounts, and all of them are whole numbers: nobody can tell in what they count.
pub(crate) fn whole_numbers_only(cells: impl Iterator<Item = String>) -> bool {
    let mut found = false;
    for cell in cells {
        match amounts::written(&cell) {
            Written::Whole => found = true,
            Written::Euros => return false,
            Written::NoAmount => {}
        }
    }
    found
}
