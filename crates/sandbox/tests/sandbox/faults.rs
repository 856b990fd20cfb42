use std::time::Duration;

use hyvitys_sandbox::Options;
use hyvitys_sandbox::faults::Fault;
use serde_json::{Value, json};

use crate::client::{Wire, options, start, urls};

/// Sends one refund under a fault and tells what came and how many refunds there are more.
async fn refund_under(fault: Fault, options: Options) -> (Option<Wire>, usize, Value) {
    let (_running, client) = start(options).await;
    let id = client.paid().await;
    // Something to replay, of another path.
    client.call("GET", "/settlements", &Value::Null).await;
    let before = client.refunds().await.len();
    client
        .control(
            "/_sandbox/faults",
            &json!({ fault.as_str(): { "rate": 1, "paths": ["refund"] } }),
        )
        .await;
    let body = json!({ "amount": 100, "callbackUrls": urls() });
    let wire = client
        .try_call("POST", &format!("/payments/{id}/refund"), &body)
        .await;
    let done = client.refunds().await.len() - before;
    let requests = client.show("/_sandbox/requests").await;
    let last = requests["requests"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()
        .clone();
    assert_eq!(last["fault"], fault.as_str());
    assert_eq!(
        last["httpStatus"],
        json!(wire.as_ref().map(|wire| wire.status))
    );
    let faults = client.control("/_sandbox/faults", &json!({})).await;
    assert_eq!(faults, json!({}));
    assert_eq!(
        client.refund(&id, 100).await.0,
        201,
        "without faults all is well again"
    );
    (wire, done, last)
}

async fn refund_with(fault: Fault) -> (Option<Wire>, usize, Value) {
    refund_under(fault, options()).await
}

#[tokio::test]
async fn a_dropped_connection_gives_no_byte_whether_it_was_done_or_not() {
    let (wire, done, _) = refund_with(Fault::DropBefore).await;
    assert!(wire.is_none() && done == 0);
    let (wire, done, _) = refund_with(Fault::DropAfter).await;
    assert!(wire.is_none() && done == 1);
}

#[tokio::test]
async fn errors_of_the_server_come_before_or_after_the_deed() {
    let (wire, done, _) = refund_with(Fault::Status500Before).await;
    let wire = wire.unwrap();
    assert!(wire.status == 500 && wire.is_believable() && done == 0);
    let (wire, done, _) = refund_with(Fault::Status500After).await;
    assert!(wire.unwrap().status == 500 && done == 1);
    let (wire, done, _) = refund_with(Fault::Status429).await;
    let wire = wire.unwrap();
    assert!(wire.status == 429 && wire.is_believable() && done == 0);
    assert_eq!(wire.header("retry-after"), Some("1"));
}

#[tokio::test]
async fn unbelievable_answers_come_after_the_deed() {
    let (wire, done, _) = refund_with(Fault::Unsigned4xxAfter).await;
    let wire = wire.unwrap();
    assert!(wire.status == 400 && wire.header("signature").is_none() && done == 1);
    let (wire, done, _) = refund_with(Fault::BadSignature).await;
    let wire = wire.unwrap();
    assert!(wire.status == 201 && wire.header("signature").is_some() && done == 1);
    assert!(!wire.is_believable());
    let (wire, done, _) = refund_with(Fault::NoSignature).await;
    let wire = wire.unwrap();
    assert!(wire.status == 201 && wire.header("signature").is_none() && done == 1);
}

#[tokio::test]
async fn a_truncated_answer_is_shorter_than_it_says() {
    let (wire, done, _) = refund_with(Fault::Truncated).await;
    let wire = wire.unwrap();
    assert!(
        wire.status == 201 && !wire.whole && !wire.body.is_empty() && done == 1,
        "{wire:?}"
    );
}

#[tokio::test]
async fn a_slow_answer_is_whole_and_late() {
    let options = Options {
        slow: Duration::from_millis(300),
        ..options()
    };
    let started = tokio::time::Instant::now();
    let (wire, done, _) = refund_under(Fault::Slow, options).await;
    assert!(started.elapsed() >= Duration::from_millis(300));
    assert!(wire.unwrap().is_believable() && done == 1);
}

#[tokio::test]
async fn a_replayed_answer_is_believable_and_nothing_is_done() {
    let (wire, done, _) = refund_with(Fault::ReplayOld).await;
    let wire = wire.unwrap();
    assert!(wire.is_believable() && done == 0);
    assert!(
        wire.json().is_array(),
        "the only older answer was a list of settlements"
    );

    let (_running, client) = start(options()).await;
    let id = client.paid().await;
    let (_, first) = client.refund(&id, 100).await;
    client
        .control("/_sandbox/faults", &json!({ "replay-old": 1.0 }))
        .await;
    let (status, second) = client.refund(&id, 200).await;
    assert_eq!(
        (status, second),
        (201, first),
        "preferably an answer to the same path"
    );
}

#[tokio::test]
async fn the_same_seed_meets_the_same_faults_and_all_kinds_come_together() {
    let mut runs: Vec<Vec<Value>> = Vec::new();
    for _ in 0..2 {
        let (_running, client) = start(Options {
            slow: Duration::ZERO,
            ..options()
        })
        .await;
        let rates: serde_json::Map<String, Value> = Fault::ALL
            .iter()
            .map(|fault| (fault.to_string(), json!(0.08)))
            .collect();
        client
            .control("/_sandbox/faults", &Value::Object(rates))
            .await;
        let id = client.paid().await;
        for _ in 0..60 {
            client
                .try_call("GET", &format!("/payments/{id}"), &Value::Null)
                .await;
        }
        let requests = client.show("/_sandbox/requests").await;
        runs.push(
            requests["requests"]
                .as_array()
                .unwrap()
                .iter()
                .map(|r| r["fault"].clone())
                .collect(),
        );
    }
    assert_eq!(runs[0], runs[1]);
    let kinds: std::collections::HashSet<String> = runs[0].iter().map(Value::to_string).collect();
    assert!(kinds.len() > 8, "{kinds:?}");
}

#[tokio::test]
async fn a_request_is_done_although_its_client_has_gone_away() {
    let (_running, client) = start(Options {
        latency: Duration::from_secs(1),
        ..options()
    })
    .await;
    let path = format!("/payments/{}/refund", client.paid().await);
    let before = client.refunds().await.len();
    let body = json!({ "amount": 100, "callbackUrls": urls() });
    let gone = tokio::time::timeout(
        Duration::from_millis(400),
        client.try_call("POST", &path, &body),
    );
    assert!(gone.await.is_err());
    for _ in 0..100 {
        if client.refunds().await.len() == before + 1 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the refund was never done");
}

#[tokio::test]
async fn impossible_faults_are_refused_and_the_set_stays() {
    let (_running, client) = start(options()).await;
    client
        .control("/_sandbox/faults", &json!({ "slow": 0.1 }))
        .await;
    for wrong in [
        json!({ "flood": 1 }),
        json!({ "slow": 2 }),
        json!({ "slow": 0.7, "drop-after": 0.7 }),
    ] {
        let wire = client
            .raw(
                "POST",
                "/_sandbox/faults",
                &[],
                wrong.to_string().as_bytes(),
            )
            .await;
        assert_eq!(wire.unwrap().status, 400, "{wrong}");
    }
    assert_eq!(
        client.show("/_sandbox/faults").await,
        json!({ "slow": 0.1 })
    );
}
