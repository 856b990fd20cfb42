//! The signed client: builds a request, sends it once, and believes an answer only when its
//! signature is valid and it fits the question.
//!
//! Clock and randomness come from the caller with each call, in [`Stamped`], because the caller has
//! to write the nonce down before the first byte goes out.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use hyvitys_domain::{ApiOrigin, MerchantId, TransactionId};

use crate::believed::Believed;
use crate::error::{CallError, UnknownWhy};
use crate::signing::{self, Algorithm, SignatureError, SigningKey};
use crate::transport::{HttpRequest, HttpResponse, Method, Transport, WriteGate};
use crate::wire;

/// Who signs.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The merchant id, sent as `checkout-account`.
    pub merchant: MerchantId,
    /// The merchant secret.
    pub key: SigningKey,
    /// The hash of the requests' signatures; answers say theirs themselves.
    pub algorithm: Algorithm,
}

/// What one attempt is stamped with.
#[derive(Clone, Debug)]
pub struct Stamped {
    /// Unique for each attempt; no control characters.
    pub nonce: String,
    /// Now, in UTC; written with milliseconds.
    pub timestamp: DateTime<Utc>,
    /// Asked once the connection stands; `None` is always open.
    pub may_write: Option<WriteGate>,
}

/// A believed answer.
#[derive(Clone, Debug)]
pub struct Answer<T> {
    /// What it says.
    pub value: T,
    /// The HTTP status, which the signature does not cover.
    pub http_status: u16,
    /// The id that Paytrail's support asks for; the signature does not cover it.
    pub request_id: Option<String>,
    /// The signed `checkout-` headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as it came.
    pub raw: String,
}

impl<T> Answer<T> {
    /// The same answer, saying something else.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Answer<U> {
        let Answer {
            value,
            http_status,
            request_id,
            headers,
            raw,
        } = self;
        Answer {
            value: change(value),
            http_status,
            request_id,
            headers,
            raw,
        }
    }
}

/// A client of one merchant account. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    origin: ApiOrigin,
    credentials: Credentials,
    transport: Arc<dyn Transport>,
    platform_name: String,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("origin", &self.inner.origin)
            .field("merchant", &self.inner.credentials.merchant)
            .finish_non_exhaustive()
    }
}

/// One call, before it is signed.
pub(crate) struct Call {
    pub(crate) method: Method,
    /// Path and query, from the slash on.
    pub(crate) path: String,
    /// The transaction that the call is about.
    pub(crate) transaction: Option<TransactionId>,
    /// JSON; empty for none.
    pub(crate) body: Vec<u8>,
}

impl Call {
    pub(crate) fn get(path: String) -> Call {
        Call {
            method: Method::Get,
            path,
            transaction: None,
            body: Vec::new(),
        }
    }

    /// A call without a body on one payment: `/payments/{id}/{verb}`.
    pub(crate) fn on_payment(id: TransactionId, verb: &str) -> Call {
        Call {
            method: Method::Post,
            path: format!("/payments/{id}/{verb}"),
            transaction: Some(id),
            body: Vec::new(),
        }
    }

    pub(crate) fn post<B: serde::Serialize>(path: &str, body: &B) -> Result<Call, CallError> {
        Ok(Call {
            method: Method::Post,
            path: path.to_owned(),
            transaction: None,
            body: json(body)?,
        })
    }
}

/// The JSON bytes of a body.
pub(crate) fn json<B: serde::Serialize>(body: &B) -> Result<Vec<u8>, CallError> {
    serde_json::to_vec(body).map_err(|error| CallError::unfit(error.to_string()))
}

impl Client {
    /// A client that signs with `credentials`, sends to `origin` through `transport`, and calls
    /// itself `platform_name` (sent unsigned as `platform-name`).
    pub fn new(
        origin: ApiOrigin,
        credentials: Credentials,
        transport: Arc<dyn Transport>,
        platform_name: impl Into<String>,
    ) -> Client {
        Client {
            inner: Arc::new(Inner {
                origin,
                credentials,
                transport,
                platform_name: platform_name.into(),
            }),
        }
    }

    /// Where its requests go.
    pub fn origin(&self) -> &ApiOrigin {
        &self.inner.origin
    }

    /// Who signs.
    pub fn credentials(&self) -> &Credentials {
        &self.inner.credentials
    }

    /// Signs and sends `call` once; the answer has a valid signature and is of this account.
    pub(crate) async fn exchange(
        &self,
        call: Call,
        stamped: &Stamped,
    ) -> Result<Believed, CallError> {
        let asked = call.transaction;
        let request = self.signed(call, stamped)?;
        let response = self.inner.transport.send(request).await?;
        self.believe(response, asked)
    }

    fn signed(&self, call: Call, stamped: &Stamped) -> Result<HttpRequest, CallError> {
        let credentials = &self.inner.credentials;
        let mut headers = vec![
            ("checkout-account", credentials.merchant.as_str().to_owned()),
            (
                "checkout-algorithm",
                credentials.algorithm.as_str().to_owned(),
            ),
            ("checkout-method", call.method.as_str().to_owned()),
            ("checkout-nonce", stamped.nonce.clone()),
            (
                "checkout-timestamp",
                stamped
                    .timestamp
                    .to_rfc3339_opts(SecondsFormat::Millis, true),
            ),
        ];
        if let Some(id) = call.transaction {
            headers.push(("checkout-transaction-id", id.to_string()));
        }
        let pairs = headers.iter().map(|(name, value)| (*name, value.as_str()));
        let signature = signing::sign(&credentials.key, credentials.algorithm, pairs, &call.body)
            .map_err(|error| {
            CallError::unfit(format!("the request can't be signed: {error}"))
        })?;
        headers.push(("signature", signature));
        headers.push(("platform-name", self.inner.platform_name.clone()));
        if !call.body.is_empty() {
            headers.push(("content-type", "application/json; charset=utf-8".to_owned()));
        }
        Ok(HttpRequest {
            method: call.method,
            url: format!("{}{}", self.inner.origin, call.path),
            headers: headers
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            body: call.body,
            may_write: stamped.may_write.clone(),
        })
    }

    /// Decides whether an answer is to be believed at all.
    fn believe(
        &self,
        response: HttpResponse,
        asked: Option<TransactionId>,
    ) -> Result<Believed, CallError> {
        let HttpResponse {
            status,
            headers,
            body,
        } = response;
        let request_id = header(&headers, "request-id")
            .map(wire::clean)
            .filter(|id| !id.is_empty());
        let signature = self.verify(&headers, &body);
        let unknown = |why: UnknownWhy| CallError::Unknown {
            why,
            http_status: Some(status),
            request_id: request_id.clone(),
            message: wire::words_of(&body),
        };
        match status {
            401 => {
                return Err(CallError::Unauthorized {
                    request_id,
                    message: wire::words_of(&body),
                    signed: signature.is_ok(),
                });
            }
            // Only who signs can say that it took nothing; a gateway on the way may have passed it on.
            429 if signature.is_ok() => {
                let retry_after =
                    header(&headers, "retry-after").and_then(|text| text.trim().parse().ok());
                return Err(CallError::TooManyRequests {
                    retry_after: retry_after.map(Duration::from_secs),
                    request_id,
                });
            }
            200..=299 | 400..=499 => {}
            500..=599 => return Err(unknown(UnknownWhy::ServerError)),
            _ => return Err(unknown(UnknownWhy::UnexpectedStatus)),
        }
        match signature {
            Ok(()) => {}
            Err(SignatureError::Missing) => return Err(unknown(UnknownWhy::NoSignature)),
            Err(error) => return Err(unknown(UnknownWhy::BadSignature(error))),
        }
        let signed: Vec<_> = headers
            .iter()
            .filter(|(name, _)| is_signed_name(name))
            .cloned()
            .collect();
        let ours = self.inner.credentials.merchant.as_str();
        if header(&signed, "checkout-account").is_some_and(|account| account != ours) {
            return Err(unknown(UnknownWhy::DoesNotFit(
                "it is another merchant's".into(),
            )));
        }
        let Ok(raw) = String::from_utf8(body.clone()) else {
            return Err(unknown(UnknownWhy::UnreadableBody(
                "the body is not UTF-8".into(),
            )));
        };
        Ok(Believed {
            status,
            request_id,
            headers: signed,
            raw,
            asked,
        })
    }

    fn verify(&self, headers: &[(String, String)], body: &[u8]) -> Result<(), SignatureError> {
        let mut signatures = headers
            .iter()
            .filter(|(name, _)| name.eq_ignore_ascii_case("signature"));
        let signature = signatures.next().map(|(_, value)| value.as_str());
        if signatures.next().is_some() {
            return Err(SignatureError::Repeated);
        }
        let pairs = headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        signing::verify(&self.inner.credentials.key, pairs, body, signature)
    }
}

/// Whether a header's name makes it part of the signature.
pub(crate) fn is_signed_name(name: &str) -> bool {
    name.get(..9)
        .is_some_and(|start| start.eq_ignore_ascii_case("checkout-"))
}

/// The first header of that name.
pub(crate) fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}
