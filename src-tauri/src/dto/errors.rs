//! Errors: what happened, whether money moved, what to do next.

use std::collections::BTreeMap;

use hyvitys_backoffice::{Code, Error, MoneyMoved, Why};
use serde::Serialize;
use specta::Type;

/// An error as the window gets it. It has words of its own for `why.kind`, else for `code`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ErrorDto {
    /// What kind it is.
    code: ErrorCode,
    /// What happened, in English.
    message: String,
    /// What exactly stood in the way, with its figures.
    why: Option<WhyDto>,
    /// Whether money moved.
    money_moved: Moved,
    /// What Paytrail's support asks for.
    request_id: Option<String>,
}

/// A reason by its name, with the values that its words need: cents, minutes and names as texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Type)]
pub struct WhyDto {
    /// The name.
    kind: String,
    /// The values by their names.
    values: BTreeMap<String, String>,
}

macro_rules! mirror {
    ($(#[$doc:meta])* $name:ident of $theirs:ident { $($(#[$each:meta])* $variant:ident),* $(,)? }) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type)]
        #[serde(rename_all = "camelCase")]
        $(#[$doc])*
        pub enum $name { $($(#[$each])* $variant),* }

        impl From<$theirs> for $name {
            fn from(theirs: $theirs) -> $name {
                match theirs { $($theirs::$variant => $name::$variant),* }
            }
        }
    };
}
pub(crate) use mirror;

mirror! {
    /// What kind of error it is.
    ErrorCode of Code {
        /// Something typed or read is not what it should be.
        BadInput,
        /// There is no such thing.
        NotFound,
        /// The payment does not allow it now.
        NotOperable,
        /// The same refund was made before.
        SameAgain,
        /// The sum is over the limit and was not typed.
        OverLimit,
        /// Another operation of this payment is open.
        Busy,
        /// The quarantine runs.
        Quarantine,
        /// Sending is paused.
        Paused,
        /// Money operations are locked.
        Locked,
        /// The account can't be changed so.
        Account,
        /// No merchant secret could be had.
        Secret,
        /// The signature was not accepted.
        Unauthorized,
        /// Paytrail refused.
        Refused,
        /// Paytrail could not be reached.
        NothingSent,
        /// An answer could not be believed.
        Unclear,
        /// The disk did not take it.
        NotSaved,
        /// The data file can't be used.
        Store,
    }
}

mirror! {
    /// Whether money moved.
    Moved of MoneyMoved {
        /// It did.
        Yes,
        /// It did not.
        No,
        /// Not known.
        Unknown,
    }
}

impl From<Error> for ErrorDto {
    fn from(error: Error) -> ErrorDto {
        ErrorDto {
            code: error.code.into(),
            message: error.message,
            why: error.why.as_deref().and_then(why),
            money_moved: error.money_moved.into(),
            request_id: error.request_id,
        }
    }
}

/// The reason's own JSON, flat: its tag is the name, everything else a value.
pub(crate) fn why(why: &Why) -> Option<WhyDto> {
    of_value(serde_json::to_value(why).ok()?)
}

/// A reason that was kept as JSON; `None` where it can't be read.
pub(crate) fn why_of_json(text: &str) -> Option<WhyDto> {
    of_value(serde_json::from_str(text).ok()?)
}

fn of_value(value: serde_json::Value) -> Option<WhyDto> {
    let serde_json::Value::Object(mut fields) = value else {
        return None;
    };
    let kind = fields.remove("kind")?.as_str()?.to_owned();
    let values = fields
        .into_iter()
        .map(|(name, value)| {
            let value = match value {
                serde_json::Value::String(text) => text,
                other => other.to_string(),
            };
            (name, value)
        })
        .collect();
    Some(WhyDto { kind, values })
}
