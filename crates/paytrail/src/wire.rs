//! Reading answers strictly.
//!
//! A signature binds an answer to the merchant, and to nothing else: not to the question, not to
//! the HTTP status. A signed answer to another call could stand in. So each call says not only which
//! fields its answer has but also which it can't have, and a field that comes twice is refused.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::error::UnknownWhy;

/// Which names the top level of an answer may have.
pub(crate) enum Names {
    /// These and no others: for answers that say little and so could be mistaken easily.
    Only(&'static [&'static str]),
    /// Any but these, which are marks of other calls' answers; Paytrail may add new ones.
    AnyBut(&'static [&'static str]),
}

/// Fields that only a payment's view or another call's success have.
pub(crate) const PAYMENT_MARKS: &[&str] = &[
    "amount",
    "currency",
    "stamp",
    "reference",
    "createdAt",
    "href",
    "terms",
    "groups",
    "providers",
    "stepUpUrl",
    "requestId",
];

/// Fields that only a success has.
const ANSWER_MARKS: &[&str] = &[
    "transactionId",
    "amount",
    "currency",
    "stamp",
    "reference",
    "createdAt",
    "href",
    "terms",
    "groups",
    "providers",
    "stepUpUrl",
    "requestId",
];

/// How many characters of an answer's words are kept.
const MESSAGE_LIMIT: usize = 1000;

/// The names of a JSON object; an error where one comes twice.
struct TopLevel(BTreeSet<String>);

impl<'de> Deserialize<'de> for TopLevel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = TopLevel;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<TopLevel, A::Error> {
                let mut names = BTreeSet::new();
                while let Some((name, _)) = map.next_entry::<String, IgnoredAny>()? {
                    if let Some(twice) = names.replace(name) {
                        return Err(serde::de::Error::custom(format_args!(
                            "the field {twice:?} comes twice"
                        )));
                    }
                }
                Ok(TopLevel(names))
            }
        }
        deserializer.deserialize_map(Keys)
    }
}

/// Reads a JSON object whose top level has the names that `names` allows.
pub(crate) fn object<T: DeserializeOwned>(raw: &str, names: &Names) -> Result<T, UnknownWhy> {
    let TopLevel(found) = serde_json::from_str(raw).map_err(|e| unreadable(&e))?;
    let foreign = match names {
        Names::Only(only) => found.iter().find(|name| !only.contains(&name.as_str())),
        Names::AnyBut(marks) => found.iter().find(|name| marks.contains(&name.as_str())),
    };
    if let Some(name) = foreign {
        return Err(UnknownWhy::DoesNotFit(format!(
            "the field {name:?} is not of this answer"
        )));
    }
    serde_json::from_str(raw).map_err(|e| unreadable(&e))
}

/// Reads a JSON array.
pub(crate) fn array<T: DeserializeOwned>(raw: &str) -> Result<Vec<T>, UnknownWhy> {
    serde_json::from_str(raw).map_err(|e| unreadable(&e))
}

/// The kind and place of a JSON error, without the values that stand there.
fn unreadable(error: &serde_json::Error) -> UnknownWhy {
    let text = error.to_string();
    UnknownWhy::UnreadableBody(clean(&text))
}

/// An error body: `{"status":"error","message":"…","meta":["…"]}` (API document §1).
#[derive(Deserialize)]
pub(crate) struct ErrorBody {
    status: String,
    pub(crate) message: String,
    #[serde(default)]
    meta: serde_json::Value,
}

impl ErrorBody {
    /// Reads an error body, and nothing that could be another answer.
    pub(crate) fn read(raw: &str) -> Result<ErrorBody, UnknownWhy> {
        let body: ErrorBody = object(raw, &Names::AnyBut(ANSWER_MARKS))?;
        if body.status != "error" {
            return Err(UnknownWhy::DoesNotFit(
                "an error whose status is not \"error\"".into(),
            ));
        }
        Ok(ErrorBody {
            message: clean(&body.message),
            ..body
        })
    }

    /// The further words; Paytrail documents a list of texts, anything else is shown as it came.
    pub(crate) fn meta(&self) -> Vec<String> {
        let text = |value: &serde_json::Value| {
            value
                .as_str()
                .map_or_else(|| clean(&value.to_string()), clean)
        };
        match &self.meta {
            serde_json::Value::Null => Vec::new(),
            serde_json::Value::Array(list) => list.iter().map(text).collect(),
            other => vec![text(other)],
        }
    }
}

/// The words of an answer that is not believed, if it has any.
pub(crate) fn words_of(body: &[u8]) -> Option<String> {
    let value: serde_json::Value = serde_json::from_slice(body).ok()?;
    let message = clean(value.get("message")?.as_str()?);
    (!message.is_empty()).then_some(message)
}

/// A text for people: no control characters, of bounded length.
pub(crate) fn clean(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MESSAGE_LIMIT)
        .collect::<String>()
        .trim()
        .to_owned()
}
