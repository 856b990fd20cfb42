use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use hyvitys_domain::MerchantId;
use hyvitys_sandbox::{Options, Sandbox, StartError, StateError};
use serde_json::{Value, json};

use crate::client::{Client, options, start, urls};

#[tokio::test]
async fn a_restarted_sandbox_has_the_same_books_clock_and_nonces() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("shop.jsonl");
    let kept = || Options {
        state: Some(state.clone()),
        ..options()
    };
    let (running, client) = start(kept()).await;
    let id = client.paid().await;
    client.refund(&id, 700).await;
    client
        .control("/_sandbox/clock", &json!({ "advance": "3d" }))
        .await;
    client
        .control("/_sandbox/balance", &json!({ "amount": 123_456 }))
        .await;
    let path = format!("/payments/{id}/refund");
    let body = json!({ "amount": 100, "callbackUrls": urls() }).to_string();
    let mut headers = Client::headers("POST", &path);
    Client::sign(&mut headers, body.as_bytes());
    client
        .raw("POST", &path, &headers, body.as_bytes())
        .await
        .unwrap();
    let mut before = Vec::new();
    for list in ["payments", "refunds", "clock", "balance", "requests"] {
        before.push(client.show(&format!("/_sandbox/{list}")).await);
    }
    running.stop().await;

    // Another number of payments and another seed are for new shops only.
    let (_running, client) = start(Options {
        payments: 5,
        seed: 9,
        ..kept()
    })
    .await;
    let mut after = Vec::new();
    for list in ["payments", "refunds", "clock", "balance", "requests"] {
        after.push(client.show(&format!("/_sandbox/{list}")).await);
    }
    assert_eq!(before, after);
    let replayed = client
        .raw("POST", &path, &headers, body.as_bytes())
        .await
        .unwrap();
    assert_eq!(
        replayed.status, 400,
        "the nonce was used before the restart"
    );
}

#[tokio::test]
async fn a_state_file_is_one_sandboxs_and_one_merchants() {
    let folder = tempfile::tempdir().unwrap();
    let kept = || Options {
        state: Some(folder.path().join("shop.jsonl")),
        ..options()
    };
    let (running, _) = start(kept()).await;
    let second = Sandbox::start(kept()).await;
    assert!(
        matches!(second, Err(StartError::State(StateError::InUse(_)))),
        "{second:?}"
    );
    running.stop().await;
    let merchant: MerchantId = "695861".parse().unwrap();
    let stranger = Sandbox::start(Options { merchant, ..kept() }).await;
    assert!(
        matches!(stranger, Err(StartError::State(StateError::NotOurs { .. }))),
        "{stranger:?}"
    );
    start(kept()).await.0.stop().await;
}

/// A sandbox as a process of its own; killed when dropped.
struct Process {
    child: Child,
    client: Client,
}

impl Process {
    fn start(state: &Path) -> Process {
        let mut child = Command::new(env!("CARGO_BIN_EXE_hyvitys-sandbox"))
            .args([
                "--listen",
                "127.0.0.1:0",
                "--payments",
                "60",
                "--secret-stdin",
            ])
            .args([
                "--pending-refunds",
                "0",
                "--clock",
                "manual",
                "--now",
                "2026-11-01T12:00:00Z",
            ])
            .arg("--state")
            .arg(state)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(b"SAIPPUAKAUPPIAS\n")
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let expected = "hyvitys-sandbox listening on http://";
        let rest = line
            .strip_prefix(expected)
            .unwrap_or_else(|| panic!("{line}"));
        assert!(rest.ends_with("(merchant 375917, 60 payments)\n"), "{line}");
        let addr = rest.split(' ').next().unwrap().parse().unwrap();
        Process {
            child,
            client: Client { addr },
        }
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_sandbox_remembers_every_refund_that_it_had_answered() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("shop.jsonl");
    let mut answered: HashSet<String> = HashSet::new();
    for round in 0..3 {
        let mut process = Process::start(&state);
        let client = process.client;
        let ids: Vec<Value> = client.payments().await;
        let ids: Vec<String> = ids
            .iter()
            .filter(|p| p["status"] == "ok" && p["provider"] == "klarna")
            .map(|p| p["transactionId"].as_str().unwrap().to_owned())
            .collect();
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
        tokio::spawn(async move {
            for id in ids.iter().cycle().take(1_000) {
                let body = json!({ "amount": 1, "callbackUrls": urls() });
                let path = format!("/payments/{id}/refund");
                let Some(wire) = client.try_call("POST", &path, &body).await else {
                    break;
                };
                if wire.status == 201 && wire.whole {
                    tell.send(wire.json()["transactionId"].to_string()).unwrap();
                }
            }
        });
        for _ in 0..20 + 13 * round {
            answered.insert(told.recv().await.unwrap());
        }
        // In the midst of the next ones.
        process.kill();
        while let Some(id) = told.recv().await {
            answered.insert(id);
        }
    }
    assert!(answered.len() >= 99);
    let process = Process::start(&state);
    let refunds = process.client.refunds().await;
    let known: HashSet<String> = refunds
        .iter()
        .map(|r| r["transactionId"].to_string())
        .collect();
    assert!(
        answered.is_subset(&known),
        "an answered refund was forgotten"
    );
}
