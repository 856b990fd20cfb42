//! The server: connections on loopback, HTTP/1.1, and answers that can be cut, halved or late.
//!
//! Connections are served by hyper itself, since a fault needs what a router can't say: that there is
//! no answer at all. A request is handled by a task of its own, which goes on when its client has gone
//! away, as a real server does: a refund whose client was killed may still be done.

mod control;
mod page;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, Request, Response, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use bytes::Bytes;
use futures::stream;
use http_body_util::{BodyExt, Limited};
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::api::{self, Answer, Incoming, Sending};
use crate::callbacks::{self, Delivery};
use crate::shop::Shop;

/// The largest body that is read; Paytrail publishes none, and none of its requests comes near.
const MAX_BODY: usize = 1024 * 1024;
/// How often what is due by the clock is looked for when nobody asks.
const TICK: Duration = Duration::from_millis(200);

/// What all connections share.
#[derive(Clone, Debug)]
pub struct App {
    shop: Arc<Mutex<Shop>>,
    latency: Duration,
    slow: Duration,
}

impl App {
    /// Serves this shop; every answer of the API takes `latency`, a late one `slow` more.
    pub fn new(shop: Shop, latency: Duration, slow: Duration) -> App {
        App {
            shop: Arc::new(Mutex::new(shop)),
            latency,
            slow,
        }
    }

    /// The shop. The lock is never held across an await. A panic elsewhere leaves the books of a
    /// finished step, so its poison is no reason to stop.
    pub fn shop(&self) -> MutexGuard<'_, Shop> {
        self.shop.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends these in the background.
    pub fn send(&self, deliveries: Vec<Delivery>) {
        for delivery in deliveries {
            let app = self.clone();
            tokio::spawn(async move {
                let outcome = callbacks::deliver(&delivery).await;
                app.shop().delivered(delivery.number, outcome);
            });
        }
    }

    fn router(self) -> Router {
        Router::new()
            .route("/_sandbox/payments", get(control::payments))
            .route("/_sandbox/payments/{id}/pay", post(control::pay))
            .route(
                "/_sandbox/payments/{id}/next-cancel",
                post(control::next_cancel),
            )
            .route("/_sandbox/refunds", get(control::refunds))
            .route("/_sandbox/refunds/{id}/settle", post(control::settle))
            .route("/_sandbox/requests", get(control::requests))
            .route("/_sandbox/callbacks", get(control::callbacks))
            .route(
                "/_sandbox/balance",
                get(control::balance).post(control::set_balance),
            )
            .route(
                "/_sandbox/clock",
                get(control::clock).post(control::advance),
            )
            .route(
                "/_sandbox/faults",
                get(control::faults).post(control::set_faults),
            )
            .route("/_sandbox/report.json", get(control::report_json))
            .route("/_sandbox/report.csv", get(control::report_csv))
            .route("/_sandbox/icons/{name}", get(page::icon))
            .route("/pay/{id}", get(page::show).post(page::pay))
            .fallback(payment_api)
            .with_state(self)
    }
}

/// Marks a response that is not to be sent.
#[derive(Clone, Copy, Debug)]
struct CutConnection;

/// Serves until `stop` says so, then cuts what is still open.
pub async fn serve(listener: TcpListener, app: App, mut stop: watch::Receiver<bool>) {
    let router = app.clone().router();
    let mut connections = JoinSet::new();
    let mut tick = tokio::time::interval(TICK);
    loop {
        tokio::select! {
            _ = stop.changed() => break,
            _ = tick.tick() => {
                let (_, deliveries) = app.shop().step(|_, _| Ok(()));
                app.send(deliveries);
            }
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => { connections.spawn(serve_connection(stream, router.clone())); }
                Err(error) => {
                    // Out of file handles, mostly: a pause lets some come back.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
    connections.shutdown().await;
}

async fn serve_connection(stream: TcpStream, router: Router) {
    // Answers are small and wait for nothing.
    let _ = stream.set_nodelay(true);
    let service = TowerToHyperService::new(router);
    let service = service_fn(move |request| {
        let answer = service.call(request);
        async move {
            let response: Response<Body> = match answer.await {
                Ok(response) => response,
                Err(never) => match never {},
            };
            if response.extensions().get::<CutConnection>().is_some() {
                // An error instead of a response makes hyper close the connection without a byte.
                return Err(io::Error::other("cut on purpose"));
            }
            Ok(response)
        }
    });
    if let Err(error) = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await
    {
        tracing::debug!(%error, "a connection ended");
    }
}

/// Every path that is not the sandbox's own: the Payment API.
async fn payment_api(State(app): State<App>, request: Request<Body>) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => body.to_bytes().to_vec(),
        Err(error) => {
            tracing::debug!(%error, "a body could not be read");
            let error = api::error_body("The body is too large or was cut", &[]).to_string();
            return (StatusCode::PAYLOAD_TOO_LARGE, error).into_response();
        }
    };
    let headers = head.headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.as_str().to_owned(), value)
    });
    let incoming = Incoming {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(str::to_owned),
        headers: headers.collect(),
        body,
    };
    let handled = tokio::spawn(async move {
        // Half of the latency before, half after: a request can be lost on both ways.
        tokio::time::sleep(app.latency / 2).await;
        let outcome = api::handle(&mut app.shop(), &incoming);
        app.send(outcome.deliveries);
        tokio::time::sleep(app.latency / 2).await;
        if matches!(outcome.sending, Sending::Late(_)) {
            tokio::time::sleep(app.slow).await;
        }
        outcome.sending
    });
    match handled.await {
        Ok(Sending::Whole(answer) | Sending::Late(answer)) => response(answer, false),
        Ok(Sending::Half(answer)) => response(answer, true),
        Ok(Sending::Cut) | Err(_) => {
            let mut response = Response::new(Body::empty());
            response.extensions_mut().insert(CutConnection);
            response
        }
    }
}

fn response(answer: Answer, half: bool) -> Response<Body> {
    let length = answer.body.len();
    let mut response = Response::new(Body::empty());
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in &answer.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            response.headers_mut().append(name, value);
        }
    }
    if half {
        response
            .headers_mut()
            .insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        *response.body_mut() = half_body(&answer.body);
    } else {
        *response.body_mut() = Body::from(answer.body);
    }
    response
}

/// The first half of a body, and then an error, which cuts the connection.
fn half_body(body: &[u8]) -> Body {
    let half = Bytes::copy_from_slice(&body[..body.len() / 2]);
    Body::from_stream(stream::unfold(Some(half), |half| async move {
        if let Some(half) = half {
            return Some((Ok::<Bytes, io::Error>(half), None));
        }
        // The pause lets hyper write out what it has before the error makes it drop everything.
        tokio::time::sleep(Duration::from_millis(20)).await;
        Some((Err(io::Error::other("truncated on purpose")), None))
    }))
}
