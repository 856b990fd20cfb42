//! How a call can fail, told apart by the one question that matters: can money have moved?

use std::time::Duration;

use crate::signing::SignatureError;
use crate::transport::{Interruption, TransportError, Unsent};

/// Why a call has no believable success.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CallError {
    /// Nothing was sent: DNS, TCP or TLS failed, the write gate was closed, or the request broke the
    /// documented limits and was not even tried.
    #[error("nothing was sent: {why}")]
    NotSent {
        /// Which of these it was.
        how: Unsent,
        /// What failed, for people.
        why: String,
    },
    /// Paytrail refused, in an answer with a valid signature.
    #[error("refused with {http_status}: {message}")]
    Refused {
        /// 400, 404 or 422; 403 where a call documents it.
        http_status: u16,
        /// Paytrail's words.
        message: String,
        /// Paytrail's further words, mostly names of fields.
        meta: Vec<String>,
        /// The id that Paytrail's support asks for.
        request_id: Option<String>,
        /// The body.
        raw: String,
    },
    /// 401: wrong secret, or no access to the feature. Whoever moves money takes the outcome as
    /// unknown and stops sending for the account, signed or not.
    #[error("the signature or the access was not accepted")]
    Unauthorized {
        /// The id that Paytrail's support asks for.
        request_id: Option<String>,
        /// The answer's words; to be believed only if `signed`.
        message: Option<String>,
        /// Whether the answer had a valid signature.
        signed: bool,
    },
    /// 429: not taken; may be tried again later as a new attempt.
    #[error("too many requests")]
    TooManyRequests {
        /// How long to wait, where the answer said it in seconds.
        retry_after: Option<Duration>,
        /// The id that Paytrail's support asks for.
        request_id: Option<String>,
    },
    /// Everything else: the request may have been carried out, or not.
    #[error("the outcome is unknown: {why}")]
    Unknown {
        /// Why it is unknown.
        why: UnknownWhy,
        /// The status of the answer, if one came.
        http_status: Option<u16>,
        /// The id that Paytrail's support asks for.
        request_id: Option<String>,
        /// Words of an answer that is not believed: for showing, never for deciding.
        message: Option<String>,
    },
}

/// Why the outcome of a call is not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownWhy {
    /// No whole answer within the time limit.
    #[error("no answer came in time")]
    Timeout,
    /// The connection ended before an answer began.
    #[error("the connection was cut before an answer came")]
    ConnectionCut,
    /// The answer is larger than the limit.
    #[error("the answer is too large")]
    BodyTooLarge,
    /// The answer broke off.
    #[error("the answer broke off in the middle")]
    Truncated,
    /// The answer has no signature.
    #[error("the answer is not signed")]
    NoSignature,
    /// The answer's signature is not to be believed.
    #[error("the answer's signature is wrong: {0}")]
    BadSignature(SignatureError),
    /// 5xx.
    #[error("the server reported an error of its own")]
    ServerError,
    /// A status that this call does not document, redirects among them.
    #[error("the answer has a status that this call does not have")]
    UnexpectedStatus,
    /// The answer is not what HTTP or JSON allow, or lacks fields.
    #[error("the answer can't be read: {0}")]
    UnreadableBody(String),
    /// The answer is well formed and signed, but belongs to another question.
    #[error("the answer does not belong to the question: {0}")]
    DoesNotFit(String),
}

impl CallError {
    /// A request that breaks the documented limits, and so was not even tried.
    pub(crate) fn unfit(why: impl Into<String>) -> CallError {
        CallError::NotSent {
            how: Unsent::Unfit,
            why: why.into(),
        }
    }

    /// The `request-id` of the answer, if one came with it.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            CallError::NotSent { .. } => None,
            CallError::Refused { request_id, .. }
            | CallError::Unauthorized { request_id, .. }
            | CallError::TooManyRequests { request_id, .. }
            | CallError::Unknown { request_id, .. } => request_id.as_deref(),
        }
    }

    /// The words to show with this error, believed or not.
    pub fn message(&self) -> Option<&str> {
        match self {
            CallError::NotSent { why, .. } => Some(why),
            CallError::Refused { message, .. } => Some(message),
            CallError::Unauthorized { message, .. } | CallError::Unknown { message, .. } => {
                message.as_deref()
            }
            CallError::TooManyRequests { .. } => None,
        }
    }
}

impl From<TransportError> for CallError {
    fn from(error: TransportError) -> CallError {
        let (why, detail) = match error {
            TransportError::NotSent { how, why } => return CallError::NotSent { how, why },
            TransportError::Interrupted { why, detail } => (why, detail),
        };
        let why = match why {
            Interruption::Timeout => UnknownWhy::Timeout,
            Interruption::ConnectionCut => UnknownWhy::ConnectionCut,
            Interruption::BodyTooLarge => UnknownWhy::BodyTooLarge,
            Interruption::Truncated => UnknownWhy::Truncated,
            Interruption::Other => UnknownWhy::UnreadableBody(detail),
        };
        CallError::Unknown {
            why,
            http_status: None,
            request_id: None,
            message: None,
        }
    }
}
