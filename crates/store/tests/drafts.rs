//! Drafts in the file: claimed once, settled once, and kept when they were sent.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, and so do its helpers"
)]
#![allow(
    clippy::redundant_closure_for_method_calls,
    reason = "a method's path is not general enough over the transaction's lifetime"
)]

mod common;

use common::{Shop, id, now};
use hyvitys_domain::{DraftId, IntentId, Moment, Money};
use hyvitys_store::drafts::{
    Becomes, Claim, Claimed, Draft, DraftState, Kept, NewDraft, PaymentLink, Settled, Way,
};
use hyvitys_store::journal::{Owner, OwnerId, Refusal};
use hyvitys_store::payments::{PaymentFacts, Source};
use uuid::Uuid;

fn moment() -> Moment {
    Moment {
        at: now(),
        boot: "boot".to_owned(),
        up_ms: 1_000,
    }
}

fn draft_id(number: u8) -> DraftId {
    DraftId::from_uuid(Uuid::from_bytes([number; 16]))
}

fn keep(shop: &Shop, number: u8, stamp: &str) -> Kept {
    let new = NewDraft {
        id: draft_id(number),
        account: shop.account,
        stamp: stamp.to_owned(),
        filled_in: "{}".to_owned(),
    };
    shop.store
        .write_blocking(move |tx| tx.put_draft(&new, &moment()))
        .unwrap()
}

fn claim(shop: &Shop, number: u8, intent: &str, owner: OwnerId) -> Claimed {
    let claim = Claim {
        draft: draft_id(number),
        account: shop.account,
        intent: IntentId::new(intent).unwrap(),
        filled_in: "{}".to_owned(),
        nonce: format!("nonce-{number}-{intent}"),
        call: "payments".to_owned(),
        amount: Money::from_cents(100),
        owner,
        same: |_, _| false,
    };
    shop.store
        .write_blocking(move |tx| tx.claim_draft(&claim, &moment()))
        .unwrap()
}

fn settle(shop: &Shop, number: u8, nonce: Option<&str>, becomes: Becomes) -> Draft {
    let settled = Settled {
        draft: draft_id(number),
        account: shop.account,
        nonce: nonce.map(str::to_owned),
        becomes,
        outcome: None,
        request_id: None,
        note: None,
    };
    shop.store
        .write_blocking(move |tx| tx.settle_draft(&settled, &moment()))
        .unwrap()
}

fn created() -> Becomes {
    Becomes::Created {
        transaction_id: id(7),
        link: PaymentLink {
            way: Way::Link,
            href: None,
            step_up_url: None,
            created_at: now(),
            expires_at: now(),
            told: 0,
            request_id: None,
        },
        filled_in: "{}".to_owned(),
    }
}

#[test]
fn of_two_confirmations_one_is_sent_and_a_used_one_never_again() {
    let shop = Shop::open();
    let owner = Owner::claim(shop.dir.path()).unwrap();
    assert_eq!(keep(&shop, 1, "a"), Kept::Kept);
    assert_eq!(keep(&shop, 2, "a"), Kept::StampTaken);
    assert_eq!(keep(&shop, 2, "b"), Kept::Kept);
    assert!(matches!(claim(&shop, 1, "x", owner.id()), Claimed::Taken));
    assert!(
        matches!(claim(&shop, 1, "y", owner.id()), Claimed::Lost(draft) if draft.state == DraftState::Sending)
    );
    assert!(matches!(
        claim(&shop, 2, "x", owner.id()),
        Claimed::Refused(Refusal::IntentUsed)
    ));
    assert_eq!(keep(&shop, 1, "a"), Kept::Sent);
}

#[test]
fn an_answer_counts_once_and_only_for_its_own_request() {
    let shop = Shop::open();
    let owner = Owner::claim(shop.dir.path()).unwrap();
    keep(&shop, 1, "a");
    claim(&shop, 1, "x", owner.id());
    let other = settle(&shop, 1, Some("another"), created());
    assert_eq!(other.state, DraftState::Sending);
    let made = settle(&shop, 1, Some("nonce-1-x"), created());
    assert_eq!(
        (made.state, made.transaction_id),
        (DraftState::Created, Some(id(7)))
    );
    let late = settle(&shop, 1, Some("nonce-1-x"), Becomes::Unknown);
    assert_eq!(late, made, "it was settled");
    let word = settle(&shop, 1, None, Becomes::NotSent);
    assert_eq!(word, made, "a person's word is about what is unknown");
}

#[test]
fn a_refusal_after_a_lost_answer_does_not_make_it_a_draft_again() {
    let shop = Shop::open();
    let owner = Owner::claim(shop.dir.path()).unwrap();
    keep(&shop, 1, "a");
    claim(&shop, 1, "x", owner.id());
    settle(&shop, 1, Some("nonce-1-x"), Becomes::Unknown);
    let again = settle(&shop, 1, None, Becomes::NotSent);
    assert_eq!((again.state, again.sends), (DraftState::Draft, 1));
    claim(&shop, 1, "y", owner.id());
    let refused = settle(&shop, 1, Some("nonce-1-y"), Becomes::Refused);
    assert_eq!((refused.state, refused.sends), (DraftState::Unknown, 1));
}

#[test]
fn what_an_ended_process_was_sending_is_unknown_and_what_a_living_one_sends_is_left_alone() {
    let shop = Shop::open();
    let (gone, alive) = (
        Owner::claim(shop.dir.path()).unwrap(),
        Owner::claim(shop.dir.path()).unwrap(),
    );
    for (number, owner) in [(1, gone.id()), (2, alive.id())] {
        keep(&shop, number, &number.to_string());
        claim(&shop, number, &format!("intent-{number}"), owner);
    }
    drop(gone);
    shop.store
        .write_blocking(|tx| tx.recover(&moment()))
        .unwrap();
    let account = shop.account;
    let state = |number| {
        let found = shop
            .store
            .read_blocking(move |tx| tx.draft(account, draft_id(number)));
        found.unwrap().unwrap().state
    };
    assert_eq!(
        (state(1), state(2)),
        (DraftState::Unknown, DraftState::Sending)
    );
}

#[test]
fn the_file_itself_refuses_another_stamp_and_to_forget_what_was_sent() {
    let shop = Shop::open();
    let owner = Owner::claim(shop.dir.path()).unwrap();
    keep(&shop, 1, "a");
    claim(&shop, 1, "x", owner.id());
    let file = rusqlite::Connection::open(shop.dir.path().join("hyvitys.db")).unwrap();
    assert!(file.execute("UPDATE draft SET stamp = 'b'", []).is_err());
    assert!(file.execute("DELETE FROM draft", []).is_err());
    let account = shop.account;
    let deleted = shop
        .store
        .write_blocking(move |tx| tx.delete_draft(account, draft_id(1), &moment()));
    assert!(!deleted.unwrap());
}

#[test]
fn what_was_sent_is_kept_also_when_a_person_called_it_not_made() {
    let shop = Shop::open();
    let owner = Owner::claim(shop.dir.path()).unwrap();
    keep(&shop, 1, "a");
    claim(&shop, 1, "x", owner.id());
    settle(&shop, 1, Some("nonce-1-x"), Becomes::Unknown);
    let again = settle(&shop, 1, None, Becomes::NotSent);
    assert_eq!((again.state, again.sends), (DraftState::Draft, 1));
    let account = shop.account;
    let delete = || {
        let deleted = shop
            .store
            .write_blocking(move |tx| tx.delete_draft(account, draft_id(1), &moment()));
        deleted.unwrap()
    };
    assert!(!delete());
    let file = rusqlite::Connection::open(shop.dir.path().join("hyvitys.db")).unwrap();
    assert!(file.execute("DELETE FROM draft", []).is_err());
    file.execute("UPDATE draft SET sends = 0", []).unwrap();
    assert!(delete(), "what surely never left may go");
}

#[test]
fn nothing_is_claimed_while_a_twin_may_have_made_the_payment() {
    let shop = Shop::open();
    let owner = Owner::claim(shop.dir.path()).unwrap();
    keep(&shop, 1, "a");
    keep(&shop, 2, "b");
    claim(&shop, 1, "x", owner.id());
    let second = |intent: &str| {
        let claim = Claim {
            draft: draft_id(2),
            account: shop.account,
            intent: IntentId::new(intent).unwrap(),
            filled_in: "{}".to_owned(),
            nonce: "nonce".to_owned(),
            call: "payments".to_owned(),
            amount: Money::from_cents(100),
            owner: owner.id(),
            same: |one, other| one == other,
        };
        let claimed = shop
            .store
            .write_blocking(move |tx| tx.claim_draft(&claim, &moment()));
        claimed.unwrap()
    };
    assert!(matches!(second("y"), Claimed::Twin(twin) if twin.id == draft_id(1)));
    settle(&shop, 1, Some("nonce-1-x"), Becomes::Unknown);
    assert!(matches!(second("y"), Claimed::Twin(_)));
    settle(&shop, 1, None, Becomes::NotSent);
    assert!(matches!(second("y"), Claimed::Taken));
}

#[test]
fn a_payment_of_which_nothing_was_taken_waits_for_the_next_try() {
    let shop = Shop::open();
    let owner = Owner::claim(shop.dir.path()).unwrap();
    keep(&shop, 1, "a");
    claim(&shop, 1, "x", owner.id());
    let made = settle(&shop, 1, Some("nonce-1-x"), created());
    let nothing = PaymentFacts::new(Source::Created, now());
    shop.store
        .write_blocking(move |tx| tx.list_draft(&made, &[nothing]))
        .unwrap();
    let account = shop.account;
    let waiting = shop
        .store
        .read_blocking(move |tx| tx.unlisted_drafts(account));
    assert_eq!(waiting.unwrap().len(), 1);
}
