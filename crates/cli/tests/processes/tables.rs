//! Settlements, the check of a set-up, and tables for other programs.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Desk, Shop, TEST_SECRET, number, text};

/// A desk with the shop's account, and nothing imported.
fn desk_at(shop: &Shop) -> Desk {
    let desk = Desk::new(TEST_SECRET);
    desk.add(shop).expect(0);
    desk
}

/// A desk that knows the shop's payments by its report.
fn desk(shop: &Shop) -> Desk {
    let desk = desk_at(shop);
    let report = desk.file("report.json", &shop.raw("report.json?status=all"));
    desk.run(&["import", &report, "--yes"]).expect(0);
    desk
}

#[test]
fn settlements_are_listed_shown_and_missing_entries_end_with_2() {
    let shop = Shop::open(&["--payments", "60"]);
    let desk = desk_at(&shop);
    let empty = desk.json(&["settlements"]);
    assert_eq!(empty["settlements"], json!([]));
    let list = desk.json(&["settlements", "--refresh"]);
    let rows = list["settlements"].as_array().unwrap();
    assert!(rows.len() > 2 && list["fetchedAt"].is_string());
    let id = text(&rows[0], "id");
    let shown = desk.run(&["settlements", id, "--json"]).expect(2).json();
    assert_eq!(shown["problems"][0]["kind"], "settlementNoEntries");
    assert_eq!(number(&shown["sums"], "net"), 0);
    desk.run(&["settlements", "nowhere"]).expect(2);
    drop(shop);
    let offline = desk
        .run(&["settlements", "--refresh", "--json"])
        .expect(5)
        .json();
    assert_eq!(
        offline["settlements"].as_array().map(Vec::len),
        Some(rows.len())
    );
}

#[test]
fn doctor_ends_by_what_it_finds() {
    let shop = Shop::open(&["--payments", "5"]);
    let desk = desk_at(&shop);
    // The shop's clock stands at its own time, so this machine's looks wrong to it.
    let found = desk.run(&["doctor", "--json"]);
    let document = found.json();
    let item = |what: &str| -> Value {
        let items = document["items"].as_array().unwrap();
        items
            .iter()
            .find(|item| item["what"] == what)
            .unwrap()
            .clone()
    };
    assert_eq!(item("credentials")["state"], "good");
    assert_eq!(item("klarna")["state"], "good");
    assert_eq!(item("callback")["why"]["kind"], "callbackMissing");
    let clock_is_good = item("clock")["state"] == "good";
    found.expect(if clock_is_good { 0 } else { 2 });

    let stranger = Desk::new("wrong");
    stranger.add(&shop).expect(0);
    let wrong = stranger.run(&["doctor", "--json"]);
    let document = wrong.json();
    assert_eq!(document["credentials"]["signature"], "unauthorized");
    assert!(matches!(wrong.code, Some(2 | 3)), "{wrong:?}");
    drop(shop);
    let gone = desk.run(&["doctor", "--json"]).expect(5).json();
    assert_eq!(gone["wrong"], "network");
    assert!(desk.run(&["doctor"]).stdout.contains("can't be reached"));
}

#[test]
fn doctor_judges_neither_id_nor_secret_of_a_shop_that_is_busy() {
    let shop = Shop::open(&["--payments", "5", "--fault", "status-429=1"]);
    let busy = desk_at(&shop).run(&["doctor"]).expect(5);
    assert!(
        busy.stdout.contains(
            "Paytrail is busy and asks to wait; id and secret were not judged: run `doctor` again"
        ),
        "{}",
        busy.stdout
    );
    assert!(!busy.stdout.contains("is wrong"), "{}", busy.stdout);
}

#[test]
fn a_table_goes_to_a_file_or_to_standard_output_whole() {
    let shop = Shop::open(&["--payments", "40"]);
    let desk = desk(&shop);
    let out = desk.home().join("payments.csv");
    let path = out.to_str().unwrap();
    let done = desk.json(&["export", "payments", "--format", "csv", "--out", path]);
    assert_eq!(
        (number(&done, "payments"), text(&done, "format")),
        (40, "csv")
    );
    let csv = fs::read_to_string(&out).unwrap();
    assert!(csv.starts_with("\u{feff}createdAt;reference;"));
    assert_eq!(csv.lines().count(), 41);
    let printed = desk
        .run(&["export", "payments", "--format", "csv"])
        .expect(0);
    assert_eq!(printed.stdout, csv);
    assert!(printed.stderr.contains("40 payments"));
    let rows = desk.json(&[
        "export",
        "payments",
        "--format",
        "json",
        "--query",
        "status:ok",
    ]);
    assert!(
        rows.as_array()
            .unwrap()
            .iter()
            .all(|row| row["status"] == "ok")
    );
    let book = desk.home().join("payments.xlsx");
    desk.run(&[
        "export",
        "payments",
        "--format",
        "xlsx",
        "--out",
        book.to_str().unwrap(),
    ])
    .expect(0);
    assert!(fs::read(&book).unwrap().starts_with(b"PK"));
    let error = desk
        .run(&["export", "payments", "--format", "csv", "--json"])
        .expect(2);
    assert_eq!(error.json()["error"]["next"], "give --out FILE");
    let nowhere = desk.home().join("no/such/folder.csv");
    desk.run(&[
        "export",
        "payments",
        "--format",
        "csv",
        "--out",
        nowhere.to_str().unwrap(),
    ])
    .expect(2);
}
