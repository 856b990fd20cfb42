//! Why a refund is made, and the sum that is typed where it is large.

use hyvitys_backoffice::money::{HowMuch, RefundOrder};
use hyvitys_backoffice::refund_policy::confirmed_by_typing;
use hyvitys_backoffice::{AuditQuery, Code, MoneyMoved, RefundPolicy, Why};
use hyvitys_domain::{Money, OperationState, TransactionId};

use super::shop::Shop;

fn cents(cents: i64) -> Money {
    Money::from_cents(cents)
}

async fn paid(shop: &Shop) -> (TransactionId, Money) {
    let found = shop.find("status:ok provider:klarna refunded:no").await;
    let payment = &found[0].stored.payment;
    (payment.transaction_id.unwrap(), payment.amount)
}

fn order(shop: &Shop, id: TransactionId, how_much: HowMuch, typed: Option<Money>) -> RefundOrder {
    RefundOrder {
        account: shop.account,
        transaction_id: id,
        how_much,
        intent: shop.office.new_intent(),
        again: false,
        note: Some("Aino Mäkelä soitti".to_owned()),
        refund_reason: Some("  Palautettu tavara ".to_owned()),
        typed,
        reference: None,
        email: None,
    }
}

async fn limited(shop: &Shop, limit: i64) {
    let policy = RefundPolicy {
        refund_limit: Some(cents(limit)),
        ..RefundPolicy::default()
    };
    shop.office
        .set_refund_policy(shop.account, policy)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_refunds_reason_is_kept_and_stands_in_the_audit_log_where_its_note_does_not() {
    let shop = Shop::with_history(60).await;
    let (id, _) = paid(&shop).await;
    let made = order(&shop, id, HowMuch::Amount(cents(100)), None);
    let operation = shop.office.refund(made).await.unwrap();
    assert_eq!(
        operation.refund_reason.as_deref(),
        Some("Palautettu tavara")
    );
    let detail = shop
        .office
        .operation_detail(shop.account, operation.id)
        .await
        .unwrap();
    let confirmed = &detail.entries[0];
    assert!(confirmed.detail.contains("Palautettu tavara"));
    assert!(
        detail
            .entries
            .iter()
            .all(|entry| !entry.detail.contains("Aino"))
    );
    // Another reason does not make it another refund.
    let again = RefundOrder {
        refund_reason: Some("Muu".to_owned()),
        ..order(&shop, id, HowMuch::Amount(cents(100)), None)
    };
    assert_eq!(
        shop.office.refund(again).await.unwrap_err().code,
        Code::SameAgain
    );
}

#[tokio::test]
async fn a_reason_on_several_lines_or_of_any_length_is_refused_before_anything_is_written() {
    let shop = Shop::with_history(60).await;
    let (id, _) = paid(&shop).await;
    for reason in ["", "a\nb", &"x".repeat(101)] {
        let order = RefundOrder {
            refund_reason: Some(reason.to_owned()),
            ..order(&shop, id, HowMuch::Amount(cents(100)), None)
        };
        let error = shop.office.refund(order).await.unwrap_err();
        assert_eq!(error.why.as_deref(), Some(&Why::ReasonUnfit { most: 100 }));
    }
    assert!(
        shop.office
            .operations(shop.account, None)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn over_the_limit_nothing_is_written_or_sent_until_the_very_sum_is_typed() {
    let shop = Shop::with_history(60).await;
    let (id, amount) = paid(&shop).await;
    limited(&shop, 500).await;
    let untyped = order(&shop, id, HowMuch::Amount(cents(501)), None);
    let error = shop.office.refund(untyped).await.unwrap_err();
    assert_eq!(
        (error.code, error.money_moved),
        (Code::OverLimit, MoneyMoved::No)
    );
    assert_eq!(
        error.why.as_deref(),
        Some(&Why::OverLimit {
            amount: cents(501),
            limit: cents(500)
        })
    );
    let mistyped = order(&shop, id, HowMuch::Amount(cents(501)), Some(cents(510)));
    let error = shop.office.refund(mistyped).await.unwrap_err();
    assert_eq!(error.code, Code::OverLimit);
    assert_eq!(
        error.why.as_deref(),
        Some(&Why::TypedDiffers {
            amount: cents(501),
            typed: cents(510)
        })
    );
    assert!(
        shop.office
            .operations(shop.account, None)
            .await
            .unwrap()
            .is_empty()
    );

    // The limit itself is not over it.
    let at_it = order(&shop, id, HowMuch::Amount(cents(500)), None);
    let made = shop.office.refund(at_it).await.unwrap();
    assert_ne!(made.state, OperationState::Failed);
    // "The rest" is a sum like any other.
    let rest = shop.office.show(shop.account, id).await.unwrap();
    let left = rest.payment.payment.refundable();
    assert!(left < amount);
    let untyped = order(&shop, id, HowMuch::Rest, None);
    assert_eq!(
        shop.office.refund(untyped).await.unwrap_err().code,
        Code::OverLimit
    );
    let typed = order(&shop, id, HowMuch::Rest, Some(left));
    assert_eq!(shop.office.refund(typed).await.unwrap().amount, left);
}

#[test]
fn a_sum_that_was_typed_and_is_another_one_never_passes_whatever_the_limit() {
    let (five, six) = (cents(500), cents(600));
    for limit in [None, Some(cents(1)), Some(cents(900))] {
        assert!(confirmed_by_typing(five, Some(six), limit).is_err());
        assert!(confirmed_by_typing(five, Some(five), limit).is_ok());
    }
    assert!(confirmed_by_typing(five, None, None).is_ok());
    assert!(confirmed_by_typing(five, None, Some(five)).is_ok());
    assert!(confirmed_by_typing(six, None, Some(five)).is_err());
}

#[tokio::test]
async fn a_policy_is_the_accounts_own_and_each_change_of_it_is_in_the_audit_log() {
    let shop = Shop::open(1).await;
    let office = &shop.office;
    let none = office.refund_policy(shop.account).await.unwrap();
    assert_eq!(none, RefundPolicy::default());
    let policy = RefundPolicy {
        reasons: Some(vec![" Palautus ".into(), "palautus".into(), "Muu".into()]),
        refund_limit: Some(cents(50_000)),
        batch_limit: Some(cents(1_000_000)),
    };
    let kept = office
        .set_refund_policy(shop.account, policy)
        .await
        .unwrap();
    assert_eq!(kept.reasons, Some(vec!["Palautus".into(), "Muu".into()]));
    assert_eq!(office.refund_policy(shop.account).await.unwrap(), kept);
    assert_eq!(
        office.batch_limit(shop.account).await.unwrap(),
        kept.batch_limit
    );
    // Setting it to what it is changes nothing.
    office
        .set_refund_policy(shop.account, kept.clone())
        .await
        .unwrap();
    let without = RefundPolicy {
        refund_limit: None,
        ..kept
    };
    office
        .set_refund_policy(shop.account, without)
        .await
        .unwrap();
    assert_eq!(office.refund_limit(shop.account).await.unwrap(), None);
    let page = office
        .audit(&AuditQuery::default(), None, 10)
        .await
        .unwrap();
    let changes: Vec<_> = page
        .rows
        .iter()
        .filter(|row| row.entry.what == "setting.changed")
        .map(|row| (row.entry.account, row.entry.detail.as_str()))
        .collect();
    assert_eq!(changes.len(), 4);
    assert_eq!(
        changes[0],
        (Some(shop.account), r#"{"name":"refundLimit","value":""}"#)
    );
}

#[tokio::test]
async fn a_limit_of_nothing_and_too_many_reasons_are_refused() {
    let shop = Shop::open(1).await;
    let zero = RefundPolicy {
        refund_limit: Some(Money::ZERO),
        ..RefundPolicy::default()
    };
    let many = RefundPolicy {
        reasons: Some((0..31).map(|number| format!("Syy {number}")).collect()),
        ..RefundPolicy::default()
    };
    for policy in [zero, many] {
        let refused = shop.office.set_refund_policy(shop.account, policy).await;
        assert_eq!(refused.unwrap_err().code, Code::BadInput);
    }
    let kept = shop.office.refund_policy(shop.account).await.unwrap();
    assert_eq!(kept, RefundPolicy::default());
}
