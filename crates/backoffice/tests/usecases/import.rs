//! Payments arrive in files; the same file twice changes nothing.

use hyvitys_backoffice::import::{RowKind, Verdict};
use hyvitys_backoffice::views::PaymentJson;
use hyvitys_backoffice::{ImportPlan, ImportResult, Sort, SourceFile};
use hyvitys_domain::TransactionId;

use super::shop::Shop;

async fn listed(shop: &Shop) -> Vec<PaymentJson> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = shop
            .office
            .list(shop.account, "", Sort::default(), after.as_deref(), 70)
            .await
            .unwrap();
        all.extend(
            page.payments
                .iter()
                .map(|listed| PaymentJson::from(&listed.stored.payment)),
        );
        after = page.next;
        if after.is_none() {
            return all;
        }
    }
}

#[tokio::test]
async fn a_report_in_either_form_and_encoding_is_the_same_payments_and_twice_changes_nothing() {
    let shop = Shop::open(200).await;
    let json = shop.page("report.json?status=all&items=true").await;
    let first = shop.import(json.clone()).await;
    assert_eq!((first.new, first.broken, first.conflict), (200, 0, 0));
    let before = listed(&shop).await;
    assert_eq!(before.len(), 200);
    assert!(
        before.iter().any(|payment| payment.refunded.cents() > 0),
        "old refunds are known"
    );

    for path in [
        "report.json?status=all&items=true",
        "report.csv?status=all&items=true",
        "report.csv?status=all&items=true&bom=1",
        "report.csv?status=all&items=true&encoding=windows-1252",
    ] {
        let file = shop.page(path).await;
        let plan = shop.plan(file).await;
        assert_eq!(
            (plan.counts.new, plan.counts.changed, plan.counts.broken),
            (0, 0, 0),
            "{path}"
        );
        let again = shop.office.apply_import(plan).await.unwrap();
        assert_eq!(
            (again.new, again.changed, again.refunds_elsewhere),
            (0, 0, 0),
            "{path}"
        );
        assert_eq!(listed(&shop).await, before, "{path}");
    }
    let account = shop.office.active_account(None).await.unwrap();
    assert!(account.last_report_at.is_some());
}

#[tokio::test]
async fn a_plan_writes_nothing() {
    let shop = Shop::open(20).await;
    let plan = shop.plan(shop.page("report.json?status=all").await).await;
    assert_eq!(
        plan.rows
            .iter()
            .filter(|row| row.kind == RowKind::Payment)
            .count(),
        20
    );
    assert!(listed(&shop).await.is_empty());
}

#[tokio::test]
async fn ids_join_the_payments_of_a_report_and_paytrails_answer_wins() {
    let shop = Shop::open(40).await;
    shop.import(shop.page("report.csv?status=all").await).await;
    let truth = shop.json("payments").await;
    let truth = truth["payments"].as_array().unwrap();
    let ids: Vec<&str> = truth
        .iter()
        .map(|payment| payment["transactionId"].as_str().unwrap())
        .collect();
    let result = shop
        .import(format!("transactionId\n{}\n", ids.join("\n")))
        .await;
    assert_eq!((result.awaited.new, result.fetched.fetched), (40, 40));
    assert_eq!(result.not_fetched, None);
    let all = listed(&shop).await;
    assert_eq!(all.len(), 40, "each id joined its payment");
    for payment in truth {
        let id: TransactionId = payment["transactionId"].as_str().unwrap().parse().unwrap();
        let shown = shop
            .office
            .show(shop.account, id)
            .await
            .unwrap()
            .payment
            .payment;
        assert_eq!(shown.status.as_str(), payment["status"].as_str().unwrap());
        assert_eq!(shown.amount.cents(), payment["amount"].as_i64().unwrap());
        assert!(
            shown.customer.last_name.is_some(),
            "the report's customer stays"
        );
    }
    let sync = shop.office.sync(shop.account).await.unwrap();
    assert!(sync.payments.failed.is_empty() && sync.payments.changed.is_empty());
}

#[tokio::test]
async fn offline_the_ids_wait_and_nothing_is_lost() {
    let mut shop = Shop::open(3).await;
    let truth = shop.json("payments").await;
    let id = truth["payments"][0]["transactionId"]
        .as_str()
        .unwrap()
        .to_owned();
    // A shop of another name on a port where nobody listens any more.
    let url = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let away = super::shop::new_shop("away", &url, Some("secret"));
    shop.account = shop.office.add_account(away).await.unwrap().account.id;
    let result = shop.import(id.clone()).await;
    assert_eq!(result.awaited.new, 1);
    assert_eq!(result.not_fetched, None, "it was asked for, in vain");
    assert_eq!(result.fetched.failed.len(), 1);
    let again = shop.plan(id.clone()).await;
    assert_eq!(again.counts.same, 1);
    let error = shop
        .office
        .show(shop.account, id.parse().unwrap())
        .await
        .unwrap_err();
    assert!(error.next.contains("sync"), "{}", error.next);
}

#[tokio::test]
async fn a_broken_row_names_line_and_column_and_the_good_ones_are_taken() {
    let shop = Shop::open(1).await;
    let text = "stamp;reference;amount;status;entryDate\n\
                s-1;1;10,00;Paid;20-11-2024\n\
                s-2;2;1.234;Paid;20-11-2024\n\
                s-3;3;\"12,00;Paid;20-11-2024\n\
                s-4;4;12,00;Paid;20-11-2024\n";
    let plan = shop.plan(text).await;
    assert_eq!((plan.counts.new, plan.counts.broken), (2, 2));
    let broken = &plan.rows[1];
    assert_eq!(broken.line, 3);
    assert!(
        matches!(&broken.verdict, Verdict::Broken { column: Some(column), .. } if column == "amount")
    );
    assert_eq!(shop.office.apply_import(plan).await.unwrap().new, 2);
}

#[tokio::test]
async fn a_refund_made_elsewhere_counts_once_and_only_with_a_stamp_and_one_payment() {
    let shop = Shop::open(1).await;
    let report = "stamp;reference;amount;status;entryDate;originalTradeReference\n\
                  r-1;x;-4,00;Paid;21-11-2024;1042\n\
                  s-1;1042;10,00;Paid;20-11-2024;\n\
                  ;x;-3,00;Paid;21-11-2024;1042\n\
                  r-2;x;-3,00;Paid;21-11-2024;1050\n\
                  r-3;x;-99,00;Paid;21-11-2024;1042\n";
    let plan = shop.plan(report).await;
    let verdicts: Vec<_> = plan.rows.iter().map(|row| row.verdict.clone()).collect();
    assert_eq!((&verdicts[0], &verdicts[1]), (&Verdict::New, &Verdict::New));
    assert!(
        matches!(verdicts[2], Verdict::Ambiguous { .. }),
        "no stamp proves nothing"
    );
    assert!(
        matches!(verdicts[3], Verdict::Ambiguous { .. }),
        "no payment has that reference"
    );
    let result = shop.office.apply_import(plan).await.unwrap();
    assert_eq!((result.new, result.refunds_elsewhere), (1, 1));
    let payment = &listed(&shop).await[0];
    assert_eq!(
        (payment.refunded.cents(), payment.refundable.cents()),
        (400, 600)
    );
    let again = shop.import(report).await;
    assert_eq!(again.refunds_elsewhere, 0);
    assert_eq!(listed(&shop).await[0].refunded.cents(), 400);
}

/// A signed address as Paytrail calls it.
fn signed_address(stamp: &str, cents: &str, status: &str, id: &str) -> String {
    let pairs = [
        ("checkout-account", "375917"),
        ("checkout-algorithm", "sha256"),
        ("checkout-amount", cents),
        ("checkout-reference", "1042"),
        ("checkout-stamp", stamp),
        ("checkout-status", status),
        ("checkout-transaction-id", id),
    ];
    let key = hyvitys_paytrail::SigningKey::new(hyvitys_sandbox::TEST_SECRET);
    let signature =
        hyvitys_paytrail::signing::sign(&key, hyvitys_paytrail::Algorithm::Sha256, pairs, b"")
            .unwrap();
    let query: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    format!("/cb?{}&signature={signature}", query.join("&"))
}

#[tokio::test]
async fn the_callback_of_a_refund_by_another_tool_is_not_taken_for_a_payment() {
    let shop = Shop::open(1).await;
    let payment = signed_address("s-1", "2964", "ok", "681538c4-fc84-11e9-83bc-2ffcef4c3453");
    let refund = signed_address("r-1", "500", "ok", "00000000-0000-4000-8000-000000000009");
    let plan = shop.plan(format!("{payment}\n{refund}\n")).await;
    assert_eq!((plan.counts.new, plan.counts.broken), (1, 1), "in one file");
    shop.office.apply_import(plan).await.unwrap();
    assert_eq!(
        shop.plan(format!("{refund}\n")).await.counts.broken,
        1,
        "later"
    );
    assert_eq!(listed(&shop).await.len(), 1);
}

#[tokio::test]
async fn a_failed_first_try_does_not_hide_a_refund_of_the_second() {
    let shop = Shop::open(1).await;
    let report = "stamp;reference;amount;status;entryDate;originalTradeReference\n\
                  s-1;1042;10,00;Cancelled;19-11-2024;\n\
                  s-2;1042;10,00;Paid;20-11-2024;\n\
                  r-1;x;-4,00;Paid;21-11-2024;1042\n";
    let result = shop.import(report).await;
    assert_eq!((result.new, result.refunds_elsewhere), (2, 1));
}

#[tokio::test]
async fn an_order_of_endless_lines_is_a_broken_row_and_the_next_one_is_taken() {
    let shop = Shop::open(1).await;
    let endless = "a:1|".repeat(2_000);
    let report = format!(
        "stamp;reference;amount;status;entryDate;tradeitems\n\
         s-1;1042;10,00;Paid;20-11-2024;{endless}b:1\n\
         s-2;1043;10,00;Paid;20-11-2024;c:10,00\n"
    );
    let plan = shop.plan(report).await;
    assert_eq!((plan.counts.broken, plan.counts.new), (1, 1));
}

#[tokio::test]
async fn signed_addresses_are_payments_and_forged_ones_are_not() {
    let shop = Shop::open(1).await;
    let id = "681538c4-fc84-11e9-83bc-2ffcef4c3453";
    let address = |status: &str| signed_address("stamp-1042", "2964", status, id);
    let at = |time: &str, address: &str| {
        format!("10.0.0.1 - - [{time} +0200] \"GET {address} HTTP/1.1\" 200 2\n")
    };
    let ok = address("ok");
    let forged = at("20/Nov/2024:12:00:00", &ok.replace("2964", "9964"));
    let plan = shop
        .plan(format!("{forged}{}", at("20/Nov/2024:12:00:00", &ok)))
        .await;
    assert_eq!((plan.counts.broken, plan.counts.new), (1, 1));
    shop.office.apply_import(plan).await.unwrap();
    assert_eq!(listed(&shop).await[0].status, "ok");
    // The log's earlier line, and one without a time, don't undo the later one.
    let older = format!(
        "{}\n{}\n",
        at("20/Nov/2024:11:00:00", &address("pending")),
        address("pending")
    );
    shop.import(older).await;
    assert_eq!(listed(&shop).await[0].status, "ok");
}

#[tokio::test]
async fn a_file_that_can_not_be_read_is_told_by_its_name() {
    let shop = Shop::open(1).await;
    for (bytes, kind) in [
        (b"" as &[u8], "importEmpty"),
        (b"hello world", "importNotRecognised"),
    ] {
        let file = SourceFile {
            name: "maksut.csv".to_owned(),
            bytes: bytes.to_vec(),
        };
        let planned = shop.office.plan_import(shop.account, vec![file]).await;
        let why = serde_json::to_value(planned.unwrap_err().why).unwrap();
        assert_eq!(why["kind"], kind);
        assert_eq!(why["file"], "maksut.csv");
    }
}

/// Two files at once, planned and then imported.
async fn together(shop: &Shop, files: [&str; 2]) -> (Vec<Verdict>, ImportResult) {
    let file = |bytes: &str| SourceFile {
        name: "file".to_owned(),
        bytes: bytes.as_bytes().to_vec(),
    };
    let plan = shop
        .office
        .plan_import(shop.account, files.map(file).to_vec())
        .await
        .unwrap();
    let verdicts = plan.rows.iter().map(|row| row.verdict.clone()).collect();
    let counts = plan.counts;
    let result = shop.office.apply_import(plan).await.unwrap();
    assert_eq!(
        (result.new, result.changed),
        (counts.new, counts.changed),
        "the preview says what happens"
    );
    (verdicts, result)
}

#[tokio::test]
async fn a_payment_of_two_files_is_new_once_and_then_changed_or_the_same() {
    let report = "stamp;reference;amount;status;entryDate\n\
         s-1;1042;10,00;Paid;20-11-2024\n\
         s-2;1043;12,00;Paid;20-11-2024\n";
    let shop = Shop::open(1).await;
    // By the stamp; by reference, amount and day; by the stamp with another amount.
    let table = "stamp;Viite;Summa;Päivä;Tila;Sähköposti\n\
         s-1;1042;10,00;20.11.2024;Maksettu;aino@example.fi\n\
         ;1043;12,00;20.11.2024;Maksettu;\n\
         s-2;1043;13,00;20.11.2024;Maksettu;\n";
    let (verdicts, result) = together(&shop, [report, table]).await;
    assert_eq!(verdicts[..2], [Verdict::New, Verdict::New]);
    let Verdict::Changed(changes) = &verdicts[2] else {
        panic!("{:?}", verdicts[2])
    };
    assert_eq!(changes.len(), 1, "{changes:?}");
    assert_eq!(verdicts[3], Verdict::Same);
    assert!(matches!(verdicts[4], Verdict::Conflict { .. }));
    assert_eq!((result.new, result.changed), (2, 1));
    assert_eq!(shop.find("").await.len(), 2);

    // Of a payment that is known already, the second row says what the first one has said.
    let twice = "stamp;Viite;Summa;Päivä;Tila;Sähköposti\n\
         s-2;1043;12,00;20.11.2024;Maksettu;eero@example.fi\n";
    let again = twice
        .replace("Sähköposti", "Sähköposti;Muuta")
        .replace("fi\n", "fi;x\n");
    let (verdicts, _) = together(&shop, [twice, &again]).await;
    assert!(matches!(verdicts[0], Verdict::Changed(_)));
    assert_eq!(verdicts[1], Verdict::Same);
}

#[tokio::test]
async fn an_id_beside_its_payment_is_nothing_new_in_either_order() {
    let shop = Shop::open(2).await;
    let truth = shop.json("payments").await;
    let payment = &truth["payments"][0];
    let id = payment["transactionId"].as_str().unwrap();
    let cents = payment["amount"].as_i64().unwrap();
    let table = format!(
        "transaction id;stamp;Viite;Summa;Päivä;Tila\n{id};{};{};{},{:02};20.11.2024;Maksettu\n",
        payment["stamp"].as_str().unwrap(),
        payment["reference"].as_str().unwrap(),
        cents / 100,
        cents % 100
    );
    let ids = format!("{id}\n");
    for files in [[ids.as_str(), &table], [&table, &ids]] {
        let shop = Shop::beside(&shop).await;
        let (verdicts, result) = together(&shop, files).await;
        let new = verdicts.iter().filter(|it| **it == Verdict::New).count();
        assert_eq!((new, result.new), (1, 1), "{verdicts:?}");
        assert_eq!(shop.find("").await.len(), 1);
    }
}

#[tokio::test]
async fn a_record_of_json_on_one_line_is_found_by_its_number() {
    let shop = Shop::open(1).await;
    let row = |stamp: &str, amount: &str| {
        format!(
            r#"{{"stamp":"{stamp}","amount":{amount},"status":"Paid","entryDate":"20-11-2024"}}"#
        )
    };
    let (first, second, third) = (row("a", "1.00"), row("b", "\"x\""), row("c", "3.00"));
    let plan = shop.plan(format!("[{first},{second},{third}]")).await;
    let places = |plan: &ImportPlan| -> Vec<_> {
        let rows = plan.rows.iter();
        rows.map(|row| (row.record, row.line)).collect()
    };
    assert_eq!(places(&plan), [(Some(1), 1), (Some(2), 1), (Some(3), 1)]);
    assert!(matches!(plan.rows[1].verdict, Verdict::Broken { .. }));
    let plan = shop.plan(format!("[{first},\n{second}]")).await;
    assert_eq!(places(&plan), [(Some(1), 1), (Some(2), 2)]);
    let plan = shop.plan("stamp;amount;status\na;1,00;Paid\n").await;
    assert_eq!(places(&plan), [(None, 2)]);
}
