//! Many refunds with one confirmation: checked, carried out, paused, stopped, and what became of each line.

use std::fmt::Write;
use std::fs;

use serde_json::{Value, json};

use crate::support::{Desk, Shop, euros, number, text};

/// A file that refunds this much of each of these payments.
pub fn file(desk: &Desk, payments: &[Value], cents: i64) -> String {
    let mut table = "transactionId;amount\n".to_owned();
    for payment in payments {
        let id = text(payment, "transactionId");
        writeln!(table, "{id};{}", euros(cents)).unwrap();
    }
    desk.file("palautukset.csv", table.as_bytes())
}

fn shop_with(count: usize, options: &[&str]) -> (Shop, Vec<Value>) {
    let usual = ["--payments", "120", "--pending-refunds", "0"];
    let shop = Shop::open(&[&usual, options].concat());
    let payments: Vec<Value> = shop.untouched(2_000).into_iter().take(count).collect();
    assert_eq!(payments.len(), count, "the sandbox has too few payments");
    (shop, payments)
}

#[test]
fn a_check_names_each_line_that_can_not_be_sent_and_sends_and_keeps_nothing() {
    let (shop, payments) = shop_with(3, &[]);
    let desk = Desk::at(&shop, &payments);
    let good = file(&desk, &payments, 150);
    let checked = desk.json(&["bulk", "check", &good]);
    assert_eq!(checked["confirm"], "3:450");
    assert_eq!(checked["lines"], json!([]));
    assert_eq!(checked["plan"]["sends"], json!({ "count": 3, "sum": 450 }));
    let all = desk.json(&["bulk", "check", &good, "--lines"]);
    assert_eq!(all["lines"].as_array().map(Vec::len), Some(3));
    assert_eq!(all["lines"][0]["line"], 2, "as an editor shows it: {all}");
    assert_eq!(all["lines"][0]["verdict"], "ready");

    let id = text(&payments[0], "transactionId");
    let table =
        format!("transactionId;amount\n{id};5,00\n{id};5,00\nno-such;1,00\n{id};99999,00\n");
    let bad = desk.file("bad.csv", table.as_bytes());
    let ended = desk.run(&["bulk", "check", &bad, "--json"]).expect(2);
    let checked = ended.json();
    assert_eq!(checked["confirm"], "1:500");
    let told: Vec<(i64, &str)> = checked["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (number(line, "line"), text(line, "verdict")))
        .collect();
    assert_eq!(told, [(3, "error"), (4, "error"), (5, "error")]);
    let twin = &checked["lines"][0];
    assert_eq!(twin["why"], json!({ "kind": "batchDuplicate", "line": 2 }));
    assert_eq!(text(twin, "message"), "the same refund as line 2");
    assert_eq!(twin["suggestedAgain"], true);
    let words = desk.run(&["bulk", "check", &bad]).expect(2);
    assert!(words.stdout.contains("line 3"), "{words:?}");
    desk.run(&["bulk", "check", "/nowhere.csv"]).expect(2);

    assert_eq!(desk.json(&["bulk", "status"])["batches"], json!([]));
    assert_eq!(shop.requests("/refund"), 0);
}

#[test]
fn whole_numbers_are_not_sent_before_it_is_said_what_they_are() {
    let (shop, payments) = shop_with(1, &[]);
    let desk = Desk::at(&shop, &payments);
    let id = text(&payments[0], "transactionId");
    let table = format!("maksu;paljonko\n{id};15\n");
    let path = desk.file("a.csv", table.as_bytes());
    let map = ["--map", "maksu=transactionId", "--map", "2=amountEuros"];
    let check = [&["bulk", "check", &path], &map[..]].concat();
    let cents = desk.json(&[&check, &["--amounts", "cents"][..]].concat());
    assert_eq!(cents["confirm"], "1:15");
    let euros = desk.json(&[&check, &["--amounts", "euros"][..]].concat());
    assert_eq!(euros["confirm"], "1:1500");
    let table = format!("transactionId;amount\n{id};15\n");
    let unsaid = desk.file("b.csv", table.as_bytes());
    let asked = desk.run(&["bulk", "check", &unsaid, "--json"]).expect(2);
    assert_eq!(asked.json()["amountsUnknown"], true);
}

#[test]
fn a_batch_refunds_each_line_once_and_the_same_file_again_is_refused() {
    let (shop, payments) = shop_with(12, &[]);
    let desk = Desk::at(&shop, &payments);
    let path = file(&desk, &payments, 150);
    let run = |confirm: &str, more: &[&str]| {
        let line = ["bulk", "run", &path, "--confirm", confirm, "--json"];
        desk.run(&[&line, more].concat())
    };
    for wrong in ["11:1650", "12:1801", "13:1800"] {
        let ended = run(wrong, &[]).expect(2);
        let error = &ended.json()["error"];
        assert_eq!(error["moneyMoved"], "no");
        assert!(text(error, "next").contains("--confirm 12:1800"), "{error}");
    }
    // A sum that is typed is this very one.
    run("12:1800", &["--typed", "18,01"]).expect(2);
    assert_eq!(desk.json(&["bulk", "status"])["batches"], json!([]));
    assert_eq!(shop.requests("/refund"), 0);

    let more = ["--concurrency", "3", "--note", "tapahtuma peruttu"];
    let done = run("12:1800", &more).expect(0).json();
    let batch = &done["batch"];
    assert_eq!(
        [
            &batch["state"],
            &batch["done"],
            &batch["left"],
            &batch["sum"]
        ],
        [&json!("finished"), &json!(12), &json!(0), &json!(1800)],
        "{batch}"
    );
    for payment in &payments {
        let refunds = shop.refunds_of(text(payment, "transactionId"));
        assert_eq!(refunds.len(), 1, "{refunds:?}");
        assert_eq!(number(&refunds[0], "amount"), 150);
    }

    let again = run("12:1800", &[]).expect(2).json();
    assert_eq!(again["error"]["why"]["kind"], "batchNothingToSend");
    assert_eq!(again["lines"][0]["suggestedAgain"], true, "{again}");
    assert_eq!(again["sameFileAs"], 1);
    assert_eq!(shop.requests("/refund"), 12);
    // Of one line it is meant: of the line of the file that is named, and of no other.
    run("1:150", &["--again", "4"]).expect(0);
    assert_eq!(shop.requests("/refund"), 13);
    assert_eq!(
        shop.refunds_of(text(&payments[2], "transactionId")).len(),
        2
    );
}

#[test]
fn lines_that_are_left_out_are_not_sent_and_a_line_that_is_not_there_stops_all() {
    let (shop, payments) = shop_with(3, &[]);
    let desk = Desk::at(&shop, &payments);
    let path = file(&desk, &payments, 150);
    let run = |leave_out: &str| {
        let line = ["bulk", "run", &path, "--confirm", "2:300", "--leave-out"];
        desk.run(&[&line[..], &[leave_out, "--json"]].concat())
    };
    run("1").expect(2);
    run("5").expect(2);
    assert_eq!(shop.requests("/refund"), 0);
    let batch = run("3").expect(0).json();
    assert_eq!(batch["batch"]["leftOut"], 1);
    let paid = payments.iter().map(|payment| {
        let id = text(payment, "transactionId");
        shop.refunds_of(id).len()
    });
    assert_eq!(paid.collect::<Vec<_>>(), [1, 0, 1]);
}

#[test]
fn lines_that_paytrail_refuses_or_that_get_lost_make_the_exit_code_and_are_named() {
    let (shop, payments) = shop_with(4, &[]);
    let desk = Desk::at(&shop, &payments);
    let path = file(&desk, &payments, 150);
    shop.faults(&json!({ "drop-after": { "rate": 1.0, "paths": ["refund"] } }));
    let run = ["bulk", "run", &path, "--confirm", "4:600", "--json"];
    let ended = desk.run(&run).expect(4).json();
    assert_eq!(ended["batch"]["unknown"], 4, "{ended}");
    assert_eq!(ended["error"]["moneyMoved"], "unknown");
    assert_eq!(ended["lines"][0]["state"], "unknown");
    assert!(ended["lines"][0]["operation"].is_string());
    let words = desk.run(&["bulk", "status", "1"]).expect(0).stdout;
    let operation = text(&ended["lines"][0], "operation");
    assert!(words.contains(operation), "`resolve` takes it: {words}");
    shop.faults(&json!({}));
    // They are not sent again, with the same file or by hand.
    desk.run(&run).expect(2);
    assert_eq!(shop.requests("/refund"), 4);
}

#[test]
fn a_refusal_by_paytrail_is_another_exit_code_than_what_was_not_sent() {
    let (shop, payments) = shop_with(4, &[]);
    let desk = Desk::at(&shop, &payments);
    shop.post("balance", &json!({ "amount": 150 }));
    let path = file(&desk, &payments, 150);
    let run = ["bulk", "run", &path, "--concurrency", "1", "--json"];
    let last = ["--leave-out", "4", "5", "--confirm", "2:300"];
    let ended = desk.run(&[&run[..], &last].concat()).expect(3).json();
    assert_eq!(
        [&ended["batch"]["done"], &ended["batch"]["rejected"]],
        [1, 1]
    );
    assert_eq!(ended["lines"][0]["line"], 3);
    assert!(ended["lines"][0]["requestId"].is_string());
    // Lines that still wait were not sent: that is worse, for it can be mended.
    let rest = ["--leave-out", "2", "3", "--confirm", "2:300"];
    let ended = desk.run(&[&run[..], &rest].concat()).expect(5).json();
    assert_eq!(ended["batch"]["why"], "balance");
    assert_eq!(
        [&ended["batch"]["rejected"], &ended["batch"]["left"]],
        [1, 1]
    );
}

#[test]
fn over_the_limit_the_sum_of_the_confirmation_counts_as_typed() {
    let (shop, payments) = shop_with(2, &[]);
    let desk = Desk::at(&shop, &payments);
    let data = desk.home().join("data/hyvitys.db");
    rusqlite::Connection::open(data)
        .unwrap()
        .execute(
            "INSERT INTO setting (name, value) VALUES ('batchLimit.1', '299')",
            [],
        )
        .unwrap();
    let path = file(&desk, &payments, 150);
    let run = ["bulk", "run", &path, "--confirm", "2:300", "--json"];
    let typed = desk
        .run(&[&run[..], &["--typed", "2,00"]].concat())
        .expect(2);
    assert_eq!(typed.json()["error"]["code"], "overLimit");
    assert_eq!(shop.requests("/refund"), 0);
    desk.run(&run).expect(0);
    assert_eq!(shop.requests("/refund"), 2);
}

#[test]
fn holds_of_a_file_are_activated() {
    let shop = Shop::open(&["--payments", "120"]);
    let invoices: Vec<Value> = shop.open_invoices().into_iter().take(3).collect();
    assert_eq!(invoices.len(), 3);
    let desk = Desk::at(&shop, &invoices);
    let ids: Vec<&str> = invoices
        .iter()
        .map(|payment| text(payment, "transactionId"))
        .collect();
    let path = desk.file(
        "laskut.csv",
        format!("transactionId\n{}\n", ids.join("\n")).as_bytes(),
    );
    let check = desk.json(&["bulk", "check", &path, "--kind", "activate"]);
    let confirm = text(&check, "confirm");
    let run = [
        "bulk",
        "run",
        &path,
        "--kind",
        "activate",
        "--confirm",
        confirm,
    ];
    desk.run(&run).expect(0);
    for id in ids {
        assert_eq!(shop.payment(id)["openHold"], false);
    }
}

#[test]
fn batches_are_listed_newest_first_and_exported_in_the_order_of_their_file() {
    let (shop, payments) = shop_with(5, &[]);
    let desk = Desk::at(&shop, &payments);
    let first = file(&desk, &payments, 150);
    desk.run(&["bulk", "run", &first, "--confirm", "5:750"])
        .expect(0);
    let second = file(&desk, &payments[..2], 170);
    desk.run(&["bulk", "run", &second, "--confirm", "2:340"])
        .expect(0);
    let list = desk.json(&["bulk", "status"]);
    let batches = list["batches"].as_array().unwrap();
    let told: Vec<(i64, i64, i64, i64)> = batches
        .iter()
        .map(|batch| {
            let of = |name| number(batch, name);
            (of("number"), of("lines"), of("sum"), of("done"))
        })
        .collect();
    assert_eq!(told, [(2, 2, 340, 2), (1, 5, 750, 5)]);
    let counts = [
        "accepted", "failed", "rejected", "unknown", "refused", "left",
    ];
    assert!(counts.iter().all(|count| number(&batches[0], count) == 0));
    let id = text(&batches[1], "batchId");
    let one = desk.json(&["bulk", "status", id]);
    assert_eq!(one["batches"][0], batches[1]);
    desk.run(&["bulk", "status", "3"]).expect(2);
    for late in ["pause", "stop", "resume"] {
        desk.run(&["bulk", late, "1"]).expect(2);
    }

    let table = desk.run(&["bulk", "export", "1"]).expect(0).stdout;
    let rows: Vec<&str> = table.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(
        rows[0],
        "transactionId;amount;result;refundId;requestId;message;at"
    );
    assert_eq!(rows.len(), 6);
    for (row, payment) in rows[1..].iter().zip(&payments) {
        let begin = format!("{};1,50;done;", text(payment, "transactionId"));
        assert!(row.starts_with(&begin), "{row}");
    }
    desk.run(&["bulk", "export", "1", "--json"]).expect(2);
    let out = desk.home().join("result.xlsx");
    let path = out.to_str().unwrap();
    let written = desk.json(&["bulk", "export", id, "--format", "xlsx", "--out", path]);
    assert_eq!(written["lines"], 5);
    assert!(fs::read(&out).unwrap().starts_with(b"PK"));
}

#[cfg(unix)]
mod interrupted {
    use std::process::Command;
    use std::thread;
    use std::time::{Duration, Instant};

    use super::*;

    /// Waits until so many refunds have come.
    fn wait_for_refunds(shop: &Shop, count: usize) {
        let started = Instant::now();
        while shop.requests("/refund") < count {
            assert!(
                started.elapsed() < Duration::from_mins(1),
                "the refunds are never sent"
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn ctrl_c_pauses_a_batch_whose_lines_under_way_end_and_resume_goes_on() {
        let (shop, payments) = shop_with(20, &["--latency", "100ms"]);
        let desk = Desk::at(&shop, &payments);
        let path = file(&desk, &payments, 150);
        let run = [
            "bulk",
            "run",
            &path,
            "--confirm",
            "20:3000",
            "--concurrency",
        ];
        let running = desk.start(&[&run[..], &["2", "--json"]].concat());
        wait_for_refunds(&shop, 3);
        let id = running.id().to_string();
        let sent = Command::new("sh")
            .args(["-c", &format!("kill -INT {id}")])
            .status();
        assert!(sent.unwrap().success());
        let ended = running.end().expect(5).json();
        let batch = &ended["batch"];
        assert_eq!(batch["state"], "paused");
        assert_eq!(batch["why"], "person");
        assert_eq!(batch["unknown"], 0, "lines under way have ended: {batch}");
        assert!(
            number(batch, "done") >= 2 && number(batch, "left") > 0,
            "{batch}"
        );
        assert_eq!(number(batch, "done") + number(batch, "left"), 20);
        assert!(text(&ended["error"], "next").contains("bulk resume 1"));

        let resumed = desk.json(&["bulk", "resume", "1"]);
        assert_eq!(resumed["batch"]["state"], "finished");
        assert_eq!(resumed["batch"]["done"], 20);
        for payment in &payments {
            assert_eq!(shop.refunds_of(text(payment, "transactionId")).len(), 1);
        }
    }

    #[test]
    fn another_program_pauses_and_stops_a_batch_and_its_rest_is_never_sent() {
        let (shop, payments) = shop_with(20, &["--latency", "100ms"]);
        let desk = Desk::at(&shop, &payments);
        let path = file(&desk, &payments, 150);
        let run = [
            "bulk",
            "run",
            &path,
            "--confirm",
            "20:3000",
            "--concurrency",
            "2",
        ];
        let running = desk.start(&run);
        wait_for_refunds(&shop, 3);
        // It runs elsewhere.
        desk.run(&["bulk", "resume", "1"]).expect(2);
        let paused = desk.json(&["bulk", "pause", "1"]);
        assert_eq!(paused["batch"]["state"], "paused");
        running.end().expect(5);
        let stopped = desk.json(&["bulk", "stop", "1"]);
        assert_eq!(stopped["batch"]["state"], "stopped");
        desk.run(&["bulk", "resume", "1"]).expect(2);
        let batch = desk.json(&["bulk", "status", "1"])["batches"][0].take();
        let paid: usize = payments
            .iter()
            .map(|payment| shop.refunds_of(text(payment, "transactionId")).len())
            .sum();
        assert_eq!(usize::try_from(number(&batch, "done")), Ok(paid));
        assert!(paid < 20);
    }
}
