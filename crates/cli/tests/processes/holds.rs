//! Activating and cancelling, with every outcome that Paytrail has for it.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Desk, Shop, text};

fn shop() -> Shop {
    Shop::open(&["--payments", "300", "--cancel-202", "0"])
}

/// An open invoice and a desk that has just looked at it.
fn invoice(shop: &Shop, number: usize) -> (String, Desk) {
    let payment = &shop.open_invoices()[number];
    let desk = Desk::at(shop, std::slice::from_ref(payment));
    (text(payment, "transactionId").to_owned(), desk)
}

#[test]
fn manual_invoices_and_authorization_holds_are_activated_by_the_right_call() {
    let shop = shop();
    let invoice = shop.open_invoices().remove(0);
    let walley = shop
        .payments_that(|p| p["openHold"] == true && p["provider"] == "walleyb2c")
        .remove(0);
    let hold = shop
        .payments_that(|p| p["status"] == "authorization-hold")
        .remove(0);
    let all = [invoice, walley, hold];
    let desk = Desk::at(&shop, &all);
    let ids: Vec<&str> = all
        .iter()
        .map(|payment| text(payment, "transactionId"))
        .collect();
    let activated = desk.json(&[&["activate"], ids.as_slice()].concat());
    assert_eq!(activated["operations"].as_array().unwrap().len(), 3);
    for id in ids {
        assert_eq!(shop.payment(id)["status"], "ok");
        assert_eq!(desk.operation_of(id)["state"], "done");
        assert_eq!(desk.json(&["show", id])["status"], "ok");
    }
    assert_eq!(
        (
            shop.requests("/activate-invoice"),
            shop.requests("/klarna/commit")
        ),
        (2, 1)
    );
}

#[test]
fn a_cancel_answered_with_201_is_done_when_a_look_shows_it() {
    let shop = shop();
    let (id, desk) = invoice(&shop, 0);
    let ended = desk.run(&["cancel", &id]).expect(0);
    assert!(ended.stdout.contains(": cancelled"), "{ended:?}");
    assert_eq!(desk.operation_of(&id)["state"], "done");
    assert_eq!(shop.payment(&id)["status"], "fail");
}

#[test]
fn a_cancel_answered_with_202_is_requested_until_a_look_shows_it() {
    let shop = shop();
    let (id, desk) = invoice(&shop, 0);
    shop.post(
        &format!("payments/{id}/next-cancel"),
        &json!({ "status": 202 }),
    );
    let ended = desk.run(&["cancel", &id]).expect(0);
    assert!(ended.stdout.contains(": requested"), "{ended:?}");
    desk.run(&["sync"]).expect(0);
    assert_eq!(desk.operation_of(&id)["state"], "accepted");
    desk.run(&["cancel", &id]).expect(2);
    shop.advance("61s");
    desk.run(&["sync"]).expect(0);
    assert_eq!(desk.operation_of(&id)["state"], "done");
    assert_eq!(shop.payment(&id)["status"], "fail");
}

/// A cancel that goes out on a look which a colleague's `command` makes untrue before it arrives.
/// Gives the id, the desk and the exit code of its cancel.
fn cancel_after_a_colleague(shop: &Shop, command: &str) -> (String, Desk, Option<i32>) {
    let (id, desk) = invoice(shop, 0);
    let (_, colleague) = invoice(shop, 0);
    let looks = || shop.requests(&format!("/payments/{id}"));
    let before = looks();
    // Both look, then send, and every answer takes as long: who looks first sends first. So the desk
    // looks when the colleague has looked and not sent.
    let quicker = colleague.start(&[command, &id]);
    let started = Instant::now();
    while looks() == before {
        assert!(
            started.elapsed() < Duration::from_mins(1),
            "the colleague never looks"
        );
        thread::sleep(Duration::from_millis(5));
    }
    let ended = desk.run(&["cancel", &id]);
    quicker.end().expect(0);
    (id, desk, ended.code)
}

/// A shop whose answers take long enough for two programs to meet.
fn slow_shop() -> Shop {
    Shop::open(&["--payments", "300", "--cancel-202", "0", "--latency", "2s"])
}

#[test]
fn a_cancel_answered_with_200_was_cancelled_before() {
    let shop = slow_shop();
    let (id, desk, code) = cancel_after_a_colleague(&shop, "cancel");
    assert_eq!(code, Some(0));
    let operation = desk.operation_of(&id);
    assert_eq!(operation["state"], "done");
    assert!(
        text(&operation, "message").contains("before"),
        "{operation}"
    );
}

#[test]
fn a_cancel_answered_with_400_is_refused() {
    let shop = slow_shop();
    let (id, desk, code) = cancel_after_a_colleague(&shop, "activate");
    assert_eq!(code, Some(3));
    assert_eq!(desk.operation_of(&id)["state"], "rejected");
    assert_eq!(shop.payment(&id)["status"], "ok");
}

#[test]
fn a_cancel_of_an_order_that_a_colleague_cancelled_is_done_and_says_so() {
    let shop = shop();
    let (id, desk) = invoice(&shop, 0);
    let (_, colleague) = invoice(&shop, 0);
    colleague.run(&["cancel", &id]).expect(0);
    desk.run(&["cancel", &id]).expect(0);
    assert!(text(&desk.operation_of(&id), "message").contains("before"));
    assert_eq!(desk.operation_of(&id)["state"], "done");
}

#[test]
fn a_cancel_answered_with_500_is_settled_by_looks_and_repeated_once_while_the_hold_is_open() {
    let shop = shop();
    for (number, (status, sent)) in [(json!(500), 2), (json!("500-after"), 1)]
        .into_iter()
        .enumerate()
    {
        let (id, desk) = invoice(&shop, number);
        shop.post(
            &format!("payments/{id}/next-cancel"),
            &json!({ "status": status }),
        );
        desk.run(&["cancel", &id]).expect(0);
        assert_eq!(desk.operation_of(&id)["state"], "done", "{status}");
        assert_eq!(shop.payment(&id)["status"], "fail", "{status}");
        assert_eq!(
            shop.requests(&format!("/{id}/cancel-order")),
            sent,
            "{status}"
        );
    }
}

#[test]
fn a_cancel_that_never_gets_a_clear_answer_stays_unknown_and_a_later_look_settles_it() {
    let shop = shop();
    let (id, desk) = invoice(&shop, 0);
    shop.faults(&json!({ "status-500-before": { "rate": 1, "paths": ["cancel-order"] } }));
    desk.run(&["cancel", &id]).expect(4);
    assert_eq!(desk.operation_of(&id)["state"], "unknown");
    assert_eq!(
        shop.requests("/cancel-order"),
        2,
        "it is repeated once and never more"
    );
    shop.faults(&json!({}));
    desk.run(&["sync"]).expect(0);
    assert_eq!(shop.requests("/cancel-order"), 2, "sync only looks");
    shop.advance("90d");
    desk.run(&["sync"]).expect(0);
    assert_eq!(desk.operation_of(&id)["state"], "done", "the hold is gone");
}

#[test]
fn what_can_not_be_cancelled_or_activated_is_refused_with_a_reason_and_nothing_is_sent() {
    let shop = shop();
    let paid = shop.untouched(100).remove(0);
    let walley = shop
        .payments_that(|p| p["openHold"] == true && p["provider"] == "walleyb2c")
        .remove(0);
    let desk = Desk::at(&shop, &[paid.clone(), walley.clone()]);
    for (command, payment) in [("activate", &paid), ("cancel", &paid), ("cancel", &walley)] {
        let refused = desk
            .run(&[command, text(payment, "transactionId"), "--json"])
            .expect(2)
            .json();
        assert_eq!(
            refused["error"]["code"], "notOperable",
            "{command}: {refused}"
        );
        assert!(!text(&refused["error"], "message").is_empty());
    }
    assert_eq!(
        shop.requests("/cancel-order") + shop.requests("/activate-invoice"),
        0
    );
}

#[test]
fn of_several_payments_each_is_done_and_the_worst_outcome_is_told() {
    let shop = shop();
    let open = shop.open_invoices();
    let paid = shop.untouched(100).remove(0);
    let desk = Desk::at(&shop, &[open[0].clone(), paid.clone(), open[1].clone()]);
    let ids = [&open[0], &paid, &open[1]].map(|payment| text(payment, "transactionId"));
    let ended = desk
        .run(&["cancel", ids[0], ids[1], ids[2], "--json"])
        .expect(2)
        .json();
    let done: Vec<&Value> = ended["operations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|operation| &operation["transactionId"])
        .collect();
    assert_eq!(done, [ids[0], ids[2]], "{ended}");
    assert_eq!(ended["errors"][0]["transactionId"], ids[1]);
}
