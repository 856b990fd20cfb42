//! From what a person typed to an expression of the search index, with nothing left that the index
//! could read as syntax.

use super::query::{Query, hex_prefix};

/// Whether there is anything in a text that the index would call a word.
pub(super) fn has_words(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// The expression that finds at least all that the query can mean, or `None` where the index can't
/// help. Literal beginnings are checked again on the rows: the index knows no case and no signs.
pub(super) fn expression(query: &Query) -> Option<String> {
    let mut parts: Vec<String> = query
        .words
        .iter()
        .filter(|word| has_words(word))
        .map(|word| a_word(word))
        .collect();
    let columns = [
        ("reference", &query.reference),
        ("stamp", &query.stamp),
        ("email", &query.email),
    ];
    for (column, beginning) in columns {
        if let Some(beginning) = beginning.as_ref().filter(|text| has_words(text)) {
            parts.push(format!("{column} : ^ {}", beginning_of(beginning)));
        }
    }
    if let Some(hex) = query.transaction_id.as_deref().and_then(hex_prefix) {
        parts.push(format!("transaction_id : ^ {}", beginning_of(&hex)));
    }
    (!parts.is_empty()).then(|| parts.join(" AND "))
}

/// A word or, where it looks like a transaction id with its hyphens, that id: the index has ids
/// without hyphens.
fn a_word(word: &str) -> String {
    let hex = hex_prefix(word).filter(|hex| word.contains('-') && hex.len() >= 8);
    match hex {
        Some(hex) => format!("({} OR {})", beginning_of(word), beginning_of(&hex)),
        None => beginning_of(word),
    }
}

/// A quoted text whose last word may go on.
fn beginning_of(text: &str) -> String {
    let clean: String = text
        .chars()
        .map(|c| if c.is_control() || c == '"' { ' ' } else { c })
        .collect();
    format!("\"{clean}\" *")
}
