use hyvitys_sandbox::faults::{Fault, Faults, Rate};
use serde_json::{Value, json};

use super::support::{Window, open};

fn order(reference: &str) -> Value {
    let line = |what: &str, cents: i64, units: u32| {
        json!({
            "description": what, "productCode": what, "units": units, "unitPrice": cents,
            "vatPermille": 255, "stamp": "", "category": "", "reference": "",
        })
    };
    json!({
        "way": "link", "reference": reference, "language": "FI",
        "customer": {
            "email": "asa@example.fi", "firstName": "Åsa", "lastName": "Mäkelä", "phone": "",
            "companyName": "", "vatId": "",
        },
        "lines": [line("Sukat", 1_505, 2), line("Alennus", -500, 1)],
        "pricesWithoutVat": false, "delivery": null, "invoicing": null, "invoicingAsDelivery": false,
        "amount": null, "manualActivation": false, "successUrl": "https://kauppa.example/1",
        "cancelUrl": "https://kauppa.example/2", "klarnaToken": "", "networkData": "",
    })
}

fn connected() -> (Window, i64) {
    let window = open();
    let order = window.order();
    let account = window.ask("add_account", json!({ "order": order }))["id"].as_i64();
    (window, account.unwrap())
}

fn save(window: &Window, account: i64, order: &Value) -> Value {
    window.ask(
        "save_draft",
        json!({ "account": account, "id": null, "order": order }),
    )
}

fn create(window: &Window, account: i64, draft: &Value) -> Result<Value, Value> {
    let intent = window.ask("new_intents", json!({ "count": 1 }))[0].clone();
    let arguments = json!({
        "account": account, "draft": draft["id"], "digest": draft["digest"], "intent": intent,
    });
    window.call("create_payment", arguments)
}

#[test]
fn an_order_is_checked_while_it_is_typed_with_each_problem_at_its_field() {
    let (window, account) = connected();
    let check =
        |order: &Value| window.ask("check_order", json!({ "account": account, "order": order }));
    let good = check(&order("1042"));
    assert_eq!(good["problems"], json!([]));
    assert_eq!(
        (&good["amount"], &good["toPay"]),
        (&json!(2_510), &json!(2_510))
    );
    assert_eq!(
        good["vat"],
        json!([{ "vatPermille": 255, "net": 2_000, "tax": 510, "gross": 2_510 }])
    );
    assert_eq!(
        good["acceptance"]["items"][0],
        json!({ "what": "name", "state": "given", "worth": 20 })
    );
    let mut wrong = order("1042");
    wrong["lines"][1]["unitPrice"] = json!(null);
    wrong["customer"]["email"] = json!("asa");
    let problems = check(&wrong)["problems"].clone();
    assert_eq!(
        problems[0],
        json!({ "field": "customer.email", "why": { "kind": "orderNotAnEmail", "values": {} } })
    );
    assert_eq!(problems[1]["field"], "lines.1.unitPrice");
}

#[test]
fn a_draft_becomes_a_payment_that_is_listed_with_its_link_and_what_klarna_was_told() {
    let (window, account) = connected();
    let draft = save(&window, account, &order("1042"));
    assert_eq!(draft["state"], "draft");
    assert_eq!(
        draft["order"],
        order("1042"),
        "what comes back is what went in"
    );
    let briefs = window.ask("drafts", json!({ "account": account }));
    assert_eq!(briefs[0]["id"], draft["id"]);
    assert_eq!(
        (&briefs[0]["ready"], &briefs[0]["customer"]),
        (&json!(true), &json!("Åsa Mäkelä"))
    );
    let made = create(&window, account, &draft).unwrap();
    let href = made["link"]["href"].as_str().unwrap();
    assert!(href.starts_with(&window.shop.url()));
    let listed = window.list(account, "reference:1042");
    assert_eq!(listed[0]["transactionId"], made["payment"]);
    let shown = window.ask(
        "show_payment",
        json!({ "account": account, "id": made["payment"] }),
    );
    assert_eq!(shown["link"], made["link"]);
    assert_eq!(shown["acceptance"]["score"], 67);
    assert_eq!(made["amount"], 2_510, "as a look has shown it");
    assert_eq!(
        window.ask("drafts", json!({ "account": account })),
        json!([])
    );
    let kept = window.ask("draft", json!({ "account": account, "id": draft["id"] }));
    assert_eq!(
        (&kept["state"], &kept["payment"]),
        (&json!("created"), &made["payment"])
    );
    assert!(window.heard.lock().unwrap().contains(&"changed".to_owned()));
}

#[test]
fn a_draft_that_was_changed_since_it_was_shown_is_not_sent() {
    let (window, account) = connected();
    let shown = save(&window, account, &order("1042"));
    let mut other = order("1042");
    other["lines"][0]["unitPrice"] = json!(99_505);
    let change = json!({ "account": account, "id": shown["id"], "order": other });
    let changed = window.ask("save_draft", change);
    let error = create(&window, account, &shown).unwrap_err();
    assert_eq!(
        (&error["why"]["kind"], &error["moneyMoved"]),
        (&json!("draftChanged"), &json!("no"))
    );
    create(&window, account, &changed).unwrap();
}

#[test]
fn a_payment_that_could_not_be_looked_at_says_so_until_a_look_confirms_it() {
    let (window, account) = connected();
    let rate = Rate::Some {
        rate: 1.0,
        paths: vec!["get".to_owned()],
    };
    window
        .shop
        .set_faults(Faults::new([(Fault::DropBefore, rate)]).unwrap());
    let draft = save(&window, account, &order("1042"));
    let made = create(&window, account, &draft).unwrap();
    assert_eq!(made["amount"], Value::Null);
    let named = json!({ "account": account, "id": draft["id"] });
    assert_eq!(window.ask("draft", named.clone())["state"], "unconfirmed");
    assert!(window.list(account, "").is_empty());
    window.shop.set_faults(Faults::default());
    window.ask("sync", json!({ "account": account }));
    assert_eq!(window.ask("draft", named)["state"], "created");
    assert_eq!(window.list(account, "reference:1042").len(), 1);
}

#[test]
fn a_draft_whose_answer_was_lost_says_so_and_is_settled_by_a_person() {
    let (window, account) = connected();
    let rate = Rate::Some {
        rate: 1.0,
        paths: vec!["payments".to_owned()],
    };
    window
        .shop
        .set_faults(Faults::new([(Fault::DropAfter, rate)]).unwrap());
    let draft = save(&window, account, &order("1042"));
    let error = create(&window, account, &draft).unwrap_err();
    assert_eq!(
        (&error["code"], &error["moneyMoved"]),
        (&json!("unclear"), &json!("no"))
    );
    assert_eq!(error["why"]["kind"], "draftUnknown");
    window.shop.set_faults(Faults::default());
    let named = json!({ "account": account, "id": draft["id"] });
    let kept = window.ask("draft", named.clone());
    assert_eq!(kept["state"], "unknown");
    assert_eq!(kept["error"]["why"]["kind"], "draftUnknown");
    assert!(kept["resolvableAt"].is_string());
    assert_eq!(
        window.call("delete_draft", named).unwrap_err()["why"]["kind"],
        "draftSent"
    );
    let resolve = json!({ "account": account, "id": draft["id"], "transactionId": null, "note": "not in the list" });
    assert_eq!(window.ask("resolve_draft", resolve)["state"], "draft");
    let again = create(&window, account, &draft).unwrap_err();
    assert_eq!(
        again["code"], "unclear",
        "the shop has the stamp: it refuses a second one"
    );
}
