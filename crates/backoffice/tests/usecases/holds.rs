//! Open holds: listed by what ends first, and many activated or cancelled with one confirmation.

use std::collections::BTreeMap;

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

async fn all(
    shop: &Shop,
    action: HoldAction,
    lines: Vec<(TransactionId, IntentId)>,
) -> BTreeMap<TransactionId, Result<Operation, Error>> {
    let (office, account) = (shop.office.clone(), shop.account);
    // On a task of its own, as a window runs it.
    let task = tokio::spawn(async move {
        let mut outcomes = BTreeMap::new();
        let told = |id, outcome| {
            let before = outcomes.insert(id, outcome);
            assert!(before.is_none(), "{id} was told twice");
        };
        office
            .hold_all(account, action, lines, || true, told)
            .await
            .unwrap();
        outcomes
    });
    task.await.unwrap()
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
async fn one_lines_failure_stops_and_hides_no_other() {
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
    let outcomes = all(&shop, HoldAction::Activate, lines).await;
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
async fn lost_answers_and_tired_servers_end_each_line_with_what_a_look_proves() {
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
async fn what_was_not_begun_within_15_minutes_of_the_confirmation_is_refused() {
    let shop = Shop::with_history(500).await;
    let ids = klarna_holds(&shop, 8).await;
    let mut outcomes = Vec::new();
    shop.office
        .hold_all(
            shop.account,
            HoldAction::Activate,
            confirmed(&shop, &ids),
            || true,
            |id, outcome| {
                // The machine slept over the first ones.
                if outcomes.is_empty() {
                    shop.clock.advance(16);
                }
                outcomes.push((id, outcome));
            },
        )
        .await
        .unwrap();
    assert_eq!(outcomes.len(), 8);
    let stale: Vec<_> = outcomes
        .iter()
        .filter_map(|(id, outcome)| Some((*id, outcome.as_ref().err()?)))
        .collect();
    // Four were under way when the clock went on.
    assert_eq!(stale.len(), 4);
    for (id, error) in stale {
        assert!(ids[4..].contains(&id));
        assert_eq!(error.why.as_deref(), Some(&Why::ConfirmationStale));
        let detail = shop.office.show(shop.account, id).await.unwrap();
        assert!(detail.operations.is_empty(), "nothing was made of it");
    }
}

#[tokio::test]
async fn when_the_program_is_about_to_end_nothing_new_is_begun_and_what_was_begun_is_answered() {
    let shop = Shop::with_history(500).await;
    let ids = klarna_holds(&shop, 8).await;
    let ending = std::sync::atomic::AtomicBool::new(false);
    let mut outcomes = Vec::new();
    let lines = confirmed(&shop, &ids);
    shop.office
        .hold_all(
            shop.account,
            HoldAction::Activate,
            lines,
            || !ending.load(std::sync::atomic::Ordering::SeqCst),
            |id, outcome| {
                ending.store(true, std::sync::atomic::Ordering::SeqCst);
                outcomes.push((id, outcome));
            },
        )
        .await
        .unwrap();
    let (begun, held): (Vec<_>, Vec<_>) = outcomes
        .into_iter()
        .partition(|(_, outcome)| outcome.is_ok());
    assert_eq!((begun.len(), held.len()), (4, 4));
    for (id, outcome) in held {
        assert_eq!(outcome.unwrap_err().why.as_deref(), Some(&Why::Ending));
        let detail = shop.office.show(shop.account, id).await.unwrap();
        assert!(detail.operations.is_empty(), "nothing was made of it");
    }
    for (_, outcome) in begun {
        assert_eq!(outcome.unwrap().state, OperationState::Done);
    }
}

#[tokio::test]
async fn a_line_that_is_confirmed_twice_is_carried_out_once() {
    let shop = Shop::with_history(300).await;
    let id = klarna_holds(&shop, 1).await[0];
    let intent = shop.office.new_intent();
    let mut outcomes = Vec::new();
    let lines = vec![(id, intent.clone()), (id, intent)];
    shop.office
        .hold_all(
            shop.account,
            HoldAction::Activate,
            lines,
            || true,
            |_, outcome| {
                outcomes.push(outcome.unwrap().id);
            },
        )
        .await
        .unwrap();
    assert_eq!(outcomes.len(), 2);
    assert_eq!(outcomes[0], outcomes[1]);
    let detail = shop.office.show(shop.account, id).await.unwrap();
    assert_eq!(detail.operations.len(), 1);
    assert_eq!(detail.operations[0].attempts.len(), 1);
}
