use serde_json::{Value, json};

use super::support::{Window, open};

fn query(kind: Option<&str>, text: &str) -> Value {
    json!({ "kind": kind, "by": null, "from": null, "until": null, "text": text })
}

fn log(window: &Window, account: i64, query: &Value, before: Option<i64>, limit: u32) -> Value {
    window.ask(
        "audit_log",
        json!({ "account": account, "query": query, "before": before, "limit": limit }),
    )
}

fn refunded(window: &Window, account: i64) -> Value {
    let payment = window
        .list(account, "status:ok refunded:no provider:klarna")
        .remove(0);
    window.refund(account, &payment, 100).unwrap()
}

#[test]
fn a_refund_is_in_the_log_with_its_payment_its_reason_and_who_made_it() {
    let window = open();
    let account = window.connect();
    let operation = refunded(&window, account);
    assert_eq!(operation["refundReason"], "Palautettu tavara");
    let page = log(&window, account, &query(Some("operations"), ""), None, 100);
    let entry = page["rows"]
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["what"] == "operation.queued")
        .unwrap();
    assert_eq!(
        (&entry["by"], &entry["amount"]),
        (&"maija".into(), &100.into())
    );
    assert_eq!(entry["refundReason"], "Palautettu tavara");
    assert_eq!(entry["payment"], operation["paymentId"]);
    assert_eq!(entry["operation"], operation["id"]);
    assert_eq!(entry["values"]["amount"], "100");
    assert!(
        entry["values"].get("repeatOf").is_none(),
        "nothing is no value"
    );
    let found = log(&window, account, &query(None, "palautettu"), None, 1);
    assert_eq!(found["rows"].as_array().unwrap().len(), 1);
    let next = found["next"].as_i64();
    let older = log(&window, account, &query(None, "palautettu"), next, 1);
    assert!(older["rows"][0]["seq"].as_i64() < next);
    assert_eq!(window.ask("audit_people", json!({})), json!(["maija"]));
}

#[test]
fn the_log_is_checked_and_written_to_a_file_that_takes_no_others_name() {
    let window = open();
    let account = window.connect();
    refunded(&window, account);
    let report = window.ask("verify_audit", json!({}));
    assert_eq!(
        (&report["holds"], &report["head"]),
        (&true.into(), &"agrees".into())
    );
    assert_eq!(
        report["unsealed"]["count"], report["entries"],
        "these tests have no key"
    );
    let export = json!({ "account": account, "query": query(None, ""), "format": "csv" });
    let first = window.ask("export_audit", export.clone());
    let second = window.ask("export_audit", export);
    assert_ne!(first["path"], second["path"]);
    let text = std::fs::read_to_string(first["path"].as_str().unwrap()).unwrap();
    let rows = usize::try_from(first["rows"].as_u64().unwrap()).unwrap();
    assert_eq!(text.lines().count(), rows + 1);
    let nonsense =
        json!({ "kind": null, "by": null, "from": "yesterday", "until": null, "text": "" });
    let refused = window.call(
        "audit_log",
        json!({ "account": account, "query": nonsense, "before": null, "limit": 10 }),
    );
    assert_eq!(refused.unwrap_err()["code"], "badInput");
}

#[test]
fn over_the_limit_a_refund_waits_for_the_typed_sum() {
    let window = open();
    let account = window.connect();
    let none = window.ask("refund_policy", json!({ "account": account }));
    assert_eq!(
        none,
        json!({ "reasons": null, "refundLimit": null, "batchLimit": null })
    );
    let policy = json!({ "reasons": ["Palautus", " "], "refundLimit": 50, "batchLimit": null });
    let refused = window.call(
        "set_refund_policy",
        json!({ "account": account, "policy": policy }),
    );
    assert_eq!(refused.unwrap_err()["why"]["kind"], "reasonUnfit");
    let policy = json!({ "reasons": ["Palautus"], "refundLimit": 50, "batchLimit": null });
    let kept = window.ask(
        "set_refund_policy",
        json!({ "account": account, "policy": policy }),
    );
    assert_eq!(kept, policy);
    let payment = window
        .list(account, "status:ok refunded:no provider:klarna")
        .remove(0);
    let error = window.refund(account, &payment, 100).unwrap_err();
    assert_eq!(error["code"], "overLimit");
    assert_eq!(
        error["why"]["values"],
        json!({ "amount": "100", "limit": "50" })
    );
    assert_eq!(error["moneyMoved"], "no");
}
