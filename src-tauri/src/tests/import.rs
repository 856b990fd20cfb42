use serde_json::json;

use super::support::{base64, open};

const TABLE: &str = "a;b;c;d\nMaksettu;1042;24.11.2024;20\nMaksettu;1043;24.11.2024;30\n";

#[test]
fn a_table_is_planned_again_as_a_person_says_then_kept_and_undone() {
    let window = open();
    let account = window.connect();
    let before = window.list(account, "").len();
    let files = json!([{ "name": "maksut.csv", "text": base64(TABLE.as_bytes()) }]);
    let plan = window.plan(account, &files, &json!([]));
    let file = &plan["files"][0];
    assert_eq!(file["kind"], "table");
    assert_eq!(
        (&file["encoding"], &file["delimiter"]),
        (&json!("utf8"), &json!(";"))
    );
    let missing = json!(["reference", "amountEuros", "date", "status"]);
    assert_eq!(file["table"]["missing"], missing);
    assert_eq!(plan["rows"][0]["why"]["kind"], "rowIncomplete");
    assert_eq!(plan["rows"][0]["message"], json!(null));

    let columns = json!(["status", "reference", "date", "amountEuros"]);
    let layouts = json!([{ "file": 0, "kind": null, "columns": columns, "remember": true }]);
    let plan = window.plan(account, &files, &layouts);
    assert_eq!(plan["counts"]["new"], 2);
    assert_eq!(plan["files"][0]["table"]["euros"], true);
    let page = |show: &str, from: u32| {
        window.ask(
            "plan_rows",
            json!({ "plan": plan["plan"], "show": show, "file": 0, "from": from, "limit": 1 }),
        )
    };
    assert_eq!(page("new", 1)["rows"][0]["about"], "1043");
    assert_eq!(page("new", 1)["total"], 2);
    assert_eq!(page("broken", 0)["total"], 0);
    let result = window.apply(account, &plan, &json!([])).unwrap();
    assert_eq!(
        (&result["payments"], &result["stopped"]),
        (&json!(2), &json!(false))
    );
    assert_eq!(window.list(account, "").len(), before + 2);
    let gone = window.call(
        "plan_rows",
        json!({ "plan": plan["plan"], "show": null, "file": null, "from": 0, "limit": 1 }),
    );
    assert_eq!(gone.unwrap_err()["why"]["kind"], "importPlanGone");

    let runs = window.ask("imports", json!({ "account": account }));
    assert_eq!(runs[0]["id"], result["run"]);
    assert_eq!(
        (&runs[0]["canUndo"], &runs[0]["by"]),
        (&json!(true), &json!("maija"))
    );
    let undo = json!({ "account": account, "id": result["run"] });
    assert_eq!(window.ask("undo_import", undo.clone())["removed"], 2);
    assert_eq!(window.list(account, "").len(), before);
    let error = window.call("undo_import", undo).unwrap_err();
    assert_eq!(error["why"]["kind"], "importUndone");
    let runs = window.ask("imports", json!({ "account": account }));
    assert_eq!(runs[0]["canUndo"], false);
    assert_eq!(runs[0]["why"]["kind"], "importUndone");
}

#[test]
fn an_ambiguous_row_shows_its_candidates_and_takes_the_one_that_is_chosen() {
    let window = open();
    let account = window.connect();
    let report = "stamp;reference;amount;status;entryDate\n\
        s-1;99042;10,00;Paid;20-11-2024\ns-2;99042;10,00;Paid;20-11-2024\n";
    let none = json!([]);
    let files = |text: &str| json!([{ "name": "x.csv", "text": base64(text.as_bytes()) }]);
    let plan = window.plan(account, &files(report), &none);
    window.apply(account, &plan, &none).unwrap();
    let table = "Viite;Summa;Päivä;Sukunimi\n99042;10,00;20.11.2024;Kivelä\n";
    let plan = window.plan(account, &files(table), &none);
    let row = &plan["rows"][0];
    assert_eq!(row["verdict"], "ambiguous");
    assert_eq!(row["why"]["kind"], "rowSeveralPayments");
    let candidate = &row["candidates"][1];
    assert_eq!(
        (&candidate["reference"], &candidate["amount"]),
        (&json!("99042"), &json!(1000))
    );
    let choice = json!([{ "row": row["row"], "payment": candidate["payment"] }]);
    let result = window.apply(account, &plan, &choice).unwrap();
    assert_eq!(
        (&result["payments"], &result["leftOut"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(window.list(account, "kivelä").len(), 1);
    window.ask("stop_import", json!({}));
}
