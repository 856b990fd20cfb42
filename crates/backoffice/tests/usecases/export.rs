//! Exports: every payment once, in a form that other programs read and none of them runs.

use std::io::Write;

use hyvitys_backoffice::{Code, ExportFormat};

use super::shop::Shop;

async fn export(shop: &Shop, query: &str, format: ExportFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    let written = shop
        .office
        .export_payments(shop.account, query, format, &mut bytes)
        .await;
    written.unwrap();
    bytes
}

#[tokio::test]
async fn a_csv_has_a_mark_semicolons_decimal_commas_and_no_formula() {
    let shop = Shop::open(1_100).await;
    shop.import(shop.page("report.json?status=all").await).await;
    let mut order = super::orders::order("=HYPERLINK(\"https://evil.example\";\"x\")");
    order.customer.first_name = "+358".to_owned();
    order.customer.last_name = "-Ala; \"B\"".to_owned();
    let draft = shop.keep(&order).await;
    shop.create(&draft).await.unwrap();
    let bytes = export(&shop, "", ExportFormat::Csv).await;
    let text = String::from_utf8(bytes).unwrap();
    let body = text.strip_prefix('\u{feff}').unwrap();
    assert!(
        body.starts_with("createdAt;reference;firstName;"),
        "{}",
        &body[..60]
    );
    assert!(body.contains("\r\n"));
    let lines = body.lines().count();
    assert_eq!(lines, 1_102, "over a page, each payment once");
    let evil = body
        .lines()
        .find(|line| line.contains("HYPERLINK"))
        .unwrap();
    assert!(evil.contains("\"'=HYPERLINK"), "{evil}");
    assert!(evil.contains(";'+358;\"'-Ala; \"\"B\"\"\";"), "{evil}");
    assert!(evil.contains(";25,10;0,00;25,10;new;"), "{evil}");
}

#[tokio::test]
async fn json_is_what_a_list_has_and_a_query_narrows_it() {
    let shop = Shop::with_history(60).await;
    let bytes = export(&shop, "status:ok", ExportFormat::Json).await;
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&bytes).unwrap();
    let listed = shop.find("status:ok").await;
    assert_eq!(rows.len(), listed.len());
    assert_eq!(rows[0]["amount"], listed[0].stored.payment.amount.cents());
    let empty = export(&shop, "nobody", ExportFormat::Json).await;
    assert_eq!(
        serde_json::from_slice::<Vec<serde_json::Value>>(&empty)
            .unwrap()
            .len(),
        0
    );
}

#[tokio::test]
async fn a_workbook_is_written_and_so_is_an_entry_of_the_audit_log_without_what_was_looked_for() {
    let shop = Shop::with_history(60).await;
    let bytes = export(&shop, "status:ok", ExportFormat::Xlsx).await;
    assert!(bytes.starts_with(b"PK"), "a workbook is a zip");
    let entries = shop
        .office
        .store()
        .read(|tx| tx.journal_entries(0, 1_000))
        .await;
    let last = entries.unwrap().pop().unwrap();
    assert_eq!(last.what, "payments.exported");
    let detail: serde_json::Value = serde_json::from_str(&last.detail).unwrap();
    assert_eq!(
        (&detail["format"], &detail["query"]),
        (&"xlsx".into(), &true.into())
    );
    assert!(!last.detail.contains("status"));
}

/// A disk that is full at once.
struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::Error::other("full"))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_place_that_takes_nothing_is_an_error_and_not_an_export() {
    let shop = Shop::with_history(20).await;
    for format in [ExportFormat::Csv, ExportFormat::Xlsx, ExportFormat::Json] {
        let written = shop
            .office
            .export_payments(shop.account, "", format, &mut Full)
            .await;
        assert_eq!(written.unwrap_err().code, Code::NotSaved, "{format:?}");
    }
    let entries = shop
        .office
        .store()
        .read(|tx| tx.journal_entries(0, 1_000))
        .await;
    assert!(
        entries
            .unwrap()
            .iter()
            .all(|entry| entry.what != "payments.exported")
    );
}
