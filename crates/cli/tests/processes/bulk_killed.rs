//! A batch whose program is killed again and again under faults: nothing is lost, nothing is paid twice.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::bulk::file;
use crate::support::{Desk, Shop, number, text};

/// How many lines the batch has.
const LINES: u16 = 500;
/// How much each line refunds, in cents.
const CENTS: i64 = 130;

/// How often the program is killed.
fn kills() -> usize {
    if std::env::var_os("HYVITYS_SLOW").is_some() {
        50
    } else {
        5
    }
}

#[test]
fn a_batch_that_is_killed_again_and_again_under_faults_loses_no_line_and_pays_none_twice() {
    let shop = Shop::open(&[
        "--payments",
        "1600",
        "--slow-delay",
        "60ms",
        "--latency",
        "10ms",
    ]);
    let payments: Vec<Value> = shop
        .untouched(500)
        .into_iter()
        .take(usize::from(LINES))
        .collect();
    assert_eq!(
        payments.len(),
        usize::from(LINES),
        "the sandbox has too few payments"
    );
    let desk = Desk::at(&shop, &payments);
    let path = file(&desk, &payments, CENTS);
    shop.faults(&json!({
        "drop-before": 0.02, "drop-after": 0.02, "slow": 0.02, "status-500-before": 0.02,
        "status-500-after": 0.02, "status-429": 0.002, "unsigned-4xx-after": 0.02,
        "bad-signature": 0.02, "no-signature": 0.02, "truncated": 0.02, "replay-old": 0.02,
    }));
    let confirm = format!("{LINES}:{}", i64::from(LINES) * CENTS);
    let run = ["bulk", "run", &path, "--confirm", &confirm];
    let kills = kills();
    let mut killed = 0;
    let mut running = desk.start(&run);
    loop {
        // Each time a little further; with the last kill a good part is left, whatever the faults keep from being
        // sent.
        let goal = usize::from(LINES) * 3 / 4 * killed / kills;
        let started = Instant::now();
        while running.runs() && shop.requests("/refund") < goal {
            assert!(
                started.elapsed() < Duration::from_mins(2),
                "it stands still"
            );
            thread::sleep(Duration::from_millis(5));
        }
        if killed == 0 {
            wait_for_the_batch(&desk);
        }
        if killed < kills && running.runs() {
            running.kill();
            killed += 1;
        } else {
            let ended = running.end();
            assert!(matches!(ended.code, Some(0 | 2..=5)), "{ended:?}");
        }
        let batch = standing(&desk);
        compare(&shop, &desk, &payments, &batch);
        if batch["state"] == "finished" {
            break;
        }
        assert_eq!(batch["state"], "paused", "{batch}");
        running = desk.start(&["bulk", "resume", "1"]);
    }
    assert_eq!(killed, kills, "it was killed as often as it was to be");
    let batch = standing(&desk);
    assert_eq!(number(&batch, "left"), 0);
    assert!(
        number(&batch, "unknown") > 0,
        "the faults were felt: {batch}"
    );
    assert!(number(&batch, "done") > 0, "{batch}");

    // Evidence settles what was unknown and paid; and the batch says so, too.
    shop.faults(&json!({}));
    shop.advance("61s");
    desk.run(&["sync"]).expect(0);
    let urls = desk.file("access.log", shop.callback_urls().as_bytes());
    desk.run(&["import", &urls, "--yes"]).expect(0);
    let batch = standing(&desk);
    compare(&shop, &desk, &payments, &batch);
    let paid = refunds(&shop, &payments);
    let paid = paid
        .values()
        .flatten()
        .filter(|refund| refund["status"] == "ok")
        .count();
    assert_eq!(usize::try_from(number(&batch, "done")), Ok(paid));
}

/// Waits until the batch is kept, with all its lines or not at all.
fn wait_for_the_batch(desk: &Desk) {
    let started = Instant::now();
    while desk.json(&["bulk", "status"])["batches"] == json!([]) {
        assert!(started.elapsed() < Duration::from_mins(1), "no batch");
    }
}

/// The one batch.
fn standing(desk: &Desk) -> Value {
    let mut batches = desk.json(&["bulk", "status"])["batches"].take();
    assert_eq!(batches.as_array().map(Vec::len), Some(1));
    batches[0].take()
}

/// The refunds in the sandbox's books of each of these payments.
fn refunds(shop: &Shop, payments: &[Value]) -> BTreeMap<String, Vec<Value>> {
    let ids = payments
        .iter()
        .map(|payment| (text(payment, "transactionId").to_owned(), Vec::new()));
    let mut refunds: BTreeMap<String, Vec<Value>> = ids.collect();
    for refund in shop.refunds_that(|_| true) {
        if let Some(of_payment) = refunds.get_mut(text(&refund, "paymentId")) {
            of_payment.push(refund);
        }
    }
    refunds
}

/// The batch, line by line, against the sandbox's books.
fn compare(shop: &Shop, desk: &Desk, payments: &[Value], batch: &Value) {
    let states = [
        "done", "accepted", "failed", "rejected", "unknown", "refused", "left",
    ];
    let lines: i64 = states.iter().map(|state| number(batch, state)).sum();
    assert_eq!(lines, i64::from(LINES), "no line is lost: {batch}");
    let books = refunds(shop, payments);
    let table = desk.run(&["bulk", "export", "1"]).expect(0).stdout;
    let rows: Vec<Vec<&str>> = table
        .lines()
        .skip(1)
        .map(|row| row.split(';').collect())
        .collect();
    assert_eq!(rows.len(), usize::from(LINES));
    for (row, payment) in rows.iter().zip(payments) {
        let id = text(payment, "transactionId");
        assert_eq!(row[0], id, "in the order of the file");
        let made = &books[id];
        assert!(made.len() <= 1, "paid twice: {made:?}");
        if let Some(refund) = made.first() {
            assert_eq!(number(refund, "amount"), CENTS, "{refund}");
        }
        let paid = made.first().map(|refund| text(refund, "status"));
        match row[2] {
            "done" => assert_eq!(paid, Some("ok"), "claimed and not paid: {row:?}"),
            "accepted" => assert!(paid.is_some(), "{row:?}"),
            "failed" => assert!(
                matches!(paid, None | Some("fail")),
                "paid and denied: {row:?}"
            ),
            "rejected" | "refused" | "notSent" => assert_eq!(paid, None, "{row:?}"),
            "unknown" => {}
            other => panic!("{other} with no program running: {row:?}"),
        }
    }
    for payment in shop.payments() {
        assert!(
            number(&payment, "refunded") <= number(&payment, "amount"),
            "{payment}"
        );
    }
}
