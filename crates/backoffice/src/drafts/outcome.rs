//! How a draft's last try ended, kept with it and told again after a restart.

use hyvitys_paytrail::CallError;
use hyvitys_store::drafts::{Draft, DraftState, Way};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Code, Error, MoneyMoved};
use crate::why::Why;

/// As it is kept.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    why: &'a Why,
    message: String,
    request_id: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Read {
    why: Value,
    message: String,
    request_id: Option<String>,
}

/// What is kept of a call that ended badly.
pub(super) fn of_call(call: &CallError) -> Option<String> {
    let message = match call {
        CallError::Refused { message, meta, .. } if !meta.is_empty() => {
            format!("{message} ({})", meta.join(", "))
        }
        CallError::Refused { message, .. } => message.clone(),
        other => other.to_string(),
    };
    let why = match Why::from(call) {
        // Words that name what is wrong: all of them.
        Why::Refused { status, .. } => Why::Refused {
            status,
            words: message.clone(),
        },
        why => why,
    };
    written(&why, message, call.request_id())
}

pub(super) fn written(why: &Why, message: String, request_id: Option<&str>) -> Option<String> {
    serde_json::to_string(&Written {
        why,
        message,
        request_id,
    })
    .ok()
}

/// The error that a draft's last try amounts to; `None` where there was none, or it went well.
pub(super) fn error(draft: &Draft, way: Way) -> Option<Error> {
    let kept: Option<Read> = draft
        .outcome
        .as_deref()
        .and_then(|text| serde_json::from_str(text).ok());
    if draft.state == DraftState::Unknown {
        return Some(unknown(way, kept));
    }
    let kept = kept?;
    let why = why(&kept.why);
    let code = match &why {
        Some(Why::Refused { .. } | Why::NotAtPaytrail) => Code::Refused,
        _ => Code::NothingSent,
    };
    let mut error = Error::new(code, kept.message).next(match code {
        Code::Refused => "mend what Paytrail names, then send it again",
        _ => "nothing was sent: try again later",
    });
    error.why = why.map(Box::new);
    error.request_id = kept.request_id;
    Some(error)
}

/// Nobody knows what became of it. A payment link moves no money by itself; a charge may have.
fn unknown(way: Way, kept: Option<Read>) -> Error {
    if let Some(kept) = &kept
        && kept.why.get("kind").and_then(Value::as_str) == Some("draftDoubted")
    {
        return doubted(kept);
    }
    let (message, request_id) = kept.map_or_else(
        || ("what became of it is not known".to_owned(), None),
        |kept| (kept.message, kept.request_id),
    );
    Error {
        money_moved: match way {
            Way::Link => MoneyMoved::No,
            Way::Charge | Way::AuthorizationHold => MoneyMoved::Unknown,
        },
        request_id,
        ..Error::new(
            Code::Unclear,
            format!("whether the payment was made is not known: {message}"),
        )
        .why(Why::DraftUnknown)
        .next("look for its reference in the Merchant Panel; then give its transaction id, or say that it was not made")
    }
}

/// A look has shown that the payment which an answer named is not this one. Its link may have been handed out.
fn doubted(kept: &Read) -> Error {
    Error {
        money_moved: MoneyMoved::Unknown,
        request_id: kept.request_id.clone(),
        ..Error::new(
            Code::Unclear,
            format!("whether the payment was made is not known: {}", kept.message),
        )
        .why(Why::DraftDoubted)
        .next("do not use its link; look for its reference in the Merchant Panel, then give its transaction id, or say that it was not made")
    }
}

/// Those of the reasons that a call can end with, read back.
fn why(kept: &Value) -> Option<Why> {
    let number = |name: &str| kept.get(name).and_then(Value::as_u64);
    let status = || number("status").and_then(|status| u16::try_from(status).ok());
    Some(match kept.get("kind")?.as_str()? {
        "refused" => Why::Refused {
            status: status()?,
            words: kept.get("words")?.as_str()?.to_owned(),
        },
        "notAtPaytrail" => Why::NotAtPaytrail,
        "dns" => Why::Dns,
        "noConnection" => Why::NoConnection,
        "tls" => Why::Tls,
        "timeout" => Why::Timeout,
        "tooManyRequests" => Why::TooManyRequests {
            seconds: number("seconds"),
        },
        "diskRefused" => Why::DiskRefused,
        _ => return None,
    })
}
