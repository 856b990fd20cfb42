//! The audit log over a busy day: all is in it, it holds, and it leaves as a table.

use hyvitys_backoffice::money::{HowMuch, RefundOrder};
use hyvitys_backoffice::{AuditKind, AuditQuery, ExportFormat, HeadCheck};
use hyvitys_domain::Money;

use super::shop::Shop;

/// A shop in which something of everything has happened.
async fn busy() -> Shop {
    let shop = Shop::with_history(80).await;
    let office = &shop.office;
    let found = shop.find("status:ok provider:klarna refunded:no").await;
    for (number, faults) in [
        (0, "{}"),
        (1, r#"{"drop-after":{"rate":1,"paths":["refund"]}}"#),
    ] {
        shop.faults(faults).await;
        let order = RefundOrder {
            account: shop.account,
            transaction_id: found[number].stored.payment.transaction_id.unwrap(),
            how_much: HowMuch::Amount(Money::from_cents(100)),
            intent: office.new_intent(),
            again: false,
            note: Some("Aino soitti".to_owned()),
            refund_reason: Some("Palautettu tavara".to_owned()),
            typed: None,
            reference: None,
            email: None,
        };
        office.refund(order).await.unwrap();
    }
    shop.faults("{}").await;
    shop.clock.advance(31);
    let unknown = office.operations(shop.account, None).await.unwrap();
    let unknown = unknown
        .iter()
        .find(|operation| operation.state == hyvitys_domain::OperationState::Unknown)
        .unwrap();
    office
        .resolve(shop.account, unknown.id, false, "ei näy")
        .await
        .unwrap();
    let draft = office
        .save_draft(shop.account, None, &super::orders::order("7001"))
        .await
        .unwrap();
    office.delete_draft(shop.account, draft.id).await.unwrap();
    office
        .set_setting("timeZone", "Europe/Helsinki", true)
        .await
        .unwrap();
    office
        .set_callback_id(shop.account, Some("https://shop.example/cb"))
        .await
        .unwrap();
    let mut table = Vec::new();
    office
        .export_payments(shop.account, "", ExportFormat::Csv, &mut table)
        .await
        .unwrap();
    shop
}

async fn whats(shop: &Shop, kind: Option<AuditKind>) -> Vec<String> {
    let query = AuditQuery {
        account: Some(shop.account),
        kind,
        ..AuditQuery::default()
    };
    let page = shop.office.audit(&query, None, 1_000).await.unwrap();
    page.rows.into_iter().map(|row| row.entry.what).collect()
}

#[tokio::test]
async fn whatever_bears_on_money_is_entered_and_the_log_holds() {
    let shop = busy().await;
    let all = whats(&shop, None).await;
    for what in [
        "account.added",
        "account.callback",
        "import",
        "operation.queued",
        "operation.sending",
        "operation.unknown",
        "operation.failed",
        "draft.begun",
        "draft.deleted",
        "setting.changed",
        "payments.exported",
    ] {
        assert!(
            all.iter().any(|entry| entry == what),
            "{what} is not entered"
        );
    }
    let by_kind = |kind| whats(&shop, Some(kind));
    assert_eq!(
        by_kind(AuditKind::Payments).await,
        ["draft.deleted", "draft.begun"]
    );
    assert_eq!(by_kind(AuditKind::Exports).await, ["payments.exported"]);
    assert_eq!(by_kind(AuditKind::Settings).await, ["setting.changed"]);
    let of_kinds = {
        let mut count = 0;
        for kind in AuditKind::ALL {
            count += by_kind(kind).await.len();
        }
        count
    };
    assert_eq!(of_kinds, all.len(), "each entry is of exactly one kind");
    let report = shop.office.verify_audit().await.unwrap();
    assert!(report.holds(), "{report:?}");
    assert_eq!(report.head, HeadCheck::Agrees);
    // These tests have no keychain, and that is not hidden.
    assert_eq!(report.unsealed.unwrap().count, report.entries);
    assert_eq!(shop.office.audit_people().await.unwrap(), ["maija"]);
}

#[tokio::test]
async fn the_log_leaves_as_a_table_and_that_is_entered_too() {
    let shop = busy().await;
    let query = AuditQuery {
        account: Some(shop.account),
        ..AuditQuery::default()
    };
    let entries = whats(&shop, None).await.len();
    let mut csv = Vec::new();
    let office = &shop.office;
    let written = office
        .export_audit(&query, ExportFormat::Csv, &mut csv)
        .await;
    assert_eq!(written.unwrap(), entries as u64);
    let csv = String::from_utf8(csv).unwrap();
    assert!(csv.starts_with("\u{feff}seq;at;osUser;account;what;"));
    assert_eq!(csv.lines().count(), entries + 1);
    assert!(csv.contains("Palautettu tavara"));
    assert!(!csv.contains("Aino soitti"), "a note may name a customer");
    let mut json = Vec::new();
    office
        .export_audit(&query, ExportFormat::Json, &mut json)
        .await
        .unwrap();
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&json).unwrap();
    assert_eq!(
        rows[0]["what"], "audit.exported",
        "the first export is in the second"
    );
    assert_eq!(rows[0]["hash"].as_str().unwrap().len(), 64);
    let queued = rows.iter().find(|row| row["what"] == "operation.queued");
    assert_eq!(queued.unwrap()["refundReason"], "Palautettu tavara");
    let mut sheet = Vec::new();
    office
        .export_audit(&query, ExportFormat::Xlsx, &mut sheet)
        .await
        .unwrap();
    assert!(sheet.starts_with(b"PK"));
    assert!(office.verify_audit().await.unwrap().holds());
}
