//! Tables: `;`, `,` or tabs, quotes, and rows that may be broken.
//!
//! A reader that trusts quotes loses the rest of a file to the first one that is never closed. Here a
//! field may go on over a few lines only; a quote that is open for longer breaks its own line, and
//! reading goes on with the next.

use std::collections::VecDeque;

use super::text::lines;
use super::{LONGEST_LINE, Problem};
use crate::why::Why;

/// Over how many lines a quoted field may go.
const MOST_LINES: usize = 20;

/// The character between fields that the header row uses: the most frequent one.
pub(crate) fn sniff(header: &str) -> char {
    let count = |mark: char| header.matches(mark).count();
    [';', ',', '\t', '|']
        .into_iter()
        .rev()
        .max_by_key(|mark| count(*mark))
        .unwrap_or(';')
}

/// The fields of a row; `None` if a quote is open at its end.
fn split(row: &str, mark: char) -> Option<Vec<String>> {
    let mut fields = Vec::new();
    let mut field = String::new();
    let mut quoted = false;
    let mut characters = row.chars().peekable();
    while let Some(character) = characters.next() {
        if quoted {
            match character {
                '"' if characters.peek() == Some(&'"') => {
                    characters.next();
                    field.push('"');
                }
                '"' => quoted = false,
                _ => field.push(character),
            }
        } else if character == mark {
            fields.push(std::mem::take(&mut field));
        } else if character == '"' && field.trim().is_empty() {
            field.clear();
            quoted = true;
        } else {
            field.push(character);
        }
    }
    fields.push(field);
    (!quoted).then_some(fields)
}

/// The rows of a table, one by one: the line that each begins on, and its fields. Empty lines are left
/// out.
pub(crate) fn rows(
    text: &str,
    mark: char,
) -> impl Iterator<Item = (usize, Result<Vec<String>, Problem>)> {
    let mut source = lines(text);
    let mut ahead: VecDeque<(usize, &str)> = VecDeque::new();
    std::iter::from_fn(move || {
        let (number, line) = loop {
            let (number, line) = ahead.pop_front().or_else(|| source.next())?;
            if !line.trim().is_empty() {
                break (number, line);
            }
        };
        if let Some(fields) = split(line, mark) {
            return Some((number, Ok(fields)));
        }
        let missing = MOST_LINES - ahead.len();
        ahead.extend(source.by_ref().take(missing));
        let mut whole = line.to_owned();
        let mut found = None;
        for (at, (_, more)) in ahead.iter().enumerate() {
            whole.push('\n');
            whole.push_str(more);
            if whole.len() > LONGEST_LINE {
                break;
            }
            // Only a quote can close what a quote has opened.
            if more.contains('"')
                && let Some(fields) = split(&whole, mark)
            {
                found = Some((at, fields));
                break;
            }
        }
        Some((
            number,
            found.map_or_else(
                || Err(Problem::new(Why::RowUnreadable, "a quote is not closed")),
                |(at, fields)| {
                    ahead.drain(..=at);
                    Ok(fields)
                },
            ),
        ))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn good(text: &str) -> Vec<Vec<String>> {
        rows(text, sniff(text.lines().next().unwrap_or_default()))
            .map(|(_, fields)| fields.unwrap())
            .collect()
    }

    #[test]
    fn quotes_marks_and_line_breaks_within_quotes_are_read() {
        assert_eq!(
            good("a;b\n\"1;2\";\"x\"\"y\""),
            [["a", "b"], ["1;2", "x\"y"]]
        );
        assert_eq!(
            good("a,b\n1,\"two\nlines\""),
            [["a", "b"], ["1", "two\nlines"]]
        );
        assert_eq!(good("a\tb\n5\" pipe\t"), [["a", "b"], ["5\" pipe", ""]]);
    }

    #[test]
    fn a_quote_that_is_never_closed_breaks_its_own_line_only() {
        let text = format!("a;b\n\"1;2\n{}", "3;4\n".repeat(30));
        let rows: Vec<_> = rows(&text, ';').collect();
        assert_eq!(rows.len(), 32);
        assert!(rows[1].0 == 2 && rows[1].1.is_err());
        assert!(rows.iter().skip(2).all(|(_, row)| row.is_ok()));
    }

    proptest! {
        #[test]
        fn fields_come_back_as_they_were_written(
            table in prop::collection::vec(prop::collection::vec("[a;\",\n äö]{0,8}", 2..4), 1..6),
        ) {
            let quoted = |field: &String| format!("\"{}\"", field.replace('"', "\"\""));
            let text: Vec<String> = table
                .iter()
                .map(|row| row.iter().map(quoted).collect::<Vec<_>>().join(";"))
                .collect();
            let read: Vec<_> = rows(&text.join("\n"), ';').map(|(_, row)| row.unwrap()).collect();
            prop_assert_eq!(read, table);
        }

        #[test]
        fn no_text_makes_more_rows_than_it_has_lines(text in "(?s)[a;\"\n\r]{0,200}") {
            prop_assert!(rows(&text, ';').count() <= lines(&text).count());
        }
    }
}
