//! A signed client of Paytrail's Payment API, as far as this product uses it for Klarna.
//!
//! One file per resource. Every call takes a [`Stamped`] (nonce, time, write gate), goes out at
//! most once, and comes back as an [`Answer`] that was verified and fits its question, or as a
//! [`CallError`] that tells apart "nothing was sent", "refused" and "unknown".

mod believed;
pub mod callbacks;
pub mod client;
pub mod error;
pub mod invoices;
pub mod klarna;
pub mod merchants;
mod new_payment;
pub mod payments;
pub mod refunds;
pub mod reports;
pub mod reqwest_transport;
pub mod settlements;
pub mod signing;
pub mod transport;
mod validation;
mod wire;

pub use callbacks::{Callback, CallbackError};
pub use client::{Answer, Client, Credentials, Stamped};
pub use error::{CallError, UnknownWhy};
pub use invoices::{ActivateOutcome, CancelOutcome};
pub use klarna::KlarnaOutcome;
pub use payments::{CreatedPayment, NewPayment, PaymentView};
pub use refunds::{RefundAnswer, RefundItem, RefundRequest};
pub use reqwest_transport::{ReqwestTransport, TransportOptions};
pub use signing::{Algorithm, SignatureError, SigningKey};
pub use transport::{
    HttpRequest, HttpResponse, Interruption, Method, Transport, TransportError, Unsent, WriteGate,
};
pub use validation::{Invalid, Problem, UrlPair};
