use serde_json::json;

use super::support::{base64, open};

#[test]
fn the_imported_payments_are_listed_counted_and_shown() {
    let window = open();
    let account = window.connect();
    let rows = window.list(account, "");
    assert_eq!(rows.len(), 60);
    let totals = window.ask("totals", json!({ "account": account, "query": "" }));
    assert_eq!(totals["count"], 60);
    let sum: i64 = rows.iter().map(|row| row["amount"].as_i64().unwrap()).sum();
    assert_eq!(totals["amount"], sum);
    let detail = window.ask(
        "show_payment",
        json!({ "account": account, "id": rows[0]["id"] }),
    );
    assert_eq!(detail["payment"], rows[0]);
    assert!(!detail["lines"].as_array().unwrap().is_empty());
    assert_eq!(detail["sources"][0]["field"], "transactionId");
}

#[test]
fn a_search_that_can_not_be_meant_says_what_is_wrong_with_it() {
    let window = open();
    let account = window.connect();
    let sort = json!({ "by": "created", "descending": true });
    let page = json!({ "account": account, "query": "state:ok", "sort": sort, "after": null, "limit": 10 });
    let error = window.call("list_payments", page).unwrap_err();
    assert_eq!(error["why"]["kind"], "queryUnknownOperator");
    assert_eq!(error["why"]["values"]["operator"], "state");
    assert_eq!(error["moneyMoved"], "no");
}

#[test]
fn open_holds_come_with_the_soonest_deadline_first() {
    let window = open();
    let account = window.connect();
    let holds = window.ask("holds", json!({ "account": account }));
    let deadlines: Vec<&str> = holds
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|hold| hold["payment"]["deadline"].as_str())
        .collect();
    assert!(deadlines.len() >= 8);
    assert!(deadlines.is_sorted(), "{deadlines:?}");
}

#[test]
fn what_the_window_misspells_is_an_error_and_no_panic() {
    let window = open();
    let account = window.connect();
    for id in ["", "key:", "key:zz", "681538c4", "'; DROP TABLE payment"] {
        let error = window
            .call("show_payment", json!({ "account": account, "id": id }))
            .unwrap_err();
        assert_eq!(error["code"], "badInput", "{id}");
    }
}

#[test]
fn an_import_is_applied_once_and_only_as_it_was_shown() {
    let window = open();
    let account = window.connect();
    let files = json!([{ "name": "ids.txt", "text": base64(b"681538c4-fc84-11e9-83bc-2ffcef4c3453\nnonsense\n") }]);
    let plan = window.plan(account, &files, &json!([]));
    assert_eq!(plan["counts"]["new"], 1);
    assert_eq!(plan["counts"]["broken"], 1);
    assert_eq!(plan["rows"][0]["verdict"], "broken");
    assert_eq!(plan["rows"][0]["line"], 2);
    let none = json!([]);
    assert_eq!(window.apply(account, &plan, &none).unwrap()["awaited"], 1);
    let error = window.apply(account, &plan, &none).unwrap_err();
    assert_eq!(error["code"], "badInput");
    assert_eq!(error["why"]["kind"], "importPlanGone");
}
