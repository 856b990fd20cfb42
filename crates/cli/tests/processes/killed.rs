//! SIGKILL at any moment: nothing is lost, nothing is paid twice, and the next command just works.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Desk, Shop, text};

#[test]
fn a_refund_whose_process_is_killed_before_the_answer_is_unknown_and_settled_by_evidence() {
    let shop = Shop::open(&[
        "--payments",
        "80",
        "--pending-refunds",
        "0",
        "--latency",
        "700ms",
    ]);
    let payments: Vec<Value> = shop.untouched(5_000).into_iter().take(2).collect();
    let desk = Desk::at(&shop, &payments);
    let id = text(&payments[0], "transactionId");
    let running = desk.start(&["refund", id, "--amount", "10"]);
    let started = Instant::now();
    while shop.requests("/refund") == 0 {
        assert!(
            started.elapsed() < Duration::from_mins(1),
            "the refund is never sent"
        );
        thread::sleep(Duration::from_millis(5));
    }
    let killed = running.kill();
    assert_eq!(
        killed.code, None,
        "it was killed while it waited: {killed:?}"
    );

    // Right after the kill, with no waiting: what it left is taken up, and other work goes on.
    assert_eq!(desk.operation_of(id)["state"], "unknown");
    desk.run(&[
        "refund",
        text(&payments[1], "transactionId"),
        "--amount",
        "20",
    ])
    .expect(0);
    desk.run(&["sync"]).expect(0);
    desk.run(&["refund", id, "--amount", "10"]).expect(2);
    assert_eq!(shop.requests(&format!("/{id}/refund")), 1);

    // The sandbox may finish the request of a dead client or drop it; evidence tells which.
    let paid = shop.refunds_of(id).len();
    let urls = desk.file("callbacks.txt", shop.callback_urls().as_bytes());
    desk.run(&["import", &urls, "--yes"]).expect(0);
    let expected = if paid == 1 { "done" } else { "unknown" };
    assert_eq!(desk.operation_of(id)["state"], expected);
}

#[test]
fn kills_at_any_moment_lose_nothing_and_pay_nothing_twice() {
    let shop = Shop::open(&[
        "--payments",
        "120",
        "--pending-refunds",
        "0",
        "--latency",
        "30ms",
    ]);
    let payments: Vec<Value> = shop.untouched(2_000).into_iter().take(24).collect();
    let desk = Desk::at(&shop, &payments);
    for (round, payment) in payments.iter().enumerate() {
        let running = desk.start(&["refund", text(payment, "transactionId"), "--amount", "15"]);
        // From before the file is opened until after the answer is shown.
        thread::sleep(Duration::from_millis(12 * round as u64));
        running.kill();
    }
    let operations = desk.operations();
    for payment in &payments {
        let id = text(payment, "transactionId");
        let refunds = shop.refunds_of(id);
        assert!(refunds.len() <= 1, "{refunds:?}");
        let own: Vec<&Value> = operations
            .iter()
            .filter(|operation| operation["transactionId"] == id)
            .collect();
        assert!(own.len() <= 1, "{own:?}");
        match (own.first(), refunds.first()) {
            (None, refund) => assert!(
                refund.is_none(),
                "paid without a trace in the journal: {refund:?}"
            ),
            (Some(operation), None) => assert_ne!(operation["state"], "done", "{operation}"),
            (Some(operation), Some(refund)) => {
                assert_eq!(operation["refundStamp"], refund["refundStamp"]);
                assert!(
                    matches!(text(operation, "state"), "done" | "unknown"),
                    "{operation}"
                );
            }
        }
        assert!(
            own.iter()
                .all(|operation| !matches!(text(operation, "state"), "queued" | "sending")),
            "{own:?}"
        );
    }
    let urls = desk.file("callbacks.txt", shop.callback_urls().as_bytes());
    desk.run(&["import", &urls, "--yes"]).expect(0);
    for operation in desk.operations() {
        let paid = shop.refunds_of(text(&operation, "transactionId")).len() == 1;
        assert_eq!(operation["state"] == "done", paid, "{operation}");
    }
}
