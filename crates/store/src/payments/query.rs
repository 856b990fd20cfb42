//! The language of the search field: words, and operators like `status:` or `amount:`.
//!
//! What a person types never becomes syntax of SQLite: words reach the index quoted, values as bound
//! parameters.

use hyvitys_domain::PaymentStatus;

use super::query_error::QueryError;
use super::ranges::{AmountRange, DayRange, NoRange};
use super::search_text::has_words;

/// What a list is narrowed to. Everything that is set must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Each is the beginning of a word of name, email, reference, stamp or transaction id, without
    /// regard to case and accents. A text of several words is looked for as it stands. A text
    /// without letters and digits is ignored.
    pub words: Vec<String>,
    /// The status by its wire name, without regard to case; or `paid`, `failed`, or `hold` for every
    /// status of an open hold.
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
    /// The whole amount.
    pub amount: Option<AmountRange>,
    /// The Finnish calendar day of the creation.
    pub created: Option<DayRange>,
    /// How much is given back.
    pub refunded: Option<RefundedIs>,
}

/// How much of a payment is given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefundedIs {
    /// Something.
    Yes,
    /// Nothing.
    No,
    /// Something, and not all.
    Partly,
    /// All.
    Full,
}

/// One word or operator of a query, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The operator's name in lower case; `None` for a word.
    pub operator: Option<String>,
    /// The word, or the operator's value; without its quotes.
    pub value: String,
    /// Where it begins, in bytes of the text.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

impl Query {
    /// Reads what a person typed.
    pub fn parse(text: &str) -> Result<Query, QueryError> {
        let mut query = Query::default();
        for part in Query::parts(text)? {
            match part.operator {
                Some(name) => query.set(name, part.value)?,
                None if has_words(&part.value) => query.words.push(part.value),
                None => {}
            }
        }
        Ok(query)
    }

    /// Takes a text apart without asking what its operators mean: where each word and each operator
    /// stands, for whoever shows them.
    pub fn parts(text: &str) -> Result<Vec<Part>, QueryError> {
        let mut parts = Vec::new();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let start = text.len() - rest.len();
            let operator = operator(rest);
            let (value, after) = match operator {
                Some(name) => value(rest.get(name.len() + 1..).unwrap_or_default())?,
                None => value(rest)?,
            };
            parts.push(Part {
                operator: operator.map(str::to_lowercase),
                value,
                start,
                end: text.len() - after.len(),
            });
            rest = after.trim_start();
        }
        Ok(parts)
    }

    fn set(&mut self, operator: String, value: String) -> Result<(), QueryError> {
        if value.is_empty() && is_operator(&operator) {
            return Err(QueryError::NoValue { operator });
        }
        let twice = match operator.as_str() {
            "status" => self.status.replace(value.clone()).is_some(),
            "provider" => self.provider.replace(value.clone()).is_some(),
            "reference" => self.reference.replace(value.clone()).is_some(),
            "email" => self.email.replace(value.clone()).is_some(),
            "stamp" => self.stamp.replace(value.clone()).is_some(),
            "tx" if hex_prefix(&value).is_none() => {
                return Err(QueryError::NotTransactionId { value });
            }
            "tx" => self.transaction_id.replace(value.clone()).is_some(),
            "amount" => match AmountRange::parse(&value) {
                Ok(range) => self.amount.replace(range).is_some(),
                Err(NoRange::Backwards) => return Err(QueryError::Backwards { operator, value }),
                Err(NoRange::Unreadable) => return Err(QueryError::NotAnAmount { value }),
            },
            "created" => match DayRange::parse(&value) {
                Ok(range) => self.created.replace(range).is_some(),
                Err(NoRange::Backwards) => return Err(QueryError::Backwards { operator, value }),
                Err(NoRange::Unreadable) => return Err(QueryError::NotADay { value }),
            },
            "refunded" => match RefundedIs::parse(&value) {
                Some(refunded) => self.refunded.replace(refunded).is_some(),
                None => return Err(QueryError::NotRefunded { value }),
            },
            _ => return Err(QueryError::UnknownOperator { operator, value }),
        };
        if twice {
            return Err(QueryError::Twice { operator, value });
        }
        Ok(())
    }

    /// Whether the daily sums can answer it: they know status, provider and day, and nothing else.
    pub(super) fn is_summed_up_by_day(&self) -> bool {
        let known = Query {
            status: self.status.clone(),
            provider: self.provider.clone(),
            created: self.created,
            ..Query::default()
        };
        known == *self
    }
}

impl RefundedIs {
    fn parse(text: &str) -> Option<RefundedIs> {
        match text.to_ascii_lowercase().as_str() {
            "yes" => Some(RefundedIs::Yes),
            "no" => Some(RefundedIs::No),
            "partly" => Some(RefundedIs::Partly),
            "full" => Some(RefundedIs::Full),
            _ => None,
        }
    }
}

/// Whether a status of this wire name is what `status:` asks for.
pub(super) fn is_status(name: &str, wanted: &str) -> bool {
    name.eq_ignore_ascii_case(wanted)
        || match wanted.to_ascii_lowercase().as_str() {
            "paid" => PaymentStatus::from(name) == PaymentStatus::Ok,
            "failed" => PaymentStatus::from(name) == PaymentStatus::Fail,
            "hold" => PaymentStatus::from(name).is_open_hold(),
            _ => false,
        }
}

fn is_operator(name: &str) -> bool {
    matches!(
        name,
        "status"
            | "provider"
            | "amount"
            | "created"
            | "refunded"
            | "reference"
            | "email"
            | "tx"
            | "stamp"
    )
}

/// The letters before a colon, where a text begins so.
fn operator(text: &str) -> Option<&str> {
    let (name, _) = text.split_once(':')?;
    (!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic())).then_some(name)
}

/// A value in quotes or up to the next space, and what follows it.
fn value(text: &str) -> Result<(String, &str), QueryError> {
    if let Some(quoted) = text.strip_prefix('"') {
        let (value, after) = quoted
            .split_once('"')
            .ok_or_else(|| QueryError::OpenQuote {
                value: quoted.to_owned(),
            })?;
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
    use hyvitys_domain::Money;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_text_breaks_the_parser_and_its_parts_stand_where_they_say(
            text in "[ \\PC]{0,30}|((amount|created|status|x):[<>=.,0-9a-zä-]{0,12} ?){0,3}",
        ) {
            let _ = Query::parse(&text);
            let Ok(parts) = Query::parts(&text) else { return Ok(()) };
            let mut end = 0;
            for part in parts {
                prop_assert!(end <= part.start && part.start <= part.end);
                let there = text.get(part.start..part.end).unwrap();
                prop_assert!(there.ends_with(&part.value) || there.ends_with('"'));
                end = part.end;
            }
        }

        #[test]
        fn an_amount_range_holds_what_lies_between_its_ends_and_nothing_else(
            from in 0_i64..500, to in 0_i64..500, cents in 0_i64..500,
        ) {
            let amount = Money::from_cents;
            let text = format!("amount:{}..{}", amount(from), amount(to));
            let parsed = Query::parse(&text).map(|query| query.amount.unwrap());
            if from > to {
                let backwards = matches!(parsed, Err(QueryError::Backwards { .. }));
                prop_assert!(backwards);
                return Ok(());
            }
            let range = parsed.unwrap();
            let inside = range.from <= Some(amount(cents)) && Some(amount(cents)) <= range.to;
            prop_assert_eq!(inside, (from..=to).contains(&cents));
            let above = Query::parse(&format!("amount:>{}", amount(from))).unwrap();
            let above = above.amount.unwrap().from.unwrap();
            prop_assert_eq!(amount(cents) >= above, cents > from);
            let below = Query::parse(&format!("amount:<{}", amount(to))).unwrap();
            let below = below.amount.unwrap().to.unwrap();
            prop_assert_eq!(amount(cents) <= below, cents < to);
        }
    }

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
    fn amounts_days_and_what_is_refunded_narrow_the_list() {
        let query = Query::parse("amount:>100 created:2026-10 refunded:PARTLY aino").unwrap();
        let amount = query.amount.unwrap();
        assert_eq!(
            (amount.from, amount.to),
            (Some(Money::from_cents(10_001)), None)
        );
        let created = query.created.unwrap();
        assert_eq!(created.from.unwrap().to_string(), "2026-10-01");
        assert_eq!(query.refunded, Some(RefundedIs::Partly));
        let quoted = Query::parse("amount:\"1 234,50\"").unwrap().amount.unwrap();
        assert_eq!(quoted.to, Some(Money::from_cents(123_450)));
    }

    #[test]
    fn the_aliases_of_a_status_stand_for_wire_names() {
        for (wanted, fits, fits_not) in [
            ("paid", vec!["ok"], vec!["fail", "pending"]),
            ("FAILED", vec!["fail"], vec!["ok"]),
            (
                "hold",
                vec!["pending", "delayed", "authorization-hold"],
                vec!["new", "ok", "accepted"],
            ),
            ("Pending", vec!["pending"], vec!["delayed"]),
        ] {
            assert!(fits.iter().all(|name| is_status(name, wanted)), "{wanted}");
            assert!(
                !fits_not.iter().any(|name| is_status(name, wanted)),
                "{wanted}"
            );
        }
    }

    #[test]
    fn what_can_not_be_meant_is_an_error_that_names_operator_value_and_an_example() {
        let text = |text: &str| text.to_owned();
        for (query, expected, example) in [
            (
                "state:ok",
                QueryError::UnknownOperator {
                    operator: text("state"),
                    value: text("ok"),
                },
                "status:",
            ),
            (
                "status: ok",
                QueryError::NoValue {
                    operator: text("status"),
                },
                "status:hold",
            ),
            (
                "amount:",
                QueryError::NoValue {
                    operator: text("amount"),
                },
                "amount:20..50",
            ),
            (
                "tx:a tx:b",
                QueryError::Twice {
                    operator: text("tx"),
                    value: text("b"),
                },
                "tx:6815",
            ),
            (
                "stamp:\"x",
                QueryError::OpenQuote { value: text("x") },
                "\"",
            ),
            (
                "tx:xyz",
                QueryError::NotTransactionId { value: text("xyz") },
                "tx:6815",
            ),
            (
                "amount:1.234",
                QueryError::NotAnAmount {
                    value: text("1.234"),
                },
                "amount:19,90",
            ),
            (
                "created:24.10.2026",
                QueryError::NotADay {
                    value: text("24.10.2026"),
                },
                "created:2026-10",
            ),
            (
                "refunded:some",
                QueryError::NotRefunded {
                    value: text("some"),
                },
                "refunded:yes",
            ),
            (
                "amount:50..20",
                QueryError::Backwards {
                    operator: text("amount"),
                    value: text("50..20"),
                },
                "amount:20..50",
            ),
        ] {
            let error = Query::parse(query).unwrap_err();
            assert_eq!(error, expected, "{query}");
            assert!(error.to_string().contains(example), "{error}");
        }
    }

    #[test]
    fn the_parts_of_a_text_say_where_they_stand() {
        let text = " äiti amount:>5  \"a b\"";
        let parts = Query::parts(text).unwrap();
        let found: Vec<_> = parts
            .iter()
            .map(|part| {
                (
                    part.operator.as_deref(),
                    part.value.as_str(),
                    &text[part.start..part.end],
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                (None, "äiti", "äiti"),
                (Some("amount"), ">5", "amount:>5"),
                (None, "a b", "\"a b\""),
            ]
        );
    }

    #[test]
    fn only_status_provider_and_day_are_summed_up() {
        for text in ["", "status:ok", "status:hold provider:klarna created:2026"] {
            assert!(Query::parse(text).unwrap().is_summed_up_by_day(), "{text}");
        }
        for text in ["aino", "amount:>1", "status:ok refunded:no", "tx:6"] {
            assert!(!Query::parse(text).unwrap().is_summed_up_by_day(), "{text}");
        }
    }
}
