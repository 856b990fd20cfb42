//! Words for people: amounts, times, states, and what to do next.

use chrono::{DateTime, Utc};
use chrono_tz::Europe::Helsinki;
use hyvitys_backoffice::{Error, MoneyMoved, is_pending};
use hyvitys_domain::{Mode, Money, OperationKind, OperationState};
use hyvitys_store::accounts::Account;
use hyvitys_store::journal::Operation;

use crate::exit::Outcome;

/// Where a person looks up what became of a refund.
const PANEL: &str =
    "the refund list and the approval queue of the Merchant Panel (https://merchant.paytrail.com)";

/// An amount as `1 234,50 €`.
pub fn money(amount: Money) -> String {
    let plain = amount.to_string();
    let (sign, plain) = plain
        .strip_prefix('-')
        .map_or(("", plain.as_str()), |rest| ("-", rest));
    let (whole, cents) = plain.split_once(',').unwrap_or((plain, "00"));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            grouped.push(' ');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped},{cents} €")
}

/// A time on the shop's wall: Finnish time, to the minute.
pub fn time(at: DateTime<Utc>) -> String {
    at.with_timezone(&Helsinki)
        .format("%Y-%m-%d %H:%M")
        .to_string()
}

/// A text from elsewhere, on one line and without what a terminal would obey.
pub fn clean(text: &str) -> String {
    let visible = |c: char| {
        if c.is_control() || is_invisible(c) {
            '\u{fffd}'
        } else {
            c
        }
    };
    text.chars().map(visible).collect()
}

/// Characters that turn or hide the text around them: they could make one amount look like another.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The shop, and whether its money is real.
pub fn shop(account: &Account) -> String {
    let mode = Mode::of(&account.origin, &account.merchant);
    format!(
        "{} · {mode} · merchant {}",
        clean(&account.name),
        account.merchant
    )
}

/// A sum in words, where it is not certain as what it is.
pub fn sum(amount: &str, certain: bool) -> String {
    if certain {
        amount.to_owned()
    } else {
        format!("about {amount}")
    }
}

/// What an operation does, as a headline: "Refund 25,50 €".
pub fn act(operation: &Operation) -> String {
    let amount = money(operation.amount);
    match operation.kind {
        OperationKind::Refund => format!("Refund {amount}"),
        OperationKind::Activate => format!("Activate invoice of {amount}"),
        OperationKind::Cancel => format!("Cancel order of {amount}"),
    }
}

/// The state of an operation in a word or two. "Refunded" is said of what is done only.
pub const fn state(kind: OperationKind, state: OperationState) -> &'static str {
    match (state, kind) {
        (OperationState::Draft, _) => "draft",
        (OperationState::Queued, _) => "waiting to be sent",
        (OperationState::Sending, _) => "being sent",
        (OperationState::Accepted, _) => "requested",
        (OperationState::Done, OperationKind::Refund) => "refunded",
        (OperationState::Done, OperationKind::Activate) => "activated",
        (OperationState::Done, OperationKind::Cancel) => "cancelled",
        (OperationState::Failed, _) => "failed",
        (OperationState::Rejected, _) => "refused by Paytrail",
        (OperationState::Unknown, _) => "OUTCOME UNKNOWN",
    }
}

/// The state of an operation in a word or two; a refund that Paytrail calls pending is told from others that are
/// requested.
pub fn state_of(operation: &Operation) -> &'static str {
    if is_pending(operation) {
        return "requested, pending at Paytrail";
    }
    state(operation.kind, operation.state)
}

/// Whether money moved, in words.
pub const fn money_moved(moved: MoneyMoved) -> &'static str {
    match moved {
        MoneyMoved::Yes => "yes",
        MoneyMoved::No => "no",
        MoneyMoved::Unknown => "not known",
    }
}

/// What happened, where the state does not say it all: the reason in words, then what was said.
pub fn what_happened(operation: &Operation) -> String {
    let reason = match operation.reason.as_deref() {
        Some("nothing_sent") => "Paytrail could not be reached",
        Some("not_looked") => "Paytrail could not be asked about the payment, so nothing was sent",
        Some("unauthorized") => {
            "Paytrail did not accept the account's id and secret; sending is paused"
        }
        Some("too_many_requests") => "Paytrail asked to wait",
        Some("no_secret") => "no merchant secret could be had",
        Some("changed") => "the payment is not what it was",
        Some("refund_failed") => "Paytrail took the refund, and it failed",
        Some("refund_not_found") => "Paytrail does not know the refund any more",
        Some("refused_unclear") => "Paytrail refused, and that proves nothing here",
        Some("unclear") => "there was no answer that can be believed",
        Some("does_not_fit") => "the answer does not fit the question",
        _ => "",
    };
    let message = operation.message.as_deref().map(clean).unwrap_or_default();
    match (reason, message.as_str()) {
        ("", message) => message.to_owned(),
        (reason, "") => reason.to_owned(),
        (reason, message) => format!("{reason} ({message})"),
    }
}

/// The error that an operation amounts to, by how it ends its command.
pub fn error(operation: &Operation, outcome: Outcome) -> Option<Error> {
    let code = outcome.code()?;
    let happened = what_happened(operation);
    let state = state_of(operation);
    let message = if happened.is_empty() {
        state.to_owned()
    } else {
        format!("{state}: {happened}")
    };
    Some(Error {
        money_moved: hyvitys_backoffice::money_moved(operation),
        request_id: operation.request_id.clone(),
        next: next(operation).unwrap_or_default(),
        ..Error::new(code, message)
    })
}

/// What a person does next about an operation; `None` where nothing is to be done.
pub fn next(operation: &Operation) -> Option<String> {
    let id = operation.id;
    Some(match (operation.state, operation.kind) {
        _ if is_pending(operation) => {
            "if the shop uses refund approvals, a colleague approves it in the Merchant Panel (https://merchant.paytrail.com), under refund approvals; then run `sync`".to_owned()
        }
        (OperationState::Accepted, _) => "run `sync` later: it asks what became of it".to_owned(),
        (OperationState::Unknown, OperationKind::Refund) => format!(
            "don't refund it again. Look at {PANEL}; import the callback or the report that shows it, or say what you saw with `resolve {id} --moved` (or `--not-moved` after half an hour) `--note TEXT`"
        ),
        (OperationState::Unknown, _) => {
            "run `sync`: a look at the payment shows what became of it".to_owned()
        }
        (OperationState::Sending, _) => {
            "run `sync`; if the process that sends it is gone, its outcome is unknown".to_owned()
        }
        (OperationState::Failed, _) => match operation.reason.as_deref() {
            Some("unauthorized") => {
                "check the merchant id and the secret, then run `sync`".to_owned()
            }
            Some("no_secret") => "give the account its secret and try again".to_owned(),
            Some("nothing_sent" | "not_looked" | "too_many_requests") => {
                "nothing was sent: try again later".to_owned()
            }
            _ => return None,
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped_by_thousands() {
        for (cents, text) in [
            (0, "0,00 €"),
            (5, "0,05 €"),
            (123_450, "1 234,50 €"),
            (-123_456_789, "-1 234 567,89 €"),
            (99_900, "999,00 €"),
        ] {
            assert_eq!(money(Money::from_cents(cents)), text);
            assert_eq!(Money::parse_euros(text), Ok(Money::from_cents(cents)));
        }
    }

    #[test]
    fn a_text_from_elsewhere_can_not_command_the_terminal_or_turn_the_line_around() {
        assert_eq!(clean("a\u{1b}[2Jb\r\nc"), "a\u{fffd}[2Jb\u{fffd}\u{fffd}c");
        assert_eq!(clean("5\u{202e}00"), "5\u{fffd}00");
        assert_eq!(clean("Åsa Mäkelä"), "Åsa Mäkelä");
    }

    #[test]
    fn refunded_is_said_of_what_is_done_only() {
        for each in OperationState::ALL {
            let says_refunded = state(OperationKind::Refund, each).contains("refunded");
            assert_eq!(says_refunded, each == OperationState::Done, "{each}");
        }
    }

    #[test]
    fn times_are_finnish() {
        let summer = "2026-07-01T09:05:00Z".parse().unwrap();
        assert_eq!(time(summer), "2026-07-01 12:05");
        let winter = "2026-12-01T22:30:00Z".parse().unwrap();
        assert_eq!(time(winter), "2026-12-02 00:30");
    }
}
