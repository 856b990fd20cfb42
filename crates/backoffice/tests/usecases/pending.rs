//! A refund that Paytrail calls pending, told apart from one of which only that it was taken is known.

use hyvitys_backoffice::is_pending;
use hyvitys_backoffice::money::believe::{self, Verdict};
use hyvitys_backoffice::money::{HowMuch, RefundOrder};
use hyvitys_backoffice::views::OperationJson;
use hyvitys_domain::{
    AccountId, IntentId, Money, OperationId, OperationKind, OperationState, Provider, WireTime,
};
use hyvitys_paytrail::{Answer, PaymentView, RefundAnswer};
use hyvitys_sandbox::Options;
use hyvitys_store::journal::Operation;
use uuid::Uuid;

use super::shop::Shop;

const REFUND: &str = "00000000-0000-4000-8000-000000000001";

fn refund(reason: &str, email: Option<&str>) -> Operation {
    let at = WireTime::parse("2026-11-20T12:00:00Z").unwrap().at;
    Operation {
        id: OperationId::from_uuid(Uuid::from_u128(1)),
        account: AccountId::from_row(1),
        kind: OperationKind::Refund,
        transaction_id: "681538c4-fc84-11e9-83bc-2ffcef4c3453".parse().unwrap(),
        amount: Money::from_cents(500),
        state: OperationState::Accepted,
        intent: IntentId::from_random(1),
        confirmed_at: at,
        refund_stamp: None,
        refund_reference: None,
        email: email.map(str::to_owned),
        note: None,
        refund_reason: None,
        items: Vec::new(),
        repeat_of: None,
        refund_transaction_id: Some(REFUND.parse().unwrap()),
        reason: Some(reason.to_owned()),
        message: None,
        request_id: None,
        proof: None,
        owner: None,
        sends: 1,
        last_sent: None,
        changed_at: at,
    }
}

fn answer<T>(value: T) -> Answer<T> {
    Answer {
        value,
        http_status: 201,
        request_id: None,
        headers: Vec::new(),
        raw: String::new(),
    }
}

/// The state and reason after an answer of this status.
fn answered(status: &str, provider: &str, email: Option<&str>) -> (OperationState, String) {
    let said = answer(RefundAnswer {
        transaction_id: REFUND.parse().unwrap(),
        status: status.into(),
        provider: Provider::new(provider),
    });
    let verdict = believe::refund(&refund("", email), &Ok(said));
    let Verdict::Becomes(state, answer) = verdict else {
        return (OperationState::Draft, format!("{verdict:?}"));
    };
    (state, answer.reason.unwrap())
}

/// What a look of this status makes of a refund that is accepted for this reason.
fn looked(status: &str, reason: &str, email: Option<&str>) -> Option<String> {
    let found = answer(PaymentView {
        transaction_id: REFUND.parse().unwrap(),
        status: status.into(),
        amount: Money::from_cents(-500),
        currency: "EUR".into(),
        stamp: String::new(),
        reference: String::new(),
        created_at: WireTime::parse("2026-11-20T12:00:00Z").unwrap(),
        href: None,
        provider: None,
        filing_code: None,
        paid_at: None,
        settlement_reference: None,
    });
    let (state, answer) = believe::look_at_refund(&refund(reason, email), &Ok(found), false)?;
    assert_eq!(state, OperationState::Accepted);
    assert_eq!(answer.proof, None, "nothing is proven by waiting");
    answer.reason
}

#[test]
fn pending_is_told_from_taken_without_a_known_status() {
    let accepted = |reason: &str| (OperationState::Accepted, reason.to_owned());
    assert_eq!(answered("pending", "klarna", None), accepted("pending"));
    assert_eq!(answered("delayed", "klarna", None), accepted("pending"));
    assert_eq!(
        answered("being-thought-of", "klarna", None),
        accepted("requested")
    );
    // An email refund waits for its recipient, whatever it is called.
    let to = Some("aino@example.fi");
    assert_eq!(answered("pending", "klarna", to), accepted("requested"));
    assert_eq!(
        answered("pending", "email refund", None),
        accepted("requested")
    );
}

#[test]
fn a_look_tells_what_a_refund_waits_for_now_and_changes_nothing_else() {
    assert_eq!(
        looked("pending", "requested", None).as_deref(),
        Some("pending")
    );
    assert_eq!(
        looked("being-thought-of", "pending", None).as_deref(),
        Some("requested")
    );
    assert_eq!(looked("pending", "pending", None), None, "nothing new");
    assert_eq!(
        looked("pending", "to_verify", None),
        None,
        "that is yet to be verified"
    );
    assert_eq!(
        looked("pending", "requested", Some("aino@example.fi")),
        None
    );
}

#[test]
fn only_an_open_refund_that_paytrail_calls_pending_is_shown_as_pending() {
    assert!(is_pending(&refund("pending", None)));
    assert!(is_pending(&refund("evidence", None)));
    assert!(!is_pending(&refund("requested", None)));
    assert!(!is_pending(&refund("pending", Some("aino@example.fi"))));
    let done = Operation {
        state: OperationState::Done,
        ..refund("pending", None)
    };
    assert!(!is_pending(&done));
}

#[tokio::test]
async fn a_pending_refund_says_so_from_its_answer_on_until_it_is_done() {
    let mut options = Options::test_merchant().unwrap();
    options.rates.pending_refunds = 1.0;
    let shop = Shop::open_with(60, options).await.and_its_history().await;
    let found = shop.find("status:ok provider:klarna refunded:no").await;
    let order = RefundOrder {
        account: shop.account,
        transaction_id: found[0].stored.payment.transaction_id.unwrap(),
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
    assert_eq!(operation.state, OperationState::Accepted);
    assert!(is_pending(&operation));
    let json = OperationJson::from(&operation);
    assert_eq!(
        (json.pending, json.reason.as_deref()),
        (true, Some("pending"))
    );
    // Asked again while it waits, it is what it was, and the log has nothing new.
    assert!(shop.office.follow(shop.account).await.unwrap().is_empty());
    let report = shop.office.verify_audit().await.unwrap();
    assert!(report.holds(), "{report:?}");
}
