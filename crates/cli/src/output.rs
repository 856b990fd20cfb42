//! Where words and JSON go.
//!
//! In text, standard output has what was asked for and standard error has what went wrong. With
//! `--json` standard output has exactly one JSON document, whatever happened, and standard error has
//! the words for people beside it.

use std::io::{self, Write};

use hyvitys_backoffice::Error;
use serde::Serialize;

use crate::words;

/// The two ways to say something.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    json: bool,
}

/// The JSON of an error.
#[derive(Debug, Serialize)]
pub struct ErrorJson<'a> {
    /// The error: code, message, moneyMoved, requestId, next.
    pub error: &'a Error,
}

impl Output {
    /// In JSON, or for people.
    pub const fn new(json: bool) -> Output {
        Output { json }
    }

    /// Whether the answer is JSON.
    pub const fn is_json(self) -> bool {
        self.json
    }

    /// The one JSON document.
    pub fn document<T: Serialize>(self, document: &T) {
        match serde_json::to_string(document) {
            Ok(text) => write(&mut io::stdout().lock(), &text),
            Err(error) => self.note(&format!("the answer can't be written as JSON: {error}")),
        }
    }

    /// A line for people; with `--json` it is not said.
    pub fn line(self, text: &str) {
        if !self.json {
            write(&mut io::stdout().lock(), text);
        }
    }

    /// A line beside the answer, on standard error.
    #[expect(
        clippy::unused_self,
        reason = "where a word goes is the output's business, not its caller's"
    )]
    pub fn note(self, text: &str) {
        write(&mut io::stderr().lock(), text);
    }

    /// Names with their values below each other; an empty value is left out.
    pub fn fields(self, fields: &[(&str, String)]) {
        let said = || fields.iter().filter(|(_, value)| !value.is_empty());
        let width = said()
            .map(|(name, _)| name.chars().count())
            .max()
            .unwrap_or(0);
        for (name, value) in said() {
            self.line(&format!("  {name:<width$}  {value}"));
        }
    }

    /// A table whose columns fit; `right` says which columns are figures.
    pub fn table(self, head: &[&str], right: &[bool], rows: &[Vec<String>]) {
        for line in table(head, right, rows) {
            self.line(&line);
        }
    }

    /// What happened, whether money moved, what to do next, what support asks for. For people only:
    /// the JSON of an error is part of its command's document.
    pub fn explain(self, error: &Error) {
        self.note(&format!("Error: {}", words::clean(&error.message)));
        self.note(&format!(
            "  Money moved: {}",
            words::money_moved(error.money_moved)
        ));
        if !error.next.is_empty() {
            self.note(&format!("  What next:   {}", words::clean(&error.next)));
        }
        if let Some(request_id) = &error.request_id {
            self.note(&format!("  Request-id:  {}", words::clean(request_id)));
        }
    }

    /// An error that is the whole answer.
    pub fn error(self, error: &Error) {
        if self.json {
            self.document(&ErrorJson { error });
        }
        self.explain(error);
    }
}

/// Writes a line at once. A reader that went away (`| head`) changes nothing about what was done, and
/// the exit code still tells that.
fn write(to: &mut impl Write, text: &str) {
    let _ = writeln!(to, "{text}").and_then(|()| to.flush());
}

fn table(head: &[&str], right: &[bool], rows: &[Vec<String>]) -> Vec<String> {
    let head: Vec<String> = head.iter().map(|&name| name.to_owned()).collect();
    let all = || std::iter::once(&head).chain(rows);
    let cell =
        |row: &Vec<String>, column: usize| row.get(column).map_or(0, |text| text.chars().count());
    let widths: Vec<usize> = (0..head.len())
        .map(|column| all().map(|row| cell(row, column)).max().unwrap_or(0))
        .collect();
    all()
        .map(|row| {
            let cells = row
                .iter()
                .zip(&widths)
                .enumerate()
                .map(|(column, (text, &width))| {
                    if right.get(column).copied().unwrap_or(false) {
                        format!("{text:>width$}")
                    } else {
                        format!("{text:<width$}")
                    }
                });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_in_characters_and_figures_stand_right() {
        let rows = [
            vec!["Äijö".to_owned(), "5,00 €".to_owned()],
            vec!["Bo".to_owned(), "1 205,00 €".to_owned()],
        ];
        assert_eq!(
            table(&["Name", "Sum"], &[false, true], &rows),
            ["Name         Sum", "Äijö      5,00 €", "Bo    1 205,00 €"]
        );
    }
}
