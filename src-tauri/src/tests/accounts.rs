use hyvitys_sandbox::{TEST_MERCHANT, TEST_SECRET};
use hyvitys_secrets::KeychainError;
use serde_json::json;

use super::support::open;

#[test]
fn a_fresh_window_has_no_shop_and_the_usual_settings() {
    let window = open();
    let start = window.ask("start", json!({}));
    assert_eq!(start["accounts"], json!([]));
    assert_eq!(start["settings"]["timeZone"], "Europe/Helsinki");
    assert_eq!(start["settings"]["theme"], "system");
    assert_eq!(start["locked"], json!(null));
    assert_eq!(start["first"], json!(null));
}

#[test]
fn a_start_brings_the_rows_that_the_list_of_the_shop_begins_with() {
    let window = open();
    let account = window.connect();
    let asked = json!({
        "account": account, "query": "", "sort": { "by": "created", "descending": true }, "after": null, "limit": 60,
    });
    let page = window.ask("list_payments", asked);
    let start = window.ask("start", json!({}));
    assert!(!page["rows"].as_array().unwrap().is_empty());
    assert_eq!(start["first"]["rows"], page["rows"]);
    assert_eq!(start["first"]["next"], page["next"]);
}

#[test]
fn settings_are_kept_and_an_impossible_time_zone_is_refused() {
    let window = open();
    let settings = json!({ "language": "sv", "theme": "dark", "timeZone": "Europe/Stockholm", "layout": "{}", "batchConcurrency": 8 });
    window.ask("set_settings", json!({ "settings": settings }));
    assert_eq!(window.ask("start", json!({}))["settings"], settings);
    let nowhere = json!({ "language": "sv", "theme": "dark", "timeZone": "Europe/Nowhere", "layout": null , "batchConcurrency": 8});
    let error = window
        .call("set_settings", json!({ "settings": nowhere }))
        .unwrap_err();
    assert_eq!(error["code"], "badInput");
    assert_eq!(window.ask("start", json!({}))["settings"], settings);
}

#[test]
fn a_language_that_is_taken_back_is_the_systems_again() {
    let window = open();
    let with = |language| json!({ "settings": { "language": language, "theme": "system", "timeZone": "Europe/Helsinki", "layout": null , "batchConcurrency": 8} });
    window.ask("set_settings", with(json!("fi")));
    window.ask("set_settings", with(json!(null)));
    assert_eq!(
        window.ask("start", json!({}))["settings"]["language"],
        json!(null)
    );
}

#[test]
fn a_secret_that_was_pasted_into_the_wrong_field_is_not_said_back() {
    let window = open();
    let mut order = window.order();
    order["merchantId"] = json!(TEST_SECRET);
    let error = window
        .call("add_account", json!({ "order": order }))
        .unwrap_err();
    assert_eq!(error["code"], "badInput");
    assert!(!error.to_string().contains(TEST_SECRET), "{error}");
}

#[test]
fn a_check_says_what_it_found_and_keeps_nothing() {
    let window = open();
    let check = |secret: &str| {
        let arguments =
            json!({ "merchantId": TEST_MERCHANT, "secret": secret, "api": window.shop.url() });
        window.ask("check_credentials", arguments)
    };
    let good = check(TEST_SECRET);
    assert_eq!(good["signature"], "accepted");
    assert_eq!(good["error"], json!(null));
    assert_eq!(
        good["klarna"][0],
        json!({ "amount": 5000, "offered": "yes" })
    );
    let wrong = check("wrong");
    assert_eq!(wrong["signature"], "unauthorized");
    assert_eq!(wrong["error"]["code"], "unauthorized");
    assert_eq!(wrong["error"]["moneyMoved"], "no");
    assert_eq!(window.ask("accounts", json!({})), json!([]));
}

#[test]
fn a_connected_shop_is_worked_on_and_its_secret_never_comes_back() {
    let window = open();
    let account = window.connect();
    let everything = [
        window.ask("start", json!({})),
        window.ask("accounts", json!({})),
        window.ask(
            "secret_state",
            json!({ "account": account, "again": false }),
        ),
        window.ask("setup_check", json!({ "account": account })),
        window.ask(
            "operations",
            json!({ "account": account, "after": null, "limit": 10 }),
        ),
    ];
    assert_eq!(everything[1][0]["active"], true);
    assert_eq!(everything[1][0]["mode"], "sandbox");
    assert_eq!(everything[1][0]["builtIn"], false);
    assert_eq!(everything[2], "kept");
    for answer in everything {
        assert!(!answer.to_string().contains(TEST_SECRET), "{answer}");
    }
}

#[test]
fn a_keychain_that_is_locked_is_named_and_no_account_is_made() {
    let window = open();
    window
        .keychain
        .fail_with(Some(KeychainError::Locked("locked".to_owned())));
    let error = window
        .call("add_account", json!({ "order": window.order() }))
        .unwrap_err();
    assert_eq!(error["code"], "secret");
    assert_eq!(error["why"]["kind"], "keychainLocked");
    assert_eq!(window.ask("accounts", json!({})), json!([]));
}

#[test]
fn a_name_that_is_taken_is_said_with_the_name() {
    let window = open();
    window.connect();
    let mut other = window.order();
    other["merchantId"] = json!("695861");
    let error = window
        .call("add_account", json!({ "order": other }))
        .unwrap_err();
    assert_eq!(
        error["why"],
        json!({ "kind": "nameTaken", "values": { "name": "Kehrä" } })
    );
}

#[test]
fn a_keychain_that_stayed_locked_is_asked_again_at_a_press_and_not_by_itself() {
    let window = open();
    let account = window.connect();
    let state = |again: bool| {
        let arguments = json!({ "account": account, "again": again });
        window.ask("secret_state", arguments)
    };
    let lock = || {
        let locked = KeychainError::Locked("for a test".to_owned());
        window.keychain.fail_with(Some(locked));
        assert_eq!(state(true), "locked");
        window.keychain.fail_with(None);
    };
    lock();
    // Showing where the secret is, and looks in the background, open no dialog.
    assert_eq!(state(false), "locked");
    assert_eq!(state(false), "locked");
    assert_eq!(state(true), "kept");
    for (command, more) in [
        ("setup_check", json!({})),
        ("sync", json!({})),
        ("settlements", json!({ "refresh": true })),
    ] {
        lock();
        let mut arguments = json!({ "account": account });
        arguments
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        window.ask(command, arguments);
        assert_eq!(state(false), "kept", "{command}");
    }
}

#[test]
fn the_built_in_shop_is_filled_by_one_import() {
    let window = open();
    let account = window.ask("open_sandbox", json!({}))["id"].clone();
    let runs = window.ask("imports", json!({ "account": account }));
    let runs = runs.as_array().unwrap();
    assert_eq!(runs.len(), 1, "{runs:?}");
    assert_eq!(runs[0]["files"], json!(["report.json", "ids.txt"]));
    let rows = window.list(account.as_i64().unwrap(), "");
    assert!(!rows.is_empty());
    assert!(rows.iter().all(|row| !row["transactionId"].is_null()));
}
