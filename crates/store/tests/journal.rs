//! The journal through its public interface: what is reserved, what excludes what, what is kept.
#![cfg(test)]

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use hyvitys_domain::{
    AccountId, IntentId, ItemStamp, Moment, Money, NotOperable, OperationId, OperationKind,
    OperationState, OrderLine, Provider, RefundStamp, TransactionId, WireTime,
};
use hyvitys_store::head::Locked;
use hyvitys_store::journal::{
    Answer, EvidenceStatus, NewAttempt, NewOperation, Operation, Owner, Recorded, RefundEvidence,
    Refusal, Step, TO_VERIFY,
};
use hyvitys_store::payments::{Created, PaymentFacts, Precision, Source};
use hyvitys_store::{NewAccount, OpenOptions, SealKey, Store};

const PAYMENT: &str = "681538c4-fc84-11e9-83bc-2ffcef4c3453";
const REFUND: &str = "00000000-0000-4000-8000-000000000001";

fn at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

fn now(minutes: i64) -> Moment {
    Moment {
        at: at() + TimeDelta::minutes(minutes),
        boot: "b".into(),
        up_ms: minutes * 60_000,
    }
}

fn payment() -> TransactionId {
    PAYMENT.parse().unwrap()
}

fn cents(cents: i64) -> Money {
    Money::from_cents(cents)
}

fn open(dir: &Path) -> Store {
    Store::open(OpenOptions {
        dir: dir.join("data"),
        heads_dir: dir.join("heads"),
        os_user: "maija".into(),
        seal: Some(SealKey {
            id: "k1".into(),
            key: [7; 32],
        }),
    })
    .unwrap()
}

struct Shop {
    store: Store,
    account: AccountId,
    owner: Owner,
    dir: tempfile::TempDir,
}

impl Shop {
    fn new(status: &str) -> Shop {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        let status = status.to_owned();
        let account = store
            .write_blocking(move |tx| {
                let new = NewAccount {
                    name: "shop".into(),
                    origin: "http://127.0.0.1:1".parse().unwrap(),
                    merchant: "375917".parse().unwrap(),
                    callback_url: None,
                };
                let account = tx.add_account(&new, at())?;
                let line = OrderLine {
                    stamp: Some(ItemStamp::new("yarn").unwrap()),
                    description: "Villalanka".into(),
                    product_code: None,
                    units: 2,
                    amount: cents(4_000),
                    vat_permille: Some(255),
                };
                let facts = PaymentFacts {
                    transaction_id: Some(payment()),
                    stamp: Some("s-1".into()),
                    reference: Some("1048".into()),
                    status: Some(status.as_str().into()),
                    provider: Provider::new("klarna"),
                    amount: Some(cents(10_000)),
                    created: Some(Created {
                        time: WireTime::parse("2026-09-01T10:00:00Z").unwrap(),
                        precision: Precision::Exact,
                    }),
                    lines: Some(vec![line]),
                    ..PaymentFacts::new(Source::Signed, at())
                };
                tx.apply(account, &[facts])?;
                Ok(account)
            })
            .unwrap();
        let owner = Owner::claim(&dir.path().join("data")).unwrap();
        Shop {
            store,
            account,
            owner,
            dir,
        }
    }

    fn order(&self, number: u128, kind: OperationKind, amount: i64) -> NewOperation {
        let refund = kind == OperationKind::Refund;
        NewOperation {
            id: OperationId::from_uuid(uuid::Uuid::from_u128(number)),
            account: self.account,
            kind,
            transaction_id: payment(),
            amount: refund.then(|| cents(amount)),
            items: Vec::new(),
            intent: IntentId::from_random(number),
            confirmed: now(0),
            made_at: now(0).at,
            refund_stamp: refund.then(|| RefundStamp::from_random(number)),
            refund_reference: None,
            email: None,
            note: None,
            refund_reason: None,
            again: false,
            repeat_of: None,
            owner: self.owner.id(),
        }
    }

    fn refund(&self, number: u128, amount: i64) -> NewOperation {
        self.order(number, OperationKind::Refund, amount)
    }

    fn create(&self, new: &NewOperation) -> Result<Operation, Refusal> {
        let new = new.clone();
        self.store
            .write_blocking(move |tx| tx.create_operation(&new))
            .unwrap()
    }

    fn claim(&self, operation: &Operation, nonce: &str) -> Step {
        let (id, owner) = (operation.id, self.owner.id());
        let attempt = NewAttempt {
            nonce: nonce.into(),
            call: "refund".into(),
        };
        self.store
            .write_blocking(move |tx| {
                tx.claim(id, OperationState::Queued, owner, &attempt, &now(0))
            })
            .unwrap()
    }

    fn answer(
        &self,
        operation: &Operation,
        nonce: &str,
        to: OperationState,
        refund: Option<&str>,
    ) -> Operation {
        let (id, nonce) = (operation.id, nonce.to_owned());
        let answer = Answer {
            refund_transaction_id: refund.map(|id| id.parse().unwrap()),
            proof: Some("signed answer".into()),
            ..Answer::default()
        };
        self.store
            .write_blocking(move |tx| tx.answered(id, &nonce, to, &answer, &now(1)))
            .unwrap()
            .operation()
    }

    /// A refund that was sent and ended in this state.
    fn sent(
        &self,
        number: u128,
        amount: i64,
        to: OperationState,
        refund: Option<&str>,
    ) -> Operation {
        let operation = self.create(&self.refund(number, amount)).unwrap();
        let nonce = format!("n-{number}");
        assert!(matches!(self.claim(&operation, &nonce), Step::Taken(_)));
        self.answer(&operation, &nonce, to, refund)
    }

    fn sums(&self) -> (i64, i64) {
        let account = self.account;
        let stored = self
            .store
            .read_blocking(move |tx| tx.payment(account, payment()))
            .unwrap()
            .unwrap();
        (
            stored.payment.refunded.cents(),
            stored.payment.reserved.cents(),
        )
    }

    fn evidence(
        &self,
        stamp: u128,
        amount: i64,
        id: Option<&str>,
        status: EvidenceStatus,
    ) -> Recorded {
        let account = self.account;
        let evidence = RefundEvidence {
            refund_stamp: RefundStamp::from_random(stamp),
            amount: cents(amount),
            transaction_id: id.map(|id| id.parse().unwrap()),
            status,
            source: "callback",
            at: at(),
            payment: None,
        };
        self.store
            .write_blocking(move |tx| tx.record_evidence(account, &evidence, &now(2)))
            .unwrap()
    }
}

#[test]
fn an_open_refund_reserves_its_amount_and_a_done_one_keeps_it() {
    let shop = Shop::new("ok");
    let first = shop.create(&shop.refund(1, 6_000)).unwrap();
    assert_eq!(shop.sums(), (0, 6_000));
    let refused = shop.create(&shop.refund(2, 4_001)).unwrap_err();
    assert_eq!(
        refused,
        Refusal::NotOperable(NotOperable::MoreThanLeft {
            wanted: cents(4_001),
            left: cents(4_000)
        })
    );
    shop.claim(&first, "n");
    shop.answer(&first, "n", OperationState::Done, Some(REFUND));
    assert_eq!(shop.sums(), (6_000, 0));
    assert!(shop.create(&shop.refund(3, 4_001)).is_err());
    assert!(shop.create(&shop.refund(4, 4_000)).is_ok());
}

#[test]
fn a_double_click_is_one_refund_and_a_used_confirmation_is_no_other_one() {
    let shop = Shop::new("ok");
    let click = shop.refund(1, 1_000);
    let mut second = click.clone();
    second.id = OperationId::from_uuid(uuid::Uuid::from_u128(99));
    second.refund_stamp = Some(RefundStamp::from_random(99));
    let made = shop.create(&click).unwrap();
    assert_eq!(shop.create(&second).unwrap().id, made.id);
    second.amount = Some(cents(1_001));
    assert_eq!(shop.create(&second).unwrap_err(), Refusal::IntentUsed);
    assert_eq!(shop.sums(), (0, 1_000));
}

#[test]
fn the_same_refund_within_90_days_asks_and_a_day_later_or_one_that_failed_does_not() {
    let shop = Shop::new("ok");
    shop.sent(1, 1_000, OperationState::Done, Some(REFUND));
    assert!(matches!(
        shop.create(&shop.refund(2, 1_000)),
        Err(Refusal::SameAgain { .. })
    ));
    let mut meant = shop.refund(3, 1_000);
    meant.again = true;
    assert!(shop.create(&meant).is_ok());
    shop.sent(4, 500, OperationState::Rejected, None);
    assert!(shop.create(&shop.refund(5, 500)).is_ok());
    let mut later = shop.refund(6, 1_000);
    later.confirmed = now(91 * 24 * 60);
    assert!(shop.create(&later).is_ok());
}

#[test]
fn refunds_and_holds_of_a_payment_exclude_each_other() {
    let shop = Shop::new("pending");
    let activate = shop
        .create(&shop.order(1, OperationKind::Activate, 0))
        .unwrap();
    assert_eq!(activate.amount, cents(10_000));
    for kind in [
        OperationKind::Cancel,
        OperationKind::Activate,
        OperationKind::Refund,
    ] {
        assert!(
            matches!(
                shop.create(&shop.order(2, kind, 100)),
                Err(Refusal::Busy { .. })
            ),
            "{kind}"
        );
    }
    assert_eq!(shop.sums(), (0, 0), "a hold reserves nothing");
    let refundable = Shop::new("ok");
    assert!(matches!(
        refundable.create(&refundable.order(1, OperationKind::Cancel, 0)),
        Err(Refusal::NotOperable(NotOperable::AlreadyCaptured))
    ));
}

#[test]
fn items_are_reserved_line_by_line() {
    let shop = Shop::new("ok");
    let of_yarn = |number, amount| {
        let mut order = shop.refund(number, amount);
        order.items = vec![(ItemStamp::new("yarn").unwrap(), cents(amount))];
        order
    };
    assert!(shop.create(&of_yarn(1, 2_500)).is_ok());
    assert!(matches!(
        shop.create(&of_yarn(2, 1_501)),
        Err(Refusal::Items(_))
    ));
    assert!(shop.create(&of_yarn(3, 1_500)).is_ok());
    let mut unknown = shop.refund(4, 100);
    unknown.items = vec![(ItemStamp::new("needles").unwrap(), cents(100))];
    assert!(matches!(shop.create(&unknown), Err(Refusal::Items(_))));
    let mut wrong_sum = of_yarn(5, 100);
    wrong_sum.amount = Some(cents(101));
    assert!(matches!(shop.create(&wrong_sum), Err(Refusal::Items(_))));
}

#[test]
fn only_the_owner_claims_and_only_once() {
    let shop = Shop::new("ok");
    let operation = shop.create(&shop.refund(1, 1_000)).unwrap();
    let stranger = Owner::claim(&shop.dir.path().join("data")).unwrap().id();
    let attempt = NewAttempt {
        nonce: "x".into(),
        call: "refund".into(),
    };
    let id = operation.id;
    let step = shop
        .store
        .write_blocking(move |tx| tx.claim(id, OperationState::Queued, stranger, &attempt, &now(0)))
        .unwrap();
    assert!(matches!(step, Step::Lost(_)));
    assert!(matches!(shop.claim(&operation, "n1"), Step::Taken(_)));
    assert!(matches!(shop.claim(&operation, "n2"), Step::Lost(_)));
}

#[test]
fn what_a_dead_program_was_sending_is_unknown_and_what_it_had_queued_was_not_sent() {
    let shop = Shop::new("ok");
    let sending = shop.create(&shop.refund(1, 1_000)).unwrap();
    shop.claim(&sending, "n");
    let queued = shop.create(&shop.refund(2, 2_000)).unwrap();
    assert!(
        shop.store
            .write_blocking(|tx| tx.recover(&now(600)))
            .unwrap()
            .is_empty(),
        "its owner lives"
    );
    let Shop { store, owner, .. } = &shop;
    let gone = owner.id();
    let path = shop
        .dir
        .path()
        .join("data/owners")
        .join(format!("{gone}.lock"));
    assert!(!Owner::is_gone(&shop.dir.path().join("data"), gone));
    // As after SIGKILL: the file stays, its lock does not.
    let shop2 = Shop {
        store: store.clone(),
        account: shop.account,
        owner: Owner::claim(&shop.dir.path().join("data")).unwrap(),
        dir: tempfile::tempdir().unwrap(),
    };
    drop(shop.owner);
    std::fs::write(path, "").unwrap();
    let changed = shop2
        .store
        .write_blocking(|tx| tx.recover(&now(0)))
        .unwrap();
    let state = |id| changed.iter().find(|op| op.id == id).unwrap().state;
    assert_eq!(state(sending.id), OperationState::Unknown);
    assert_eq!(state(queued.id), OperationState::Failed);
    assert_eq!(shop2.sums(), (0, 1_000));
}

#[test]
fn a_refund_id_that_is_known_as_something_else_proves_nothing() {
    let shop = Shop::new("ok");
    let first = shop.sent(1, 1_000, OperationState::Done, Some(REFUND));
    assert_eq!(first.state, OperationState::Done);
    let second = shop.sent(2, 2_000, OperationState::Done, Some(REFUND));
    assert_eq!(second.state, OperationState::Unknown);
    assert_eq!(second.refund_transaction_id, None);
    let third = shop.sent(3, 3_000, OperationState::Done, Some(PAYMENT));
    assert_eq!(third.state, OperationState::Unknown, "the payment's own id");
}

#[test]
fn while_an_earlier_answer_is_missing_a_done_is_verified_first() {
    let shop = Shop::new("ok");
    shop.sent(1, 1_000, OperationState::Unknown, None);
    let second = shop.sent(2, 2_000, OperationState::Done, Some(REFUND));
    assert_eq!(
        (second.state, second.reason.as_deref()),
        (OperationState::Accepted, Some(TO_VERIFY))
    );
    assert_eq!(shop.sums(), (0, 3_000));
}

#[test]
fn evidence_settles_overrides_and_never_lowers() {
    use EvidenceStatus::{Done, Failed};
    let shop = Shop::new("ok");
    let unknown = shop.sent(1, 1_000, OperationState::Unknown, None);
    assert!(
        matches!(
            shop.evidence(1, 999, Some(REFUND), Done),
            Recorded::Ignored(_)
        ),
        "another amount"
    );
    assert!(
        matches!(
            shop.evidence(1, 1_000, Some(PAYMENT), Done),
            Recorded::Ignored(_)
        ),
        "the payment's id"
    );
    assert!(
        matches!(shop.evidence(1, 1_000, None, Failed), Recorded::Ignored(_)),
        "a failure without an id"
    );
    assert_eq!(
        shop.evidence(1, 1_000, Some(REFUND), Done),
        Recorded::Settled(unknown.id)
    );
    assert_eq!(
        shop.evidence(1, 1_000, Some(REFUND), Done),
        Recorded::Agrees(unknown.id)
    );
    assert_eq!(
        shop.evidence(1, 1_000, Some(REFUND), Failed),
        Recorded::Contradicts(unknown.id)
    );
    assert_eq!(shop.sums(), (1_000, 0));
    let rejected = shop.sent(2, 2_000, OperationState::Rejected, None);
    let id = Some("00000000-0000-4000-8000-000000000002");
    assert_eq!(
        shop.evidence(2, 2_000, id, Done),
        Recorded::Settled(rejected.id)
    );
    assert_eq!(shop.sums(), (3_000, 0));
}

#[test]
fn an_unknown_refund_is_repeated_once_after_its_quarantine_if_it_is_more_than_half() {
    let shop = Shop::new("ok");
    let first = shop.sent(1, 5_001, OperationState::Unknown, None);
    let repeat = |number, minutes| {
        let mut order = shop.refund(number, 5_001);
        order.again = true;
        order.repeat_of = Some(first.id);
        order.confirmed = now(minutes);
        order
    };
    assert!(matches!(
        shop.create(&repeat(2, 29)),
        Err(Refusal::NotRepeatable(_))
    ));
    let second = shop.create(&repeat(2, 31)).unwrap();
    assert_eq!(shop.sums(), (0, 5_001), "one of the two at most is paid");
    assert!(
        matches!(shop.create(&repeat(3, 61)), Err(Refusal::NotRepeatable(_))),
        "once"
    );
    shop.claim(&second, "r");
    shop.answer(&second, "r", OperationState::Rejected, None);
    let first = shop
        .store
        .read_blocking(move |tx| tx.operation(first.id))
        .unwrap()
        .unwrap();
    assert_eq!(
        first.state,
        OperationState::Unknown,
        "a refused repeat proves nothing about the first"
    );
    let small = Shop::new("ok");
    let first = small.sent(1, 5_000, OperationState::Unknown, None);
    let mut order = small.refund(2, 5_000);
    (order.again, order.repeat_of, order.confirmed) = (true, Some(first.id), now(60));
    assert!(
        matches!(small.create(&order), Err(Refusal::NotRepeatable(_))),
        "half is not more than half"
    );
    order.repeat_of = None;
    assert!(
        matches!(small.create(&order), Err(Refusal::NotRepeatable(_))),
        "nor is it a second one beside the first"
    );
}

#[test]
fn an_older_copy_is_locked_until_a_person_takes_it_over() {
    let shop = Shop::new("ok");
    shop.create(&shop.refund(1, 1_000)).unwrap();
    let Shop {
        store,
        account,
        dir,
        owner,
    } = shop;
    drop(owner);
    drop(store);
    let (data, copy) = (
        dir.path().join("data/hyvitys.db"),
        dir.path().join("copy.db"),
    );
    std::fs::copy(&data, &copy).unwrap();
    let store = open(dir.path());
    assert_eq!(store.locked(), None);
    store.write_blocking(|tx| tx.recover(&now(1))).unwrap();
    drop(store);
    std::fs::copy(&copy, &data).unwrap();
    let store = open(dir.path());
    assert_eq!(store.locked(), Some(Locked::Behind));
    // What waits in a copy may have been sent since.
    let recovered = store.write_blocking(|tx| tx.recover(&now(2))).unwrap();
    assert_eq!(recovered[0].state, OperationState::Unknown);
    let owner = Owner::claim(&dir.path().join("data")).unwrap();
    let shop = Shop {
        store,
        account,
        owner,
        dir,
    };
    assert!(matches!(
        shop.create(&shop.refund(2, 500)),
        Err(Refusal::Locked(Locked::Behind))
    ));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime
        .block_on(shop.store.take_over("compared".into(), now(3)))
        .unwrap();
    assert!(shop.create(&shop.refund(2, 500)).is_ok());
    let Shop { store, dir, .. } = shop;
    drop(store);
    assert_eq!(open(dir.path()).locked(), None);
    std::fs::remove_dir_all(dir.path().join("heads")).unwrap();
    assert_eq!(open(dir.path()).locked(), Some(Locked::Elsewhere));
}

#[test]
fn the_chain_shows_a_changed_entry_and_the_file_refuses_to_change_one() {
    let shop = Shop::new("ok");
    shop.sent(1, 1_000, OperationState::Done, Some(REFUND));
    let key = |id: &str| (id == "k1").then_some([7; 32]);
    let report = shop
        .store
        .read_blocking(move |tx| tx.verify_journal(key))
        .unwrap();
    assert_eq!(
        (report.entries, report.unkeyed, report.broken),
        (3, 0, None)
    );
    let path = shop.dir.path().join("data/hyvitys.db");
    drop(shop.store);
    let file = rusqlite::Connection::open(path).unwrap();
    assert!(
        file.execute("UPDATE journal_entry SET detail = '{}' WHERE seq = 2", [])
            .is_err()
    );
    assert!(file.execute("DELETE FROM journal_entry", []).is_err());
    assert!(file.execute("DELETE FROM operation", []).is_err());
    assert!(file.execute("UPDATE operation SET amount = 1", []).is_err());
    file.execute_batch(
        "DROP TRIGGER journal_entry_stays; UPDATE journal_entry SET os_user = 'x' WHERE seq = 2",
    )
    .unwrap();
    drop(file);
    let store = open(shop.dir.path());
    let report = store
        .read_blocking(move |tx| tx.verify_journal(key))
        .unwrap();
    assert_eq!(report.broken.map(|broken| broken.seq), Some(2));
}

#[test]
fn a_new_program_clears_away_the_locks_of_ended_ones_and_of_nobody_else() {
    let dir = tempfile::tempdir().unwrap();
    let living = Owner::claim(dir.path()).unwrap();
    let left_behind = dir
        .path()
        .join("owners/0123456789abcdef0123456789abcdef.lock");
    std::fs::write(&left_behind, "").unwrap();
    let newcomer = Owner::claim(dir.path()).unwrap();
    assert!(!left_behind.exists());
    assert!(!Owner::is_gone(dir.path(), living.id()));
    assert!(!Owner::is_gone(dir.path(), newcomer.id()));
    let id = newcomer.id();
    drop(newcomer);
    assert!(Owner::is_gone(dir.path(), id));
}

#[test]
fn a_file_whose_copy_went_on_is_locked_while_it_is_open() {
    let shop = Shop::new("ok");
    shop.create(&shop.refund(1, 1_000)).unwrap();
    let there = shop.dir.path().join("copy");
    std::fs::create_dir(&there).unwrap();
    for name in ["hyvitys.db", "hyvitys.db-wal"] {
        std::fs::copy(shop.dir.path().join("data").join(name), there.join(name)).unwrap();
    }
    let copy = Store::open(OpenOptions {
        dir: there.clone(),
        heads_dir: shop.dir.path().join("heads"),
        os_user: "maija".into(),
        seal: Some(SealKey {
            id: "k1".into(),
            key: [7; 32],
        }),
    })
    .unwrap();
    assert_eq!(copy.locked(), None, "nothing has happened since");
    let mut new = shop.refund(2, 2_000);
    new.owner = Owner::claim(&there).unwrap().id();
    copy.write_blocking(move |tx| tx.create_operation(&new))
        .unwrap()
        .unwrap();
    assert!(matches!(
        shop.create(&shop.refund(2, 2_000)),
        Err(Refusal::Locked(Locked::Behind))
    ));
}

#[test]
fn a_paused_account_claims_nothing_that_was_queued_before() {
    let shop = Shop::new("ok");
    let operation = shop.create(&shop.refund(1, 1_000)).unwrap();
    let account = shop.account;
    shop.store
        .write_blocking(move |tx| tx.pause_account(account, "401", at()))
        .unwrap();
    assert!(matches!(shop.claim(&operation, "n"), Step::Lost(_)));
}

#[test]
fn an_answer_that_is_written_again_says_nothing_of_the_next_attempt() {
    let shop = Shop::new("ok");
    let operation = shop.create(&shop.refund(1, 1_000)).unwrap();
    let id = operation.id;
    let not_sent = |nonce: &'static str| {
        let answer = Answer::default();
        shop.store
            .write_blocking(move |tx| tx.not_sent(id, nonce, &answer, false, &now(0)))
            .unwrap()
            .operation()
    };
    assert!(matches!(shop.claim(&operation, "n1"), Step::Taken(_)));
    assert_eq!(not_sent("n1").state, OperationState::Queued);
    assert!(matches!(shop.claim(&operation, "n2"), Step::Taken(_)));
    assert_eq!(
        not_sent("n1").state,
        OperationState::Sending,
        "the second one is on its way"
    );
    let late = shop.answer(&operation, "n1", OperationState::Unknown, None);
    assert_eq!(late.state, OperationState::Sending);
    let done = shop.answer(&operation, "n2", OperationState::Done, Some(REFUND));
    assert_eq!(done.state, OperationState::Done);
}
