use hyvitys_sandbox::faults::{Fault, Faults, Rate};
use serde_json::json;

use super::support::open;

#[test]
fn a_look_that_ends_says_when_and_one_that_brings_nothing_says_why() {
    let window = open();
    let account = window.connect();
    let state = || window.ask("sync_state", json!({ "account": account }));
    window.ask("sync", json!({ "account": account }));
    assert!(state()["at"].is_string());
    assert_eq!(state()["error"], json!(null));

    let tired = [(Fault::Status500Before, Rate::Everywhere(1.0))];
    window.shop.set_faults(Faults::new(tired).unwrap());
    let before = state()["at"].clone();
    window.ask("sync", json!({ "account": account }));
    assert_eq!(
        state()["at"],
        before,
        "it is not up to date by a look that brought nothing"
    );
    assert_eq!(state()["error"]["why"]["kind"], "serverError");

    window.shop.set_faults(Faults::default());
    window.ask("sync", json!({ "account": account }));
    assert_eq!(state()["error"], json!(null));
}

#[test]
fn a_shop_without_payments_is_up_to_date_only_when_paytrail_has_answered() {
    let window = open();
    let mut order = window.order();
    let account = window.ask("add_account", json!({ "order": order }))["id"]
        .as_i64()
        .unwrap();
    window.ask("sync", json!({ "account": account }));
    let state = window.ask("sync_state", json!({ "account": account }));
    assert!(state["at"].is_string(), "{state}");

    order["name"] = json!("Elsewhere");
    // Nobody listens on this port.
    order["api"] = json!("http://127.0.0.1:9");
    let other = window.ask("add_account", json!({ "order": order }))["id"]
        .as_i64()
        .unwrap();
    window.ask("sync", json!({ "account": other }));
    let state = window.ask("sync_state", json!({ "account": other }));
    assert_eq!(state["at"], json!(null));
    assert!(state["offlineSince"].is_string(), "{state}");
}

#[test]
fn a_window_that_is_about_to_close_begins_nothing_new() {
    let window = open();
    let account = window.connect();
    let payment = window
        .list(account, "status:ok refunded:no provider:klarna")
        .remove(0);
    window.shell().set_closing(true);
    let error = window.refund(account, &payment, 100).unwrap_err();
    assert_eq!(error["why"]["kind"], "ending");
    assert_eq!(error["moneyMoved"], "no");
    assert_eq!(window.shell().under_way(), 0);
    window.shell().set_closing(false);
    assert!(window.refund(account, &payment, 100).is_ok());
}
