//! Tables of any layout, choices, stopping, and taking an import back.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use hyvitys_backoffice::import::{
    Choice, Column, FileKind, ImportOptions, ImportPhase, ImportWatch, JoinedBy, Layout, RunId,
    RunState, Verdict,
};
use hyvitys_backoffice::money::{HowMuch, RefundOrder};
use hyvitys_backoffice::{ImportPlan, SourceFile, Why};
use hyvitys_domain::{Money, OperationState};

use super::shop::Shop;

async fn plan_as(shop: &Shop, text: &str, options: ImportOptions) -> ImportPlan {
    let file = SourceFile {
        name: "maksut.csv".to_owned(),
        bytes: text.as_bytes().to_vec(),
    };
    shop.office
        .plan_import_as(shop.account, vec![file], options, ImportWatch::default())
        .await
        .unwrap()
}

fn kind(verdict: &Verdict) -> String {
    let why = match verdict {
        Verdict::Ambiguous { why, .. } | Verdict::Conflict { why } => &why.why,
        Verdict::Broken { reason, .. } => &reason.why,
        other => return format!("{other:?}"),
    };
    let why = serde_json::to_value(why).unwrap();
    why["kind"].as_str().unwrap().to_owned()
}

const TABLE: &str = "Tilausnumero;Summa;Maksupäivä;Tila;Etunimi;Sukunimi;Sähköposti\n\
    1042;19,90;24.11.2024;Maksettu;Aino;Mäkelä;aino@example.fi\n\
    1043;5,00;24.11.2024;Maksettu;Eero;Virta;eero@example.fi\n\
    1044;1.234;24.11.2024;Maksettu;Eero;Virta;eero@example.fi\n";

#[tokio::test]
async fn a_table_of_any_layout_is_kept_once_and_can_be_undone() {
    let shop = Shop::open(1).await;
    let plan = shop.plan(TABLE).await;
    assert_eq!(plan.files[0].kind, FileKind::Table);
    assert_eq!((plan.counts.new, plan.counts.broken), (2, 1));
    assert_eq!(kind(&plan.rows[2].verdict), "rowTooPrecise");
    let result = shop.office.apply_import(plan).await.unwrap();
    assert_eq!(result.new, 2);
    let again = shop.import(TABLE).await;
    assert_eq!((again.run, again.new, again.changed), (None, 0, 0));
    let runs = shop.office.imports(shop.account).await.unwrap();
    assert_eq!(runs.len(), 1, "an import that changed nothing is none");
    assert_eq!(runs[0].run.counts.new, 2);
    assert_eq!(shop.find("mäkelä").await.len(), 1);

    let undone = shop.office.undo_import(shop.account, runs[0].run.id).await;
    assert_eq!(undone.unwrap().removed, 2);
    assert!(shop.find("").await.is_empty());
    assert!(shop.find("mäkelä").await.is_empty());
    for (id, why) in [
        (runs[0].run.id, "importUndone"),
        (RunId::from_row(99), "importUnknown"),
    ] {
        let error = shop.office.undo_import(shop.account, id).await.unwrap_err();
        assert_eq!(serde_json::to_value(error.why).unwrap()["kind"], why);
    }
}

#[tokio::test]
async fn columns_that_a_person_says_are_remembered_once_they_are_imported() {
    let shop = Shop::open(1).await;
    let text = "a;b;c;d\nMaksettu;1042;24.11.2024;1990\n";
    let plan = shop.plan(text).await;
    let table = plan.files[0].table.as_ref().unwrap();
    assert_eq!(table.missing.len(), 4);
    assert_eq!(table.sample, [["Maksettu", "1042", "24.11.2024", "1990"]]);
    let columns = [
        Column::Status,
        Column::Reference,
        Column::Date,
        Column::AmountCents,
    ];
    let layout = Layout {
        file: 0,
        kind: Some(FileKind::MerchantPanel),
        columns: Some(columns.map(Some).to_vec()),
        remember: true,
    };
    let options = ImportOptions {
        layouts: vec![layout],
        ..ImportOptions::default()
    };
    let plan = plan_as(&shop, text, options).await;
    assert_eq!(
        (plan.counts.new, plan.files[0].kind),
        (1, FileKind::MerchantPanel)
    );
    let before = shop.plan(text).await;
    assert!(
        !before.files[0].table.as_ref().unwrap().remembered,
        "a plan writes nothing"
    );
    shop.office.apply_import(plan).await.unwrap();
    let after = shop.plan("A;B;C;D\nMaksettu;1043;24.11.2024;500\n").await;
    assert!(after.files[0].table.as_ref().unwrap().remembered);
    assert_eq!(after.counts.new, 1);
}

#[tokio::test]
async fn a_row_that_could_mean_two_payments_is_the_one_that_a_person_chooses() {
    let shop = Shop::open(1).await;
    shop.import(
        "stamp;reference;amount;status;entryDate\n\
         s-1;1042;10,00;Paid;20-11-2024\n\
         s-2;1042;10,00;Paid;20-11-2024\n",
    )
    .await;
    let text =
        "Viite;Summa;Päivä;Tila;Sähköposti\n1042;10,00;20.11.2024;Maksettu;aino@example.fi\n";
    let plan = shop.plan(text).await;
    assert_eq!(kind(&plan.rows[0].verdict), "rowSeveralPayments");
    let Verdict::Ambiguous { candidates, .. } = &plan.rows[0].verdict else {
        panic!("not ambiguous")
    };
    let payment = candidates[1];
    let watch = ImportWatch::default();
    let left = shop.office.apply_import_as(plan.clone(), &[], &watch).await;
    assert_eq!(
        left.unwrap().ambiguous,
        1,
        "without a choice it is left out"
    );
    let wrong = [Choice { row: 7, payment }];
    let error = shop
        .office
        .apply_import_as(plan.clone(), &wrong, &watch)
        .await;
    assert!(error.is_err());
    let choice = [Choice { row: 0, payment }];
    let result = shop
        .office
        .apply_import_as(plan, &choice, &watch)
        .await
        .unwrap();
    assert_eq!((result.changed, result.ambiguous), (1, 0));
    assert_eq!(shop.find("email:aino").await.len(), 1);
    assert_eq!(shop.find("").await.len(), 2);
}

#[tokio::test]
async fn a_row_says_by_what_it_was_joined() {
    let shop = Shop::with_history(3).await;
    let stored = shop.find("").await.remove(0).stored;
    let day = stored
        .payment
        .created
        .at
        .with_timezone(&chrono_tz::Europe::Helsinki);
    let (reference, day) = (&stored.payment.reference, day.format("%d.%m.%Y"));
    let amount = stored.payment.amount.to_string();
    let id = stored.payment.transaction_id.unwrap();
    let text = format!(
        "transaction id;stamp;viite;summa;päivä;tila;yritys\n\
         {id};;;{amount};;;\n\
         ;{};;{amount};;;\n\
         ;;{reference};{amount};{day};Maksettu;\n",
        stored.payment.stamp
    );
    let plan = shop.plan(text).await;
    let by: Vec<_> = plan.rows.iter().map(|row| row.joined.unwrap().by).collect();
    assert_eq!(
        by,
        [
            JoinedBy::TransactionId,
            JoinedBy::Stamp,
            JoinedBy::ReferenceAmountDay
        ]
    );
}

#[tokio::test]
async fn a_web_shops_order_asks_paytrail_and_gives_the_customer() {
    let shop = Shop::open(2).await;
    let truth = shop.json("payments").await;
    let payment = &truth["payments"][0];
    let id = payment["transactionId"].as_str().unwrap();
    let cents = payment["amount"].as_i64().unwrap();
    let text = format!(
        "order_number,status,billing_first_name,billing_last_name,billing_email,order_total,payment_method,transaction_id\n\
         77,kummallinen,Aino,Virtaharju,aino@example.fi,{}.{:02},paytrail,{id}\n\
         78,,Aino,Virtaharju,aino@example.fi,{}.{:02},paytrail,{id}\n",
        cents / 100,
        cents % 100,
        cents / 100,
        cents % 100,
    );
    let plan = shop.plan(text.clone()).await;
    assert_eq!(plan.files[0].kind, FileKind::WooCommerce);
    let result = shop.office.apply_import(plan).await.unwrap();
    assert_eq!(result.not_fetched, None);
    let found = shop.find("virtaharju").await;
    assert_eq!(found.len(), 1);
    let status = payment["status"].as_str().unwrap();
    assert_eq!(
        found[0].stored.payment.status.as_str(),
        status,
        "Paytrail's word counts"
    );
    assert_eq!(shop.import(text).await.changed, 0);
    // Signed since: undoing the file takes only what the file gave.
    let runs = shop.office.imports(shop.account).await.unwrap();
    let undone = shop
        .office
        .undo_import(shop.account, runs[0].run.id)
        .await
        .unwrap();
    assert_eq!(undone.removed, 0);
    assert_eq!(shop.find("").await.len(), 1);
}

#[tokio::test]
async fn a_stopped_import_has_kept_nothing_or_says_what_it_kept() {
    let shop = Shop::open(1).await;
    let watch = ImportWatch::default();
    watch.stop();
    let file = || SourceFile {
        name: "maksut.csv".to_owned(),
        bytes: TABLE.as_bytes().to_vec(),
    };
    let options = ImportOptions::default();
    let stopped = shop
        .office
        .plan_import_as(shop.account, vec![file()], options, watch.clone())
        .await
        .unwrap_err();
    assert_eq!(
        serde_json::to_value(stopped.why).unwrap()["kind"],
        "importStopped"
    );
    let plan = shop.plan(TABLE).await;
    let result = shop
        .office
        .apply_import_as(plan, &[], &watch)
        .await
        .unwrap();
    assert!(result.stopped);
    assert_eq!((result.new, result.run), (0, None));
    assert!(shop.find("").await.is_empty());

    let told = Arc::new(AtomicUsize::new(0));
    let ears = Arc::clone(&told);
    let watch = ImportWatch::new(move |progress| {
        if progress.phase == ImportPhase::Keeping {
            ears.fetch_add(1, Ordering::SeqCst);
        }
        assert!(progress.done <= progress.of);
    });
    let plan = shop.plan(TABLE).await;
    let result = shop
        .office
        .apply_import_as(plan, &[], &watch)
        .await
        .unwrap();
    assert!(!result.stopped && result.new == 2);
    assert_eq!(told.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_settlement_is_kept_once_and_keeps_its_payment_from_being_undone() {
    let shop = Shop::open(1).await;
    let report = "stamp;reference;amount;status;entryDate\ns-1;1042;10,00;Paid;20-11-2024\n";
    let first = shop.import(report).await.run.unwrap();
    let settled = "stamp;reference;amount;status;entryDate;settlementId;settlementDate;paymentMethodFee\n\
                   s-1;1042;10,00;Paid;20-11-2024;77;2024-11-25;0,35\n";
    let plan = shop.plan(settled).await;
    assert_eq!(plan.counts.changed, 1, "its settlement is new");
    let second = shop.office.apply_import(plan).await.unwrap().run.unwrap();
    assert_eq!(shop.plan(settled).await.counts.same, 1);
    let undone = shop.office.undo_import(shop.account, first).await.unwrap();
    assert_eq!((undone.removed, undone.kept), (0, 1));
    shop.office.undo_import(shop.account, second).await.unwrap();
    assert_eq!(shop.plan(settled).await.counts.changed, 1);
}

#[tokio::test]
async fn a_refund_without_a_stamp_settles_nothing_even_when_a_person_chooses_its_payment() {
    let shop = Shop::with_history(40).await;
    let paid = shop
        .find("status:ok refunded:no provider:klarna")
        .await
        .remove(0);
    let payment = paid.stored.payment;
    shop.faults(r#"{"drop-after":{"rate":1,"paths":["refund"]}}"#)
        .await;
    let order = RefundOrder {
        account: shop.account,
        transaction_id: payment.transaction_id.unwrap(),
        how_much: HowMuch::Amount(Money::from_cents(100)),
        intent: shop.office.new_intent(),
        again: false,
        note: None,
        refund_reason: None,
        typed: None,
        reference: None,
        email: None,
    };
    let operation = shop.office.refund(order).await.unwrap();
    shop.faults("{}").await;
    assert_eq!(operation.state, OperationState::Unknown);
    let text = format!(
        "viite;summa;päivä;tila\n{};-1,00;24.11.2024;maksettu\n",
        payment.reference
    );
    let plan = shop.plan(text).await;
    assert_eq!(kind(&plan.rows[0].verdict), "rowRefundWithoutStamp");
    let Verdict::Ambiguous { candidates, .. } = &plan.rows[0].verdict else {
        panic!("not ambiguous")
    };
    let choice = [Choice {
        row: 0,
        payment: candidates[0],
    }];
    let result = shop
        .office
        .apply_import_as(plan, &choice, &ImportWatch::default())
        .await
        .unwrap();
    assert_eq!(result.pointed, [operation.id]);
    assert!(result.settled.is_empty());
    let after = shop.office.operation(operation.id).await.unwrap();
    assert_eq!(after.state, OperationState::Unknown);
}

#[tokio::test]
async fn a_refund_that_is_still_being_processed_proves_nothing() {
    let shop = Shop::with_history(40).await;
    let paid = shop
        .find("status:ok refunded:no provider:klarna")
        .await
        .remove(0);
    let reference = paid.stored.payment.reference;
    for (word, expected) in [
        ("käsittelyssä", "rowRefundStatusUnknown"),
        ("behandlas", "rowRefundStatusUnknown"),
        ("processing", "rowRefundStatusUnknown"),
        ("maksettu", "New"),
    ] {
        let text = format!(
            "viite;summa;palautuksen leima;päivä;tila\n{reference};-1,00;r-1;24.11.2024;{word}\n"
        );
        let options = ImportOptions {
            columns: vec![("3".to_owned(), Column::RefundStamp)],
            ..ImportOptions::default()
        };
        let plan = plan_as(&shop, &text, options).await;
        assert_eq!(kind(&plan.rows[0].verdict), expected, "{word}");
    }
}

#[tokio::test]
async fn a_stamp_that_a_payment_gets_in_the_same_import_names_no_refund() {
    let shop = Shop::with_history(40).await;
    shop.import("viite;summa;päivä;tila\nW-1;20,00;24.11.2024;maksettu\n")
        .await;
    let both = "viite;summa;päivä;tila;leima\n\
        W-1;20,00;24.11.2024;maksettu;stamp-1\nW-1;-20,00;24.11.2024;maksettu;stamp-1\n";
    let result = shop.import(both).await;
    assert_eq!((result.refunds_elsewhere, result.ambiguous), (0, 1));
    let payment = shop.find("reference:W-1").await.remove(0);
    assert_eq!(payment.stored.payment.refunded, Money::ZERO);
}

#[tokio::test]
async fn a_settlements_refund_counts_in_its_sums_though_it_proves_nothing() {
    let shop = Shop::with_history(40).await;
    let file = "Tilitysnumero;Viite;Summa;Päivä;Tila\n\
        77001;W-1;20,00;24.11.2024;maksettu\n77001;W-1;-5,00;24.11.2024;maksettu\n";
    let result = shop.import(file).await;
    assert_eq!((result.refunds_elsewhere, result.settled.len()), (0, 0));
    let detail = shop.office.settlement(shop.account, "77001").await.unwrap();
    assert_eq!(detail.sums.payments.cents(), 2_000);
    assert_eq!(detail.sums.refunds.cents().abs(), 500);
    assert_eq!(detail.sums.net.cents(), 1_500);
    let payment = shop.find("reference:W-1").await.remove(0);
    assert_eq!(payment.stored.payment.refunded, Money::ZERO);
    shop.import(file).await;
    let again = shop.office.settlement(shop.account, "77001").await.unwrap();
    assert_eq!(again.entries.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_is_not_undone_while_it_is_being_done() {
    let shop = Shop::open(1).await;
    let plan = shop.plan(TABLE).await;
    let (begun, has_begun) = mpsc::channel();
    let (go, may_go) = mpsc::channel::<()>();
    let may_go = Mutex::new(may_go);
    let watch = ImportWatch::new(move |progress| {
        if progress.phase == ImportPhase::Keeping && begun.send(()).is_ok() {
            let _ = may_go.lock().unwrap().recv();
        }
    });
    let office = shop.office.clone();
    let import = tokio::spawn(async move { office.apply_import_as(plan, &[], &watch).await });
    tokio::task::spawn_blocking(move || {
        has_begun.recv().unwrap();
        has_begun
    })
    .await
    .unwrap();
    let runs = shop.office.imports(shop.account).await.unwrap();
    assert_eq!(runs[0].state, RunState::Running);
    let undo = || shop.office.undo_import(shop.account, runs[0].run.id);
    let error = undo().await.unwrap_err();
    assert_eq!(error.why.as_deref(), Some(&Why::ImportRunning));
    drop(go);
    assert_eq!(import.await.unwrap().unwrap().new, 2);
    let runs = shop.office.imports(shop.account).await.unwrap();
    assert_eq!(runs[0].state, RunState::Ended);
    assert_eq!(undo().await.unwrap().removed, 2);
}

#[tokio::test]
async fn an_import_that_broke_off_reads_as_such_and_can_be_undone() {
    let shop = Shop::open(1).await;
    let plan = shop.plan(TABLE).await;
    let watch = ImportWatch::new(|progress| {
        assert_ne!(progress.phase, ImportPhase::Keeping, "it breaks off here");
    });
    let office = shop.office.clone();
    let import = tokio::spawn(async move { office.apply_import_as(plan, &[], &watch).await });
    assert!(import.await.is_err());
    let runs = shop.office.imports(shop.account).await.unwrap();
    assert_eq!(
        (runs[0].state, runs[0].run.counts.new),
        (RunState::Interrupted, 0)
    );
    let undone = shop.office.undo_import(shop.account, runs[0].run.id).await;
    assert_eq!(undone.unwrap().removed, 0);
    let runs = shop.office.imports(shop.account).await.unwrap();
    assert_eq!(runs[0].state, RunState::Undone);
}

#[tokio::test]
async fn ids_that_two_imports_brought_wait_until_both_are_undone() {
    let shop = Shop::open(3).await;
    let truth = shop.json("payments").await;
    let id = |at: usize| truth["payments"][at]["transactionId"].as_str().unwrap();
    shop.faults(r#"{"no-signature":1}"#).await;
    let first = shop.import([id(0), id(1)].join("\n")).await.run.unwrap();
    let second = shop.import([id(1), id(2)].join("\n")).await.run.unwrap();
    let waiting = || async {
        let account = shop.account;
        let read = shop.office.store().read(move |tx| tx.awaited(account));
        read.await.unwrap().len()
    };
    assert_eq!(waiting().await, 3);
    let undone = shop.office.undo_import(shop.account, first).await.unwrap();
    assert_eq!((undone.removed, undone.kept), (1, 1));
    assert_eq!(waiting().await, 2);
    let undone = shop.office.undo_import(shop.account, second).await;
    assert_eq!(undone.unwrap().removed, 2);
    assert_eq!(waiting().await, 0);
}

#[tokio::test]
async fn what_an_import_of_only_chosen_rows_has_too_stays_when_the_earlier_one_is_undone() {
    let shop = Shop::open(1).await;
    let twins = "stamp;reference;amount;status;entryDate\n\
         s-1;1042;10,00;Paid;20-11-2024\n\
         s-2;1042;10,00;Paid;20-11-2024\n\
         s-3;1043;5,00;Paid;20-11-2024\n";
    let first = shop.import(twins).await.run.unwrap();
    let text = "Viite;Summa;Päivä;Tila;Sähköposti\n\
         1042;10,00;20.11.2024;Maksettu;aino@example.fi\n\
         1043;5,00;20.11.2024;Maksettu;\n";
    let plan = shop.plan(text).await;
    let counts = plan.counts;
    assert_eq!((counts.new, counts.changed, counts.same), (0, 0, 1));
    let Verdict::Ambiguous { candidates, .. } = &plan.rows[0].verdict else {
        panic!("not ambiguous")
    };
    let choice = [Choice {
        row: 0,
        payment: candidates[0],
    }];
    let watch = ImportWatch::default();
    let chosen = shop.office.apply_import_as(plan, &choice, &watch);
    assert_eq!(chosen.await.unwrap().changed, 1);
    let undone = shop.office.undo_import(shop.account, first).await.unwrap();
    assert_eq!((undone.removed, undone.kept), (1, 2));
    assert_eq!(shop.find("reference:1043").await.len(), 1);
}

#[tokio::test]
async fn what_an_import_of_only_settlement_lines_has_too_stays_when_the_earlier_one_is_undone() {
    let shop = Shop::open(1).await;
    let header = "Tilitysnumero;Viite;Summa;Päivä;Tila\n";
    let payment = "77001;W-1;20,00;24.11.2024;maksettu\n";
    let first = shop.import(format!("{header}{payment}")).await.run.unwrap();
    // A settlement's refund that proves nothing is no change of a payment.
    let text = format!("{header}{payment}77001;W-1;-5,00;24.11.2024;maksettu\n");
    let plan = shop.plan(text).await;
    assert_eq!((plan.counts.new, plan.counts.changed), (0, 0));
    shop.office.apply_import(plan).await.unwrap();
    let undone = shop.office.undo_import(shop.account, first).await.unwrap();
    assert_eq!((undone.removed, undone.kept), (0, 1));
    let detail = shop.office.settlement(shop.account, "77001").await.unwrap();
    assert_eq!(detail.entries.len(), 2);
    assert_eq!(detail.sums.net.cents(), 1_500);
}
