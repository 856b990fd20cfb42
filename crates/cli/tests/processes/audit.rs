//! Who did what and when, and that it is still as it was written.

use std::fs;

use rusqlite::Connection;

use crate::support::{Desk, Shop, text};

fn file(desk: &Desk) -> Connection {
    Connection::open(desk.home().join("data/hyvitys.db")).unwrap()
}

#[test]
fn a_refund_has_its_reason_in_the_log_and_its_note_beside_it() {
    let shop = Shop::open(&["--payments", "80", "--pending-refunds", "1"]);
    let payment = shop.untouched(3_000).remove(0);
    let desk = Desk::at(&shop, std::slice::from_ref(&payment));
    let id = text(&payment, "transactionId");
    let refund = [
        "refund",
        id,
        "--amount",
        "10",
        "--reason",
        "Palautettu",
        "--note",
        "Aino soitti",
    ];
    let done = desk.json(&refund);
    let operation = &done["operations"][0];
    assert_eq!(operation["refundReason"], "Palautettu");
    assert_eq!(operation["note"], "Aino soitti");
    assert_eq!(
        (&operation["state"], &operation["pending"]),
        (&"accepted".into(), &true.into())
    );
    // For people, pending is told from what is only requested, with where to approve.
    let listed = desk.run(&["operations", "--state", "accepted"]).expect(0);
    assert!(listed.stdout.contains("pending at Paytrail"), "{listed:?}");
    assert!(listed.stdout.contains("Palautettu"));
    let again = desk.run(&["refund", id, "--amount", "11"]).expect(0);
    assert!(again.stdout.contains("refund approvals"), "{again:?}");

    let log = desk.json(&["audit", "list", "--limit", "500"]);
    let entries = log["entries"].as_array().unwrap();
    let queued = entries
        .iter()
        .rfind(|entry| entry["what"] == "operation.queued")
        .unwrap();
    assert_eq!(queued["refundReason"], "Palautettu");
    assert_eq!(queued["amount"], 1_000);
    assert!(
        !log.to_string().contains("Aino"),
        "a note may name a customer"
    );
    let found = desk.json(&["audit", "list", "--text", "palautettu"]);
    assert!(found["entries"].as_array().unwrap().len() >= 2);
    let later = desk.json(&["audit", "list", "--since", "2999-01-01"]);
    assert!(later["entries"].as_array().unwrap().is_empty());
    desk.run(&["audit", "list", "--since", "yesterday"])
        .expect(2);

    let table = desk.home().join("log.csv");
    let out = table.display().to_string();
    desk.run(&["audit", "export", "--format", "csv", &out])
        .expect(0);
    let csv = fs::read_to_string(&table).unwrap();
    assert!(csv.contains(";operation.queued;") && csv.contains("Palautettu"));
}

#[test]
fn over_the_limit_the_sum_has_to_be_typed() {
    let shop = Shop::open(&["--payments", "80", "--pending-refunds", "0"]);
    let payment = shop.untouched(3_000).remove(0);
    let desk = Desk::at(&shop, std::slice::from_ref(&payment));
    let id = text(&payment, "transactionId");
    file(&desk)
        .execute(
            "INSERT INTO setting (name, value) VALUES ('refundLimit.1', '999')",
            [],
        )
        .unwrap();
    for more in [&[][..], &["--typed", "10,01"]] {
        let line = [&["refund", id, "--amount", "10", "--json"], more].concat();
        let refused = desk.run(&line).expect(2).json();
        assert_eq!(refused["error"]["code"], "overLimit", "{more:?}");
        assert_eq!(refused["error"]["moneyMoved"], "no");
    }
    assert!(desk.operations().is_empty() && shop.refunds_of(id).is_empty());
    desk.run(&["refund", id, "--amount", "10", "--typed", "10.00"])
        .expect(0);
    assert_eq!(shop.refunds_of(id).len(), 1);
}

#[test]
fn a_changed_entry_a_cut_end_and_a_changed_operation_are_found_and_named() {
    let shop = Shop::open(&["--payments", "80", "--pending-refunds", "0"]);
    let payment = shop.untouched(3_000).remove(0);
    let desk = Desk::at(&shop, std::slice::from_ref(&payment));
    let id = text(&payment, "transactionId");
    desk.run(&["refund", id, "--amount", "10"]).expect(0);
    let report = desk.json(&["audit", "verify"]);
    assert_eq!(
        (&report["holds"], &report["head"]),
        (&true.into(), &"agrees".into())
    );
    // There is no keychain here, and that is not hidden.
    assert_eq!(report["unsealed"]["count"], report["entries"]);
    let last = report["entries"].as_i64().unwrap();
    let data = desk.home().join("data/hyvitys.db");
    let good = fs::read(&data).unwrap();
    let attacks = [
        (
            "DROP TRIGGER journal_entry_stays; UPDATE journal_entry SET os_user = 'eve' WHERE seq = 2",
            "changed",
            2,
        ),
        (
            "DROP TRIGGER journal_entry_is_kept; DELETE FROM journal_entry WHERE seq = 2",
            "missing",
            2,
        ),
        (
            "DROP TRIGGER operation_intent_stays; UPDATE operation SET amount = 1",
            "operation",
            last,
        ),
        (
            "DROP TRIGGER journal_entry_is_kept; DELETE FROM journal_entry WHERE seq > 1",
            "cutOff",
            2,
        ),
    ];
    for (attack, what, seq) in attacks {
        fs::write(&data, &good).unwrap();
        file(&desk).execute_batch(attack).unwrap();
        let ended = desk.run(&["audit", "verify", "--json"]).expect(2);
        let found = ended.json();
        assert_eq!(found["holds"], false, "{attack}");
        assert_eq!(found["broken"]["what"], what, "{attack}");
        assert_eq!(found["broken"]["seq"], seq, "{attack}");
        let told = desk.run(&["audit", "verify"]).expect(2);
        assert!(told.stdout.contains("NOT AS IT WAS WRITTEN"), "{told:?}");
    }
}
