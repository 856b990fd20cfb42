//! The merchant secret is in no file, no output and no argument, in plain, hex or base64.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Stdio;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::json;

use crate::support::{Desk, Ended, Shop, text};

/// A secret that nobody has had before. Its characters look different in every coding.
fn random_secret() -> String {
    let noise = || std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0_u8);
    format!("~K{:016x}?{:016x}>", noise(), noise())
}

/// Everything that a secret can look like.
fn disguises(secret: &str) -> Vec<Vec<u8>> {
    let mut all = BTreeSet::from([
        secret.to_owned(),
        hex::encode(secret),
        hex::encode_upper(secret),
    ]);
    // Within a longer text the groups of base64 begin at any of three places; what is the same for
    // all neighbours is the middle.
    for skipped in 0..3 {
        let shifted = &secret.as_bytes()[skipped..];
        let whole = &shifted[..shifted.len() / 3 * 3];
        all.insert(STANDARD_NO_PAD.encode(whole));
        all.insert(URL_SAFE_NO_PAD.encode(whole));
    }
    let wide = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
    all.into_iter()
        .map(String::into_bytes)
        .chain([wide])
        .collect()
}

fn found_in(bytes: &[u8], disguises: &[Vec<u8>]) -> bool {
    disguises.iter().any(|disguise| {
        bytes
            .windows(disguise.len())
            .any(|window| window == disguise)
    })
}

fn scan(folder: &Path, disguises: &[Vec<u8>], files: &mut usize) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            scan(&path, disguises, files);
        } else {
            *files += 1;
            assert!(
                !found_in(&fs::read(&path).unwrap(), disguises),
                "the secret is in {}",
                path.display()
            );
        }
    }
}

#[test]
fn the_scan_finds_a_secret_in_every_coding() {
    let secret = random_secret();
    let disguises = disguises(&secret);
    for before in ["", "a", "ab", "abc"] {
        let text = format!("{before}{secret}, and more");
        for coded in [
            text.clone(),
            hex::encode(&text),
            STANDARD_NO_PAD.encode(&text),
            URL_SAFE_NO_PAD.encode(&text),
        ] {
            assert!(found_in(coded.as_bytes(), &disguises), "{coded}");
        }
    }
    assert!(!found_in(random_secret().as_bytes(), &disguises));
}

#[test]
fn the_secret_is_in_no_file_no_output_and_no_argument() {
    let secret = random_secret();
    let disguises = disguises(&secret);
    let check = |ended: &Ended| {
        assert!(
            !found_in(ended.stdout.as_bytes(), &disguises),
            "the secret was printed"
        );
        assert!(
            !found_in(ended.stderr.as_bytes(), &disguises),
            "the secret was printed"
        );
    };
    let shop = Shop::with_secret(&secret, &["--payments", "80", "--latency", "150ms"]);
    let desk = Desk::new(&secret);
    check(&desk.add(&shop).expect(0));
    let payments = shop.untouched(3_000);
    desk.import_ids(&payments[..3]);
    let report = desk.file("report.json", &shop.raw("report.json"));
    let ids =
        [&payments[0], &payments[1], &payments[2]].map(|payment| text(payment, "transactionId"));

    // Good ends, bad ends, and what is said about them.
    let nobody = "00000000-0000-4000-8000-000000000000";
    for arguments in [
        vec!["import", &report, "--yes"],
        vec!["refund", ids[0], "--amount", "5"],
        vec!["refund", ids[0], "--amount", "999999"],
        vec!["refund", nobody, "--all"],
        vec!["show", ids[0]],
        vec!["list", "--limit", "1000", "--json"],
        vec!["sync"],
        vec!["account", "list", "--json"],
        vec!["cancel", ids[1]],
        vec!["no such command"],
    ] {
        check(&desk.run(&arguments));
    }
    shop.faults(&json!({ "bad-signature": 1 }));
    check(&desk.run(&["refund", ids[1], "--amount", "5"]));
    shop.faults(&json!({}));
    check(&desk.run(&["operations"]));

    // While a command waits for its answer, its arguments can be read by everyone.
    let mut running = desk.start(&["refund", ids[2], "--amount", "6"]);
    let arguments = format!("/proc/{}/cmdline", running.id());
    let mut looks = 0;
    while running.runs() {
        if let Ok(line) = fs::read(&arguments) {
            assert!(!found_in(&line, &disguises), "the secret is an argument");
            looks += 1;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    check(&running.end());
    assert!(
        looks > 0 || !Path::new("/proc/self/cmdline").exists(),
        "no look at the arguments was had"
    );

    let mut files = 0;
    scan(desk.home(), &disguises, &mut files);
    assert!(files > 1, "the data file was looked at");
}

#[test]
fn with_a_keychain_the_secret_is_typed_once_and_still_in_no_file_and_no_output() {
    let Some(desk) = Desk::with_keychain() else {
        println!("left out: HYVITYS_TEST_KEYRING is not set");
        return;
    };
    let secret = random_secret();
    let disguises = disguises(&secret);
    let shop = Shop::with_secret(&secret, &["--payments", "80", "--pending-refunds", "0"]);
    let url = shop.url();
    let add = [
        "account",
        "add",
        "--name",
        "Kauppa",
        "--merchant",
        "375917",
        "--api",
        &url,
    ];
    let typed = format!("{secret}\n");
    let mut all = vec![desk.run_with(&add, typed.as_bytes()).expect(0)];
    let payment = shop.untouched(3_000).remove(0);
    desk.import_ids(std::slice::from_ref(&payment));
    let id = text(&payment, "transactionId");
    all.push(desk.run(&["refund", id, "--amount", "5"]).expect(0));
    all.push(desk.run(&["account", "remove", "Kauppa"]).expect(0));
    for ended in all {
        assert!(!found_in(ended.stdout.as_bytes(), &disguises));
        assert!(!found_in(ended.stderr.as_bytes(), &disguises));
    }
    scan(desk.home(), &disguises, &mut 0);
    // A piped secret is kept, whatever the environment has.
    let with_another = |arguments: &[&str], input: Stdio| {
        let mut command = desk.command(arguments);
        command.env("HYVITYS_MERCHANT_SECRET", "not the secret");
        command.stdin(input).output().unwrap()
    };
    let file = fs::File::open(desk.file("typed", typed.as_bytes())).unwrap();
    let added = with_another(&add, file.into());
    fs::remove_file(desk.home().join("files/typed")).unwrap();
    assert!(added.status.success(), "{added:?}");
    assert!(String::from_utf8_lossy(&added.stdout).contains("goes before"));
    desk.run(&["refund", id, "--amount", "6"]).expect(0);
    scan(desk.home(), &disguises, &mut 0);
    desk.run(&["account", "remove", "Kauppa"]).expect(0);
    // The removed account took its secret along: without a new one it does not come back.
    desk.run_with(&add, b"").expect(2);
}
