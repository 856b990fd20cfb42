//! Reading request bodies by hand, so that every field that is wrong is named at once in `meta`, the
//! way Paytrail does it.

use hyvitys_domain::Money;
use serde_json::{Map, Value};
use url::Url;

use crate::books::{Refusal, Urls};

/// An object of a body and what was found wrong so far.
pub struct Fields<'a> {
    object: Option<&'a Map<String, Value>>,
    prefix: String,
}

/// What was found wrong.
#[derive(Debug, Default)]
pub struct Wrong(Vec<String>);

impl Wrong {
    /// Notes a field and what it should be.
    pub fn note(&mut self, field: &str, why: &str) {
        self.0.push(format!("{field} {why}"));
    }

    /// A refusal that names all that is wrong, if anything is.
    pub fn check(self) -> Result<(), Refusal> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Refusal::Invalid {
                message: "Failed to validate the request".to_owned(),
                meta: self.0,
            })
        }
    }
}

/// The body as JSON.
pub fn parse(body: &[u8]) -> Result<Value, Refusal> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| Refusal::invalid(format!("The body is not valid JSON: {error}")))?;
    if value.is_object() {
        Ok(value)
    } else {
        Err(Refusal::invalid("The body is not a JSON object"))
    }
}

impl<'a> Fields<'a> {
    /// The fields of a value; none if it is no object.
    pub fn of(value: &'a Value, prefix: &str) -> Fields<'a> {
        Fields {
            object: value.as_object(),
            prefix: prefix.to_owned(),
        }
    }

    /// The name of a field as it is shown.
    pub fn name(&self, field: &str) -> String {
        format!("{}{field}", self.prefix)
    }

    /// A field that is there and not null.
    pub fn get(&self, field: &str) -> Option<&'a Value> {
        self.object?.get(field).filter(|value| !value.is_null())
    }

    /// The fields of an inner object; an absent one has none.
    pub fn inner(&self, field: &str, wrong: &mut Wrong) -> Option<Fields<'a>> {
        let value = self.get(field)?;
        if !value.is_object() {
            wrong.note(&self.name(field), "should be an object");
            return None;
        }
        Some(Fields::of(value, &format!("{}.", self.name(field))))
    }

    /// A list; an absent one is empty.
    pub fn list(&self, field: &str, wrong: &mut Wrong) -> &'a [Value] {
        match self.get(field) {
            None => &[],
            Some(Value::Array(list)) => list,
            Some(_) => {
                wrong.note(&self.name(field), "should be a list");
                &[]
            }
        }
    }

    /// A text of at most `most` characters, if it is there.
    pub fn text(&self, field: &str, most: usize, wrong: &mut Wrong) -> Option<String> {
        match self.get(field)? {
            Value::String(text) if text.chars().count() <= most => Some(text.clone()),
            _ => {
                wrong.note(
                    &self.name(field),
                    &format!("should be a text of at most {most} characters"),
                );
                None
            }
        }
    }

    /// A text of 1 to `most` characters that must be there; empty where it is wrong.
    pub fn needed_text(&self, field: &str, most: usize, wrong: &mut Wrong) -> String {
        if self.get(field).is_none_or(|value| value == "") {
            wrong.note(&self.name(field), "is required");
            return String::new();
        }
        self.text(field, most, wrong).unwrap_or_default()
    }

    /// True or false; an absent one is false.
    pub fn flag(&self, field: &str, wrong: &mut Wrong) -> bool {
        match self.get(field) {
            None => false,
            Some(Value::Bool(flag)) => *flag,
            Some(_) => {
                wrong.note(&self.name(field), "should be true or false");
                false
            }
        }
    }

    /// A whole number within a range, if it is there.
    pub fn number(&self, field: &str, first: i64, last: i64, wrong: &mut Wrong) -> Option<i64> {
        let value = self.get(field)?;
        let number = value
            .as_i64()
            .filter(|number| (first..=last).contains(number));
        if number.is_none() {
            wrong.note(
                &self.name(field),
                &format!("should be a whole number from {first} to {last}"),
            );
        }
        number
    }

    /// A whole number within a range that must be there; `first` where it is wrong.
    pub fn needed_number(&self, field: &str, first: i64, last: i64, wrong: &mut Wrong) -> i64 {
        if self.get(field).is_none() {
            wrong.note(&self.name(field), "is required");
        }
        self.number(field, first, last, wrong).unwrap_or(first)
    }

    /// An amount that can be paid, in cents, if it is there.
    pub fn amount(&self, field: &str, wrong: &mut Wrong) -> Option<Money> {
        let (first, last) = (Money::SMALLEST.cents(), Money::LARGEST.cents());
        self.number(field, first, last, wrong)
            .map(Money::from_cents)
    }

    /// A pair of addresses; required ones that are absent are noted. `most` is their length.
    pub fn urls(
        &self,
        field: &str,
        required: bool,
        most: usize,
        wrong: &mut Wrong,
    ) -> Option<Urls> {
        let Some(fields) = self.inner(field, wrong) else {
            if required {
                wrong.note(&self.name(field), "is required");
            }
            return None;
        };
        let mut url = |which: &str| {
            let text = fields.needed_text(which, most, wrong);
            if !text.is_empty() && !is_callable(&text) {
                wrong.note(&fields.name(which), "should be an https address");
            }
            text
        };
        Some(Urls {
            success: url("success"),
            cancel: url("cancel"),
        })
    }
}

/// Whether an address may be named to Paytrail: https, or, in this sandbox only, http on loopback.
pub fn is_callable(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        url.scheme() == "https" || (url.scheme() == "http" && crate::callbacks::is_loopback(&url))
    })
}
