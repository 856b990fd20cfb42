//! Transaction ids in a text, one or more a line.

use hyvitys_domain::TransactionId;
use hyvitys_domain::ids::IdError;

use super::text::lines;
use super::{Item, MOST_IDS, Problem, Row};
use crate::why::Why;

/// A column's name as it is compared: letters and digits only, in lower case.
pub(crate) fn name(header: &str) -> String {
    header
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether a text stands in a line as a transaction id.
pub(crate) fn in_line(line: &str) -> impl Iterator<Item = TransactionId> {
    line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .filter_map(|word| word.parse().ok())
}

/// The ids of a text. Lines that are empty or begin with `#` are left out; every word of the others
/// has to be an id.
pub(crate) fn text(text: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    for (line, content) in lines(text) {
        let content = content.trim();
        if rows.len() > MOST_IDS {
            break;
        }
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        for word in content.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '"')) {
            if word.is_empty() {
                continue;
            }
            rows.push(Row::new(line, parse(word, None).map(Item::Await)));
        }
    }
    rows
}

/// Reads an id; the problem names its column, where there is one.
pub(crate) fn parse(text: &str, column: Option<&str>) -> Result<TransactionId, Problem> {
    text.trim().parse().map_err(|error: IdError| {
        let why = Why::RowNotAnId {
            value: text.trim().chars().take(60).collect(),
        };
        match column {
            Some(column) => Problem::at(column, why, error),
            None => Problem::new(why, error),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "681538c4-fc84-11e9-83bc-2ffcef4c3453";

    #[test]
    fn a_text_of_ids_reports_each_word_that_is_none() {
        let rows = text(&format!("# mine\n\n{ID}, {ID}\nhello\n"));
        let lines: Vec<_> = rows
            .iter()
            .map(|row| (row.line, row.item.is_ok()))
            .collect();
        assert_eq!(lines, [(3, true), (3, true), (4, false)]);
    }
}
