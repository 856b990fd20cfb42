//! The language of the search field: words, and `status:`, `provider:`, `reference:`, `email:`,
//! `tx:` and `stamp:`.
//!
//! What a person types never becomes syntax of SQLite: words reach the index quoted, values as bound
//! parameters.

use super::search_text::has_words;

/// What a list is narrowed to. Everything that is set must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Each is the beginning of a word of name, email, reference, stamp or transaction id, without
    /// regard to case and accents. A text of several words is looked for as it stands. A text
    /// without letters and digits is ignored.
    pub words: Vec<String>,
    /// The status, without regard to case.
    pub status: Option<String>,
    /// The provider, without regard to case; `klarna` is every provider of Klarna.
    pub provider: Option<String>,
    /// The beginning of the reference, byte for byte.
    pub reference: Option<String>,
    /// The beginning of the email address, without regard to the case of a–z.
    pub email: Option<String>,
    /// The beginning of the transaction id, with or without hyphens, in any case.
    pub transaction_id: Option<String>,
    /// The beginning of the stamp, byte for byte.
    pub stamp: Option<String>,
}

/// Why a text is not a query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// An operator that there isn't.
    #[error(
        "'{0}:' is not known: there are status:, provider:, reference:, email:, tx: and stamp: \
         (put it in quotes to look for the text)"
    )]
    UnknownOperator(String),
    /// An operator without a value.
    #[error("'{0}:' needs a value right after it")]
    NoValue(String),
    /// An operator that stands twice.
    #[error("'{0}:' stands twice")]
    Twice(String),
    /// A quote without its end.
    #[error("a quote \" is not closed")]
    OpenQuote,
    /// Not the beginning of a transaction id.
    #[error("tx: takes the beginning of a transaction id, and '{0}' is none")]
    NotTransactionId(String),
}

impl Query {
    /// Reads what a person typed.
    pub fn parse(text: &str) -> Result<Query, QueryError> {
        let mut query = Query::default();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let operator = operator(rest);
            if let Some(name) = operator {
                let (value, after) = value(rest.get(name.len() + 1..).unwrap_or_default())?;
                query.set(&name.to_lowercase(), value)?;
                rest = after.trim_start();
            } else {
                let (word, after) = value(rest)?;
                if has_words(&word) {
                    query.words.push(word);
                }
                rest = after.trim_start();
            }
        }
        Ok(query)
    }

    fn set(&mut self, name: &str, value: String) -> Result<(), QueryError> {
        let field = match name {
            "status" => &mut self.status,
            "provider" => &mut self.provider,
            "reference" => &mut self.reference,
            "email" => &mut self.email,
            "tx" => &mut self.transaction_id,
            "stamp" => &mut self.stamp,
            _ => return Err(QueryError::UnknownOperator(name.to_owned())),
        };
        if value.is_empty() {
            return Err(QueryError::NoValue(name.to_owned()));
        }
        if name == "tx" && hex_prefix(&value).is_none() {
            return Err(QueryError::NotTransactionId(value));
        }
        if field.replace(value).is_some() {
            return Err(QueryError::Twice(name.to_owned()));
        }
        Ok(())
    }
}

/// The letters before a colon, where a text begins so.
fn operator(text: &str) -> Option<&str> {
    let (name, _) = text.split_once(':')?;
    (!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic())).then_some(name)
}

/// A value in quotes or up to the next space, and what follows it.
fn value(text: &str) -> Result<(String, &str), QueryError> {
    if let Some(quoted) = text.strip_prefix('"') {
        let (value, after) = quoted.split_once('"').ok_or(QueryError::OpenQuote)?;
        return Ok((value.to_owned(), after));
    }
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (value, after) = text.split_at(end);
    Ok((value.to_owned(), after))
}

/// The hex digits, in lower case, of the beginning of a transaction id.
pub(super) fn hex_prefix(text: &str) -> Option<String> {
    let hex: String = text.chars().filter(|c| *c != '-').collect();
    let digits = !hex.is_empty() && hex.len() <= 32 && hex.bytes().all(|b| b.is_ascii_hexdigit());
    digits.then(|| hex.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_operators_are_told_apart_and_values_may_be_quoted() {
        let query = Query::parse(
            r#" virta  STATUS:pending reference:"A 1" "anna maria" tx:681538C4-FC 12:30 email:a@b "#,
        );
        assert_eq!(
            query,
            Ok(Query {
                words: vec!["virta".into(), "anna maria".into(), "12:30".into()],
                status: Some("pending".into()),
                reference: Some("A 1".into()),
                email: Some("a@b".into()),
                transaction_id: Some("681538C4-FC".into()),
                ..Query::default()
            })
        );
        assert_eq!(Query::parse(" - \" \" "), Ok(Query::default()));
        assert_eq!(
            Query::parse("\"https://shop\"").unwrap().words,
            ["https://shop"]
        );
    }

    #[test]
    fn what_can_not_be_meant_is_an_error_that_names_it() {
        use QueryError::{NoValue, NotTransactionId, OpenQuote, Twice, UnknownOperator};
        assert_eq!(
            Query::parse("state:ok"),
            Err(UnknownOperator("state".into()))
        );
        assert_eq!(Query::parse("status: ok"), Err(NoValue("status".into())));
        assert_eq!(Query::parse("tx:a tx:b"), Err(Twice("tx".into())));
        assert_eq!(Query::parse("stamp:\"x"), Err(OpenQuote));
        assert_eq!(Query::parse("tx:xyz"), Err(NotTransactionId("xyz".into())));
    }
}
