//! Reasons in words, for people: what a field of an order lacks, what a settlement does not add up to, what a
//! shop has not set up.

use hyvitys_backoffice::Why;

use crate::words::{clean, money};

/// A reason in English; of those that have a message of their own elsewhere, the name.
pub fn words(why: &Why) -> String {
    order(why)
        .or_else(|| settlement(why))
        .or_else(|| setup(why))
        .unwrap_or_else(|| name(why))
}

fn name(why: &Why) -> String {
    serde_json::to_value(why)
        .ok()
        .and_then(|value| value["kind"].as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn order(why: &Why) -> Option<String> {
    let fixed = |text: &str| Some(text.to_owned());
    match why {
        Why::OrderMissing => fixed("is missing"),
        Why::OrderTooLong { most } => Some(format!("has more than {most} characters")),
        Why::OrderControlCharacter => fixed("has control characters"),
        Why::OrderNotHttps => fixed("is not an address that begins with https://"),
        Why::OrderNotAnEmail => fixed("is not an email address"),
        Why::OrderNotACountry => fixed("is not a country code of two capital letters, like FI"),
        Why::OrderPriceOutOfRange => fixed("is not a price that Paytrail takes"),
        Why::OrderUnitsOutOfRange => fixed("is more than 99 999 998"),
        Why::OrderVatOutOfRange => fixed("is more than 100 %"),
        Why::OrderDiscountWithoutVat => fixed("a discount can't stand among prices without VAT"),
        Why::OrderStampTwice => fixed("another line has the same stamp"),
        Why::OrderAmountOutOfRange { amount } => Some(format!(
            "the order comes to {}; Paytrail takes 0,01 € to 999 999,98 €",
            money(*amount)
        )),
        Why::OrderSumTooLarge => fixed("the lines add up to more than can be counted"),
        Why::OrderAmountDiffers { said, sum } => Some(format!(
            "is {}, and the lines add up to {}",
            money(*said),
            money(*sum)
        )),
        Why::OrderTokenMissing => fixed("Klarna's session token is needed"),
        Why::OrderNotJson => fixed("is not JSON"),
        Why::OrderDataWithoutTotal { line } => Some(format!(
            "line item {line} has no total_amount in whole cents"
        )),
        Why::OrderDataSumDiffers { said, amount } => Some(format!(
            "its line items add up to {}, and the customer pays {}",
            money(*said),
            money(*amount)
        )),
        _ => None,
    }
}

fn settlement(why: &Why) -> Option<String> {
    Some(match why {
        Why::SettlementNoEntries => {
            "no file has brought what it paid out: import a report of it".to_owned()
        }
        Why::SettlementEntriesMissing { count, amount } => format!(
            "{count} payments of {} went out with it, and no entry names them: import its report",
            money(*amount)
        ),
        Why::SettlementPaymentsUnknown { count, amount } => {
            format!("{count} payments of {} are not known here", money(*amount))
        }
        Why::SettlementRefundsUnknown { count, amount } => format!(
            "{count} refunds of {} belong to payments that are not known here",
            money(*amount)
        ),
        Why::SettlementRefundsUnproven { count, amount } => format!(
            "{count} refunds of {} were made elsewhere, and no report has shown them",
            money(*amount)
        ),
        Why::SettlementAmountDiffers {
            reference,
            settled,
            stored,
        } => format!(
            "payment {} is settled with {}, and {} is stored",
            clean(reference),
            money(*settled),
            money(*stored)
        ),
        Why::SettlementRefundDiffers {
            reference,
            settled,
            stored,
        } => format!(
            "refund {} is settled with {}, and {} is known",
            clean(reference),
            money(*settled),
            money(*stored)
        ),
        Why::SettlementNotPaid { count } => {
            format!("{count} payments were paid out that do not read as paid here: run `sync`")
        }
        Why::SettlementTwice { count } => {
            format!("{count} payments stand in settlements more than once")
        }
        _ => return None,
    })
}

fn setup(why: &Why) -> Option<String> {
    let fixed = |text: &str| Some(text.to_owned());
    match why {
        Why::Unauthorized => {
            fixed("id and secret were not accepted: compare both with the Merchant Panel")
        }
        Why::Paused => fixed(
            "sending is paused, since Paytrail did not accept id and secret: mend them, then run `sync`",
        ),
        Why::PausedThoughAccepted => fixed(
            "sending is still paused, though id and secret are accepted now: run `sync`, and it goes on",
        ),
        Why::SecretSwapped { name } => Some(format!(
            "the secret is wrong: the one of account {} is right for this id",
            clean(name)
        )),
        Why::SecretOfAnother { name } => Some(format!(
            "id and secret don't belong together: the secret is account {}'s",
            clean(name)
        )),
        Why::ClockWrong { seconds, ahead } => {
            let way = if *ahead { "ahead" } else { "behind" };
            Some(format!(
                "the clock of this machine is {seconds} s {way}: set it"
            ))
        }
        Why::ClockNotKnown => fixed("the server did not tell its time"),
        Why::KlarnaNotOffered => fixed(
            "Klarna is not offered: switch it on in the Merchant Panel, under payment methods",
        ),
        Why::KlarnaOfferedPartly { amount } => Some(format!("not offered for {}", money(*amount))),
        Why::KlarnaNotKnown => fixed("could not be asked"),
        Why::CallbackMissing => fixed(
            "no address is set that Paytrail can call after a refund; outcomes come by looks alone",
        ),
        Why::ReportMissing => {
            fixed("no report was imported yet: refunds made by other tools are not known")
        }
        Why::ReportOld { days } => Some(format!(
            "the newest report is {days} days old: refunds made by other tools since are not known"
        )),
        Why::SecretInEnvironment => fixed("the secret is in the environment only"),
        Why::SecretMissing => fixed("no secret is kept"),
        Why::KeychainLocked => fixed("the keychain is locked"),
        Why::KeychainUnavailable => fixed("there is no keychain"),
        Why::KeychainDenied => fixed("the keychain refused"),
        Why::KeychainNoAnswer => fixed("the keychain has not answered"),
        Why::Dns => fixed("the server's name leads nowhere"),
        Why::NoConnection => fixed("no connection to the server"),
        Why::Tls => fixed("the server could not prove who it is"),
        Why::Timeout => fixed("no answer in time"),
        Why::ConnectionCut => fixed("the connection was cut"),
        Why::NotSigned => fixed("the answer was not Paytrail's"),
        Why::ServerError { .. } => fixed("Paytrail has trouble of its own"),
        Why::TooManyRequests { .. } => fixed("Paytrail is busy and asks to wait"),
        _ => None,
    }
}
