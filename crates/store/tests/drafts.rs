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

use common::{Shop, id, now, signed};
use hyvitys_domain::{DraftId, IntentId, Moment, Money};
use hyvitys_store::drafts::{
    Becomes, Claim, Claimed, Draft, DraftState, Kept, NewDraft, PaymentLink, Settled, Way,
};
use hyvitys_store::journal::{Owner, OwnerId, Refusal};
use hyvitys_store::payments::{PaymentFacts, Source};
use hyvitys_store::{StoreError, WriteTx};
use uuid::Uuid;

fn moment() -> Moment {
    Moment {
        at: now(),
        boot: "boot".to_owned(),
        up_ms: 1_000,
    }
}

/// What is filled in before a request goes out.
const WHOLE: &str = r#"{"klarnaToken":"krn:token"}"#;
/// What of it stays.
const BARE: &str = "{}";

fn draft_id(number: u8) -> DraftId {
    DraftId::from_uuid(Uuid::from_bytes([number; 16]))
}

/// A shop, and the process that sends with its data file.
struct Desk {
    shop: Shop,
    owner: Owner,
}

impl Desk {
    /// With no draft yet.
    fn open() -> Desk {
        let shop = Shop::open();
        let owner = Owner::claim(shop.dir.path()).unwrap();
        Desk { shop, owner }
    }

    /// With draft 1, whose request `nonce-1-x` is on its way.
    fn sending() -> Desk {
        let desk = Desk::open();
        assert_eq!(desk.keep(1, "a"), Kept::Kept);
        assert!(matches!(desk.claim(1, "x"), Claimed::Taken));
        desk
    }

    fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&WriteTx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.shop.store.write_blocking(move |tx| work(tx)).unwrap()
    }

    fn keep(&self, number: u8, stamp: &str) -> Kept {
        let new = NewDraft {
            id: draft_id(number),
            account: self.shop.account,
            stamp: stamp.to_owned(),
            filled_in: WHOLE.to_owned(),
        };
        self.write(move |tx| tx.put_draft(&new, &moment()))
    }

    fn claim(&self, number: u8, intent: &str) -> Claimed {
        self.claim_of(number, intent, self.owner.id(), |_, _| false)
    }

    fn claim_of(
        &self,
        number: u8,
        intent: &str,
        owner: OwnerId,
        same: fn(&str, &str) -> bool,
    ) -> Claimed {
        let claim = Claim {
            draft: draft_id(number),
            account: self.shop.account,
            intent: IntentId::new(intent).unwrap(),
            filled_in: WHOLE.to_owned(),
            digest: "digest".to_owned(),
            stays: BARE.to_owned(),
            nonce: format!("nonce-{number}-{intent}"),
            call: "payments".to_owned(),
            amount: Money::from_cents(100),
            owner,
            same,
        };
        self.write(move |tx| tx.claim_draft(&claim, &moment()))
    }

    /// By the answer to a request, or without one by a person's word.
    fn settle(&self, nonce: Option<&str>, becomes: Becomes) -> Draft {
        self.settle_of(1, nonce, becomes)
    }

    fn settle_of(&self, number: u8, nonce: Option<&str>, becomes: Becomes) -> Draft {
        let settled = Settled {
            draft: draft_id(number),
            account: self.shop.account,
            nonce: nonce.map(str::to_owned),
            becomes,
            filled_in: nonce.map(|_| WHOLE.to_owned()),
            outcome: None,
            request_id: None,
            note: None,
        };
        self.write(move |tx| tx.settle_draft(&settled, &moment()))
    }

    fn delete(&self) -> bool {
        let account = self.shop.account;
        self.write(move |tx| tx.delete_draft(account, draft_id(1), &moment()))
    }

    fn draft(&self, number: u8) -> Draft {
        let account = self.shop.account;
        let found = self
            .shop
            .store
            .read_blocking(move |tx| tx.draft(account, draft_id(number)));
        found.unwrap().unwrap()
    }

    fn file(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.shop.dir.path().join("hyvitys.db")).unwrap()
    }
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
    }
}

#[test]
fn of_two_confirmations_one_is_sent_and_a_used_one_never_again() {
    let desk = Desk::sending();
    assert_eq!(desk.keep(2, "a"), Kept::StampTaken);
    assert_eq!(desk.keep(2, "b"), Kept::Kept);
    assert!(
        matches!(desk.claim(1, "y"), Claimed::Lost(draft) if draft.state == DraftState::Sending)
    );
    assert!(matches!(
        desk.claim(2, "x"),
        Claimed::Refused(Refusal::IntentUsed)
    ));
    assert_eq!(desk.keep(1, "a"), Kept::Sent);
}

#[test]
fn an_answer_counts_once_and_only_for_its_own_request() {
    let desk = Desk::sending();
    let other = desk.settle(Some("another"), created());
    assert_eq!(other.state, DraftState::Sending);
    let made = desk.settle(Some("nonce-1-x"), created());
    assert_eq!(
        (made.state, made.transaction_id),
        (DraftState::Unconfirmed, Some(id(7)))
    );
    let late = desk.settle(Some("nonce-1-x"), Becomes::Unknown);
    assert_eq!(late, made, "it was settled");
    let word = desk.settle(None, Becomes::NotSent);
    assert_eq!(word, made, "a person's word is about what is unknown");
}

#[test]
fn a_refusal_after_a_lost_answer_does_not_make_it_a_draft_again() {
    let desk = Desk::sending();
    desk.settle(Some("nonce-1-x"), Becomes::Unknown);
    let again = desk.settle(None, Becomes::NotSent);
    assert_eq!((again.state, again.sends), (DraftState::Draft, 1));
    assert_eq!(desk.keep(1, "a"), Kept::Kept);
    assert!(matches!(desk.claim(1, "y"), Claimed::Taken));
    let refused = desk.settle(Some("nonce-1-y"), Becomes::Refused);
    assert_eq!((refused.state, refused.sends), (DraftState::Unknown, 1));
    assert_eq!(refused.filled_in, BARE, "it may have been carried out");
}

#[test]
fn what_only_a_request_needs_is_dropped_with_it_and_comes_back_where_none_went_out() {
    let desk = Desk::sending();
    assert_eq!(desk.draft(1).filled_in, BARE);
    let unsent = desk.settle(Some("nonce-1-x"), Becomes::NotSent);
    assert_eq!(
        (unsent.state, unsent.filled_in.as_str()),
        (DraftState::Draft, WHOLE)
    );
    let desk = Desk::sending();
    let unknown = desk.settle(Some("nonce-1-x"), Becomes::Unknown);
    assert_eq!(unknown.filled_in, BARE);
}

#[test]
fn what_an_ended_process_was_sending_is_unknown_and_what_a_living_one_sends_is_left_alone() {
    let desk = Desk::open();
    let gone = Owner::claim(desk.shop.dir.path()).unwrap();
    for (number, owner) in [(1, gone.id()), (2, desk.owner.id())] {
        desk.keep(number, &number.to_string());
        desk.claim_of(number, &format!("intent-{number}"), owner, |_, _| false);
    }
    drop(gone);
    desk.write(|tx| tx.recover(&moment()));
    assert_eq!(
        (desk.draft(1).state, desk.draft(2).state),
        (DraftState::Unknown, DraftState::Sending)
    );
    assert_eq!(desk.draft(1).filled_in, BARE);
}

#[test]
fn the_file_itself_refuses_another_stamp_and_to_forget_what_was_sent() {
    let desk = Desk::sending();
    let file = desk.file();
    assert!(file.execute("UPDATE draft SET stamp = 'b'", []).is_err());
    assert!(file.execute("DELETE FROM draft", []).is_err());
    assert!(!desk.delete());
}

#[test]
fn what_was_sent_is_kept_also_when_a_person_called_it_not_made() {
    let desk = Desk::sending();
    desk.settle(Some("nonce-1-x"), Becomes::Unknown);
    let again = desk.settle(None, Becomes::NotSent);
    assert_eq!((again.state, again.sends), (DraftState::Draft, 1));
    assert!(!desk.delete());
    let file = desk.file();
    assert!(file.execute("DELETE FROM draft", []).is_err());
    file.execute("UPDATE draft SET sends = 0", []).unwrap();
    assert!(desk.delete(), "what surely never left may go");
}

#[test]
fn nothing_is_claimed_while_a_twin_may_have_made_the_payment() {
    let desk = Desk::sending();
    desk.keep(2, "b");
    let second = || desk.claim_of(2, "y", desk.owner.id(), |_, _| true);
    assert!(matches!(second(), Claimed::Twin(twin) if twin.id == draft_id(1)));
    desk.settle(Some("nonce-1-x"), Becomes::Unknown);
    assert!(matches!(second(), Claimed::Twin(_)));
    desk.settle(None, Becomes::NotSent);
    assert!(matches!(second(), Claimed::Taken));
}

#[test]
fn a_payment_that_no_look_has_confirmed_may_have_been_made_as_well() {
    let desk = Desk::sending();
    desk.keep(2, "b");
    let made = desk.settle(Some("nonce-1-x"), created());
    let second = || desk.claim_of(2, "y", desk.owner.id(), |_, _| true);
    assert!(matches!(second(), Claimed::Twin(_)));
    let facts = signed(7, "new", 100);
    desk.write(move |tx| tx.confirm_draft(&made, &[facts], &moment()));
    assert_eq!(desk.draft(1).state, DraftState::Created);
    assert!(matches!(second(), Claimed::Taken));
}

#[test]
fn a_payment_of_which_nothing_was_taken_waits_for_the_next_try() {
    let desk = Desk::sending();
    let made = desk.settle(Some("nonce-1-x"), created());
    let nothing = PaymentFacts::new(Source::Created, now());
    desk.write(move |tx| tx.confirm_draft(&made, &[nothing], &moment()));
    assert_eq!(desk.draft(1).state, DraftState::Unconfirmed);
}

#[test]
fn a_doubted_draft_takes_no_link_from_the_draft_that_rightly_has_the_payment() {
    let desk = Desk::sending();
    desk.keep(2, "b");
    assert!(matches!(desk.claim(2, "y"), Claimed::Taken));
    let first = desk.settle_of(1, Some("nonce-1-x"), created());
    let second = desk.settle_of(2, Some("nonce-2-y"), created());
    assert_eq!(first.transaction_id, second.transaction_id);
    let account = desk.shop.account;
    let link = || {
        let read = desk
            .shop
            .store
            .read_blocking(move |tx| tx.payment_link(account, id(7)));
        read.unwrap()
    };
    desk.write(move |tx| tx.doubt_draft(&second, "{}", &moment()));
    let doubted = desk.draft(2);
    assert_eq!(
        (doubted.state, doubted.transaction_id),
        (DraftState::Unknown, None)
    );
    assert!(link().is_some(), "it is the other draft's");
    desk.write(move |tx| tx.doubt_draft(&first, "{}", &moment()));
    assert_eq!(link(), None, "now it is nobody's");
}
