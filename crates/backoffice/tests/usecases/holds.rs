//! Open holds: listed by what ends first, activated and cancelled.

use std::collections::BTreeMap;

use futures::future::join_all;
use hyvitys_backoffice::clock::Clock as _;
use hyvitys_backoffice::money::HoldOrder;
use hyvitys_backoffice::{Code, Error, PaymentStanding, Why};
use hyvitys_domain::{HoldAction, IntentId, OperationKind, OperationState, TransactionId};
use hyvitys_store::journal::Operation;

use super::shop::Shop;

/// Manual invoices that Klarna holds and that wait for us, as the sandbox knows them.
async fn klarna_holds(shop: &Shop, count: usize) -> Vec<TransactionId> {
    let truth = shop.json("payments").await;
    let ids: Vec<_> = truth["payments"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|payment| {
            let klarna = payment["provider"].as_str().unwrap_or_default();
            payment["manualInvoice"] == true
                && payment["openHold"] == true
                && klarna.contains("klarna")
        })
        .map(|payment| payment["transactionId"].as_str().unwrap().parse().unwrap())
        .take(count)
        .collect();
    assert_eq!(ids.len(), count, "the sandbox has too few holds");
    ids
}

fn confirmed(shop: &Shop, ids: &[TransactionId]) -> Vec<(TransactionId, IntentId)> {
    ids.iter()
        .map(|id| (*id, shop.office.new_intent()))
        .collect()
}

/// Confirms each of them at the same time.
async fn all(
    shop: &Shop,
    action: HoldAction,
    lines: Vec<(TransactionId, IntentId)>,
) -> Vec<(TransactionId, Result<Operation, Error>)> {
    let confirm = |(transaction_id, intent)| async move {
        let order = HoldOrder {
            account: shop.account,
            transaction_id,
            action,
            intent,
            confirmed: None,
        };
        (transaction_id, shop.office.hold(order).await)
    };
    join_all(lines.into_iter().map(confirm)).await
}

#[tokio::test]
async fn holds_come_by_what_ends_first_with_their_first_line_and_their_open_operation() {
    let shop = Shop::with_history(300).await;
    let holds = shop.office.holds(shop.account).await.unwrap();
    assert!(holds.len() > 3);
    let deadline = |at: usize| holds[at].stored.payment.deadline();
    for next in 1..holds.len() {
        match (deadline(next - 1), deadline(next)) {
            (Some(before), Some(after)) => assert!(before <= after),
            (None, Some(_)) => panic!("a hold without an end stands before one that has one"),
            _ => {}
        }
    }
    assert!(
        holds
            .iter()
            .all(|hold| hold.standing == PaymentStanding::Hold)
    );
    let with_lines = holds.iter().find(|hold| hold.lines.is_some()).unwrap();
    let lines = with_lines.lines.as_ref().unwrap();
    let id = with_lines.stored.payment.transaction_id.unwrap();
    let detail = shop.office.show(shop.account, id).await.unwrap();
    assert_eq!(lines.first, detail.lines[0].description);
    assert_eq!(usize::try_from(lines.count).unwrap(), detail.lines.len());

    // A cancel that Paytrail has taken and not carried out stays open, and its hold is shown with it.
    let id = klarna_holds(&shop, 1).await[0];
    shop.post(&format!("payments/{id}/next-cancel"), r#"{"status":202}"#)
        .await;
    let order = HoldOrder {
        account: shop.account,
        transaction_id: id,
        action: HoldAction::Cancel,
        intent: shop.office.new_intent(),
        confirmed: None,
    };
    let open = shop.office.hold(order).await.unwrap();
    assert_eq!(open.state, OperationState::Accepted);
    let holds = shop.office.holds(shop.account).await.unwrap();
    let hold = holds
        .iter()
        .find(|hold| hold.stored.payment.transaction_id == Some(id))
        .unwrap();
    assert_eq!(hold.standing, PaymentStanding::Cancelling);
    let brief = hold.open_operation.unwrap();
    assert_eq!((brief.id, brief.kind), (open.id, OperationKind::Cancel));
}

#[tokio::test]
async fn one_orders_refusal_stops_and_hides_no_other() {
    let shop = Shop::with_history(400).await;
    let good = klarna_holds(&shop, 5).await;
    let paid = shop.find("status:ok provider:klarna").await[0]
        .stored
        .payment
        .transaction_id
        .unwrap();
    let stranger: TransactionId = "681538c4-fc84-11e9-83bc-2ffcef4c3453".parse().unwrap();
    let mut lines = vec![(stranger, shop.office.new_intent())];
    lines.extend(confirmed(&shop, &good[..2]));
    lines.push((paid, shop.office.new_intent()));
    lines.extend(confirmed(&shop, &good[2..]));
    let outcomes: BTreeMap<_, _> = all(&shop, HoldAction::Activate, lines)
        .await
        .into_iter()
        .collect();
    assert_eq!(outcomes.len(), 7);
    let refused = |id: &TransactionId| outcomes[id].as_ref().unwrap_err();
    assert_eq!(refused(&stranger).code, Code::NotFound);
    assert_eq!(refused(&paid).why.as_deref(), Some(&Why::AlreadyCaptured));
    for id in &good {
        assert_eq!(outcomes[id].as_ref().unwrap().state, OperationState::Done);
    }
    let truth = shop.json("payments").await;
    for payment in truth["payments"].as_array().unwrap() {
        let id: TransactionId = payment["transactionId"].as_str().unwrap().parse().unwrap();
        if good.contains(&id) {
            assert_eq!(payment["status"], "ok");
        }
    }
}

#[tokio::test]
async fn lost_answers_and_tired_servers_end_each_order_with_what_a_look_proves() {
    let shop = Shop::with_history(400).await;
    let ids = klarna_holds(&shop, 6).await;
    // Every capture is carried out and its answer lost: the looks show that all are captured.
    shop.faults(r#"{"drop-after":{"rate":1,"paths":["activate-invoice"]}}"#)
        .await;
    let outcomes = all(&shop, HoldAction::Activate, confirmed(&shop, &ids[..3])).await;
    for (id, outcome) in &outcomes {
        let operation = outcome.as_ref().unwrap();
        assert_eq!(operation.state, OperationState::Done, "{id}");
        assert_eq!(
            operation.sends, 1,
            "what was captured is not asked for again"
        );
    }
    // Every release fails before it is carried out: asked for once more, then not known.
    shop.faults(r#"{"status-500-before":{"rate":1,"paths":["cancel-order"]}}"#)
        .await;
    let outcomes = all(&shop, HoldAction::Cancel, confirmed(&shop, &ids[3..])).await;
    assert_eq!(outcomes.len(), 3);
    for (id, outcome) in &outcomes {
        let operation = outcome.as_ref().unwrap();
        assert_eq!(operation.state, OperationState::Unknown, "{id}");
        assert_eq!(operation.sends, 2, "once more, and no more");
    }
}

#[tokio::test]
async fn an_order_that_was_confirmed_more_than_15_minutes_ago_is_refused() {
    let shop = Shop::with_history(300).await;
    let id = klarna_holds(&shop, 1).await[0];
    let confirmed = shop.clock.now();
    // The machine slept over it.
    shop.clock.advance(16);
    let order = HoldOrder {
        account: shop.account,
        transaction_id: id,
        action: HoldAction::Activate,
        intent: shop.office.new_intent(),
        confirmed: Some(confirmed),
    };
    let error = shop.office.hold(order).await.unwrap_err();
    assert_eq!(error.why.as_deref(), Some(&Why::ConfirmationStale));
    let detail = shop.office.show(shop.account, id).await.unwrap();
    assert!(detail.operations.is_empty(), "nothing was made of it");
}

#[tokio::test]
async fn an_order_that_is_confirmed_twice_is_carried_out_once() {
    let shop = Shop::with_history(300).await;
    let id = klarna_holds(&shop, 1).await[0];
    let intent = shop.office.new_intent();
    let lines = vec![(id, intent.clone()), (id, intent)];
    let outcomes = all(&shop, HoldAction::Activate, lines).await;
    let made: Vec<_> = outcomes
        .into_iter()
        .map(|(_, outcome)| outcome.unwrap().id)
        .collect();
    assert_eq!(made.len(), 2);
    assert_eq!(made[0], made[1]);
    let detail = shop.office.show(shop.account, id).await.unwrap();
    assert_eq!(detail.operations.len(), 1);
    assert_eq!(detail.operations[0].attempts.len(), 1);
}
