//! The orders of a list, and the cursor that says where in one the next page begins.

use std::fmt::{self, Write as _};

use hyvitys_domain::PaymentStatus;
use serde::{Deserialize, Serialize};

use super::{NotAKey, PaymentKey};

/// By what a list is ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SortBy {
    /// The creation time.
    #[default]
    Created,
    /// The shop's reference, byte for byte.
    Reference,
    /// The customer's last name, then the first, by the Finnish alphabet; the email address where no
    /// name is known.
    Customer,
    /// The whole amount.
    Amount,
    /// What is given back.
    Refunded,
    /// The status by its course: new, then the holds, paid, failed, then what this program does not know.
    Status,
}

/// The order of a list. Payments of the same value stand newest first, and those without a value last,
/// whichever way the list goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sort {
    /// By what.
    pub by: SortBy,
    /// The greatest first.
    pub descending: bool,
}

/// The newest first.
impl Default for Sort {
    fn default() -> Sort {
        Sort {
            by: SortBy::Created,
            descending: true,
        }
    }
}

/// What a payment is ordered by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Value {
    /// Its key alone.
    Time,
    /// Cents.
    Cents(i64),
    /// A text as it compares: see [`fold`].
    Text(String),
    /// None is known.
    Nothing,
}

/// A place in a list: the last payment before it, with what it was ordered by. As text it is what a
/// window or a script gives back for the next page.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cursor {
    pub(super) value: Value,
    pub(super) key: PaymentKey,
}

/// The place after a payment in the order of time.
impl From<PaymentKey> for Cursor {
    fn from(key: PaymentKey) -> Cursor {
        Cursor {
            value: Value::Time,
            key,
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.key.fmt(f)?;
        match &self.value {
            Value::Time => Ok(()),
            Value::Nothing => f.write_str("-n"),
            Value::Cents(cents) => write!(f, "-c{cents}"),
            Value::Text(text) => {
                f.write_str("-t")?;
                f.write_str(&hex::encode(text))
            }
        }
    }
}

impl Cursor {
    /// Reads a cursor of a list that is ordered by `by`; one of another order is none.
    pub fn parse(text: &str, by: SortBy) -> Result<Cursor, NotAKey> {
        let wrong = || NotAKey(text.to_owned());
        let (key, value) = match text.split_once('-') {
            None => (text, Value::Time),
            Some((key, "n")) => (key, Value::Nothing),
            Some((key, value)) => {
                let read = || {
                    Some(if let Some(cents) = value.strip_prefix('c') {
                        Value::Cents(cents.parse().ok()?)
                    } else {
                        let bytes = hex::decode(value.strip_prefix('t')?).ok()?;
                        Value::Text(String::from_utf8(bytes).ok()?)
                    })
                };
                (key, read().ok_or_else(wrong)?)
            }
        };
        let fits = match by {
            SortBy::Created => value == Value::Time,
            SortBy::Amount | SortBy::Refunded => matches!(value, Value::Cents(_)),
            SortBy::Reference | SortBy::Customer => {
                matches!(value, Value::Text(_) | Value::Nothing)
            }
            SortBy::Status => matches!(value, Value::Text(_)),
        };
        let key = key.parse().map_err(|_| wrong())?;
        fits.then_some(Cursor { value, key }).ok_or_else(wrong)
    }
}

/// Where a status stands in its course.
pub(super) fn course(name: &str) -> (u8, &str) {
    let place = match PaymentStatus::from(name) {
        PaymentStatus::New => 0,
        PaymentStatus::Pending => 1,
        PaymentStatus::Delayed => 2,
        PaymentStatus::AuthorizationHold => 3,
        PaymentStatus::Ok => 4,
        PaymentStatus::Fail => 5,
        PaymentStatus::Other(_) => 6,
    };
    (place, name)
}

/// Adds a customer's names, or the email address where there are none, in the form that compares by the
/// Finnish alphabet. Adds nothing where nothing is known.
pub(super) fn fold_customer(
    into: &mut String,
    last: Option<&str>,
    first: Option<&str>,
    email: Option<&str>,
) {
    if last.is_none() && first.is_none() {
        fold(into, email.unwrap_or_default());
        return;
    }
    fold(into, last.unwrap_or_default());
    // Less than every letter and space: "Aho" stands before "Ahola", whatever the first names.
    into.push('\u{1}');
    fold(into, first.unwrap_or_default());
}

/// Adds a text without case, and with its letters where the Finnish alphabet has them: å, ä and ö after z,
/// ü with y, other accents with their letters.
fn fold(into: &mut String, text: &str) {
    // What follows z in ASCII.
    const A_RING: char = '{';
    const A_DOTS: char = '|';
    const O_DOTS: char = '}';
    if text.is_ascii() {
        let start = into.len();
        into.push_str(text);
        if let Some(added) = into.get_mut(start..) {
            added.make_ascii_lowercase();
        }
        return;
    }
    for letter in text.chars() {
        match letter {
            'A'..='Z' => into.push(letter.to_ascii_lowercase()),
            '\0'..='\u{7f}' => into.push(letter),
            'å' | 'Å' => into.push(A_RING),
            'ä' | 'Ä' | 'æ' | 'Æ' => into.push(A_DOTS),
            'ö' | 'Ö' | 'ø' | 'Ø' => into.push(O_DOTS),
            'á' | 'à' | 'â' | 'ã' | 'Á' | 'À' | 'Â' | 'Ã' => into.push('a'),
            'é' | 'è' | 'ê' | 'ë' | 'É' | 'È' | 'Ê' | 'Ë' => into.push('e'),
            'í' | 'ì' | 'î' | 'ï' | 'Í' | 'Ì' | 'Î' | 'Ï' => into.push('i'),
            'ó' | 'ò' | 'ô' | 'õ' | 'Ó' | 'Ò' | 'Ô' | 'Õ' => into.push('o'),
            'ú' | 'ù' | 'û' | 'Ú' | 'Ù' | 'Û' => into.push('u'),
            'ü' | 'Ü' | 'ý' | 'Ý' | 'ÿ' => into.push('y'),
            'ç' | 'Ç' | 'č' | 'Č' => into.push('c'),
            'ñ' | 'Ñ' => into.push('n'),
            'š' | 'Š' => into.push('s'),
            'ž' | 'Ž' => into.push('z'),
            // A mark of its own, as some systems write ä.
            '\u{300}'..='\u{36f}' => {
                let whole = match (into.chars().last(), letter) {
                    (Some('a'), '\u{308}') => A_DOTS,
                    (Some('o'), '\u{308}') => O_DOTS,
                    (Some('a'), '\u{30a}') => A_RING,
                    _ => continue,
                };
                into.pop();
                into.push(whole);
            }
            other => {
                // Writing to a string can't fail.
                let _ = write!(into, "{}", other.to_lowercase());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(last: &str, first: &str) -> String {
        let mut text = String::new();
        let said = |text: &'static str| (!text.is_empty()).then_some(text);
        let (last, first) = (last.to_owned().leak(), first.to_owned().leak());
        fold_customer(&mut text, said(last), said(first), Some("z@example.fi"));
        text
    }

    #[test]
    fn names_stand_as_in_a_finnish_phone_book() {
        let names = [
            ("Aho", "Zacharias"),
            ("Ahola", "Anna"),
            ("de la Cruz", "Ñusta"),
            ("MÜLLER", "Eva"),
            ("Mylly", "Eero"),
            ("Wirtanen", "Aino"),
            ("Zitting", "Élise"),
            ("Åberg", "Aino"),
            ("Äijälä", "Aino"),
            ("A\u{308}kka\u{308}", "Aino"),
            ("Öhman", "Aino"),
        ];
        let texts: Vec<String> = names
            .iter()
            .map(|(last, first)| folded(last, first))
            .collect();
        assert!(texts.is_sorted(), "{texts:?}");
        assert_eq!(folded("VIRTA", "aino"), folded("Virta", "Aino"));
        assert_eq!(folded("", ""), "z@example.fi");
    }

    #[test]
    fn a_cursor_is_read_back_from_its_text_and_only_in_its_own_order() {
        let key: PaymentKey = "0000019a00000001".parse().unwrap();
        for (value, by) in [
            (Value::Time, SortBy::Created),
            (Value::Cents(-5), SortBy::Amount),
            (Value::Cents(0), SortBy::Refunded),
            (Value::Text("a-b ä".to_owned()), SortBy::Customer),
            (Value::Text(String::new()), SortBy::Reference),
            (Value::Nothing, SortBy::Customer),
            (Value::Text("ok".to_owned()), SortBy::Status),
        ] {
            let cursor = Cursor { value, key };
            assert_eq!(
                Cursor::parse(&cursor.to_string(), by),
                Ok(cursor.clone()),
                "{by:?}"
            );
        }
        let cursor = Cursor::from(key).to_string();
        assert!(Cursor::parse(&cursor, SortBy::Amount).is_err());
        for text in [
            "",
            "0000019a00000001-",
            "0000019a00000001-c",
            "0000019a00000001-tzz",
            "0000019a00000001-c1-c1",
            "-n",
        ] {
            assert!(Cursor::parse(text, SortBy::Customer).is_err(), "{text}");
            assert!(Cursor::parse(text, SortBy::Amount).is_err(), "{text}");
        }
    }

    #[test]
    fn statuses_stand_in_their_course() {
        let names = [
            "new",
            "pending",
            "delayed",
            "authorization-hold",
            "ok",
            "fail",
            "accepted",
        ];
        assert!(names.map(course).is_sorted());
    }
}
