//! A JSON array cut into its elements, each with its line, so that one broken element does not take
//! the others with it.

use super::Problem;
use crate::why::Why;

/// The elements of an array, by the line that each begins on; the last one is an error where the
/// array does not end. Reading ends after `most` of them.
pub(crate) fn elements(text: &str, most: usize) -> Vec<(usize, Result<&str, Problem>)> {
    let mut cut = Vec::new();
    let Some(open) = text.find('[') else {
        return cut;
    };
    let mut line = 1 + newlines(text.get(..open).unwrap_or_default());
    let mut begin = open + 1;
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate().skip(begin) {
        if quoted {
            quoted = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
            continue;
        }
        match byte {
            b'"' => quoted = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth > 0 => depth -= 1,
            b',' | b']' if depth == 0 => {
                let element = text.get(begin..at).unwrap_or_default();
                let required = byte == b',' || begin > open + 1;
                if !element.trim().is_empty() {
                    cut.push((line + leading(element), Ok(element.trim())));
                } else if required {
                    cut.push((
                        line,
                        Err(Problem::new(Why::RowUnreadable, "a row is empty")),
                    ));
                }
                line += newlines(element);
                begin = at + 1;
                if byte == b']' || cut.len() >= most {
                    return cut;
                }
            }
            _ => {}
        }
    }
    let rest = text.get(begin..).unwrap_or_default();
    cut.push((
        line + leading(rest),
        Err(Problem::new(
            Why::RowUnreadable,
            "the file ends in the middle",
        )),
    ));
    cut
}

fn newlines(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

/// How many lines a text is blank before it begins.
fn leading(text: &str) -> usize {
    newlines(
        text.get(..text.len() - text.trim_start().len())
            .unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn elements_are_cut_at_their_own_commas_and_know_their_lines() {
        let text = "[\n {\"a\":\"},[\\\"\",\n \"b\":[1,2]},\n {} ,3\n]";
        let found: Vec<_> = elements(text, 99)
            .into_iter()
            .map(|(line, row)| (line, row.unwrap()))
            .collect();
        assert_eq!(
            found,
            [
                (2, "{\"a\":\"},[\\\"\",\n \"b\":[1,2]}"),
                (4, "{}"),
                (4, "3")
            ]
        );
        assert!(elements(" [ ] ", 99).is_empty());
    }

    #[test]
    fn an_array_that_is_cut_off_keeps_what_was_whole() {
        let found = elements("[{\"a\":1},{\"b\":", 99);
        assert_eq!(found.len(), 2);
        assert!(found[0].1.is_ok() && found[1].1.is_err());
    }

    proptest! {
        #[test]
        fn every_array_is_cut_into_its_own_elements(
            values in prop::collection::vec(("[ -~äö\n\"\\\\]{0,12}", any::<i32>()), 0..8),
        ) {
            let rows: Vec<_> = values.iter().map(|(k, v)| serde_json::json!({ k: [v, {"x": k}] })).collect();
            let text = serde_json::to_string_pretty(&rows).unwrap();
            let cut: Vec<serde_json::Value> = elements(&text, 99)
                .into_iter()
                .map(|(_, row)| serde_json::from_str(row.unwrap()).unwrap())
                .collect();
            prop_assert_eq!(cut, rows);
        }

        #[test]
        fn no_text_breaks_the_cutter(text in "(?s)[\\[\\]{}\",\\\\a\n ]{0,80}") {
            prop_assert!(elements(&text, 99).len() <= text.len() + 1);
        }
    }
}
