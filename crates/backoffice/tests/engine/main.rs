//! The money engine, one misfortune at a time, against the simulation's Paytrail.
#![cfg(test)]

#[path = "../simulation/clock.rs"]
#[expect(dead_code, reason = "the simulation uses more of it")]
mod clock;
#[path = "../simulation/server.rs"]
#[expect(dead_code, reason = "the simulation uses more of it")]
mod server;

mod batches;
mod bent;
mod confirm;
mod held;

use bent::{Bend, Shop};
use hyvitys_backoffice::error::{Code, MoneyMoved};
use hyvitys_backoffice::money::HowMuch;
use hyvitys_domain::{HoldAction, Money, OperationState};

const REFUND: &str = "/refund";

#[tokio::test]
async fn a_refund_goes_out_once_and_is_done_by_a_signed_answer() {
    let shop = Shop::new(10_000, "ok").await;
    let operation = shop.refund(2_550).await.unwrap();
    assert_eq!(operation.state, OperationState::Done, "{operation:?}");
    assert_eq!(operation.proof.as_deref(), Some("signed answer"));
    assert!(operation.request_id.is_some());
    assert_eq!(shop.posts(REFUND), 1);
    assert_eq!(shop.paid(), 2_550);
}

#[tokio::test]
async fn while_an_answer_can_not_be_saved_nothing_is_sent_and_then_it_is_written_again() {
    let shop = Shop::new(10_000, "ok").await;
    shop.bend(|shop, _| {
        shop.break_the_disk();
        Bend::Pass
    });
    let error = shop.refund(1_000).await.unwrap_err();
    assert_eq!(
        (error.code, error.money_moved),
        (Code::NotSaved, MoneyMoved::Yes),
        "{error:?}"
    );
    let error = shop.refund(2_000).await.unwrap_err();
    assert_eq!(
        (error.code, error.money_moved),
        (Code::NotSaved, MoneyMoved::No)
    );
    assert_eq!(
        shop.posts(REFUND),
        1,
        "nothing is sent while an answer waits"
    );
    shop.mend_the_disk();
    shop.bend(|_, _| Bend::Pass);
    let second = shop.refund(2_000).await.unwrap();
    assert_eq!(second.state, OperationState::Done);
    let states: Vec<_> = shop.operations().await.iter().map(|op| op.state).collect();
    assert_eq!(states, [OperationState::Done, OperationState::Done]);
    assert_eq!(shop.paid(), 3_000);
}

#[tokio::test]
async fn an_answer_not_sent_that_is_saved_later_gives_its_operation_up() {
    let shop = Shop::new(10_000, "ok").await;
    shop.bend(|shop, _| {
        shop.break_the_disk();
        Bend::TooMany
    });
    let error = shop.refund(1_000).await.unwrap_err();
    assert_eq!(
        (error.code, error.money_moved),
        (Code::NotSaved, MoneyMoved::No)
    );
    shop.mend_the_disk();
    shop.office().save_again().await;
    assert_eq!(shop.office().unsaved_count(), 0);
    let operation = shop.operations().await.remove(0);
    assert_eq!(
        (operation.state, operation.reason.as_deref()),
        (OperationState::Failed, Some("too_many_requests")),
        "nobody would take it out of the queue"
    );
    assert_eq!(shop.sums().await, (0, 0));
    assert_eq!(shop.posts(REFUND), 1);
}

#[tokio::test]
async fn when_the_claim_can_not_be_saved_nothing_is_sent() {
    let shop = Shop::new(10_000, "ok").await;
    shop.break_the_disk();
    assert_eq!(
        shop.refund(1_000).await.unwrap_err().money_moved,
        MoneyMoved::No
    );
    assert_eq!(shop.posts(REFUND), 0);
}

#[tokio::test]
async fn a_claim_that_is_older_than_ten_seconds_at_the_wire_is_not_sent() {
    let shop = Shop::new(10_000, "ok").await;
    shop.bend(|shop, _| {
        // A laptop that slept between the claim and the connection.
        shop.clock.advance_to(shop.clock.ms() + 11_000);
        Bend::Pass
    });
    let operation = shop.refund(1_000).await.unwrap();
    assert_eq!(
        (operation.state, operation.reason.as_deref()),
        (OperationState::Failed, Some("nothing_sent"))
    );
    assert_eq!(shop.paid(), 0);
    assert_eq!(
        shop.sums().await,
        (0, 0),
        "a failed refund reserves nothing"
    );
}

#[tokio::test]
async fn an_answer_to_wait_is_waited_for_with_a_new_attempt_each_time() {
    let shop = Shop::new(10_000, "ok").await;
    let mut turned_away = 0;
    shop.bend(move |_, _| {
        turned_away += 1;
        if turned_away <= 2 {
            Bend::TooMany
        } else {
            Bend::Pass
        }
    });
    let operation = shop.refund(1_000).await.unwrap();
    assert_eq!(operation.state, OperationState::Done);
    assert_eq!((shop.posts(REFUND), shop.paid()), (3, 1_000));
    let outcomes: Vec<_> = shop
        .attempts(&operation)
        .await
        .into_iter()
        .filter_map(|a| a.outcome)
        .collect();
    assert_eq!(outcomes, ["not_sent", "not_sent", "done"]);
}

#[tokio::test]
async fn a_refused_signature_makes_the_outcome_unknown_and_pauses_the_account_until_a_look_succeeds()
 {
    let shop = Shop::new(10_000, "ok").await;
    shop.bend(|_, _| Bend::Unsigned(401));
    let operation = shop.refund(1_000).await.unwrap();
    assert_eq!(operation.state, OperationState::Unknown);
    assert_eq!(shop.refund(2_000).await.unwrap_err().code, Code::Paused);
    assert_eq!(shop.posts(REFUND), 1);
    shop.bend(|_, _| Bend::Pass);
    shop.look().await;
    assert_eq!(
        shop.refund(2_000).await.unwrap().state,
        OperationState::Done
    );
}

#[tokio::test]
async fn an_unknown_refund_keeps_its_reservation_until_it_is_resolved_after_the_quarantine() {
    let shop = Shop::new(10_000, "ok").await;
    shop.bend(|_, _| Bend::CutBefore);
    let operation = shop.refund(6_000).await.unwrap();
    assert_eq!(operation.state, OperationState::Unknown);
    assert_eq!(
        shop.refund(4_001).await.unwrap_err().code,
        Code::NotOperable
    );
    let office = shop.office();
    let early = office
        .resolve(shop.account, operation.id, false, "not in the list")
        .await
        .unwrap_err();
    assert_eq!(early.code, Code::Quarantine);
    shop.clock.jump(31 * 60_000);
    let early = office
        .resolve(shop.account, operation.id, false, "not in the list")
        .await
        .unwrap_err();
    assert_eq!(
        early.code,
        Code::Quarantine,
        "the wall's clock was set, no time has passed"
    );
    shop.clock.advance_to(shop.clock.ms() + 31 * 60_000);
    assert_eq!(
        office
            .resolve(shop.account, operation.id, false, " ")
            .await
            .unwrap_err()
            .code,
        Code::BadInput
    );
    let resolved = office
        .resolve(shop.account, operation.id, false, "not in the list")
        .await
        .unwrap();
    assert_eq!(
        (resolved.state, resolved.proof.as_deref()),
        (OperationState::Failed, Some("marked by maija"))
    );
    assert_eq!(shop.sums().await, (0, 0));
    assert!(
        office
            .resolve(shop.account, operation.id, true, "again")
            .await
            .is_err(),
        "only an unknown one"
    );
}

#[tokio::test]
async fn an_unclear_cancel_is_settled_by_a_look_and_repeated_once_while_the_hold_is_open() {
    let shop = Shop::new(10_000, "pending").await;
    let mut first = true;
    shop.bend(move |_, path| {
        if path.ends_with("/cancel-order") && std::mem::take(&mut first) {
            Bend::Unsigned(500)
        } else {
            Bend::Pass
        }
    });
    let operation = shop.hold(HoldAction::Cancel).await.unwrap();
    let operation = shop.follow_to_the_end(operation).await;
    assert_eq!(
        (operation.state, operation.sends),
        (OperationState::Done, 2),
        "{operation:?}"
    );
    assert_eq!(shop.posts("/cancel-order"), 2);
}

#[tokio::test]
async fn an_unsigned_answer_to_wait_may_come_from_somebody_who_passed_the_refund_on() {
    let shop = Shop::new(10_000, "ok").await;
    shop.bend(|_, _| Bend::Unsigned(429));
    let operation = shop.refund(1_000).await.unwrap();
    assert_eq!(
        (operation.state, shop.posts(REFUND)),
        (OperationState::Unknown, 1)
    );
}

#[tokio::test]
async fn after_a_401_a_hold_is_not_asked_for_again_though_looks_still_work() {
    let shop = Shop::new(10_000, "pending").await;
    shop.bend(|_, path| {
        if path.ends_with("/cancel-order") {
            Bend::Unsigned(401)
        } else {
            Bend::Pass
        }
    });
    let operation = shop.hold(HoldAction::Cancel).await.unwrap();
    assert_eq!(
        (operation.state, shop.posts("/cancel-order")),
        (OperationState::Unknown, 1)
    );
}

#[tokio::test]
async fn a_double_click_on_all_that_is_left_is_one_refund() {
    let shop = Shop::new(10_000, "ok").await;
    let intent = shop.office().new_intent();
    let first = shop.order_as(HowMuch::Rest, intent.clone()).await.unwrap();
    let second = shop.order_as(HowMuch::Rest, intent).await.unwrap();
    assert_eq!((first.id, shop.posts(REFUND)), (second.id, 1));
}

#[tokio::test]
async fn a_failed_look_after_an_activation_does_not_call_it_unsent() {
    let shop = Shop::new(10_000, "pending").await;
    let mut looks = 0;
    shop.bend(move |shop, path| {
        looks += usize::from(!path.ends_with("/activate-invoice"));
        if looks == 2 {
            shop.break_the_disk();
        }
        Bend::Pass
    });
    let operation = shop.hold(HoldAction::Activate).await.unwrap();
    assert_eq!(operation.state, OperationState::Accepted, "{operation:?}");
}

#[tokio::test]
async fn an_unclear_cancel_is_never_sent_a_third_time() {
    let shop = Shop::new(10_000, "pending").await;
    shop.bend(|_, path| {
        if path.ends_with("/cancel-order") {
            Bend::Unsigned(500)
        } else {
            Bend::Pass
        }
    });
    let operation = shop.hold(HoldAction::Cancel).await.unwrap();
    assert_eq!(operation.state, OperationState::Unknown);
    shop.office().follow(shop.account).await.unwrap();
    assert_eq!(shop.posts("/cancel-order"), 2);
    assert!(
        shop.hold(HoldAction::Activate).await.is_err(),
        "one hold operation at a time"
    );
}

#[tokio::test]
async fn a_cancel_that_finds_the_payment_captured_says_so_and_refunds_nothing() {
    let shop = Shop::new(10_000, "pending").await;
    shop.bend(|shop, path| {
        if path.ends_with("/cancel-order") {
            shop.capture_elsewhere();
            return Bend::CutBefore;
        }
        Bend::Pass
    });
    let operation = shop.hold(HoldAction::Cancel).await.unwrap();
    assert_eq!(
        (operation.state, operation.reason.as_deref()),
        (OperationState::Failed, Some("was_captured"))
    );
    assert_eq!(shop.posts(REFUND), 0);
}

#[tokio::test]
async fn an_activation_whose_answer_was_lost_is_done_when_the_look_says_so() {
    let shop = Shop::new(10_000, "pending").await;
    shop.bend(|_, path| {
        if path.ends_with("/activate-invoice") {
            Bend::CutAfter
        } else {
            Bend::Pass
        }
    });
    let operation = shop.hold(HoldAction::Activate).await.unwrap();
    assert_eq!(
        (operation.state, operation.sends),
        (OperationState::Done, 1)
    );
}

#[tokio::test]
async fn a_payment_that_shows_another_amount_than_the_stored_one_is_not_touched() {
    let shop = Shop::new(10_000, "ok").await;
    shop.server
        .books()
        .payments
        .values_mut()
        .for_each(|payment| payment.amount = 20_000);
    shop.clock.advance_to(shop.clock.ms() + 25 * 3_600_000);
    let operation = shop.refund(1_000).await.unwrap();
    assert_eq!(
        (operation.state, operation.reason.as_deref()),
        (OperationState::Failed, Some("changed"))
    );
    assert_eq!(shop.posts(REFUND), 0);
}

#[tokio::test]
async fn a_refund_looks_first_when_the_last_look_is_a_day_old() {
    let shop = Shop::new(10_000, "ok").await;
    assert_eq!(shop.refund(100).await.unwrap().state, OperationState::Done);
    assert_eq!(shop.gets(), 0, "the look is fresh");
    shop.clock.advance_to(shop.clock.ms() + 25 * 3_600_000);
    shop.bend(|_, path| {
        if path.ends_with(REFUND) {
            Bend::Pass
        } else {
            Bend::CutBefore
        }
    });
    let operation = shop.refund(200).await.unwrap();
    assert_eq!(
        (operation.state, operation.reason.as_deref()),
        (OperationState::Failed, Some("not_looked"))
    );
    assert_eq!(shop.paid(), 100);
}

#[tokio::test]
async fn all_that_is_left_is_a_number_from_the_confirmation_on() {
    let shop = Shop::new(10_000, "ok").await;
    shop.refund(2_500).await.unwrap();
    let rest = shop.refund_rest().await.unwrap();
    assert_eq!(
        (rest.amount, rest.state),
        (Money::from_cents(7_500), OperationState::Done)
    );
    let error = shop.refund_rest().await.unwrap_err();
    assert_eq!(error.code, Code::NotOperable);
    assert_eq!(shop.paid(), 10_000);
}
