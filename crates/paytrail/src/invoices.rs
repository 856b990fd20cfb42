//! Manual invoices: activating (capturing) and cancelling them (API document §3).
//!
//! The answers say only `{status, message}`: nothing in them names the payment. So they are read
//! most strictly, and money code still asks `GET` after whatever is not clear.

use hyvitys_domain::TransactionId;
use serde::Deserialize;

use crate::believed::Believed;
use crate::client::{Answer, Call, Client, Stamped};
use crate::error::{CallError, UnknownWhy};
use crate::wire::Names;

/// What became of an activation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActivateOutcome {
    /// The invoice is activated: the hold is captured.
    Activated {
        /// Paytrail's words.
        message: Option<String>,
    },
    /// A 2xx whose body says error or fail: not done.
    NotActivated {
        /// Paytrail's words.
        message: Option<String>,
    },
}

/// What became of a cancel. Its other two documented outcomes are errors: 400 is
/// [`CallError::Refused`], 500 is [`CallError::Unknown`] with [`UnknownWhy::ServerError`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CancelOutcome {
    /// 201: cancelled, the hold is released.
    Cancelled {
        /// Paytrail's words.
        message: Option<String>,
    },
    /// 202: asked for; ask `GET` until the payment's status settles.
    Requested {
        /// Paytrail's words.
        message: Option<String>,
    },
    /// 200: was cancelled before.
    AlreadyCancelled {
        /// Paytrail's words.
        message: Option<String>,
    },
    /// A 2xx whose body says error or fail: not done.
    NotDone {
        /// The status, 200, 201 or 202.
        http_status: u16,
        /// Paytrail's words.
        message: Option<String>,
    },
}

#[derive(Deserialize)]
struct Body {
    status: String,
    message: Option<String>,
}

const SHAPE: Names = Names::Only(&["status", "message", "meta"]);

impl Body {
    /// Whether the body says that it was done.
    fn is_ok(&self) -> Option<bool> {
        match self.status.as_str() {
            "ok" => Some(true),
            "error" | "fail" => Some(false),
            _ => None,
        }
    }
}

/// Reads `{status, message}` under one of the `documented` statuses.
fn said<T>(
    answer: Believed,
    documented: &[u16],
    meaning: impl FnOnce(u16, bool, Option<String>) -> T,
) -> Result<Answer<T>, CallError> {
    let answer = answer.documented(documented)?;
    let status = answer.status;
    let asked = answer.asked();
    let read = answer.read(
        |raw| {
            let body: Body = crate::wire::object(raw, &SHAPE)?;
            match body.is_ok() {
                Some(ok) => Ok((ok, body.message.map(|text| crate::wire::clean(&text)))),
                None => Err(UnknownWhy::DoesNotFit(
                    "a status that this answer does not have".into(),
                )),
            }
        },
        |_| Ok(asked),
    )?;
    Ok(read.map(|(ok, message)| meaning(status, ok, message)))
}

/// Reads an activation's answer.
pub(crate) fn activation(
    answer: Believed,
    documented: &[u16],
) -> Result<Answer<ActivateOutcome>, CallError> {
    said(answer, documented, |_, ok, message| {
        if ok {
            ActivateOutcome::Activated { message }
        } else {
            ActivateOutcome::NotActivated { message }
        }
    })
}

impl Client {
    /// `POST /payments/{id}/activate-invoice`: captures a manual invoice.
    pub async fn activate_invoice(
        &self,
        stamped: &Stamped,
        id: TransactionId,
    ) -> Result<Answer<ActivateOutcome>, CallError> {
        activation(
            self.exchange(Call::on_payment(id, "activate-invoice"), stamped)
                .await?,
            &[200],
        )
    }

    /// `POST /payments/{id}/cancel-order`: cancels a manual invoice and releases its hold.
    pub async fn cancel_order(
        &self,
        stamped: &Stamped,
        id: TransactionId,
    ) -> Result<Answer<CancelOutcome>, CallError> {
        let answer = self
            .exchange(Call::on_payment(id, "cancel-order"), stamped)
            .await?;
        said(answer, &[200, 201, 202], |status, ok, message| {
            match (ok, status) {
                (true, 201) => CancelOutcome::Cancelled { message },
                (true, 202) => CancelOutcome::Requested { message },
                (true, _) => CancelOutcome::AlreadyCancelled { message },
                (false, http_status) => CancelOutcome::NotDone {
                    http_status,
                    message,
                },
            }
        })
    }
}
