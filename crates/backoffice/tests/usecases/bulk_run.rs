//! Batches against a shop that checks every signature: run, paused, stopped, interrupted, and taken up again.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use hyvitys_backoffice::money::{HowMuch, RefundOrder};
use hyvitys_backoffice::{Code, Why};
use hyvitys_domain::{
    BatchId, BatchLineState, BatchPause, BatchState, Money, OperationKind, TransactionId,
};
use hyvitys_secrets::SecretText;
use hyvitys_store::batches::{Batch, BatchLine, BatchOrigin, NewBatch, NewBatchLine};
use hyvitys_store::journal::Owner;
use uuid::Uuid;

use super::shop::Shop;

fn data_dir(shop: &Shop) -> PathBuf {
    shop.office.store().path().parent().unwrap().to_owned()
}

/// Paid Klarna payments of which nothing was given back.
async fn paid(shop: &Shop, count: usize) -> Vec<(TransactionId, Money)> {
    let found = shop.find("status:ok provider:klarna refunded:no").await;
    let paid: Vec<_> = found
        .iter()
        .map(|listed| &listed.stored.payment)
        .filter_map(|payment| Some((payment.transaction_id?, payment.amount)))
        .take(count)
        .collect();
    assert_eq!(paid.len(), count, "the sandbox has too few payments");
    paid
}

/// A batch that refunds one euro of each of these payments, confirmed by a program that has ended.
async fn confirmed(shop: &Shop, payments: &[(TransactionId, Money)], concurrency: u32) -> BatchId {
    let ended = Owner::claim(&data_dir(shop)).unwrap();
    let lines = payments
        .iter()
        .zip(1..)
        .map(|((id, amount), place)| NewBatchLine {
            place,
            named: id.to_string(),
            fields: Vec::new(),
            transaction_id: Some(*id),
            amount: Some(Money::from_cents(100)),
            item_stamp: None,
            email: None,
            refund_reference: None,
            note: None,
            again: false,
            payment_amount: Some(*amount),
            payment_taken: Some(Money::ZERO),
            left_out: None,
        });
    let new = NewBatch {
        id: BatchId::from_uuid(Uuid::new_v4()),
        account: shop.account,
        kind: OperationKind::Refund,
        name: "palautukset.csv".to_owned(),
        origin: BatchOrigin::File,
        digest: [1; 32],
        file_digest: None,
        header: Vec::new(),
        intent: shop.office.new_intent(),
        refund_reason: None,
        note: None,
        concurrency,
        follows: None,
        owner: ended.id(),
        lines: lines.collect(),
        count: payments.len() as u64,
        sum: Money::from_cents(100),
    };
    let (id, now) = (new.id, shop.now());
    let kept = shop
        .office
        .store()
        .write(move |tx| tx.confirm_batch(&new, &now))
        .await;
    kept.unwrap().unwrap();
    id
}

async fn resumed(shop: &Shop, payments: &[(TransactionId, Money)], concurrency: u32) -> BatchId {
    let id = confirmed(shop, payments, concurrency).await;
    let view = shop.office.batch(id).await.unwrap();
    assert_eq!(view.batch.why, Some(BatchPause::Interrupted));
    assert!(view.resumable);
    shop.office.resume_batch(id).await.unwrap();
    id
}

/// Lines that Paytrail has taken: a few refunds of the sandbox wait for an approval.
fn taken(batch: &Batch) -> u64 {
    batch.count(BatchLineState::Done) + batch.count(BatchLineState::Accepted)
}

async fn lines(shop: &Shop, id: BatchId) -> Vec<BatchLine> {
    let page = shop.office.batch_lines(id, None, 0, 1_000).await;
    page.unwrap().lines
}

/// How many refunds the sandbox has of each of these payments.
async fn refunds_of_all(shop: &Shop, payments: &[(TransactionId, Money)]) -> Vec<usize> {
    let truth = shop.json("refunds").await;
    let refunds = truth["refunds"].as_array().unwrap();
    let of = |id: &TransactionId| {
        let id = id.to_string();
        refunds
            .iter()
            .filter(|refund| refund["paymentId"] == *id)
            .count()
    };
    payments.iter().map(|(id, _)| of(id)).collect()
}

#[tokio::test]
async fn every_line_is_refunded_once_and_the_batch_is_finished() {
    let shop = Shop::with_history(200).await;
    let payments = paid(&shop, 12).await;
    let id = resumed(&shop, &payments, 4).await;
    let changes = AtomicUsize::new(0);
    let told = || {
        changes.fetch_add(1, Ordering::SeqCst);
    };
    let batch = shop.office.run_batch(id, told).await.unwrap();
    assert_eq!(batch.state, BatchState::Finished);
    assert_eq!(taken(&batch), 12);
    assert!(changes.load(Ordering::SeqCst) >= 12);
    assert_eq!(refunds_of_all(&shop, &payments).await, vec![1; 12]);
    let again = shop.office.run_batch(id, || {}).await.unwrap_err();
    assert_eq!(again.why.as_deref(), Some(&Why::BatchNotRunning));
    let late = shop.office.resume_batch(id).await.unwrap_err();
    assert_eq!(late.why.as_deref(), Some(&Why::BatchNotResumable));
}

#[tokio::test]
async fn ten_lines_in_a_row_that_reach_nobody_pause_the_batch_and_resuming_puts_them_back() {
    let shop = Shop::with_history(200).await;
    let payments = paid(&shop, 14).await;
    let id = resumed(&shop, &payments, 10).await;
    let office = shop.office.clone();
    // Nobody listens at its address any more.
    drop(shop.sandbox);
    let batch = office.run_batch(id, || {}).await.unwrap();
    assert_eq!(batch.state, BatchState::Paused);
    assert_eq!(batch.why, Some(BatchPause::Connection));
    assert_eq!(batch.owner, None);
    assert!(batch.count(BatchLineState::Failed) >= 10);
    let resumed = office.resume_batch(id).await.unwrap();
    assert_eq!(resumed.batch.count(BatchLineState::Waiting), 14);
}

#[tokio::test]
async fn a_secret_that_is_not_accepted_pauses_the_batch_and_refuses_no_line() {
    let shop = Shop::with_history(200).await;
    let payments = paid(&shop, 5).await;
    let id = resumed(&shop, &payments, 1).await;
    let wrong = SecretText::new("WRONG".to_owned());
    shop.office
        .set_secret_id(shop.account, &wrong)
        .await
        .unwrap();
    let batch = shop.office.run_batch(id, || {}).await.unwrap();
    assert_eq!(batch.state, BatchState::Paused);
    assert_eq!(batch.why, Some(BatchPause::Unauthorized));
    assert_eq!(batch.count(BatchLineState::Unknown), 1);
    assert_eq!(batch.count(BatchLineState::Waiting), 4);
}

#[tokio::test]
async fn a_balance_that_does_not_cover_a_refund_pauses_the_batch() {
    let shop = Shop::with_history(200).await;
    let payments = paid(&shop, 5).await;
    let id = resumed(&shop, &payments, 1).await;
    shop.post("balance", r#"{"amount":250}"#).await;
    let batch = shop.office.run_batch(id, || {}).await.unwrap();
    assert_eq!(batch.why, Some(BatchPause::Balance));
    assert_eq!(batch.count(BatchLineState::Done), 2);
    assert_eq!(batch.count(BatchLineState::Rejected), 1);
    assert_eq!(batch.count(BatchLineState::Waiting), 2);
}

#[tokio::test]
async fn a_batch_that_another_program_pauses_before_it_runs_is_given_back_and_can_be_resumed() {
    let shop = Shop::with_history(200).await;
    let payments = paid(&shop, 3).await;
    let id = resumed(&shop, &payments, 2).await;
    shop.second_office().pause_batch(id).await.unwrap();
    let error = shop.office.run_batch(id, || {}).await.unwrap_err();
    assert_eq!(error.why.as_deref(), Some(&Why::BatchNotRunning));
    assert_eq!(shop.office.batch(id).await.unwrap().batch.owner, None);
    shop.office.resume_batch(id).await.unwrap();
    let batch = shop.office.run_batch(id, || {}).await.unwrap();
    assert_eq!(taken(&batch), 3);
}

#[tokio::test]
async fn a_paused_batch_begins_nothing_and_goes_on_where_it_stood() {
    let shop = Shop::with_history(200).await;
    let payments = paid(&shop, 8).await;
    let id = resumed(&shop, &payments, 1).await;
    let paused = shop.office.pause_batch(id).await.unwrap();
    assert_eq!(paused.batch.why, Some(BatchPause::Person));
    let error = shop.office.run_batch(id, || {}).await.unwrap_err();
    assert_eq!(error.code, Code::Busy);
    // Nobody runs it, but this process still has it: it is given back by whoever ran it.
    assert_eq!(refunds_of_all(&shop, &payments).await, vec![0; 8]);
    let view = shop.office.resume_batch(id).await.unwrap();
    assert_eq!(view.batch.state, BatchState::Running);
    let batch = shop.office.run_batch(id, || {}).await.unwrap();
    assert_eq!(taken(&batch), 8);
    assert_eq!(refunds_of_all(&shop, &payments).await, vec![1; 8]);
}

#[tokio::test]
async fn a_person_pauses_a_batch_while_it_runs_and_stops_it() {
    let shop = Shop::with_history(200).await;
    let payments = paid(&shop, 20).await;
    let id = resumed(&shop, &payments, 2).await;
    let (office, changes) = (
        shop.office.clone(),
        std::sync::Arc::new(tokio::sync::Notify::new()),
    );
    let told = changes.clone();
    let run = tokio::spawn(async move { office.run_batch(id, || told.notify_one()).await });
    changes.notified().await;
    shop.office.pause_batch(id).await.unwrap();
    let batch = run.await.unwrap().unwrap();
    assert_eq!((batch.state, batch.owner), (BatchState::Paused, None));
    let done = taken(&batch);
    assert!(done > 0 && batch.count(BatchLineState::Waiting) > 0);
    assert_eq!(batch.count(BatchLineState::Sending), 0);
    let stopped = shop.office.stop_batch(id).await.unwrap();
    assert_eq!(stopped.batch.state, BatchState::Stopped);
    assert!(!stopped.resumable && !stopped.ending);
    let paid_out: usize = refunds_of_all(&shop, &payments).await.iter().sum();
    assert_eq!(u64::try_from(paid_out).unwrap(), done);
}

#[tokio::test]
async fn a_server_that_asks_to_wait_is_waited_for() {
    let shop = Shop::with_history(200).await;
    let payments = paid(&shop, 6).await;
    let id = resumed(&shop, &payments, 3).await;
    shop.faults(r#"{"status-429":{"rate":0.4,"paths":["refund"]}}"#)
        .await;
    let batch = shop.office.run_batch(id, || {}).await.unwrap();
    assert_eq!(batch.state, BatchState::Finished);
    let done = taken(&batch);
    assert_eq!(done + batch.count(BatchLineState::Failed), 6);
    let paid_out: usize = refunds_of_all(&shop, &payments).await.iter().sum();
    assert_eq!(u64::try_from(paid_out).unwrap(), done);
}

#[tokio::test]
async fn what_was_refunded_by_hand_meanwhile_is_not_refunded_again() {
    let shop = Shop::with_history(200).await;
    let payments = paid(&shop, 3).await;
    let id = resumed(&shop, &payments, 2).await;
    let by_hand = RefundOrder {
        account: shop.account,
        transaction_id: payments[1].0,
        how_much: HowMuch::Amount(Money::from_cents(100)),
        intent: shop.office.new_intent(),
        again: false,
        note: None,
        reference: None,
        email: None,
        refund_reason: None,
        typed: None,
    };
    shop.office.refund(by_hand).await.unwrap();
    let batch = shop.office.run_batch(id, || {}).await.unwrap();
    assert_eq!(batch.state, BatchState::Finished);
    assert_eq!(batch.count(BatchLineState::Refused), 1);
    let refused = lines(&shop, id).await;
    let refused = refused.iter().find(|line| line.position == 2).unwrap();
    let why = refused.why.as_deref();
    assert_eq!(why, Some(r#"{"kind":"batchPaymentChanged"}"#));
    assert_eq!(refunds_of_all(&shop, &payments).await, [1, 1, 1]);
}

#[tokio::test]
async fn two_programs_on_one_data_folder_do_not_run_the_same_batch() {
    let shop = Shop::with_history(200).await;
    let other = shop.second_office();
    let payments = paid(&shop, 6).await;
    let id = resumed(&shop, &payments, 2).await;
    let error = other.resume_batch(id).await.unwrap_err();
    assert_eq!(error.why.as_deref(), Some(&Why::BatchElsewhere));
    let error = other.run_batch(id, || {}).await.unwrap_err();
    assert_eq!(error.why.as_deref(), Some(&Why::BatchNotRunning));
    let batch = shop.office.run_batch(id, || {}).await.unwrap();
    assert_eq!(taken(&batch), 6);
    assert_eq!(refunds_of_all(&shop, &payments).await, vec![1; 6]);
}

#[tokio::test]
async fn a_confirmation_that_grows_old_while_it_waits_sends_nothing() {
    let shop = Shop::with_history(200).await;
    let payments = paid(&shop, 3).await;
    let id = resumed(&shop, &payments, 1).await;
    shop.clock.advance(24 * 60 + 1);
    let batch = shop.office.run_batch(id, || {}).await.unwrap();
    assert_eq!(batch.why, Some(BatchPause::Stale));
    assert_eq!(batch.count(BatchLineState::Waiting), 3);
    let error = shop.office.resume_batch(id).await.unwrap_err();
    assert_eq!(error.why.as_deref(), Some(&Why::BatchStale));
    assert!(!shop.office.batch(id).await.unwrap().resumable);
}
