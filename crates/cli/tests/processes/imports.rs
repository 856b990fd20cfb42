//! Tables by the command line: looked at, mapped, kept, listed, taken back.

use serde_json::json;

use crate::support::{Desk, Shop, TEST_SECRET};

const TABLE: &str = "Tilaus;Loppu;Pvm;Tila;Nimi\n\
    1042;19,90;24.11.2024;Maksettu;Aino Mäkelä\n\
    1043;1.234;24.11.2024;Maksettu;Eero Virta\n\
    1044;5,00;24.11.2024;Maksettu;Eero Virta\n";

#[test]
fn a_table_is_looked_at_kept_listed_and_taken_back() {
    let shop = Shop::open(&["--payments", "1"]);
    let desk = Desk::new(TEST_SECRET);
    desk.add(&shop).expect(0);
    let table = desk.file("maksut.csv", TABLE.as_bytes());
    let map = ["import", &table, "--map", "Loppu=amountEuros"];
    let looked = desk.json(&[&map[..], &["--dry-run"]].concat());
    let counts = json!({
        "new": 2, "changed": 0, "same": 0, "ambiguous": 0, "conflict": 0, "broken": 1,
    });
    assert_eq!(looked["plan"], counts);
    assert_eq!(looked["applied"], false);
    assert_eq!(looked["problems"][0]["line"], 3);
    assert_eq!(looked["problems"][0]["column"], "Loppu");
    assert_eq!(
        looked["files"][0]["columns"][1],
        json!(["Loppu", "amountEuros"])
    );
    assert_eq!(desk.json(&["import", "list"])["imports"], json!([]));

    let kept = desk.json(&[&map[..], &["--yes"]].concat());
    assert_eq!(kept["result"]["new"], 2);
    let again = desk.json(&[&map[..], &["--yes"]].concat());
    assert_eq!(again["plan"]["same"], 2);
    assert_eq!(again["result"]["import"], json!(null));
    let imports = desk.json(&["import", "list"]);
    let imports = imports["imports"].as_array().unwrap();
    assert_eq!(imports.len(), 1);
    assert_eq!(imports[0]["id"], kept["result"]["import"]);

    let id = imports[0]["id"].to_string();
    let undone = desk.json(&["import", "undo", &id]);
    assert_eq!(
        (&undone["removed"], &undone["kept"]),
        (&json!(2), &json!(0))
    );
    assert_eq!(desk.json(&["list"])["payments"], json!([]));
    desk.run(&["import", "undo", &id]).expect(2);
}

#[test]
fn a_column_or_a_format_that_is_not_there_is_bad_input() {
    let shop = Shop::open(&["--payments", "1"]);
    let desk = Desk::new(TEST_SECRET);
    desk.add(&shop).expect(0);
    let table = desk.file("maksut.csv", TABLE.as_bytes());
    let missing = ["import", &table, "--map", "Summa=amountEuros", "--dry-run"];
    desk.run(&missing).expect(2);
    desk.run(&["import", &table, "--format", "excel"]).expect(2);
    desk.run(&["import", &table, "--dry-run", "--yes"])
        .expect(2);
}
