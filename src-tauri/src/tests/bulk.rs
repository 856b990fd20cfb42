//! What the window is told when a batch runs no more.

use std::thread::sleep;
use std::time::Duration;

use hyvitys_sandbox::faults::{Fault, Faults, Rate};
use hyvitys_secrets::KeychainError;
use serde_json::{Value, json};

use super::support::{Window, open};

/// Plans and confirms the refund of one euro of each of some payments; gives the batch's id.
fn run(window: &Window, account: i64, count: usize) -> String {
    let payments = window.list(account, "status:ok refunded:no provider:klarna");
    assert!(payments.len() >= count, "the shop has too few payments");
    let lines: Vec<String> = payments[..count]
        .iter()
        .map(|payment| format!("{};1,00", payment["transactionId"].as_str().unwrap()))
        .collect();
    let text = format!("transaction id;summa\n{}", lines.join("\n"));
    let plan = window.ask(
        "plan_batch",
        json!({
            "account": account, "kind": "refund", "source": { "from": "paste", "text": text },
            "options": { "columns": null, "amountsIn": null },
        }),
    );
    assert_eq!(plan["sends"]["count"], json!(count), "{plan}");
    let intent = window.ask("new_intents", json!({ "count": 1 }))[0].clone();
    let order = json!({
        "plan": plan["plan"], "digest": plan["digest"], "count": count, "sum": plan["sends"]["sum"],
        "typed": null, "intent": intent, "refundReason": "Peruttu tapahtuma", "note": null, "concurrency": 2,
    });
    let batch = window.ask(
        "confirm_batch",
        json!({ "account": account, "order": order }),
    );
    batch["id"].as_str().unwrap().to_owned()
}

fn heard(window: &Window, name: &str) -> usize {
    let heard = window.heard.lock().unwrap();
    heard.iter().filter(|told| *told == name).count()
}

/// Waits for the last that is told of a run.
fn wait_for_the_end(window: &Window, before: usize) {
    while heard(window, "changed") == before {
        sleep(Duration::from_millis(10));
    }
}

fn state(window: &Window, batch: &str) -> Value {
    window.ask("batch", json!({ "batch": batch }))
}

#[test]
fn a_batch_that_is_finished_is_told_once() {
    let window = open();
    let account = window.connect();
    let before = heard(&window, "changed");
    let batch = run(&window, account, 3);
    wait_for_the_end(&window, before);
    assert_eq!(state(&window, &batch)["state"], "finished");
    assert_eq!(heard(&window, "batch ended"), 1);
}

#[test]
fn a_batch_that_pauses_itself_is_told() {
    let window = open();
    let account = window.connect();
    let locked = KeychainError::Locked("for a test".to_owned());
    window.keychain.fail_with(Some(locked));
    let before = heard(&window, "changed");
    let batch = run(&window, account, 3);
    wait_for_the_end(&window, before);
    let state = state(&window, &batch);
    assert_eq!(
        (&state["state"], &state["why"]),
        (&json!("paused"), &json!("keychain"))
    );
    assert_eq!(heard(&window, "batch ended"), 1);
}

#[test]
fn a_batch_that_a_person_has_paused_is_not_told() {
    let window = open();
    let account = window.connect();
    window
        .shop
        .set_faults(Faults::new([(Fault::Slow, Rate::Everywhere(1.0))]).unwrap());
    let before = heard(&window, "changed");
    let batch = run(&window, account, 12);
    window.ask("pause_batch", json!({ "batch": batch }));
    wait_for_the_end(&window, before);
    assert_eq!(state(&window, &batch)["state"], "paused");
    assert_eq!(heard(&window, "batch ended"), 0);
}
