//! The real transport: reqwest with rustls, one request for one attempt.
//!
//! What makes "not sent" trustworthy here:
//!
//! * No retries, no redirects, HTTP/1.1 only, no proxies from the environment.
//! * A body is asked for only when its connection stands, in the same step that puts the head into
//!   the write buffer; hyper writes the buffer out after that. A closed [`WriteGate`] makes the body
//!   fail there, and not a byte of head or body leaves.
//! * Without a body there is nothing to ask for. Such a request, if it has a gate, travels on a
//!   connection of its own: the gate is asked as the last step of connecting, after which hyper
//!   writes at once. The price is a handshake for each activation and cancel.
//! * When a kept connection turns out to be closed before hyper took the request from its queue,
//!   hyper-util moves the *unwritten* request to a new connection; its body was not asked for yet.
//!   Once any of it is in the write buffer, hyper gives it back to no one, and the attempt ends as
//!   interrupted.

use std::error::Error as StdError;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyvitys_domain::ApiOrigin;
use tower_layer::Layer;
use tower_service::Service;

use crate::transport::{
    HttpRequest, HttpResponse, Interruption, Method, Transport, TransportError, Unsent, WriteGate,
};

type BoxError = Box<dyn StdError + Send + Sync>;

/// How the transport behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransportOptions {
    /// The limit for DNS, TCP and TLS together.
    pub connect_timeout: Duration,
    /// The limit for the whole exchange, connecting and the answer's body included.
    pub timeout: Duration,
    /// The largest answer that is read, in bytes.
    pub max_body: usize,
    /// How the program calls itself.
    pub user_agent: String,
}

impl Default for TransportOptions {
    fn default() -> TransportOptions {
        TransportOptions {
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(30),
            max_body: 8 * 1024 * 1024,
            user_agent: concat!("hyvitys/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// Why a transport can't be made, such as a machine without root certificates.
#[derive(Debug, thiserror::Error)]
#[error("no connection can be prepared on this machine: {0}")]
pub struct TransportSetupError(#[from] reqwest::Error);

/// A transport over the network. Cheap to clone; clones share their connections.
#[derive(Clone, Debug)]
pub struct ReqwestTransport {
    /// Keeps connections alive.
    kept: reqwest::Client,
    /// Makes a connection for each request.
    fresh: reqwest::Client,
    max_body: usize,
}

impl ReqwestTransport {
    /// Prepares a transport; nothing is connected yet.
    ///
    /// Makes `ring` the process's TLS provider where none was chosen before.
    pub fn new(options: &TransportOptions) -> Result<ReqwestTransport, TransportSetupError> {
        // Fails only where there is a provider already, which then serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = || {
            reqwest::Client::builder()
                .connect_timeout(options.connect_timeout)
                .timeout(options.timeout)
                .user_agent(options.user_agent.clone())
                .retry(reqwest::retry::never())
                .redirect(reqwest::redirect::Policy::none())
                .referer(false)
                .no_proxy()
                .http1_only()
                .tcp_nodelay(true)
        };
        Ok(ReqwestTransport {
            kept: builder().build()?,
            fresh: builder()
                .pool_max_idle_per_host(0)
                .connector_layer(GateLayer)
                .build()?,
            max_body: options.max_body,
        })
    }
}

tokio::task_local! {
    /// The gate of the request that is being connected for.
    static CONNECTING_FOR: Asked;
}

/// A gate, and whether it was closed when it was asked.
#[derive(Clone)]
struct Asked {
    gate: WriteGate,
    refused: Arc<AtomicBool>,
}

/// A closed gate, as an error inside hyper.
#[derive(Debug, thiserror::Error)]
#[error("the request was held back before it was written")]
struct GateClosed;

impl Asked {
    fn ask(&self) -> Result<(), GateClosed> {
        if self.gate.is_open() {
            Ok(())
        } else {
            self.refused.store(true, Ordering::SeqCst);
            Err(GateClosed)
        }
    }
}

#[async_trait]
impl Transport for ReqwestTransport {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let url = permitted(&request.url)?;
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
        };
        let asked = request.may_write.map(|gate| Asked {
            gate,
            refused: Arc::default(),
        });
        let own_connection = asked.is_some() && request.body.is_empty();
        let client = if own_connection {
            &self.fresh
        } else {
            &self.kept
        };
        let mut builder = client.request(method, url);
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        if request.method == Method::Post && request.body.is_empty() {
            // hyper leaves the length out where there is no body; a POST without one is refused (411)
            // by some gateways.
            builder = builder.header("content-length", "0");
        }
        builder = match &asked {
            Some(asked) if !request.body.is_empty() => builder.body(reqwest::Body::wrap(
                GatedBody::new(request.body, asked.clone()),
            )),
            _ => builder.body(request.body),
        };
        // A name or value that HTTP can't carry shows here, before anything is connected.
        let ready = builder
            .build()
            .map_err(|error| not_sent(Unsent::Unfit, chain(&error)))?;
        let sending = client.execute(ready);
        let answer = match &asked {
            Some(asked) if own_connection => CONNECTING_FOR.scope(asked.clone(), sending).await,
            _ => sending.await,
        };
        let refused = asked.is_some_and(|asked| asked.refused.load(Ordering::SeqCst));
        let answer = answer.map_err(|error| unanswered(&error, refused))?;
        read(answer, self.max_body).await
    }
}

/// Takes https anywhere and plain http on this machine only.
fn permitted(url: &str) -> Result<reqwest::Url, TransportError> {
    let unfit = |why: String| not_sent(Unsent::Unfit, why);
    let url = reqwest::Url::parse(url).map_err(|error| unfit(error.to_string()))?;
    match url.origin().ascii_serialization().parse::<ApiOrigin>() {
        Ok(_) => Ok(url),
        Err(error) => Err(unfit(error.to_string())),
    }
}

/// Sorts an error that came instead of an answer's head.
fn unanswered(error: &reqwest::Error, refused: bool) -> TransportError {
    let detail = chain(error);
    if refused {
        return not_sent(Unsent::HeldBack, detail);
    }
    if error.is_connect() {
        return not_sent(unconnected(error, &detail), detail);
    }
    let why = if error.is_timeout() {
        Interruption::Timeout
    } else if is_parse(error) {
        Interruption::Other
    } else {
        Interruption::ConnectionCut
    };
    TransportError::Interrupted { why, detail }
}

fn not_sent(how: Unsent, why: String) -> TransportError {
    TransportError::NotSent { how, why }
}

/// Why there is no connection. (hyper's words for DNS are stable enough for a distinction that only
/// changes what people read.)
fn unconnected(error: &reqwest::Error, detail: &str) -> Unsent {
    if error.is_timeout() {
        Unsent::Timeout
    } else if is_tls(error) {
        Unsent::Tls
    } else if detail.contains("dns error") {
        Unsent::Dns
    } else {
        Unsent::Connect
    }
}

/// Whether TLS stands among the causes. An I/O error leaves the error that it was made from out of its
/// causes, so it is asked for it.
fn is_tls(error: &reqwest::Error) -> bool {
    let mut cause = StdError::source(error);
    while let Some(error) = cause {
        if error.is::<rustls::Error>() {
            return true;
        }
        let io = error.downcast_ref::<std::io::Error>();
        cause = match io.and_then(std::io::Error::get_ref) {
            Some(within) => Some(within),
            None => error.source(),
        };
    }
    false
}

/// Whether bytes came that are not HTTP. (hyper's type is not ours to name, its words are stable
/// enough for a distinction that only changes what people read.)
fn is_parse(error: &reqwest::Error) -> bool {
    chain(error).contains("invalid HTTP")
}

/// Reads the head and at most `max_body` bytes of body.
async fn read(
    mut answer: reqwest::Response,
    max_body: usize,
) -> Result<HttpResponse, TransportError> {
    let status = answer.status().as_u16();
    let headers = answer
        .headers()
        .iter()
        .map(|(name, value)| {
            (
                name.as_str().to_owned(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect();
    let mut body = Vec::new();
    loop {
        let chunk = match answer.chunk().await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => {
                return Ok(HttpResponse {
                    status,
                    headers,
                    body,
                });
            }
            Err(error) => {
                let why = if error.is_timeout() {
                    Interruption::Timeout
                } else {
                    Interruption::Truncated
                };
                return Err(TransportError::Interrupted {
                    why,
                    detail: chain(&error),
                });
            }
        };
        if body.len() + chunk.len() > max_body {
            let detail = format!("the answer has more than {max_body} bytes");
            return Err(TransportError::Interrupted {
                why: Interruption::BodyTooLarge,
                detail,
            });
        }
        body.extend_from_slice(&chunk);
    }
}

/// An error with its causes: reqwest's own words stop at "error sending request". The address is in
/// them; it holds ids and no secret.
fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// A body that asks its gate when it is asked for.
struct GatedBody {
    bytes: Option<Bytes>,
    asked: Asked,
}

impl GatedBody {
    fn new(bytes: Vec<u8>, asked: Asked) -> GatedBody {
        GatedBody {
            bytes: Some(Bytes::from(bytes)),
            asked,
        }
    }
}

impl Body for GatedBody {
    type Data = Bytes;
    type Error = GateClosed;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, GateClosed>>> {
        let Some(bytes) = self.bytes.take() else {
            return Poll::Ready(None);
        };
        Poll::Ready(Some(self.asked.ask().map(|()| Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

/// Asks the gate as the last step of connecting.
#[derive(Clone)]
struct GateLayer;

/// A connector behind a [`GateLayer`].
#[derive(Clone)]
struct GateService<S>(S);

impl<S> Layer<S> for GateLayer {
    type Service = GateService<S>;

    fn layer(&self, connector: S) -> GateService<S> {
        GateService(connector)
    }
}

impl<S, R> Service<R> for GateService<S>
where
    S: Service<R>,
    S::Error: Into<BoxError>,
    S::Response: Send,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, target: R) -> Self::Future {
        let connecting = self.0.call(target);
        Box::pin(async move {
            let connection = connecting.await.map_err(Into::into)?;
            // Outside of the scope nothing could say yes, so the connection is not used.
            match CONNECTING_FOR.try_with(Asked::ask) {
                Ok(answer) => answer?,
                Err(_) => return Err(GateClosed.into()),
            }
            Ok(connection)
        })
    }
}
