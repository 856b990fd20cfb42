//! Plans of batches: what each line is taken for, what is confirmed, and what the result says.

use hyvitys_backoffice::bulk::{
    AmountsIn, BatchConfirmation, BatchOptions, BatchPlan, BatchSource, BatchSum, BatchVerdict,
    LineChange, PlannedBatchLine, Suggestion,
};
use hyvitys_backoffice::{Code, Error, ExportFormat, SourceFile, Why};
use hyvitys_domain::{BatchLineState, BatchState, Money, OperationKind, Payment};
use proptest::prelude::*;

use super::shop::Shop;

fn file(text: &str) -> BatchSource {
    BatchSource::File(SourceFile {
        name: "peruutus.csv".to_owned(),
        bytes: text.as_bytes().to_vec(),
    })
}

async fn plan(shop: &Shop, source: BatchSource) -> BatchPlan {
    let options = BatchOptions::default();
    let plan = shop
        .office
        .plan_batch(shop.account, OperationKind::Refund, source, options);
    plan.await.unwrap()
}

/// Paid Klarna payments of which nothing was given back, each with a reference of its own.
async fn paid(shop: &Shop, count: usize) -> Vec<Payment> {
    let found = shop.find("status:ok provider:klarna refunded:no").await;
    let mut paid: Vec<Payment> = found.into_iter().map(|one| one.stored.payment).collect();
    paid.retain(|payment| payment.refundable() == payment.amount && payment.amount > cents(500));
    paid.truncate(count);
    assert_eq!(paid.len(), count, "the sandbox has too few payments");
    paid
}

fn cents(cents: i64) -> Money {
    Money::from_cents(cents)
}

fn whys(plan: &BatchPlan) -> Vec<Option<Why>> {
    let why = |line: &PlannedBatchLine| line.why.as_ref().map(|reason| reason.why.clone());
    plan.lines.iter().map(why).collect()
}

fn confirmation(shop: &Shop, plan: &BatchPlan) -> BatchConfirmation {
    let BatchSum { count, sum } = plan.sends();
    BatchConfirmation {
        digest: plan.digest.clone(),
        count,
        sum,
        typed: None,
        intent: shop.office.new_intent(),
        refund_reason: Some("Tapahtuma peruttu".to_owned()),
        note: None,
        concurrency: Some(4),
    }
}

async fn refused(shop: &Shop, plan: &BatchPlan, said: BatchConfirmation) -> Error {
    let refused = shop.office.confirm_batch(plan, said).await.unwrap_err();
    assert!(shop.office.batches(shop.account).await.unwrap().is_empty());
    refused
}

#[tokio::test]
async fn a_file_is_checked_confirmed_run_and_told_line_by_line() {
    let shop = Shop::with_history(200).await;
    let paid = paid(&shop, 3).await;
    let (one, two, three) = (&paid[0], &paid[1], &paid[2]);
    let text = format!(
        "Tilausnumero;Palautettava summa;Huomautus\n{};1,50;=salin vesivahinko\n{};;\nEI-OLE;5,00;\n{};1,00;x\n",
        one.reference, two.reference, three.reference
    );
    let checked = plan(&shop, file(&text)).await;
    assert_eq!(checked.lines[0].amount, Some(cents(150)));
    assert_eq!(
        checked.lines[1].amount,
        Some(two.amount),
        "an empty amount is what is left"
    );
    assert_eq!(checked.lines[1].left_after, Some(Money::ZERO));
    assert_eq!(whys(&checked)[2], Some(Why::NoSuchPayment));
    assert_eq!(checked.sum(BatchVerdict::Error).count, 1);
    let left_out = [LineChange {
        number: 4,
        left_out: Some(true),
        ..LineChange::default()
    }];
    let mended = shop
        .office
        .change_batch_plan(checked.clone(), &left_out)
        .await
        .unwrap();
    assert_ne!(mended.digest, checked.digest);
    let sum = two.amount.checked_add(cents(150)).unwrap();
    assert_eq!(mended.sends(), BatchSum { count: 2, sum });

    let said = confirmation(&shop, &mended);
    let batch = shop
        .office
        .confirm_batch(&mended, said.clone())
        .await
        .unwrap()
        .batch;
    let twice = shop
        .office
        .confirm_batch(&mended, said)
        .await
        .unwrap()
        .batch;
    assert_eq!(twice.id, batch.id, "a double click is one batch");
    let ended = shop.office.run_batch(batch.id, || {}).await.unwrap();
    assert_eq!(ended.state, BatchState::Finished);
    let taken = ended.count(BatchLineState::Done) + ended.count(BatchLineState::Accepted);
    assert_eq!((taken, ended.count(BatchLineState::LeftOut)), (2, 2));
    assert_eq!((ended.confirmed_lines(), ended.confirmed_sum()), (2, sum));
    let operations = shop.office.operations(shop.account, None).await.unwrap();
    assert!(operations.iter().any(|operation| {
        operation.amount == cents(150)
            && operation.refund_reason.as_deref() == Some("Tapahtuma peruttu")
            && operation.note.as_deref() == Some("=salin vesivahinko")
    }));

    let mut result = Vec::new();
    let rows = shop
        .office
        .export_batch(batch.id, ExportFormat::Csv, &mut result)
        .await;
    assert_eq!(rows.unwrap(), 4);
    let result = String::from_utf8(result).unwrap();
    let lines: Vec<&str> = result.lines().collect();
    assert!(
        lines[0].ends_with("Huomautus;result;refundId;requestId;message;at"),
        "{}",
        lines[0]
    );
    assert!(
        lines[1].starts_with(&format!("{};1,50;'=salin vesivahinko;", one.reference)),
        "{}",
        lines[1]
    );
    assert!(
        lines[3].contains(";leftOut;") && lines[3].contains("EI-OLE"),
        "{}",
        lines[3]
    );

    // The same file again: what was refunded is refused unless it is confirmed for itself.
    let again = plan(&shop, file(&text)).await;
    assert_eq!(again.same_file_as, Some(batch.number));
    assert!(matches!(whys(&again)[0], Some(Why::SameAgain { .. })));
    assert_eq!(again.lines[0].suggestion, Some(Suggestion::Again));
    assert!(matches!(whys(&again)[1], Some(Why::NothingLeft { .. })));
}

#[tokio::test]
async fn lines_of_one_payment_are_seen_together() {
    let shop = Shop::with_history(200).await;
    let paid = paid(&shop, 2).await;
    let (one, two) = (&paid[0], &paid[1]);
    let most = one.amount;
    let text = format!(
        "viite;summa\n{0};{1}\n{0};0,01\n{2};1,00\n{2};1,00\n{2};2,00\n",
        one.reference, most, two.reference
    );
    let checked = plan(&shop, file(&text)).await;
    let whys = whys(&checked);
    assert_eq!(whys[0], None);
    assert_eq!(
        whys[1],
        Some(Why::BatchTogether {
            left: Money::ZERO,
            line: 2
        })
    );
    assert_eq!(whys[3], Some(Why::BatchDuplicate { line: 4 }));
    assert_eq!(whys[4], None);
    let again = [LineChange {
        number: 4,
        again: Some(true),
        ..LineChange::default()
    }];
    let mended = shop
        .office
        .change_batch_plan(checked, &again)
        .await
        .unwrap();
    assert_eq!(mended.lines[3].verdict, BatchVerdict::Warning);
    assert_eq!(mended.sends().sum, most.checked_add(cents(400)).unwrap());
}

#[tokio::test]
async fn whole_numbers_ask_whether_they_are_euros() {
    let shop = Shop::with_history(200).await;
    let one = &paid(&shop, 1).await[0];
    let text = format!("reference,amount\n{},2\n", one.reference);
    let open = plan(&shop, file(&text)).await;
    assert!(open.amounts_unknown);
    assert_eq!(whys(&open)[0], Some(Why::BatchAmountUnknownUnit));
    for (unit, amount) in [(AmountsIn::Euros, 200), (AmountsIn::Cents, 2)] {
        let options = BatchOptions {
            amounts_in: Some(unit),
            ..BatchOptions::default()
        };
        let kind = OperationKind::Refund;
        let said = shop
            .office
            .plan_batch(shop.account, kind, file(&text), options)
            .await
            .unwrap();
        assert_eq!(said.lines[0].amount, Some(cents(amount)));
    }
}

#[tokio::test]
async fn a_pasted_list_needs_no_header_and_a_customers_address_makes_no_email_refund() {
    let shop = Shop::with_history(200).await;
    let paid = paid(&shop, 2).await;
    let pasted = format!(
        "{} 1,50\n{}\n",
        paid[0].reference,
        paid[1].transaction_id.unwrap()
    );
    let checked = plan(&shop, BatchSource::Paste(pasted)).await;
    assert_eq!(checked.lines[0].amount, Some(cents(150)));
    assert_eq!(checked.lines[1].amount, Some(paid[1].amount));
    let text = format!(
        "order;email;amount\n{};a@b.example;1,00\n",
        paid[0].reference
    );
    let export = plan(&shop, file(&text)).await;
    assert_eq!(export.lines[0].asked.as_ref().unwrap().email, None);
    assert_eq!(export.lines[0].verdict, BatchVerdict::Ready);
}

#[tokio::test]
async fn a_confirmation_binds_what_was_shown() {
    let shop = Shop::with_history(200).await;
    let one = &paid(&shop, 1).await[0];
    let text = format!("viite;summa\n{};1,00\n", one.reference);
    let checked = plan(&shop, file(&text)).await;
    let good = confirmation(&shop, &checked);
    let other_sum = BatchConfirmation {
        sum: cents(101),
        ..good.clone()
    };
    let error = refused(&shop, &checked, other_sum).await;
    assert_eq!(error.why.as_deref(), Some(&Why::BatchPlanChanged));
    let mut bent = checked.clone();
    bent.lines[0].amount = Some(cents(9_900));
    let bent_sum = BatchConfirmation {
        sum: bent.sends().sum,
        ..good.clone()
    };
    let error = refused(&shop, &bent, bent_sum).await;
    assert_eq!(
        error.why.as_deref(),
        Some(&Why::BatchPlanChanged),
        "the digest is made anew"
    );
    // Somebody refunds it by hand between the check and the confirmation.
    shop.office
        .refund(hyvitys_backoffice::money::RefundOrder {
            account: shop.account,
            transaction_id: one.transaction_id.unwrap(),
            how_much: hyvitys_backoffice::money::HowMuch::Amount(cents(250)),
            intent: shop.office.new_intent(),
            again: false,
            note: None,
            reference: None,
            email: None,
            refund_reason: None,
            typed: None,
        })
        .await
        .unwrap();
    let error = refused(&shop, &checked, good).await;
    assert_eq!(error.why.as_deref(), Some(&Why::BatchPlanChanged));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_clicks_at_once_are_one_batch_and_both_are_told_of_it() {
    let shop = Shop::with_history(200).await;
    let mut fresh = paid(&shop, 12).await.into_iter();
    let mut next = async || {
        let one = fresh.next().expect("too few payments");
        let text = format!("viite;summa\n{};1,00\n", one.reference);
        let checked = plan(&shop, file(&text)).await;
        let said = confirmation(&shop, &checked);
        (checked, said)
    };
    let (checked, said) = next().await;
    let click = || shop.office.confirm_batch(&checked, said.clone());
    let (one, two) = tokio::join!(click(), click());
    assert_eq!(one.unwrap().batch.id, two.unwrap().batch.id);
    // And with the second click done whole at each look at the clock in the first one.
    let mut batches = 1;
    for look in 0.. {
        let (checked, said) = next().await;
        let (office, other) = (shop.office.clone(), (checked.clone(), said.clone()));
        let (told, answer) = std::sync::mpsc::channel();
        let handle = tokio::runtime::Handle::current();
        shop.clock.at_look(look, move || {
            let (plan, said) = other;
            let click = async move { office.confirm_batch(&plan, said).await };
            let second = tokio::task::block_in_place(|| handle.block_on(click));
            told.send(second.unwrap().batch.id).unwrap();
        });
        let first = shop.office.confirm_batch(&checked, said).await.unwrap();
        let happened = shop.clock.has_happened();
        if happened {
            assert_eq!(first.batch.id, answer.recv().unwrap(), "at look {look}");
        }
        batches += 1;
        let all = shop.office.batches(shop.account).await.unwrap();
        assert_eq!(all.len(), batches);
        if !happened {
            assert!(look >= 2, "the clock is looked at in between");
            break;
        }
    }
}

#[tokio::test]
async fn over_the_shops_limit_the_sum_is_typed() {
    let shop = Shop::with_history(200).await;
    let one = &paid(&shop, 1).await[0];
    let checked = plan(
        &shop,
        file(&format!("viite;summa\n{};1,00\n", one.reference)),
    )
    .await;
    let policy = hyvitys_backoffice::RefundPolicy {
        batch_limit: Some(cents(99)),
        ..hyvitys_backoffice::RefundPolicy::default()
    };
    shop.office
        .set_refund_policy(shop.account, policy)
        .await
        .unwrap();
    let good = confirmation(&shop, &checked);
    assert_eq!(
        refused(&shop, &checked, good.clone()).await.code,
        Code::OverLimit
    );
    let typed = BatchConfirmation {
        typed: Some(cents(100)),
        ..good
    };
    shop.office.confirm_batch(&checked, typed).await.unwrap();
}

#[tokio::test]
async fn what_waits_or_failed_becomes_a_batch_of_its_own() {
    let shop = Shop::with_history(200).await;
    let paid = paid(&shop, 2).await;
    let text = format!(
        "viite;summa\n{};1,00\n{};1,00\n",
        paid[0].reference, paid[1].reference
    );
    let checked = plan(&shop, file(&text)).await;
    let said = confirmation(&shop, &checked);
    let first = shop
        .office
        .confirm_batch(&checked, said)
        .await
        .unwrap()
        .batch;
    shop.office.pause_batch(first.id).await.unwrap();
    // While it waits there, no other file may bring it.
    let beside = plan(
        &shop,
        BatchSource::Paste(format!("{} 1,00\n", paid[0].reference)),
    )
    .await;
    assert_eq!(
        whys(&beside)[0],
        Some(Why::BatchOpenElsewhere {
            batch: first.number
        })
    );
    let rest = plan(
        &shop,
        BatchSource::Batch {
            batch: first.id,
            rest: true,
        },
    )
    .await;
    assert_eq!(rest.sends().count, 2);
    let said = confirmation(&shop, &rest);
    let second = shop.office.confirm_batch(&rest, said).await.unwrap();
    assert_eq!(second.follows_number, Some(first.number));
    let old = shop.office.batch(first.id).await.unwrap().batch;
    assert_eq!(
        (old.state, old.count(BatchLineState::Moved)),
        (BatchState::Stopped, 2)
    );
    let ended = shop.office.run_batch(second.batch.id, || {}).await.unwrap();
    assert_eq!(ended.state, BatchState::Finished);
    assert!(shop.office.resume_batch(first.id).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_file_holds_lines_together_stay_within_what_is_left() {
    let shop = Shop::with_history(120).await;
    let paid = paid(&shop, 3).await;
    let amount = prop_oneof![Just(String::new()), "[0-9]{1,3},[0-9]{2}", "[-=;a0,]{0,6}"];
    let rows = prop::collection::vec((0_usize..3, amount), 0..12);
    let junk = prop::collection::vec(any::<u8>(), 0..40);
    let config = ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let checked = |rows: &[(usize, String)], junk: &[u8]| {
        let mut bytes = b"viite;summa\n".to_vec();
        for (which, amount) in rows {
            bytes.extend(format!("{};{amount}\n", paid[*which].reference).bytes());
        }
        bytes.extend(junk);
        let source = BatchSource::File(SourceFile {
            name: "x".to_owned(),
            bytes,
        });
        let kind = OperationKind::Refund;
        let plan = shop
            .office
            .plan_batch(shop.account, kind, source, BatchOptions::default());
        tokio::runtime::Handle::current().block_on(plan)
    };
    let outcome = tokio::task::block_in_place(|| {
        runner.run(&(rows, junk), |(rows, junk)| {
            // An error is clean, and nothing is known of the file but what it says.
            let Ok(plan) = checked(&rows, &junk) else {
                return Ok(());
            };
            let sent = || plan.lines.iter().filter(|line| line.is_sent());
            for payment in &paid {
                let of_it = sent().filter(|line| line.payment == payment.transaction_id);
                let sum: Option<Money> = of_it.filter_map(|line| line.amount).sum();
                prop_assert!(sum.is_some_and(|sum| sum <= payment.refundable()));
            }
            let payable = |line: &PlannedBatchLine| line.amount.is_some_and(Money::is_payable);
            prop_assert!(sent().all(payable));
            Ok(())
        })
    });
    outcome.unwrap();
}
