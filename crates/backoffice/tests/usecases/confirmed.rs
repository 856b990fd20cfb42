//! What a confirmation names is what is sent, and a payment counts once a look has shown it.

use hyvitys_backoffice::money::HoldOrder;
use hyvitys_backoffice::{Code, CreatedPayment, Draft, Error, MoneyMoved, Why};
use hyvitys_domain::{HoldAction, Money, OperationState, TransactionId};
use hyvitys_store::drafts::{DraftState, Way};
use serde_json::json;

use super::drafts::{at_creation, at_the_shop, kept};
use super::orders::{line, order};
use super::shop::Shop;

/// No payment can be looked at.
const NO_LOOK: &str = r#"{"drop-before":{"rate":1,"paths":["get"]}}"#;

/// A payment of which no look could be had yet.
async fn unconfirmed(shop: &Shop, draft: &Draft) -> CreatedPayment {
    shop.faults(NO_LOOK).await;
    let made = shop.create(draft).await.unwrap();
    shop.faults("{}").await;
    made
}

async fn state(shop: &Shop, draft: &Draft) -> DraftState {
    let draft = shop.office.draft(shop.account, draft.id).await;
    draft.unwrap().state
}

async fn follow(shop: &Shop) {
    shop.office.follow_created(shop.account).await.unwrap();
}

#[tokio::test]
async fn a_payment_that_no_look_can_confirm_is_made_but_stands_nowhere_as_proven_until_one_does() {
    for (fault, way) in [
        ("drop-before", Way::Link),
        ("status-500-before", Way::Link),
        ("no-signature", Way::Charge),
    ] {
        let shop = Shop::open(3).await;
        shop.faults(&json!({ fault: { "rate": 1, "paths": ["get"] } }).to_string())
            .await;
        let draft = kept(&shop, "1042", way).await;
        let made = shop.create(&draft).await.unwrap();
        assert_eq!(made.amount, None, "{fault}");
        assert_eq!(shop.find("").await, [], "{fault}");
        let shop = shop.started_again();
        assert_eq!(state(&shop, &draft).await, DraftState::Unconfirmed);
        assert_eq!(
            shop.create(&draft).await.unwrap(),
            made,
            "not sent once more"
        );
        let drafts = shop.office.drafts(shop.account).await.unwrap();
        assert_eq!(drafts[0].id, draft.id, "it is not out of sight");
        assert!(shop.office.has_open_links(shop.account).await.unwrap());
        shop.clock.advance(5);
        follow(&shop).await;
        assert_eq!(state(&shop, &draft).await, DraftState::Unconfirmed);
        assert_eq!(shop.find("").await, [], "{fault}");
        // Nor is the same order sent a second time meanwhile.
        let twin = kept(&shop, "1042", Way::Link).await;
        let error = shop.create(&twin).await.unwrap_err();
        assert_eq!(
            (error.code, error.money_moved),
            (Code::Busy, MoneyMoved::No)
        );
        shop.faults("{}").await;
        follow(&shop).await;
        let confirmed = shop.create(&draft).await.unwrap();
        assert_eq!(confirmed.amount, Some(Money::from_cents(2_510)));
        assert_eq!(state(&shop, &draft).await, DraftState::Created);
        assert_eq!(shop.find("reference:1042").await.len(), 1, "{fault}");
        assert_eq!(at_the_shop(&shop, "1042").await, 1, "{fault}");
        let journal = "SELECT count(*) FROM journal_entry WHERE what = 'payment.confirmed'";
        assert_eq!(shop.count_in_the_file(journal), 1);
    }
}

/// As if the answer to the one request had named this transaction.
fn answered_by(shop: &Shop, id: &str) {
    let id = id.replace('-', "");
    for table in ["draft", "payment_link"] {
        shop.in_the_file(&format!("UPDATE {table} SET transaction_id = x'{id}'"));
    }
}

/// It is known of no payment whether the draft has become it, and the error says why.
async fn doubted(shop: &Shop, draft: &Draft) -> Error {
    let stored = shop.office.draft(shop.account, draft.id).await.unwrap();
    assert_eq!((stored.state, stored.payment), (DraftState::Unknown, None));
    let error = stored.error.unwrap();
    assert_eq!(error.why.as_deref(), Some(&Why::DraftDoubted));
    assert_eq!(
        (error.code, error.money_moved),
        (Code::Unclear, MoneyMoved::Unknown)
    );
    error
}

#[tokio::test]
async fn an_old_answer_of_another_programs_payment_is_found_out_by_the_look() {
    let shop = Shop::open(3).await;
    let elsewhere = Shop::beside(&shop).await;
    let other = kept(&elsewhere, "1041", Way::Link).await;
    let other = elsewhere.create(&other).await.unwrap().payment;
    shop.faults(&at_creation("replay-old")).await;
    let draft = kept(&shop, "1042", Way::Link).await;
    let error = shop.create(&draft).await.unwrap_err();
    assert_eq!(error, doubted(&shop, &draft).await);
    assert!(error.message.contains(&other.to_string()), "{error:?}");
    let link = shop.office.payment_link(shop.account, other).await;
    assert_eq!(link.unwrap(), None);
    assert_eq!(at_the_shop(&shop, "1042").await, 0);
}

#[tokio::test]
async fn an_old_answer_is_found_out_also_where_the_look_comes_late_and_its_payment_is_known_by_then()
 {
    let shop = Shop::open(3).await;
    let elsewhere = Shop::beside(&shop).await;
    let other = kept(&elsewhere, "1041", Way::Link).await;
    let other = elsewhere.create(&other).await.unwrap().payment;
    let draft = kept(&shop, "1042", Way::Link).await;
    unconfirmed(&shop, &draft).await;
    answered_by(&shop, &other.to_string());
    shop.import(other.to_string()).await;
    let shown = shop.office.show(shop.account, other).await.unwrap();
    assert_eq!(shown.link, None, "it is not known to be this one's");
    shop.clock.advance(5);
    follow(&shop).await;
    doubted(&shop, &draft).await;
    let link = shop.office.payment_link(shop.account, other).await;
    assert_eq!(link.unwrap(), None);
}

#[tokio::test]
async fn a_payment_that_is_not_there_or_comes_to_another_amount_is_doubted() {
    for is_there in [false, true] {
        let shop = Shop::open(3).await;
        let draft = kept(&shop, "1042", Way::Link).await;
        unconfirmed(&shop, &draft).await;
        if is_there {
            shop.in_the_file(
                "UPDATE draft SET filled_in = json_set(filled_in, '$.lines[0].unitPrice', 1506)",
            );
        } else {
            answered_by(&shop, "00112233-4455-6677-8899-aabbccddeeff");
        }
        follow(&shop).await;
        let error = doubted(&shop, &draft).await;
        let said = if is_there { "25,12" } else { "no such payment" };
        assert!(error.message.contains(said), "{error:?}");
        assert_eq!(shop.find("").await, []);
    }
}

#[tokio::test]
async fn lines_that_were_rounded_here_are_not_kept_where_they_add_up_to_another_amount() {
    let shop = Shop::open(3).await;
    let mut order = order("1042");
    order.prices_without_vat = true;
    order.lines = vec![line("Kortti", 2, 1, 255), line("Kirja", 1_000, 1, 140)];
    let draft = shop.keep(&order).await;
    assert!(!draft.check.to_pay_is_certain);
    let made = unconfirmed(&shop, &draft).await;
    // As if Paytrail had rounded otherwise.
    shop.in_the_file("UPDATE draft SET filled_in = json_set(filled_in, '$.lines[0].unitPrice', 3)");
    follow(&shop).await;
    let shown = shop.office.show(shop.account, made.payment).await.unwrap();
    assert_eq!(shown.payment.payment.amount, Money::from_cents(1_143));
    assert_eq!(shown.lines, []);
}

#[tokio::test]
async fn a_draft_that_is_not_the_one_that_was_shown_is_not_sent() {
    let shop = Shop::open(3).await;
    let shown = kept(&shop, "1042", Way::Link).await;
    let mut other = order("1042");
    other.lines[0].unit_price = Some(Money::from_cents(99_505));
    let saved = shop.office.save_draft(shop.account, Some(shown.id), &other);
    let changed = saved.await.unwrap();
    assert_ne!(changed.digest, shown.digest);
    let error = shop.create(&shown).await.unwrap_err();
    assert_eq!(
        (error.code, error.money_moved),
        (Code::BadInput, MoneyMoved::No)
    );
    assert_eq!(error.why.as_deref(), Some(&Why::DraftChanged));
    assert_eq!(at_the_shop(&shop, "1042").await, 0);
    shop.create(&changed).await.unwrap();
    let digest = format!(
        "SELECT count(*) FROM journal_entry WHERE detail LIKE '%{}%'",
        changed.digest
    );
    assert_eq!(shop.count_in_the_file(&digest), 1);
}

#[tokio::test]
async fn klarnas_token_is_nowhere_in_the_file_once_a_request_went_out_and_stays_where_none_did() {
    let token = "SELECT count(*) FROM draft WHERE filled_in LIKE '%krn:token%'";
    let shop = Shop::open(3).await;
    let draft = kept(&shop, "1042", Way::Charge).await;
    shop.faults(&at_creation("drop-after")).await;
    shop.create(&draft).await.unwrap_err();
    assert_eq!(state(&shop, &draft).await, DraftState::Unknown);
    assert_eq!(shop.count_in_the_file(token), 0);
    // What Klarna was told is known all the same.
    let truth = shop.json("payments").await;
    let payments = truth["payments"].as_array().unwrap();
    let made = payments.iter().find(|made| made["reference"] == "1042");
    let id: TransactionId = made.unwrap()["transactionId"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    shop.faults("{}").await;
    let found = shop
        .office
        .resolve_draft(shop.account, draft.id, Some(id), "");
    assert_eq!(found.await.unwrap().state, DraftState::Created);
    let shown = shop.office.show(shop.account, id).await.unwrap();
    assert_eq!(shown.acceptance.unwrap().score, 95);

    let refused = kept(&shop, "1043", Way::Charge).await;
    shop.faults(&at_creation("status-429")).await;
    let error = shop.create(&refused).await.unwrap_err();
    assert_eq!(error.code, Code::NothingSent, "{error:?}");
    let again = shop.office.draft(shop.account, refused.id).await.unwrap();
    assert_eq!(again.order.klarna_token, "krn:token");
    assert_eq!(again.digest, refused.digest);
}

#[tokio::test]
async fn what_fails_in_a_draft_does_not_end_the_following_of_operations_nor_the_other_way_round() {
    let shop = Shop::with_history(300).await;
    let truth = shop.json("payments").await;
    let holds: Vec<TransactionId> = truth["payments"]
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
        .take(2)
        .collect();
    let cancel = async |id: TransactionId| {
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
        shop.post("clock", r#"{"advance":"2m"}"#).await;
    };
    let broken = kept(&shop, "1042", Way::Link).await;
    unconfirmed(&shop, &broken).await;
    let sound = kept(&shop, "1043", Way::Link).await;
    unconfirmed(&shop, &sound).await;
    let unreadable = format!(
        "UPDATE draft SET filled_in = '{{\"lines\":1}}', changed_at = 0 WHERE stamp IN
         (SELECT stamp FROM draft WHERE filled_in LIKE '%{}%')",
        broken.order.reference
    );
    shop.in_the_file(&unreadable);
    cancel(holds[0]).await;
    let changed = shop.office.follow(shop.account).await.unwrap();
    assert_eq!(changed[0].state, OperationState::Done);
    assert_eq!(
        state(&shop, &sound).await,
        DraftState::Created,
        "nor of the next draft"
    );

    let late = kept(&shop, "1044", Way::Link).await;
    unconfirmed(&shop, &late).await;
    cancel(holds[1]).await;
    shop.in_the_file(
        "CREATE TRIGGER full BEFORE UPDATE ON operation
         BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
    );
    shop.office.follow(shop.account).await.unwrap_err();
    assert_eq!(state(&shop, &late).await, DraftState::Created);
}
