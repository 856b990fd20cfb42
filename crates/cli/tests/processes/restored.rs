//! A data folder that comes back from a backup is older than what was sent since: it is locked.

use std::fs;
use std::path::Path;

use crate::support::{Desk, Shop, text};

/// Puts the files of a folder into another one, in place of what is there.
fn copy(from: &Path, to: &Path) {
    // The first time there is nothing in its place.
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        if entry.path().is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

#[test]
fn a_restored_data_folder_sends_nothing_until_a_person_has_taken_it_over() {
    let shop = Shop::open(&["--payments", "80", "--pending-refunds", "0"]);
    let payment = shop.untouched(3_000).remove(0);
    let desk = Desk::at(&shop, std::slice::from_ref(&payment));
    let id = text(&payment, "transactionId");
    let (data, backup) = (desk.home().join("data"), desk.home().join("backup"));
    desk.run(&["takeover", "--note", "nothing to take over"])
        .expect(2);
    copy(&data, &backup);
    desk.run(&["refund", id, "--amount", "10"]).expect(0);
    copy(&backup, &data);

    // This folder knows nothing of the refund, and would make it again.
    assert!(desk.operations().is_empty());
    let locked = desk
        .run(&["refund", id, "--amount", "10", "--json"])
        .expect(2)
        .json();
    assert_eq!(locked["error"]["code"], "locked");
    assert_eq!(shop.refunds_of(id).len(), 1);
    let report = desk.file("report.json", &shop.raw("report.json"));
    desk.run(&["import", &report, "--yes"]).expect(0);
    assert_eq!(
        desk.json(&["show", id])["refunded"],
        1_000,
        "the report brings the lost refund back"
    );

    desk.run(&["takeover", "--note", "compared with the refund list"])
        .expect(0);
    desk.run(&["refund", id, "--amount", "11"]).expect(0);
    assert_eq!(shop.refunds_of(id).len(), 2);
}
