//! What is typed wrong, asked back or kept: accounts, prompts, errors as text and as JSON.

use serde_json::{Value, json};

use crate::support::{Desk, Shop, TEST_SECRET, number, text};

const ID: &str = "681538c4-fc84-11e9-83bc-2ffcef4c3453";

fn shop() -> Shop {
    Shop::open(&["--payments", "30"])
}

#[test]
fn what_is_typed_wrong_ends_with_2_and_json_says_it_as_json() {
    let desk = Desk::new(TEST_SECRET);
    for arguments in [
        &["refund", ID, "--amount", "1.234", "--json"][..],
        &["refund", "not an id", "--all", "--json"],
        &["list", "--limit", "5000", "--json"],
        &["--json"],
    ] {
        let error = desk.run(arguments).expect(2).json();
        assert_eq!(error["error"]["code"], "badInput", "{arguments:?}");
        assert_eq!(error["error"]["moneyMoved"], "no");
        assert!(!text(&error["error"], "message").is_empty());
        assert!(error["error"].get("requestId").is_some() && error["error"].get("next").is_some());
    }
    desk.run(&["--help"]).expect(0);
    desk.run(&["--version"]).expect(0);
}

#[test]
fn without_an_account_it_is_said_that_there_is_none() {
    let desk = Desk::new(TEST_SECRET);
    let error = desk
        .run(&["refund", ID, "--all", "--json"])
        .expect(2)
        .json();
    assert_eq!(error["error"]["code"], "account");
    let listed = desk.json(&["account", "list"]);
    assert_eq!(listed["accounts"].as_array().map(Vec::len), Some(0));
}

#[test]
fn the_first_account_becomes_active_and_another_one_can_be_used() {
    let (shop, other) = (shop(), shop());
    let desk = Desk::new(TEST_SECRET);
    desk.add(&shop).expect(0);
    let url = other.url();
    desk.run(&[
        "account",
        "add",
        "--name",
        "Toinen",
        "--merchant",
        "375917",
        "--api",
        &url,
    ])
    .expect(0);
    desk.add(&shop).expect(2);
    let active = || {
        let listed = desk.json(&["account", "list"]);
        let all = listed["accounts"].as_array().unwrap().clone();
        let active: Vec<Value> = all
            .into_iter()
            .filter(|account| account["active"] == true)
            .collect();
        assert_eq!(active.len(), 1, "{active:?}");
        text(&active[0], "name").to_owned()
    };
    assert_eq!(active(), "Kauppa");
    desk.run(&["account", "use", "Toinen"]).expect(0);
    assert_eq!(active(), "Toinen");
    desk.run(&["account", "use", "Nobody"]).expect(2);

    // Two shops don't mix: what one has, the other has not.
    let payment = &shop.untouched(1_000)[0];
    let file = desk.file("ids.txt", text(payment, "transactionId").as_bytes());
    desk.run(&["--account", "Kauppa", "import", &file, "--yes"])
        .expect(0);
    desk.run(&[
        "--account",
        "Kauppa",
        "show",
        text(payment, "transactionId"),
    ])
    .expect(0);
    desk.run(&[
        "--account",
        "Toinen",
        "show",
        text(payment, "transactionId"),
    ])
    .expect(2);

    desk.run(&["account", "remove", "Toinen"]).expect(0);
    assert_eq!(
        desk.json(&["account", "list"])["accounts"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
}

#[test]
fn an_account_with_open_operations_is_not_removed() {
    let shop = Shop::open(&["--payments", "60", "--pending-refunds", "1"]);
    let payment = &shop.untouched(1_000)[0];
    let desk = Desk::at(&shop, std::slice::from_ref(payment));
    desk.run(&["refund", text(payment, "transactionId"), "--amount", "1"])
        .expect(0);
    desk.run(&["account", "remove", "Kauppa"]).expect(2);
    shop.advance("61s");
    desk.run(&["sync"]).expect(0);
    desk.run(&["account", "remove", "Kauppa"]).expect(0);
}

#[test]
fn without_a_terminal_and_without_yes_an_import_shows_its_plan_and_keeps_nothing() {
    let shop = shop();
    let desk = Desk::new(TEST_SECRET);
    desk.add(&shop).expect(0);
    let report = desk.file("report.csv", &shop.raw("report.csv"));
    desk.run(&["import", &report]).expect(2);
    assert_eq!(
        desk.json(&["list"])["payments"].as_array().map(Vec::len),
        Some(0)
    );
    desk.run(&["import", &report, "--yes"]).expect(0);
    assert_eq!(
        desk.json(&["list"])["payments"].as_array().map(Vec::len),
        Some(30)
    );
    desk.run(&["import", "/no/such/file", "--yes"]).expect(2);
}

#[test]
fn json_without_yes_is_the_plan_and_keeps_nothing() {
    let shop = shop();
    let desk = Desk::new(TEST_SECRET);
    desk.add(&shop).expect(0);
    let report = desk.file("report.json", &shop.raw("report.json"));
    let planned = desk.run(&["import", &report, "--json"]).expect(2).json();
    // All is new: the payments, and the refunds of some of them.
    let rows = number(&planned["files"][0], "rows");
    assert_eq!(number(&planned["plan"], "new"), rows, "{planned}");
    assert!(rows >= 30, "{planned}");
    assert_eq!(planned["account"]["name"], "Kauppa");
    assert_eq!(
        (&planned["applied"], &planned["result"]),
        (&json!(false), &json!(null))
    );
    assert!(
        text(&planned["error"], "next").contains("--yes"),
        "{planned}"
    );
    let listed = || desk.json(&["list"])["payments"].as_array().map(Vec::len);
    assert_eq!(listed(), Some(0));

    let payment = shop.untouched(100).remove(0);
    let ids = format!("{}\nnot an id\n", text(&payment, "transactionId"));
    let ids = desk.file("ids.txt", ids.as_bytes());
    let both = desk.json(&["import", &report, &ids, "--yes"]);
    assert_eq!(
        (&both["applied"], &both["plan"]["new"]),
        (&json!(true), &json!(rows + 1))
    );
    assert_eq!(
        (
            &both["problems"][0]["verdict"],
            &both["problems"][0]["line"]
        ),
        (&json!("broken"), &json!(2)),
        "{both}"
    );
    assert_eq!(listed(), Some(30));
}

#[test]
fn a_broken_row_is_named_with_its_line_and_the_good_rows_are_kept() {
    let shop = shop();
    let desk = Desk::new(TEST_SECRET);
    desk.add(&shop).expect(0);
    let good = shop.untouched(100);
    let ids = format!(
        "{}\nnot an id\n{}\n",
        text(&good[0], "transactionId"),
        text(&good[1], "transactionId")
    );
    let ended = desk
        .run_with(&["import", "-", "--yes"], ids.as_bytes())
        .expect(0);
    assert!(
        ended.stdout.contains('2') && ended.stdout.contains("broken"),
        "{ended:?}"
    );
    assert_eq!(
        desk.json(&["list"])["payments"].as_array().map(Vec::len),
        Some(2)
    );
}

#[test]
fn a_secret_without_a_place_to_keep_it_is_refused_and_one_without_a_line_asked_for() {
    let shop = shop();
    let desk = Desk::new(TEST_SECRET).without_secret();
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
        "--json",
    ];
    let error = desk.run(&add).expect(2).json();
    assert_eq!(error["error"]["code"], "secret");
    // There is no keychain at this desk, and a secret is never put into a file instead.
    let error = desk.run_with(&add, b"SAIPPUAKAUPPIAS\n").expect(2).json();
    assert_eq!(error["error"]["code"], "secret");
    assert!(
        text(&error["error"], "next").contains("HYVITYS_MERCHANT_SECRET"),
        "{error}"
    );
}

#[test]
fn a_piped_secret_goes_before_the_environments_and_an_empty_pipe_gives_way_to_it() {
    let shop = shop();
    let desk = Desk::new(TEST_SECRET);
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
    let typed = format!("{TEST_SECRET}\n");
    // No keychain can keep another one, and an empty line is nothing that anybody meant.
    for wrong in ["another secret\n", "\n", "two\nlines\n"] {
        let json = [add.as_slice(), &["--json"]].concat();
        let error = desk.run_with(&json, wrong.as_bytes()).expect(2).json();
        assert_eq!(error["error"]["code"], "secret", "{wrong:?}");
    }
    for input in [typed.as_bytes(), b""] {
        let added = desk.run_with(&add, input).expect(0);
        assert!(added.stdout.contains("is not stored"), "{added:?}");
        desk.run(&["account", "remove", "Kauppa"]).expect(0);
    }
}

#[test]
fn a_list_for_people_has_amounts_as_people_write_them() {
    let shop = shop();
    let payments = shop.payments();
    let desk = Desk::at(&shop, &payments);
    let listed = desk.run(&["list", "--limit", "1000"]).expect(0);
    assert!(listed.stdout.contains("Kauppa · SANDBOX"), "{listed:?}");
    let dear = payments
        .iter()
        .max_by_key(|payment| payment["amount"].as_i64())
        .unwrap();
    let cents = dear["amount"].as_i64().unwrap();
    let amount = format!("{:02} €", cents % 100);
    assert!(listed.stdout.contains(&amount), "{amount}: {listed:?}");
}
