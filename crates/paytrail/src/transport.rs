//! What the client asks of whatever carries its requests.
//!
//! The one promise that matters for money is the border between [`TransportError::NotSent`] and
//! [`TransportError::Interrupted`]: the first may be tried again, the second never by itself. A
//! transport that is not sure says `Interrupted`.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

/// The HTTP method, as `checkout-method` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// `GET`: changes nothing.
    Get,
    /// `POST`
    Post,
}

impl Method {
    /// The wire name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
        }
    }
}

/// A last question before a request is written: may it still go out?
///
/// It is asked once the connection stands, right before the first byte; `false` drops the request
/// unsent. So a request that waited too long (a sleeping laptop, a slow handshake) does not go out
/// on a claim that has gone stale. It must answer at once and not block.
#[derive(Clone)]
pub struct WriteGate(pub Arc<dyn Fn() -> bool + Send + Sync>);

impl WriteGate {
    /// A gate that asks `may_write`.
    pub fn new(may_write: impl Fn() -> bool + Send + Sync + 'static) -> WriteGate {
        WriteGate(Arc::new(may_write))
    }

    /// Asks.
    pub fn is_open(&self) -> bool {
        (self.0)()
    }
}

impl fmt::Debug for WriteGate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WriteGate(…)")
    }
}

/// One request, ready to be written: signed, with all its headers.
#[derive(Clone)]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// The whole address: origin, path and query.
    pub url: String,
    /// Headers in lower case.
    pub headers: Vec<(String, String)>,
    /// The body exactly as it was signed; empty for none.
    pub body: Vec<u8>,
    /// Asked right before the request is written; `None` is always open.
    pub may_write: Option<WriteGate>,
}

/// Bodies hold customers' names and Klarna's tokens, so logs get only what names the request.
impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("url", &self.url)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// One answer as it came; nothing in it is believed yet.
#[derive(Clone, Debug)]
pub struct HttpResponse {
    /// The HTTP status.
    pub status: u16,
    /// All headers in their order, names in lower case; a name may come more than once.
    pub headers: Vec<(String, String)>,
    /// The raw body.
    pub body: Vec<u8>,
}

/// How an exchange broke off after something of the request may have been written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interruption {
    /// No whole answer within the time limit.
    Timeout,
    /// The connection ended before an answer began.
    ConnectionCut,
    /// The answer's body is larger than the limit.
    BodyTooLarge,
    /// The answer began and did not end.
    Truncated,
    /// Anything else, such as bytes that are no HTTP.
    Other,
}

/// Why a request never left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unsent {
    /// The server's name leads nowhere.
    Dns,
    /// No connection to the server.
    Connect,
    /// The server could not prove who it is, or speaks no TLS that we take.
    Tls,
    /// No connection within the time limit.
    Timeout,
    /// The write gate was closed.
    HeldBack,
    /// It is no request that could be sent, or breaks the documented limits.
    Unfit,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// DNS, TCP or TLS failed, or the gate was closed: no byte of the request was written.
    #[error("nothing was sent: {why}")]
    NotSent {
        /// Which of these it was.
        how: Unsent,
        /// What failed, for people.
        why: String,
    },
    /// Bytes may have been written; what became of them is not known.
    #[error("the exchange broke off ({why:?}): {detail}")]
    Interrupted {
        /// How it broke off.
        why: Interruption,
        /// What failed, for people.
        detail: String,
    },
}

/// Carries one request to its server and the answer back.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends `request` at most once: no retry of written bytes, no redirect.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError>;
}
