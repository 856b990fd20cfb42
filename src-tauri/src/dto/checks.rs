//! What a live check of an account found.

use hyvitys_backoffice::{CheckReport, ClockCheck, Code, Error, Offered, SignatureCheck};
use serde::Serialize;
use specta::Type;

use super::{Cents, ErrorDto, mirror};

mirror! {
    /// Whether id and secret were accepted, or what stood in the way.
    #[serde(rename = "SignatureCheck")]
    SignatureCheckDto of SignatureCheck {
        /// A signed answer came.
        Accepted,
        /// The id, the secret or the access is wrong.
        Unauthorized,
        /// The server's name leads nowhere.
        Dns,
        /// No connection.
        Connect,
        /// The server could not prove who it is.
        Tls,
        /// No answer in time.
        Timeout,
        /// The connection was cut.
        Cut,
        /// No signature: this is not Paytrail.
        Unsigned,
        /// The signature is wrong.
        WrongSignature,
        /// Paytrail asks to wait.
        TooManyRequests,
        /// The server reported an error of its own.
        ServerError,
        /// An answer that such a server would not give.
        Unexpected,
    }
}

mirror! {
    /// Whether this machine's clock is right by the server's.
    #[serde(rename = "ClockCheck")]
    ClockCheckDto of ClockCheck {
        /// It is.
        Right,
        /// Ahead by more than a minute.
        Ahead,
        /// Behind by more than a minute.
        Behind,
        /// The server did not tell its time.
        NotKnown,
    }
}

mirror! {
    /// Whether Klarna is offered for an amount.
    #[serde(rename = "Offered")]
    OfferedDto of Offered {
        /// It is.
        Yes,
        /// It is not.
        No,
        /// No answer that can be believed.
        NotKnown,
    }
}

/// Klarna for one amount.
#[derive(Clone, Copy, Debug, Serialize, Type)]
#[serde(rename = "KlarnaOffer")]
pub struct KlarnaOfferDto {
    amount: Cents,
    offered: OfferedDto,
}

/// What a check found.
#[derive(Clone, Debug, Serialize, Type)]
#[serde(rename = "CheckReport")]
#[serde(rename_all = "camelCase")]
pub struct CheckReportDto {
    signature: SignatureCheckDto,
    /// Why it was not accepted.
    error: Option<ErrorDto>,
    request_id: Option<String>,
    /// How long the first answer took, in milliseconds.
    took_ms: u32,
    clock: ClockCheckDto,
    /// How far this machine's clock is ahead, in milliseconds; negative where it is behind.
    clock_skew_ms: Option<i32>,
    /// At 50, 500 and 5 000 euros.
    klarna: Vec<KlarnaOfferDto>,
}

impl From<CheckReport> for CheckReportDto {
    fn from(report: CheckReport) -> CheckReportDto {
        let error = refusal(&report).map(Into::into);
        CheckReportDto {
            signature: report.signature.into(),
            error,
            request_id: report.request_id,
            took_ms: report.took_ms.try_into().unwrap_or(u32::MAX),
            clock: report.clock.into(),
            clock_skew_ms: report
                .clock_skew_ms
                .map(|ms| ms.try_into().unwrap_or(i32::MAX)),
            klarna: report
                .klarna
                .iter()
                .map(|offer| KlarnaOfferDto {
                    amount: offer.amount.into(),
                    offered: offer.offered.into(),
                })
                .collect(),
        }
    }
}

/// Why the account was not accepted; `None` where it was.
pub(crate) fn refusal(report: &CheckReport) -> Option<Error> {
    if report.signature == SignatureCheck::Accepted {
        return None;
    }
    let message = report.message.clone().unwrap_or_default();
    let error = Error::new(code(report.signature), message);
    Some(match &report.why {
        Some(why) => error.why(why.clone()),
        None => error,
    })
}

/// Nothing that a check asks could move money, so all it needs is whether anything was sent.
const fn code(signature: SignatureCheck) -> Code {
    match signature {
        SignatureCheck::Unauthorized => Code::Unauthorized,
        SignatureCheck::Dns | SignatureCheck::Connect | SignatureCheck::Tls => Code::NothingSent,
        _ => Code::Unclear,
    }
}
