//! Signed callback and redirect addresses: pasted, in a file, or anywhere in a web server's log.
//!
//! No log format is assumed. Any word of a line that has signed parameters and a signature is taken
//! for an address and verified; nothing is believed without that.

use chrono::{DateTime, Utc};
use hyvitys_domain::TransactionId;
use hyvitys_paytrail::callbacks::verify_url;
use hyvitys_paytrail::{Callback, CallbackError, Credentials};

use super::text::lines;
use super::{Item, MOST_IDS, Problem, Row};
use crate::why::Why;

/// Whether a line has a signed address.
pub(crate) fn has_address(line: &str) -> bool {
    words(line).any(is_address)
}

/// The words of a line: addresses have no spaces, quotes or angle brackets (they are encoded).
fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`'))
}

fn is_address(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    lower.contains("checkout-") && lower.contains("signature=")
}

/// Reads the lines of a text. Gives the rows and how many lines had nothing in them.
pub(crate) fn read(text: &str, credentials: &Credentials, now: DateTime<Utc>) -> (Vec<Row>, usize) {
    let mut rows = Vec::new();
    let mut ignored = 0;
    for (line, content) in lines(text) {
        let before = rows.len();
        if before > MOST_IDS {
            break;
        }
        for word in words(content).filter(|word| is_address(word)) {
            let item = verify(word, credentials)
                .map(|callback| {
                    Item::Callback(Box::new(callback), time(content).map(|at| at.min(now)))
                })
                .map_err(reason);
            rows.push(Row::new(line, item));
        }
        // A list of addresses may have bare ids among them.
        if rows.len() == before
            && let Ok(id) = content.trim().parse::<TransactionId>()
        {
            rows.push(Row::new(line, Ok(Item::Await(id))));
        }
        if rows.len() == before && !content.trim().is_empty() {
            ignored += 1;
        }
    }
    (rows, ignored)
}

fn reason(error: CallbackError) -> Problem {
    match error {
        CallbackError::OtherAccount => Problem::new(
            Why::RowAddressOfAnother,
            "the address is another merchant's",
        ),
        error => Problem::new(
            Why::RowAddressUnbelievable,
            format!("the address can't be believed: {error}"),
        ),
    }
}

/// Verifies a word as it stands or, if that fails, without what logs and mails put around addresses.
/// However it is cut, only a valid signature makes it an address.
fn verify(word: &str, credentials: &Credentials) -> Result<Callback, CallbackError> {
    let first = verify_url(word, credentials);
    if first.is_ok() {
        return first;
    }
    let unescaped = word
        .replace("\\u0026", "&")
        .replace("\\/", "/")
        .replace("&amp;", "&");
    let bare = unescaped.trim_end_matches([',', ';', '.', ')', ']', '}', '\\']);
    verify_url(bare, credentials).or(first)
}

/// The time that a log line names with a zone: `[20/Nov/2026:12:00:00 +0200]`, or ISO 8601.
fn time(line: &str) -> Option<DateTime<Utc>> {
    let bracketed = line.split('[').skip(1).find_map(|rest| {
        let (inside, _) = rest.split_once(']')?;
        DateTime::parse_from_str(inside, "%d/%b/%Y:%H:%M:%S %z").ok()
    });
    let iso = || {
        words(line).take(50).find_map(|word| {
            DateTime::parse_from_rfc3339(word.trim_matches(['[', ']', '(', ')', ',', ';'])).ok()
        })
    };
    bracketed.or_else(iso).map(|at| at.with_timezone(&Utc))
}

#[cfg(test)]
#[path = "urls_tests.rs"]
mod tests;
