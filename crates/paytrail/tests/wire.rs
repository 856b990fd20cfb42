//! The real transport against a raw TCP server that misbehaves. Whatever the server does, it never
//! sees the same nonce twice, and "not sent" is said only when it saw nothing.

#![cfg(test)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use hyvitys_paytrail::signing::verify;
use hyvitys_paytrail::{CallError, Client, ReqwestTransport, TransportOptions, UnknownWhy};
use support::server::{Server, answer, client, options};
use support::{
    DONE, PAYMENT, REFUNDED, VIEW, credentials, gated, payment, refund_request, signed_headers,
    stamped,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

async fn refund(client: &Client, nonce: &str) -> Result<(), CallError> {
    client
        .refund(&stamped(nonce), payment(), &refund_request())
        .await
        .map(|_| ())
}

fn why(result: Result<(), CallError>) -> UnknownWhy {
    match result {
        Err(CallError::Unknown { why, .. }) => why,
        other => panic!("not unknown: {other:?}"),
    }
}

fn is_not_sent(result: &Result<(), CallError>) -> bool {
    matches!(result, Err(CallError::NotSent { .. }))
}

#[tokio::test]
async fn a_request_carries_exactly_what_was_signed() {
    let server = Server::start(|mut connection| async move {
        while let Some(seen) = connection.request().await {
            let reply = match seen.line.as_str() {
                line if line.starts_with("GET") => answer(200, VIEW),
                line if line.contains("refund") => answer(201, REFUNDED),
                _ => answer(200, DONE),
            };
            connection.write(&reply).await;
        }
    })
    .await;
    let client = server.client();
    client
        .get_payment(&stamped("n-get"), payment())
        .await
        .unwrap();
    refund(&client, "n-refund").await.unwrap();
    client
        .activate_invoice(&stamped("n-activate"), payment())
        .await
        .unwrap();
    assert_eq!(server.requests(), 3);
    let requests = server.log.requests.lock().unwrap().clone();
    for seen in &requests {
        let signature = seen.headers.get("signature").map(String::as_str);
        let pairs = seen
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        assert_eq!(
            verify(&credentials().key, pairs, &seen.body, signature),
            Ok(())
        );
        assert_eq!(
            seen.headers["checkout-timestamp"],
            "2023-11-14T22:13:20.123Z"
        );
        assert_eq!(seen.headers["checkout-transaction-id"], PAYMENT);
        assert_eq!(seen.headers["platform-name"], "hyvitys-test");
        let json = seen.headers.get("content-type").map(String::as_str);
        assert_eq!(
            json,
            (!seen.body.is_empty()).then_some("application/json; charset=utf-8")
        );
    }
    assert_eq!(
        requests[0].line,
        format!("GET /payments/{PAYMENT} HTTP/1.1")
    );
    assert_eq!(
        requests[1].line,
        format!("POST /payments/{PAYMENT}/refund HTTP/1.1")
    );
    assert_eq!(
        requests[2].line,
        format!("POST /payments/{PAYMENT}/activate-invoice HTTP/1.1")
    );
    assert_eq!(requests[2].headers["content-length"], "0");
    assert_eq!(requests[1].headers["checkout-method"], "POST");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let server = Server::start(|mut connection| async move {
        let origin = format!("http://{}", connection.stream.local_addr().unwrap());
        while connection.request().await.is_some() {
            let reply = format!(
                "HTTP/1.1 307 X\r\nlocation: {origin}/elsewhere\r\ncontent-length: 0\r\n\r\n"
            );
            connection.write(reply.as_bytes()).await;
        }
    })
    .await;
    assert_eq!(
        why(refund(&server.client(), "n").await),
        UnknownWhy::UnexpectedStatus
    );
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn a_stalled_answer_is_a_timeout() {
    let server = Server::start(|mut connection| async move {
        connection.request().await;
        std::future::pending::<()>().await;
    })
    .await;
    let client = client(
        &server.origin,
        &TransportOptions {
            timeout: Duration::from_millis(300),
            ..options()
        },
    );
    assert_eq!(why(refund(&client, "n").await), UnknownWhy::Timeout);
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn an_answer_that_stalls_in_its_middle_is_a_timeout() {
    let server = Server::start(|mut connection| async move {
        connection.request().await;
        let reply = answer(201, REFUNDED);
        connection.write(&reply[..reply.len() - 5]).await;
        std::future::pending::<()>().await;
    })
    .await;
    let client = client(
        &server.origin,
        &TransportOptions {
            timeout: Duration::from_millis(300),
            ..options()
        },
    );
    assert_eq!(why(refund(&client, "n").await), UnknownWhy::Timeout);
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_truncated_and_none_at_all_is_a_cut() {
    for (left_out, expected) in [
        (5, UnknownWhy::Truncated),
        (usize::MAX, UnknownWhy::ConnectionCut),
    ] {
        let server = Server::start(move |mut connection| async move {
            connection.request().await;
            let reply = answer(201, REFUNDED);
            connection
                .write(&reply[..reply.len().saturating_sub(left_out)])
                .await;
        })
        .await;
        assert_eq!(why(refund(&server.client(), "n").await), expected);
        assert_eq!(server.requests(), 1);
    }
}

#[tokio::test]
async fn an_answer_larger_than_the_limit_is_not_read_to_its_end() {
    let server = Server::start(|mut connection| async move {
        connection.request().await;
        connection
            .write(b"HTTP/1.1 201 X\r\ntransfer-encoding: chunked\r\n\r\n")
            .await;
        let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
        while connection.stream.write_all(chunk.as_bytes()).await.is_ok() {}
    })
    .await;
    assert_eq!(
        why(refund(&server.client(), "n").await),
        UnknownWhy::BodyTooLarge
    );
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn bytes_that_are_no_http_are_unknown() {
    let server = Server::start(|mut connection| async move {
        connection.request().await;
        connection
            .write(b"\x16\x03\x01 this is no HTTP\r\n\r\n")
            .await;
    })
    .await;
    let result = why(refund(&server.client(), "n").await);
    assert!(
        matches!(result, UnknownWhy::UnreadableBody(_)),
        "{result:?}"
    );
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn an_answer_in_small_pieces_is_put_together() {
    let server = Server::start(|mut connection| async move {
        while connection.request().await.is_some() {
            let mut text = "HTTP/1.1 201 X\r\ntransfer-encoding: chunked\r\n".to_owned();
            for (name, value) in signed_headers(&[], REFUNDED.as_bytes()) {
                text = format!("{text}{name}: {value}\r\n");
            }
            text.push_str("\r\n");
            for letter in REFUNDED.chars() {
                text = format!("{text}1\r\n{letter}\r\n");
            }
            text.push_str("0\r\n\r\n");
            for piece in text.as_bytes().chunks(7) {
                connection.write(piece).await;
                tokio::task::yield_now().await;
            }
        }
    })
    .await;
    let client = server.client();
    refund(&client, "n-1").await.unwrap();
    refund(&client, "n-2").await.unwrap();
    assert_eq!(server.requests(), 2);
}

/// A kept connection that the server closes right after an answer: the next request may fail, or go
/// out once on a new connection, but none goes out twice.
#[tokio::test]
async fn a_connection_closed_after_an_answer_never_doubles_the_next_request() {
    let server = Server::start(|mut connection| async move {
        if connection.request().await.is_some() {
            connection.write(&answer(201, REFUNDED)).await;
        }
    })
    .await;
    let client = server.client();
    for round in 0..40 {
        let before = server.requests();
        let result = refund(&client, &format!("n-{round}")).await;
        let came = server.requests() - before;
        match result {
            Ok(()) => assert_eq!(came, 1),
            Err(CallError::NotSent { .. }) => assert_eq!(came, 0),
            Err(CallError::Unknown { .. }) => assert!(came <= 1),
            Err(other) => panic!("{other:?}"),
        }
    }
}

/// A kept connection that the server closes on reading the next request, with and without having
/// read all of it.
#[tokio::test]
async fn a_reused_connection_closed_before_its_answer_is_unknown_and_not_repeated() {
    let server = Server::start(|mut connection| async move {
        connection.request().await;
        connection.write(&answer(201, REFUNDED)).await;
        // On a reused connection the second request is read and dropped.
        connection.request().await;
    })
    .await;
    let client = server.client();
    refund(&client, "n-1").await.unwrap();
    assert_eq!(why(refund(&client, "n-2").await), UnknownWhy::ConnectionCut);
    assert_eq!(server.requests(), 2);
    let again = gated("n-3", || true);
    client
        .refund(&again, payment(), &refund_request())
        .await
        .unwrap();
    assert_eq!(server.requests(), 3);
}

#[tokio::test]
async fn a_gated_request_on_a_reused_connection_is_not_repeated_either() {
    let server = Server::start(|mut connection| async move {
        let number = connection.number;
        while connection.request().await.is_some() {
            if number == 0 && connection.log.requests.lock().unwrap().len() > 1 {
                return;
            }
            connection.write(&answer(201, REFUNDED)).await;
        }
    })
    .await;
    let client = server.client();
    let asked = Arc::new(AtomicUsize::new(0));
    let counting = |nonce| {
        let asked = asked.clone();
        gated(nonce, move || {
            asked.fetch_add(1, Ordering::SeqCst);
            true
        })
    };
    client
        .refund(&counting("n-1"), payment(), &refund_request())
        .await
        .unwrap();
    let cut = client
        .refund(&counting("n-2"), payment(), &refund_request())
        .await
        .map(|_| ());
    assert_eq!(why(cut), UnknownWhy::ConnectionCut);
    assert_eq!(server.requests(), 2);
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_refused_connection_means_that_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = client(&origin, &options());
    assert!(is_not_sent(&refund(&client, "n").await));
    let activated = client
        .activate_invoice(&gated("n-2", || true), payment())
        .await
        .map(|_| ());
    assert!(is_not_sent(&activated));
}

#[tokio::test]
async fn a_failed_tls_handshake_means_that_nothing_was_sent() {
    let server = Server::start(|mut connection| async move {
        // Enough to read the start of the handshake, then plain HTTP in return.
        let mut buffer = [0; 16];
        let _ = connection.stream.read(&mut buffer).await;
        connection.write(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    })
    .await;
    let client = client(&server.origin.replace("http:", "https:"), &options());
    assert!(is_not_sent(&refund(&client, "n").await));
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn a_connection_that_does_not_come_about_in_time_means_that_nothing_was_sent() {
    let server = Server::start(|connection| async move {
        // Accepts, and never says a word of TLS.
        let _open = connection.stream;
        std::future::pending::<()>().await;
    })
    .await;
    let short = &TransportOptions {
        connect_timeout: Duration::from_millis(200),
        ..options()
    };
    let client = client(&server.origin.replace("http:", "https:"), short);
    assert!(is_not_sent(&refund(&client, "n").await));
}

/// A server that answers everything, for the gates.
async fn willing() -> Server {
    Server::start(|mut connection| async move {
        while let Some(seen) = connection.request().await {
            let reply = if seen.line.contains("refund") {
                answer(201, REFUNDED)
            } else {
                answer(200, DONE)
            };
            connection.write(&reply).await;
        }
    })
    .await
}

#[tokio::test]
async fn behind_a_closed_gate_not_a_byte_leaves() {
    let server = willing().await;
    let client = server.client();
    let refunded = client
        .refund(&gated("n-1", || false), payment(), &refund_request())
        .await
        .map(|_| ());
    assert!(is_not_sent(&refunded), "{refunded:?}");
    let activated = client
        .activate_invoice(&gated("n-2", || false), payment())
        .await
        .map(|_| ());
    assert!(is_not_sent(&activated), "{activated:?}");
    assert_eq!(server.bytes(), 0);
    // The same on a kept connection, and the client is none the worse for it.
    refund(&client, "n-3").await.unwrap();
    let sent = server.bytes();
    let refunded = client
        .refund(&gated("n-4", || false), payment(), &refund_request())
        .await
        .map(|_| ());
    assert!(is_not_sent(&refunded), "{refunded:?}");
    assert_eq!(server.bytes(), sent);
    refund(&client, "n-5").await.unwrap();
    assert_eq!(server.requests(), 2);
}

/// The gate is asked once the connection stands, with a body and without one.
#[tokio::test]
async fn the_gate_is_asked_after_connecting() {
    let accepted = Arc::new(AtomicBool::new(false));
    let server = {
        let accepted = accepted.clone();
        Server::start(move |mut connection| {
            accepted.store(true, Ordering::SeqCst);
            async move {
                while let Some(seen) = connection.request().await {
                    let reply = if seen.line.contains("refund") {
                        answer(201, REFUNDED)
                    } else {
                        answer(200, DONE)
                    };
                    connection.write(&reply).await;
                }
            }
        })
        .await
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let asked = Arc::new(AtomicUsize::new(0));
    let counting = |nonce| {
        let asked = asked.clone();
        gated(nonce, move || {
            asked.fetch_add(1, Ordering::SeqCst);
            true
        })
    };
    let unreachable = client(&nobody, &options());
    assert!(
        unreachable
            .refund(&counting("n-1"), payment(), &refund_request())
            .await
            .is_err()
    );
    assert!(
        unreachable
            .activate_invoice(&counting("n-2"), payment())
            .await
            .is_err()
    );
    assert_eq!(
        asked.load(Ordering::SeqCst),
        0,
        "without a connection there is nothing to ask"
    );
    let client = server.client();
    client
        .refund(&counting("n-3"), payment(), &refund_request())
        .await
        .unwrap();
    client
        .activate_invoice(&counting("n-4"), payment())
        .await
        .unwrap();
    client
        .activate_invoice(&counting("n-5"), payment())
        .await
        .unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 3);
    assert!(accepted.load(Ordering::SeqCst));
    assert_eq!(server.requests(), 3);
}

#[tokio::test]
async fn plain_http_leaves_this_machine_never() {
    // An origin that is not https can't even be named, so the transport is asked directly.
    use hyvitys_paytrail::{HttpRequest, Method, Transport, TransportError};
    let transport = ReqwestTransport::new(&options()).unwrap();
    for url in [
        "http://services.paytrail.com/payments",
        "ftp://127.0.0.1/",
        "payments",
    ] {
        let request = HttpRequest {
            method: Method::Get,
            url: url.into(),
            headers: Vec::new(),
            body: Vec::new(),
            may_write: None,
        };
        let result = transport.send(request).await;
        assert!(
            matches!(result, Err(TransportError::NotSent { .. })),
            "{url}: {result:?}"
        );
    }
}
