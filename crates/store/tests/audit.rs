//! Whoever can write the data file can change its journal; here that is done in every way, and found each time,
//! with its place.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, and so do its helpers"
)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use chrono::TimeDelta;
use common::{now, signed};
use hyvitys_domain::{
    IntentId, Moment, Money, OperationId, OperationKind, OperationState, RefundStamp,
};
use hyvitys_store::journal::{
    Answer, AuditFilter, AuditKind, ChainReport, EvidenceStatus, Flaw, HeadCheck, NewAttempt,
    NewOperation, Owner, RefundEvidence,
};
use hyvitys_store::{OpenOptions, SealKey, Store};
use proptest::prelude::*;
use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// How many entries the journal of these tests has.
const ENTRIES: i64 = 17;

fn moment(minutes: i64) -> Moment {
    Moment {
        at: now() + TimeDelta::minutes(minutes),
        boot: "b".into(),
        up_ms: minutes * 60_000,
    }
}

fn open(dir: &Path, sealed: bool) -> Store {
    Store::open(OpenOptions {
        dir: dir.join("data"),
        heads_dir: dir.join("heads"),
        os_user: "maija".into(),
        seal: sealed.then(|| SealKey {
            id: "k1".into(),
            key: [7; 32],
        }),
    })
    .unwrap()
}

fn operation(number: u128) -> OperationId {
    OperationId::from_uuid(Uuid::from_u128(number))
}

/// A folder whose journal has something of everything.
fn written(sealed: bool) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), sealed);
    let account = common::add(&store, "Kauppa", "375917");
    let owner = Owner::claim(&dir.path().join("data")).unwrap().id();
    store
        .write_blocking(move |tx| tx.apply(account, &[signed(1, "ok", 10_000)]))
        .unwrap();
    for number in 1..=4_u32 {
        let wide = u128::from(number);
        let amount = Money::from_cents(i64::from(number) * 100);
        let minute = i64::from(number) * 10;
        let new = NewOperation {
            id: operation(wide),
            account,
            kind: OperationKind::Refund,
            transaction_id: common::id(1),
            amount: Some(amount),
            items: Vec::new(),
            intent: IntentId::from_random(wide),
            confirmed: moment(minute),
            made_at: moment(minute).at,
            refund_stamp: Some(RefundStamp::from_random(wide)),
            refund_reference: None,
            email: None,
            note: Some("Aino soitti".into()),
            refund_reason: Some("Palautettu tavara".into()),
            again: false,
            repeat_of: None,
            owner,
        };
        let nonce = format!("n{number}");
        let (id, queued, done) = (new.id, OperationState::Queued, OperationState::Done);
        store
            .write_blocking(move |tx| tx.create_operation(&new))
            .unwrap()
            .unwrap();
        let attempt = NewAttempt {
            nonce: nonce.clone(),
            call: "refund".into(),
        };
        store
            .write_blocking(move |tx| tx.claim(id, queued, owner, &attempt, &moment(minute + 1)))
            .unwrap();
        let answer = Answer {
            reason: Some("refunded".into()),
            request_id: Some(format!("req-{number}")),
            http_status: Some(201),
            proof: Some("signed answer".into()),
            refund_transaction_id: Some(common::id(100 + u8::try_from(number).unwrap())),
            ..Answer::default()
        };
        store
            .write_blocking(move |tx| tx.answered(id, &nonce, done, &answer, &moment(minute + 2)))
            .unwrap();
    }
    store
        .write_blocking(move |tx| {
            tx.set_setting("language", "fi", true, now())?;
            tx.set_account_setting(account, "refundLimit", "50000", now())?;
            let key = tx.payment(account, common::id(1))?.unwrap().key;
            let evidence = |stamp: u128| RefundEvidence {
                refund_stamp: RefundStamp::from_random(stamp),
                amount: Money::from_cents(5),
                transaction_id: None,
                status: EvidenceStatus::Done,
                source: "report",
                at: now(),
                payment: Some(key),
            };
            tx.record_evidence(account, &evidence(77), &moment(50))?;
            tx.record_evidence(account, &evidence(78), &moment(51))?;
            tx.pause_account(account, "401", now())
        })
        .unwrap();
    drop(store);
    dir
}

/// The same for all cases, made once for each kind.
fn template(sealed: bool) -> &'static Path {
    static MADE: [OnceLock<tempfile::TempDir>; 2] = [OnceLock::new(), OnceLock::new()];
    MADE[usize::from(sealed)]
        .get_or_init(|| written(sealed))
        .path()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// A copy of the folder whose file an attacker has opened, with what guards the journal taken away.
fn attacked(sealed: bool, attack: impl FnOnce(&Connection)) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    copy(template(sealed), dir.path());
    let file = Connection::open(dir.path().join("data/hyvitys.db")).unwrap();
    file.execute_batch(
        "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;
         DROP TRIGGER journal_entry_stays; DROP TRIGGER journal_entry_is_kept;
         DROP TRIGGER operation_is_kept; DROP TRIGGER operation_intent_stays;
         DROP TRIGGER operation_refund_reason_stays; DROP TRIGGER attempt_is_kept;
         DROP TRIGGER foreign_refund_stays;",
    )
    .unwrap();
    attack(&file);
    dir
}

fn verify(dir: &Path, sealed: bool) -> ChainReport {
    let store = open(dir, sealed);
    let key = move |id: &str| (sealed && id == "k1").then_some([7; 32]);
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(store.verify_journal(key))
        .unwrap()
}

fn found(sealed: bool, attack: impl FnOnce(&Connection)) -> ChainReport {
    verify(attacked(sealed, attack).path(), sealed)
}

/// One thing that an attacker does to the entries.
#[derive(Clone, Debug)]
enum Attack {
    Change(i64, usize),
    Remove(i64, i64),
    SwapContents(i64, i64),
    SwapNumbers(i64, i64),
    Renumber(i64),
    CutOff(i64),
}

/// Each gives a value that the entry surely does not have.
const CHANGES: [&str; 14] = [
    "at = at + 1",
    "os_user = os_user || 'x'",
    "account = coalesce(account, 0) + 1",
    "account = iif(account IS NULL, 0, NULL)",
    "what = what || 'x'",
    "operation = iif(operation IS NULL, zeroblob(16), NULL)",
    "operation = iif(operation IS NULL, x'', zeroblob(16))",
    "request_id = coalesce(request_id, '') || 'x'",
    "request_id = iif(request_id IS NULL, '', NULL)",
    "detail = json_insert(detail, '$.x', 1)",
    "detail = detail || ' '",
    "key_id = iif(key_id = '', 'k9', '')",
    "key_id = key_id || '9'",
    "hash = randomblob(32)",
];

fn attack() -> impl Strategy<Value = Attack> {
    let one = 1..=ENTRIES;
    let two = (1..=ENTRIES, 1..=ENTRIES).prop_filter("two entries", |(a, b)| a != b);
    let two = two.prop_map(|(a, b)| (a.min(b), a.max(b)));
    prop_oneof![
        6 => (one.clone(), 0..CHANGES.len()).prop_map(|(seq, how)| Attack::Change(seq, how)),
        2 => (one.clone(), 1..4_i64).prop_map(|(seq, count)| Attack::Remove(seq, count)),
        2 => two.clone().prop_map(|(a, b)| Attack::SwapContents(a, b)),
        1 => two.prop_map(|(a, b)| Attack::SwapNumbers(a, b)),
        1 => one.clone().prop_map(Attack::Renumber),
        1 => one.prop_map(Attack::CutOff),
    ]
}

const CONTENTS: &str = "at, os_user, account, what, operation, request_id, detail, key_id, hash";

impl Attack {
    fn run(&self, file: &Connection) {
        let run = |sql: &str| file.execute_batch(sql).unwrap();
        match self {
            Attack::Change(seq, how) => run(&format!(
                "UPDATE journal_entry SET {} WHERE seq = {seq}",
                CHANGES[*how]
            )),
            Attack::Remove(seq, count) => run(&format!(
                "DELETE FROM journal_entry WHERE seq >= {seq} AND seq < {seq} + {count}"
            )),
            Attack::CutOff(seq) => run(&format!("DELETE FROM journal_entry WHERE seq >= {seq}")),
            Attack::Renumber(seq) => run(&format!(
                "UPDATE journal_entry SET seq = seq + 1000 WHERE seq = {seq}"
            )),
            Attack::SwapContents(a, b) => run(&format!(
                "CREATE TEMP TABLE kept AS SELECT * FROM journal_entry;
                 UPDATE journal_entry SET ({CONTENTS}) = (SELECT {CONTENTS} FROM kept WHERE seq = {b}) WHERE seq = {a};
                 UPDATE journal_entry SET ({CONTENTS}) = (SELECT {CONTENTS} FROM kept WHERE seq = {a}) WHERE seq = {b};"
            )),
            Attack::SwapNumbers(a, b) => run(&format!(
                "UPDATE journal_entry SET seq = -1 WHERE seq = {a};
                 UPDATE journal_entry SET seq = {a} WHERE seq = {b};
                 UPDATE journal_entry SET seq = {b} WHERE seq = -1;"
            )),
        }
    }

    /// The first entry that it touches.
    const fn place(&self) -> i64 {
        match self {
            Attack::Change(seq, _)
            | Attack::Remove(seq, _)
            | Attack::SwapContents(seq, _)
            | Attack::SwapNumbers(seq, _)
            | Attack::Renumber(seq)
            | Attack::CutOff(seq) => *seq,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_change_removal_swap_or_cut_of_entries_is_found_and_its_place_named(
        attack in attack(), sealed in proptest::bool::weighted(0.7),
    ) {
        let report = found(sealed, |file| attack.run(file));
        prop_assert!(!report.holds(), "{:?} was not found", attack);
        let broken = report.broken.map(|broken| broken.seq);
        // An entry that says it has another key can't be checked, which is said of this very entry.
        let unproven = report.key_missing.map(|run| run.first);
        prop_assert_eq!(broken.or(unproven), Some(attack.place()), "{:?}", attack);
        prop_assert!(unproven.is_none_or(|seq| seq == attack.place()));
    }
}

#[test]
fn a_journal_that_nobody_touched_holds_and_says_how_far_it_is_proven() {
    for sealed in [true, false] {
        let report = found(sealed, |_| {});
        assert!(report.holds(), "{report:?}");
        let entries = u64::try_from(ENTRIES).unwrap();
        assert_eq!((report.entries, report.verified_to), (entries, ENTRIES));
        assert_eq!(report.head, HeadCheck::Agrees);
        // Without a key each entry was checked, but only by a hash that anybody can make.
        let unsealed = report.unsealed.map(|run| (run.first, run.last, run.count));
        assert_eq!(unsealed, (!sealed).then_some((1, ENTRIES, entries)));
    }
}

#[test]
fn without_the_key_at_hand_nothing_is_called_proven() {
    let dir = attacked(true, |_| {});
    let report = verify(dir.path(), false);
    assert!(!report.holds());
    let missing = report.key_missing.unwrap();
    assert_eq!((missing.first, missing.last), (1, ENTRIES));
    assert_eq!(report.broken, None);
}

/// What a program without the key would write: every hash from an entry on made anew.
fn forge(file: &Connection, from: i64) {
    let hash = |seq: i64| -> Vec<u8> {
        let sql = "SELECT hash FROM journal_entry WHERE seq = ?1";
        file.query_row(sql, [seq], |row| row.get(0))
            .unwrap_or_else(|_| vec![0; 32])
    };
    for seq in from..=ENTRIES {
        let bytes: Vec<u8> = file
            .query_row(
                "SELECT at, os_user, coalesce(account, 0), what, coalesce(operation, x''),
                    coalesce(request_id, ''), detail FROM journal_entry WHERE seq = ?1",
                [seq],
                |row| {
                    let texts: [String; 4] = [row.get(1)?, row.get(3)?, row.get(5)?, row.get(6)?];
                    let [user, what, request, detail] = texts.map(String::into_bytes);
                    let (at, account): (i64, i64) = (row.get(0)?, row.get(2)?);
                    let number = |number: i64| number.to_be_bytes().to_vec();
                    let fields = [
                        hash(seq - 1),
                        number(seq),
                        number(at),
                        user,
                        number(account),
                        what,
                        row.get(4)?,
                        request,
                        detail,
                        Vec::new(),
                    ];
                    let mut bytes = Vec::new();
                    for field in fields {
                        bytes.extend_from_slice(&(field.len() as u64).to_be_bytes());
                        bytes.extend_from_slice(&field);
                    }
                    Ok(bytes)
                },
            )
            .unwrap();
        file.execute(
            "UPDATE journal_entry SET key_id = '', hash = ?2 WHERE seq = ?1",
            params![seq, Sha256::digest(&bytes).as_slice()],
        )
        .unwrap();
    }
}

#[test]
fn who_makes_all_hashes_anew_is_found_by_the_head_outside_the_file() {
    for sealed in [true, false] {
        let report = found(sealed, |file| {
            file.execute("UPDATE journal_entry SET os_user = 'eve' WHERE seq = 5", [])
                .unwrap();
            forge(file, 5);
        });
        let broken = report.broken.unwrap();
        assert_eq!((broken.seq, broken.flaw), (ENTRIES, Flaw::NotAsKnown));
        // A sealed journal shows where it stops being sealed, too.
        let first = if sealed { 5 } else { 1 };
        assert_eq!(report.unsealed.unwrap().first, first);
    }
}

#[test]
fn a_cut_tail_is_not_healed_by_what_is_written_after_it() {
    let dir = attacked(true, |file| {
        file.execute_batch("DELETE FROM journal_entry WHERE seq > 14")
            .unwrap();
    });
    let store = open(dir.path(), true);
    for number in 0..10 {
        store
            .write_blocking(move |tx| tx.set_setting("x", &number.to_string(), true, now()))
            .unwrap();
    }
    drop(store);
    let report = verify(dir.path(), true);
    assert_eq!(
        report.broken.map(|broken| (broken.seq, broken.flaw)),
        Some((ENTRIES, Flaw::NotAsKnown))
    );
}

#[test]
fn a_lost_head_is_said_and_not_taken_for_a_good_end() {
    let dir = attacked(true, |_| {});
    fs::remove_dir_all(dir.path().join("heads")).unwrap();
    assert_eq!(verify(dir.path(), true).head, HeadCheck::NotKept);
    let heads: PathBuf = dir.path().join("heads");
    copy(&template(true).join("heads"), &heads);
    for entry in fs::read_dir(&heads).unwrap() {
        fs::write(entry.unwrap().path(), "nonsense").unwrap();
    }
    assert_eq!(verify(dir.path(), true).head, HeadCheck::Unreadable);
}

#[test]
fn tables_that_say_something_else_than_the_journal_are_found() {
    let first = operation(1);
    let differs = |what| Flaw::Operation {
        operation: first,
        what,
    };
    let rows: [(&str, Flaw, i64); 12] = [
        (
            "UPDATE operation SET amount = 1 WHERE id = ?1",
            differs("amount"),
            3,
        ),
        (
            "UPDATE operation SET state = 'failed' WHERE id = ?1",
            differs("state"),
            3,
        ),
        (
            "UPDATE operation SET proof = 'report' WHERE id = ?1",
            differs("proof"),
            3,
        ),
        (
            "UPDATE operation SET reason = NULL WHERE id = ?1",
            differs("reason"),
            3,
        ),
        (
            "UPDATE operation SET email = 'a@b.fi' WHERE id = ?1",
            differs("email"),
            3,
        ),
        (
            "UPDATE operation SET refund_reason = 'muu' WHERE id = ?1",
            differs("refund_reason"),
            3,
        ),
        (
            "UPDATE operation SET refund_transaction_id = randomblob(16) WHERE id = ?1",
            differs("refund_transaction_id"),
            3,
        ),
        (
            "UPDATE operation SET refund_transaction_id = NULL WHERE id = ?1",
            differs("refund_transaction_id"),
            3,
        ),
        (
            "UPDATE operation SET confirmed_at = confirmed_at - 1 WHERE id = ?1",
            differs("confirmed_at"),
            3,
        ),
        (
            "DELETE FROM attempt WHERE operation = ?1",
            differs("attempt"),
            3,
        ),
        (
            "INSERT INTO operation_item (operation, account, stamp, amount) VALUES (?1, 1, 'x', 5)",
            differs("operation_item"),
            3,
        ),
        ("DELETE FROM operation WHERE id = ?1", differs("id"), 3),
    ];
    for (sql, flaw, seq) in rows {
        let report = found(true, |file| {
            let changed = file.execute(sql, [first.uuid().into_bytes()]).unwrap();
            assert_eq!(changed, 1, "{sql}");
        });
        let broken = report.broken.expect(sql);
        assert_eq!((broken.seq, broken.flaw), (seq, flaw), "{sql}");
    }
}

#[test]
fn a_refund_made_elsewhere_and_a_setting_can_not_be_changed_unseen() {
    let stamp = RefundStamp::from_random(77).as_str().to_owned();
    let foreign = Flaw::ForeignRefund { stamp };
    let setting = |name: &str| Flaw::Setting { name: name.into() };
    let rows = [
        (
            "UPDATE foreign_refund SET amount = 1 WHERE id = 1",
            foreign.clone(),
            15,
        ),
        (
            "UPDATE foreign_refund SET state = 'failed' WHERE id = 1",
            foreign.clone(),
            15,
        ),
        ("DELETE FROM foreign_refund WHERE id = 1", foreign, 15),
        (
            "UPDATE setting SET value = '9' WHERE name = 'refundLimit.1'",
            setting("refundLimit.1"),
            14,
        ),
        (
            "DELETE FROM setting WHERE name = 'language'",
            setting("language"),
            13,
        ),
    ];
    for (sql, flaw, seq) in rows {
        let report = found(true, |file| {
            assert_eq!(file.execute(sql, []).unwrap(), 1, "{sql}");
        });
        let broken = report.broken.expect(sql);
        assert_eq!((broken.seq, broken.flaw), (seq, flaw), "{sql}");
    }
}

fn log(filter: AuditFilter, before: Option<i64>, limit: usize) -> (Vec<i64>, Option<i64>) {
    let dir = attacked(true, |_| {});
    let store = open(dir.path(), true);
    let page = store
        .read_blocking(move |tx| tx.audit(&filter, before, limit))
        .unwrap();
    let numbers = page.rows.iter().map(|row| row.entry.seq).collect();
    (numbers, page.next)
}

fn about(kind: AuditKind) -> AuditFilter {
    AuditFilter {
        kind: Some(kind),
        ..AuditFilter::default()
    }
}

fn with_text(text: &str) -> AuditFilter {
    AuditFilter {
        text: text.into(),
        ..AuditFilter::default()
    }
}

#[test]
fn the_log_goes_from_the_newest_on_page_by_page() {
    let all: Vec<i64> = (1..=ENTRIES).rev().collect();
    assert_eq!(log(AuditFilter::default(), None, 100), (all, None));
    let (first, next) = log(AuditFilter::default(), None, 5);
    assert_eq!((first, next), (vec![17, 16, 15, 14, 13], Some(13)));
    assert_eq!(log(AuditFilter::default(), Some(13), 2).0, [12, 11]);
    assert_eq!(log(AuditFilter::default(), Some(3), 2), (vec![2, 1], None));
}

#[test]
fn the_log_is_found_by_kind_person_time_and_words() {
    assert_eq!(log(about(AuditKind::Settings), None, 9).0, [14, 13]);
    assert_eq!(log(about(AuditKind::Accounts), None, 9).0, [17]);
    assert_eq!(log(about(AuditKind::Imports), None, 9).0, [] as [i64; 0]);
    assert_eq!(log(about(AuditKind::Operations), None, 2).0, [16, 15]);
    let by = |name: &str| AuditFilter {
        by: Some(name.into()),
        ..AuditFilter::default()
    };
    assert_eq!(log(by("maija"), None, 100).0.len(), 17);
    assert!(log(by("eve"), None, 9).0.is_empty());
    let from = AuditFilter {
        from: Some(moment(20).at),
        until: Some(moment(31).at),
        ..AuditFilter::default()
    };
    assert_eq!(log(from, None, 9).0, [7, 6, 5, 4]);
    assert_eq!(log(with_text("REQ-2"), None, 9).0, [6]);
    assert_eq!(log(with_text("palautettu req-3"), None, 9).0, [9]);
    assert_eq!(log(with_text("1001"), None, 99).0.len(), 12, "by the order");
    assert!(
        log(with_text("soitti"), None, 9).0.is_empty(),
        "a note is no part of it"
    );
}
