//! What became of refunds: their rows, their history, and what a person may still do about them.

use hyvitys_backoffice::money::{HowMuch, RefundOrder};
use hyvitys_backoffice::{
    Code, Error, NotRepeatable, PaymentStanding, Repeat, TimelineWhat, Why, money_moved,
};
use hyvitys_domain::{Money, OperationState, TransactionId};
use hyvitys_store::journal::Operation;

use super::shop::Shop;

const LOST: &str = r#"{"drop-after":{"rate":1,"paths":["refund"]}}"#;

async fn refund(
    shop: &Shop,
    transaction_id: TransactionId,
    how_much: HowMuch,
) -> Result<Operation, Error> {
    shop.office
        .refund(RefundOrder {
            account: shop.account,
            transaction_id,
            how_much,
            intent: shop.office.new_intent(),
            again: false,
            note: Some("rikki tullut".to_owned()),
            refund_reason: None,
            typed: None,
            reference: None,
            email: None,
        })
        .await
}

/// Paid Klarna payments of which nothing was given back, and what they cost.
async fn paid(shop: &Shop) -> Vec<(TransactionId, Money)> {
    let found = shop.find("status:ok provider:klarna refunded:no").await;
    found
        .iter()
        .map(|listed| &listed.stored.payment)
        .filter_map(|payment| Some((payment.transaction_id?, payment.amount)))
        .collect()
}

#[tokio::test]
async fn a_lost_answer_is_told_from_its_confirmation_to_a_persons_word() {
    let shop = Shop::with_history(60).await;
    let (id, amount) = paid(&shop).await[0];
    shop.faults(LOST).await;
    let operation = refund(&shop, id, HowMuch::Rest).await.unwrap();
    shop.faults("{}").await;
    assert_eq!(operation.state, OperationState::Unknown);
    let listed = shop.find(&format!("tx:{id}")).await;
    assert_eq!(listed[0].standing, PaymentStanding::Unknown);

    // Until the quarantine is over nothing may be said, and it says until when.
    let page = shop.office.operation_rows(shop.account, None, 10).await;
    let row = page.unwrap().rows.remove(0);
    assert_eq!(row.operation.id, operation.id);
    assert_eq!(row.by.as_deref(), Some("maija"));
    assert_eq!(row.payment_amount, amount);
    assert_eq!(row.repeat, Some(Repeat::NotYet));
    let ends = row.quarantine_ends_at.unwrap();
    let sent = operation.last_sent.as_ref().unwrap().at;
    assert!((ends - sent).num_minutes() >= 29);
    let early = shop
        .office
        .resolve(shop.account, operation.id, false, "ei näy")
        .await
        .unwrap_err();
    assert_eq!(early.code, Code::Quarantine);
    assert_eq!(early.why.as_deref(), Some(&Why::Quarantine { minutes: 30 }));

    shop.clock.advance(31);
    let row = shop.office.operation_row(operation.clone()).await.unwrap();
    assert_eq!(
        (row.quarantine_ends_at, row.repeat),
        (None, Some(Repeat::Possible))
    );
    let note = "näkyy palautuslistalla";
    let resolved = shop
        .office
        .resolve(shop.account, operation.id, true, note)
        .await
        .unwrap();
    let detail = shop.office.show(shop.account, id).await.unwrap();
    assert_eq!(detail.standing, PaymentStanding::Refunded);
    let of_operation: Vec<_> = detail
        .timeline
        .iter()
        .filter(|entry| entry.operation == Some(resolved.id))
        .collect();
    let what: Vec<_> = of_operation.iter().map(|entry| entry.what).collect();
    assert_eq!(
        what,
        [
            TimelineWhat::MarkedMoved,
            TimelineWhat::Unknown,
            TimelineWhat::Sending,
            TimelineWhat::Confirmed,
        ]
    );
    let marked = of_operation[0];
    assert_eq!(marked.note.as_deref(), Some(note));
    assert_eq!(marked.proof.as_deref(), Some("marked by maija"));
    assert_eq!(marked.by.as_deref(), Some("maija"));
    assert_eq!(of_operation[1].reason.as_deref(), Some("unclear"));
    assert_eq!(of_operation[3].note.as_deref(), Some("rikki tullut"));
    assert!(
        of_operation
            .iter()
            .all(|entry| entry.amount == Some(amount))
    );
    // The payment's own: looked at, and made before everything else.
    assert!(
        detail
            .timeline
            .iter()
            .any(|entry| entry.what == TimelineWhat::Looked)
    );
    assert_eq!(detail.timeline.last().unwrap().what, TimelineWhat::Created);
    assert!(detail.timeline.is_sorted_by(|a, b| a.at >= b.at));

    let whole = shop
        .office
        .operation_detail(shop.account, resolved.id)
        .await
        .unwrap();
    assert_eq!(whole.attempts.len(), 1);
    assert_eq!(whole.entries.len(), 4);
    assert_eq!(whole.row.operation, resolved);
    assert_eq!(whole.row.repeat, None);
}

#[tokio::test]
async fn whether_an_unknown_refund_may_be_repeated_is_told_as_the_rule_has_it() {
    let shop = Shop::with_history(120).await;
    let some = paid(&shop).await;
    let of_cents = |cents: i64| HowMuch::Amount(Money::from_cents(cents));
    shop.faults(LOST).await;
    let small = refund(&shop, some[0].0, of_cents(some[0].1.cents() / 2))
        .await
        .unwrap();
    let large = refund(&shop, some[1].0, of_cents(some[1].1.cents() / 2 + 1))
        .await
        .unwrap();
    shop.clock.advance(31);
    let again = RefundOrder {
        account: shop.account,
        transaction_id: some[1].0,
        how_much: HowMuch::Amount(large.amount),
        intent: shop.office.new_intent(),
        again: true,
        note: None,
        refund_reason: None,
        typed: None,
        reference: None,
        email: None,
    };
    let repeat = |row: &Operation| {
        let (office, operation) = (shop.office.clone(), row.clone());
        async move { office.operation_row(operation).await.unwrap().repeat }
    };
    assert_eq!(
        repeat(&small).await,
        Some(Repeat::Never(NotRepeatable::NotMoreThanHalf))
    );
    assert_eq!(repeat(&large).await, Some(Repeat::Possible));
    let second = shop.office.refund(again.clone()).await.unwrap();
    assert_eq!(second.repeat_of, Some(large.id));
    assert_eq!(
        repeat(&large).await,
        Some(Repeat::Never(NotRepeatable::RepeatedAlready))
    );
    // What is told is what is checked.
    let third = RefundOrder {
        intent: shop.office.new_intent(),
        ..again
    };
    let refused = shop.office.refund(third).await.unwrap_err();
    assert_eq!(refused.why.as_deref(), Some(&Why::RepeatedAlready));
}

#[tokio::test]
async fn rows_come_with_sums_by_state_and_money_that_moved() {
    let shop = Shop::with_history(60).await;
    let some = paid(&shop).await;
    let done = refund(&shop, some[0].0, HowMuch::Amount(Money::from_cents(100)))
        .await
        .unwrap();
    shop.faults(LOST).await;
    let lost = refund(&shop, some[1].0, HowMuch::Amount(Money::from_cents(200)))
        .await
        .unwrap();
    let page = shop
        .office
        .operation_rows(shop.account, None, 1)
        .await
        .unwrap();
    assert_eq!(page.rows[0].operation.id, lost.id, "the unknown one first");
    let next = page.next.as_deref();
    let rest = shop
        .office
        .operation_rows(shop.account, next, 1)
        .await
        .unwrap();
    assert_eq!(rest.rows[0].operation.id, done.id);
    assert_eq!(rest.next, None);
    let sums: Vec<_> = page
        .sums
        .iter()
        .map(|sum| (sum.state, sum.count, sum.amount.cents()))
        .collect();
    assert!(
        sums.contains(&(OperationState::Unknown, 1, 200)),
        "{sums:?}"
    );
    assert!(sums.contains(&(done.state, 1, 100)), "{sums:?}");
    let moved = serde_json::to_value(money_moved(&lost)).unwrap();
    assert_eq!(moved, "unknown");
    let not_a_place = shop
        .office
        .operation_rows(shop.account, Some("x"), 1)
        .await
        .unwrap_err();
    assert_eq!(not_a_place.why.as_deref(), Some(&Why::NotAPlace));
    let too_many = shop.office.operation_rows(shop.account, None, 1_001).await;
    assert_eq!(too_many.unwrap_err().code, Code::BadInput);
}

#[tokio::test]
async fn what_a_payment_does_not_allow_is_told_with_its_figures() {
    let shop = Shop::with_history(200).await;
    let (id, amount) = paid(&shop).await[0];
    let more = amount.checked_add(Money::SMALLEST).unwrap();
    let error = refund(&shop, id, HowMuch::Amount(more)).await.unwrap_err();
    let json = serde_json::to_value(&error).unwrap();
    assert_eq!(json["code"], "notOperable");
    assert_eq!(json["why"]["kind"], "moreThanLeft");
    assert_eq!(json["why"]["wanted"], more.cents());
    assert_eq!(json["why"]["left"], amount.cents());
    let hold = shop.find("status:hold provider:klarna").await;
    let hold = hold[0].stored.payment.transaction_id.unwrap();
    let error = refund(&shop, hold, HowMuch::Rest).await.unwrap_err();
    assert_eq!(error.why.as_deref(), Some(&Why::AwaitsActivation));
    refund(&shop, id, HowMuch::Amount(Money::from_cents(100)))
        .await
        .unwrap();
    let again = refund(&shop, id, HowMuch::Amount(Money::from_cents(100))).await;
    let again = serde_json::to_value(again.unwrap_err()).unwrap();
    assert_eq!(again["why"]["kind"], "sameAgain");
    assert!(again["why"]["at"].as_str().unwrap().ends_with('Z'));
    let unknown = "00000000-0000-4000-8000-000000000000".parse().unwrap();
    let gone = shop.office.operation_detail(shop.account, unknown).await;
    assert_eq!(
        gone.unwrap_err().why.as_deref(),
        Some(&Why::NoSuchOperation)
    );
}
