//! New payments against the shop: kept offline, sent once, believed only when it is proven.

use std::sync::Arc;
use std::time::Duration;

use hyvitys_backoffice::{
    Code, CreatedPayment, Draft, Error, MoneyMoved, PaymentStanding, ToldState, Why,
};
use hyvitys_domain::{ManualInvoice, Money, PaymentStatus};
use hyvitys_sandbox::TEST_SECRET;
use hyvitys_secrets::MemoryKeychain;
use hyvitys_store::drafts::{DraftState, Way};
use hyvitys_store::payments::{Field, Source};
use serde_json::json;

use super::orders::{line, order};
use super::shop::{Shop, new_shop, office};

/// A fault that every creation meets.
pub fn at_creation(fault: &str) -> String {
    let paths = ["payments", "charge", "authorization-hold"];
    json!({ fault: { "rate": 1.0, "paths": paths } }).to_string()
}

pub async fn kept(shop: &Shop, reference: &str, way: Way) -> Draft {
    let mut order = order(reference);
    order.way = way;
    if way != Way::Link {
        "krn:token".clone_into(&mut order.klarna_token);
    }
    shop.keep(&order).await
}

/// How many payments of this reference the shop has.
pub async fn at_the_shop(shop: &Shop, reference: &str) -> usize {
    let truth = shop.json("payments").await;
    let payments = truth["payments"].as_array().unwrap();
    let of = |payment: &&serde_json::Value| payment["reference"] == reference;
    payments.iter().filter(of).count()
}

#[tokio::test]
async fn a_draft_is_kept_without_a_network_and_survives_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let keychain = Arc::new(MemoryKeychain::new());
    let nowhere = "http://127.0.0.1:9";
    let (account, id) = {
        let (office, _) = office(&dir, keychain.clone(), None);
        let shop = new_shop("demo", nowhere, Some(TEST_SECRET));
        let account = office.add_account(shop).await.unwrap().account.id;
        let half = hyvitys_backoffice::DraftOrder {
            reference: "1042".to_owned(),
            ..Default::default()
        };
        let draft = office.save_draft(account, None, &half).await.unwrap();
        assert!(!draft.check.problems.is_empty());
        let whole = order("1042");
        let saved = office.save_draft(account, Some(draft.id), &whole);
        saved.await.unwrap();
        (account, draft.id)
    };
    let (office, _) = office(&dir, keychain, None);
    let drafts = office.drafts(account).await.unwrap();
    assert_eq!(drafts.len(), 1);
    assert_eq!(
        (drafts[0].id, drafts[0].customer.as_str()),
        (id, "Åsa Mäkelä")
    );
    assert_eq!(drafts[0].amount, Some(Money::from_cents(2_510)));
    assert!(drafts[0].ready);
    let intent = office.new_intent();
    let error = office
        .create_payment(account, id, &order("1042").digest().unwrap(), intent)
        .await
        .unwrap_err();
    assert_eq!(error.code, Code::NothingSent, "{error:?}");
    assert_eq!(error.why.as_deref(), Some(&Why::NoConnection));
    let draft = office.draft(account, id).await.unwrap();
    assert_eq!(
        draft.state,
        DraftState::Draft,
        "nothing was sent: it can be sent again"
    );
    assert_eq!(draft.error.unwrap().code, Code::NothingSent);
    office.delete_draft(account, id).await.unwrap();
    assert_eq!(office.drafts(account).await.unwrap(), []);
}

#[tokio::test]
async fn a_payment_link_is_in_the_list_at_once_with_all_that_we_know_of_it() {
    let shop = Shop::open(3).await;
    let mut order = order("1042");
    order.manual_activation = true;
    let draft = shop.keep(&order).await;
    let intent = shop.office.new_intent();
    let made = shop.confirm(&draft, intent.clone()).await.unwrap();
    let href = made.link.href.clone().unwrap();
    assert!(href.starts_with(&shop.sandbox.url()), "{href}");
    assert_eq!((made.link.expires_at - made.link.created_at).num_days(), 14);
    // A double click is one payment.
    let again = shop.confirm(&draft, intent).await.unwrap();
    assert_eq!(again, made);
    assert_eq!(at_the_shop(&shop, "1042").await, 1);

    let detail = shop.office.show(shop.account, made.payment).await.unwrap();
    let payment = &detail.payment.payment;
    assert_eq!(payment.status, PaymentStatus::New);
    assert_eq!(payment.amount, Money::from_cents(2_510));
    assert_eq!(payment.customer.last_name.as_deref(), Some("Mäkelä"));
    assert_eq!(payment.manual_invoice(), Some(ManualInvoice::Known));
    let lines: Vec<i64> = detail
        .lines
        .iter()
        .map(|line| line.amount.cents())
        .collect();
    assert_eq!(lines, [3_010, -500]);
    assert_eq!(
        detail.payment.sources.of(Field::Email),
        Some(Source::Created)
    );
    assert_eq!(detail.link.as_ref(), Some(&made.link));
    let acceptance = detail.acceptance.unwrap();
    assert_eq!(acceptance.score, 89);
    let token = acceptance
        .items
        .iter()
        .find(|item| item.worth == 6)
        .unwrap();
    assert_eq!(token.state, ToldState::Missing);
    assert_eq!(shop.office.drafts(shop.account).await.unwrap(), []);
    assert_eq!(shop.find("mäkelä").await.len(), 1, "the search knows it");
}

#[tokio::test]
async fn a_payment_made_here_is_followed_until_it_is_paid() {
    let shop = Shop::open(3).await;
    let draft = kept(&shop, "1042", Way::Link).await;
    let made = shop.create(&draft).await.unwrap();
    let follow = || shop.office.follow_created(shop.account);
    assert_eq!(
        follow().await.unwrap().fetched,
        0,
        "it was looked at just now"
    );
    let path = format!("payments/{}/pay", made.payment);
    shop.post(&path, r#"{"provider":"klarna"}"#).await;
    shop.clock.advance(2);
    let report = follow().await.unwrap();
    assert_eq!(report.changed[0].new, PaymentStatus::Ok);
    let listed = shop.find("reference:1042").await;
    assert_eq!(listed[0].standing, PaymentStanding::Paid);
    shop.clock.advance(120);
    assert_eq!(follow().await.unwrap().fetched, 0, "paid is paid");
}

#[tokio::test]
async fn an_answer_that_is_lost_leaves_the_draft_unknown_and_nothing_is_sent_again() {
    for (fault, way) in [
        ("drop-after", Way::Link),
        ("truncated", Way::Link),
        ("no-signature", Way::Charge),
        ("unsigned-4xx-after", Way::AuthorizationHold),
        ("status-500-after", Way::Charge),
    ] {
        let shop = Shop::open(3).await;
        shop.faults(&at_creation(fault)).await;
        let draft = kept(&shop, "1042", way).await;
        let create = || shop.create(&draft);
        let error = create().await.unwrap_err();
        assert_eq!(error.code, Code::Unclear, "{fault}: {error:?}");
        assert_eq!(error.why.as_deref(), Some(&Why::DraftUnknown));
        let moved = if way == Way::Link {
            MoneyMoved::No
        } else {
            MoneyMoved::Unknown
        };
        assert_eq!(error.money_moved, moved, "{fault}");
        shop.faults("{}").await;
        let error = create().await.unwrap_err();
        assert_eq!(error.why.as_deref(), Some(&Why::DraftUnknown));
        shop.office.follow_created(shop.account).await.unwrap();
        assert_eq!(at_the_shop(&shop, "1042").await, 1, "{fault}");
        let order = order("1043");
        let saved = shop.office.save_draft(shop.account, Some(draft.id), &order);
        assert_eq!(
            saved.await.unwrap_err().why.as_deref(),
            Some(&Why::DraftSent)
        );
        let deleted = shop.office.delete_draft(shop.account, draft.id).await;
        assert_eq!(deleted.unwrap_err().why.as_deref(), Some(&Why::DraftSent));
        assert_eq!(shop.find("").await, []);
        // Nor is the same order, written once more.
        let twin = kept(&shop, " 1042", Way::Link).await;
        let error = shop.create(&twin).await.unwrap_err();
        assert_eq!(error.why.as_deref(), Some(&Why::DraftUnknown));
        assert_eq!(
            (error.code, error.money_moved),
            (Code::Busy, MoneyMoved::No)
        );
        assert_eq!(at_the_shop(&shop, "1042").await, 1, "{fault}");
        let other = kept(&shop, "1044", Way::Link).await;
        let made = shop.create(&other);
        made.await.unwrap();
    }
}

#[tokio::test]
async fn an_unknown_draft_is_settled_by_the_id_that_a_person_found() {
    let shop = Shop::open(3).await;
    shop.faults(&at_creation("drop-after")).await;
    let draft = kept(&shop, "1042", Way::Link).await;
    let lost = shop.create(&draft);
    lost.await.unwrap_err();
    let truth = shop.json("payments").await;
    let id = |reference: &str| {
        let payments = truth["payments"].as_array().unwrap();
        let found = payments
            .iter()
            .find(|p| (p["reference"] == "1042") == (reference == "1042"));
        found.unwrap()["transactionId"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap()
    };
    let resolve = |id, note| shop.office.resolve_draft(shop.account, draft.id, id, note);
    let error = resolve(Some(id("another")), "").await.unwrap_err();
    assert!(
        matches!(error.why.as_deref(), Some(Why::AnotherStamp { .. })),
        "{error:?}"
    );
    let found = resolve(Some(id("1042")), "").await.unwrap();
    assert_eq!(
        (found.state, found.payment),
        (DraftState::Created, Some(id("1042")))
    );
    assert_eq!(shop.find("reference:1042").await.len(), 1);
    let link = shop.office.payment_link(shop.account, id("1042")).await;
    assert!(
        link.unwrap().unwrap().href.is_some(),
        "a new payment shows its page"
    );
    let error = resolve(None, "again").await.unwrap_err();
    assert_eq!(error.why.as_deref(), Some(&Why::DraftNotUnknown));
}

#[tokio::test]
async fn a_draft_that_a_person_lets_be_sent_again_can_not_become_a_second_payment() {
    let shop = Shop::open(3).await;
    shop.faults(&at_creation("drop-after")).await;
    let draft = kept(&shop, "1042", Way::Charge).await;
    shop.create(&draft).await.unwrap_err();
    shop.faults("{}").await;
    let resolve = |note| {
        shop.office
            .resolve_draft(shop.account, draft.id, None, note)
    };
    assert_eq!(
        resolve("not in the list").await.unwrap_err().code,
        Code::Quarantine
    );
    shop.clock.advance(31);
    assert_eq!(resolve(" ").await.unwrap_err().code, Code::BadInput);
    let again = resolve("not in the list").await.unwrap();
    assert_eq!(again.state, DraftState::Draft);
    let deleted = shop.office.delete_draft(shop.account, draft.id).await;
    assert_eq!(deleted.unwrap_err().why.as_deref(), Some(&Why::DraftSent));
    assert_eq!(again.order.klarna_token, "", "the token did not stay");
    let mut order = again.order;
    "krn:another".clone_into(&mut order.klarna_token);
    let saved = shop.office.save_draft(shop.account, Some(draft.id), &order);
    let error = shop.create(&saved.await.unwrap()).await.unwrap_err();
    assert_eq!(
        error.code,
        Code::Unclear,
        "the refusal of the second proves nothing of the first"
    );
    assert_eq!(at_the_shop(&shop, "1042").await, 1);
    // The signed answer about the payment, however it comes, settles it.
    let truth = shop.json("payments").await;
    let payments = truth["payments"].as_array().unwrap();
    let made = payments
        .iter()
        .find(|payment| payment["reference"] == "1042");
    let id = made.unwrap()["transactionId"].as_str().unwrap().to_owned();
    shop.import(id.clone()).await;
    shop.office.follow_created(shop.account).await.unwrap();
    let settled = shop.office.draft(shop.account, draft.id).await.unwrap();
    assert_eq!(settled.payment.map(|id| id.to_string()), Some(id));
}

#[tokio::test]
async fn an_old_answer_that_is_sent_once_more_makes_no_payment_of_ours() {
    let shop = Shop::open(3).await;
    let first = kept(&shop, "1041", Way::Link).await;
    let made = shop.create(&first);
    made.await.unwrap();
    shop.faults(&at_creation("replay-old")).await;
    let second = kept(&shop, "1042", Way::Link).await;
    let error = shop.create(&second).await.unwrap_err();
    assert_eq!(error.code, Code::Unclear, "{error:?}");
    assert_eq!(at_the_shop(&shop, "1042").await, 0);
    assert_eq!(shop.find("").await.len(), 1);
}

#[tokio::test]
async fn what_is_refused_is_a_draft_again_with_the_words_of_the_refusal() {
    let shop = Shop::open(3).await;
    let mut bad = order("1042");
    // An address to us, and to the shop none without a point in its host.
    bad.customer.email = "asa@localhost".to_owned();
    let draft = shop.keep(&bad).await;
    let error = shop.create(&draft).await.unwrap_err();
    assert_eq!(
        (error.code, error.money_moved),
        (Code::Refused, MoneyMoved::No)
    );
    assert!(error.message.contains("customer.email"), "{error:?}");
    let stays = shop.office.draft(shop.account, draft.id).await.unwrap();
    assert_eq!(stays.state, DraftState::Draft);
    let kept = stays.error.unwrap();
    assert!(matches!(
        kept.why.as_deref(),
        Some(Why::Refused { status: 400, .. })
    ));
    let mended = order("1042");
    let mended = shop
        .office
        .save_draft(shop.account, Some(draft.id), &mended);
    shop.create(&mended.await.unwrap()).await.unwrap();
    assert_eq!(at_the_shop(&shop, "1042").await, 1);
}

#[tokio::test]
async fn a_charge_goes_through_and_a_step_up_is_an_outcome_with_an_address() {
    let shop = Shop::open(3).await;
    let charged = kept(&shop, "1042", Way::Charge).await;
    let made = shop.create(&charged);
    let made = made.await.unwrap();
    assert_eq!((made.link.href, made.link.step_up_url), (None, None));
    let paid = shop.find("reference:1042").await;
    assert_eq!(paid[0].stored.payment.status, PaymentStatus::Ok);

    let held = kept(&shop, "1043", Way::AuthorizationHold).await;
    let made = shop.create(&held);
    made.await.unwrap();
    let listed = shop.find("reference:1043").await;
    assert_eq!(listed[0].standing, PaymentStanding::Hold);

    let mut order = order("1044");
    order.way = Way::Charge;
    order.klarna_token = "step-up please".to_owned();
    let draft = shop.keep(&order).await;
    let made = shop.create(&draft).await.unwrap();
    assert!(made.link.step_up_url.unwrap().contains("/pay/"));
    let kept = shop.office.draft(shop.account, draft.id).await.unwrap();
    assert_eq!(kept.order.klarna_token, "", "the token does not stay");
    assert_eq!(kept.state, DraftState::Created);
}

#[tokio::test]
async fn of_prices_without_vat_the_amount_is_the_one_that_paytrail_makes() {
    let shop = Shop::open(3).await;
    let mut order = order("1042");
    order.prices_without_vat = true;
    order.lines = vec![
        line("Kortti", 2, 1, 255),
        line("Kirja", 1_000, 1, 140),
        line("Kortti", 2, 1, 255),
    ];
    let draft = shop.keep(&order).await;
    assert_eq!(draft.check.amount, Some(Money::from_cents(1_004)));
    let made = shop.create(&draft);
    let made = made.await.unwrap();
    let detail = shop.office.show(shop.account, made.payment).await.unwrap();
    assert_eq!(detail.payment.payment.amount, Money::from_cents(1_146));
    assert_eq!(draft.check.to_pay, Some(Money::from_cents(1_146)));
    shop.clock.advance(5);
    let looked = shop.office.follow_created(shop.account).await.unwrap();
    assert_eq!((looked.fetched, looked.failed.len()), (1, 0));
}

#[tokio::test]
async fn a_wrong_secret_pauses_the_account_and_the_draft_says_that_nobody_knows() {
    let shop = Shop::open(3).await;
    let wrong = hyvitys_secrets::SecretText::new("wrong".to_owned());
    shop.office.set_secret("demo", &wrong).await.unwrap();
    let draft = kept(&shop, "1042", Way::Link).await;
    let create = || shop.create(&draft);
    assert_eq!(create().await.unwrap_err().code, Code::Unclear);
    let other = kept(&shop, "1043", Way::Link).await;
    let paused = shop.create(&other);
    assert_eq!(paused.await.unwrap_err().code, Code::Paused);
    assert_eq!(at_the_shop(&shop, "1042").await, 0);
}

#[tokio::test]
async fn an_order_that_breaks_a_limit_is_not_sent_and_a_used_confirmation_neither() {
    let shop = Shop::open(3).await;
    let mut order = order("1042");
    order.cancel_url = "http://kauppa.example".to_owned();
    let draft = shop.keep(&order).await;
    let intent = shop.office.new_intent();
    let error = shop.confirm(&draft, intent.clone()).await.unwrap_err();
    assert_eq!(error.why.as_deref(), Some(&Why::OrderNotHttps));
    let good = kept(&shop, "1043", Way::Link).await;
    shop.confirm(&good, intent.clone()).await.unwrap();
    let other = kept(&shop, "1044", Way::Link).await;
    let used = shop.confirm(&other, intent);
    assert_eq!(
        used.await.unwrap_err().why.as_deref(),
        Some(&Why::IntentUsed)
    );
    let requests = shop.json("requests").await.to_string();
    assert_eq!(requests.matches("\"path\":\"/payments\"").count(), 1);
}

#[tokio::test]
async fn a_stamp_of_the_shops_own_makes_one_payment_only() {
    let shop = Shop::open(3).await;
    let save = |stamp: &str| {
        let (office, account, stamp) = (shop.office.clone(), shop.account, stamp.to_owned());
        async move {
            office
                .save_draft_with_stamp(account, None, &order("1042"), stamp)
                .await
        }
    };
    save("order-1042").await.unwrap();
    let error = save("order-1042").await.unwrap_err();
    assert_eq!(error.why.as_deref(), Some(&Why::StampTaken));
}

#[tokio::test]
async fn a_program_that_ends_while_its_request_is_on_its_way_leaves_the_draft_unknown() {
    let shop = Shop::open(3).await;
    shop.faults(&at_creation("slow")).await;
    let draft = kept(&shop, "1042", Way::Charge).await;
    let patience = Duration::from_millis(700);
    let create = shop.create(&draft);
    assert!(tokio::time::timeout(patience, create).await.is_err());
    let stored = shop.office.draft(shop.account, draft.id).await.unwrap();
    assert_eq!(stored.state, DraftState::Sending);
    let shop = shop.started_again();
    let draft = shop.office.draft(shop.account, draft.id).await.unwrap();
    assert_eq!(draft.state, DraftState::Unknown);
    assert_eq!(draft.error.unwrap().code, Code::Unclear);
    assert_eq!(draft.order.klarna_token, "", "the token does not stay");
    assert_eq!(at_the_shop(&shop, "1042").await, 1);
}

/// Makes a payment, and something with the data file while its request is on its way.
async fn meanwhile(shop: &Shop, draft: &Draft, sql: &str) -> Result<CreatedPayment, Error> {
    shop.faults(&at_creation("slow")).await;
    let (made, ()) = tokio::join!(shop.create(draft), async {
        tokio::time::sleep(Duration::from_millis(700)).await;
        shop.in_the_file(sql);
    });
    made
}

#[tokio::test]
async fn while_an_answer_can_not_be_saved_nothing_is_sent_and_then_it_is_written_again() {
    let shop = Shop::open(3).await;
    let first = kept(&shop, "1042", Way::Link).await;
    let other = kept(&shop, "1043", Way::Link).await;
    let full = "CREATE TRIGGER full BEFORE INSERT ON journal_entry
                BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
    let error = meanwhile(&shop, &first, full).await.unwrap_err();
    assert_eq!(
        (error.code, error.money_moved),
        (Code::NotSaved, MoneyMoved::Unknown)
    );
    assert_eq!(shop.office.unsaved_count(), 1);
    let held = shop.create(&other).await;
    assert_eq!(held.unwrap_err().code, Code::NotSaved);
    assert_eq!(at_the_shop(&shop, "1043").await, 0);
    shop.in_the_file("DROP TRIGGER full");
    shop.faults("{}").await;
    shop.create(&other).await.unwrap();
    assert_eq!(shop.office.unsaved_count(), 0);
    shop.office.follow_created(shop.account).await.unwrap();
    for draft in [first.id, other.id] {
        let draft = shop.office.draft(shop.account, draft).await.unwrap();
        assert_eq!(draft.state, DraftState::Created);
    }
    assert_eq!(shop.find("").await.len(), 2);
}

#[tokio::test]
async fn an_answer_that_can_not_be_compared_is_written_as_unknown_with_its_id() {
    let shop = Shop::open(3).await;
    let draft = kept(&shop, "1042", Way::Link).await;
    let away = "ALTER TABLE payment_link RENAME TO away";
    let error = meanwhile(&shop, &draft, away).await.unwrap_err();
    assert_eq!(error.code, Code::Unclear, "{error:?}");
    let truth = shop.json("payments").await;
    let payments = truth["payments"].as_array().unwrap();
    let made = payments.iter().find(|made| made["reference"] == "1042");
    let id = made.unwrap()["transactionId"].as_str().unwrap();
    assert!(error.message.contains(id), "{error:?}");
    let stored = shop.office.draft(shop.account, draft.id).await.unwrap();
    assert_eq!(stored.state, DraftState::Unknown);
}

#[tokio::test]
async fn a_payment_that_does_not_get_into_the_list_is_made_all_the_same_and_listed_later() {
    let shop = Shop::open(3).await;
    let draft = kept(&shop, "1042", Way::Link).await;
    shop.in_the_file(
        "CREATE TRIGGER full BEFORE INSERT ON payment
         BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
    );
    let made = shop.create(&draft).await.unwrap();
    assert_eq!(made.amount, None);
    shop.in_the_file("DROP TRIGGER full");
    shop.office.follow_created(shop.account).await.unwrap();
    let listed = shop.office.show(shop.account, made.payment).await.unwrap();
    assert_eq!(listed.link, Some(made.link));
}
