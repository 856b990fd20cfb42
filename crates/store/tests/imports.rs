//! What an import did can be taken back, as far as nothing else rests on it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking, and so do its helpers"
)]

mod common;

use common::{Shop, created, id, now, report, signed, status};
use hyvitys_domain::Moment;
use hyvitys_domain::{ItemStamp, Money, OrderLine, Provider, RefundStamp};
use hyvitys_store::imports::{RunCounts, RunId, SettledKind, SettlementEntry, Undone};
use hyvitys_store::journal::{EvidenceStatus, Owner, Recorded, RefundEvidence};
use hyvitys_store::payments::{
    Chosen, Field, Outcome, PaymentFacts, Precision, Query, Source, StoredPayment,
};
use proptest::prelude::*;

fn import(shop: &Shop, facts: &[PaymentFacts]) -> RunId {
    let (account, owner) = (shop.account, shop.ended());
    let facts: Vec<_> = facts.iter().map(|facts| (facts.clone(), None)).collect();
    shop.store
        .write_blocking(move |tx| {
            let run = tx.begin_import(account, &["maksut.csv".to_owned()], owner, now())?;
            let applied = tx.apply_in_run(account, run, true, &facts)?;
            let counts = RunCounts {
                new: applied.new,
                changed: applied.changed,
                ..RunCounts::default()
            };
            tx.add_to_import(run, counts)?;
            Ok(run)
        })
        .unwrap()
}

fn undo(shop: &Shop, run: RunId) -> Option<Undone> {
    let account = shop.account;
    let undone = shop
        .store
        .write_blocking(move |tx| tx.undo_import(account, run, now()))
        .unwrap();
    shop.check();
    undone
}

fn all(shop: &Shop) -> Vec<StoredPayment> {
    shop.page(&Query::default(), None, 1_000).rows
}

fn table(number: u8) -> PaymentFacts {
    PaymentFacts {
        source: Source::Csv,
        ..report(number, "ok", 500)
    }
}

#[test]
fn payments_that_an_import_made_go_and_what_it_changed_is_as_it_was() {
    let shop = Shop::open();
    let line = |text: &str| OrderLine {
        stamp: Some(ItemStamp::new("a").unwrap()),
        description: text.to_owned(),
        product_code: None,
        units: 1,
        amount: Money::from_cents(500),
        vat_permille: None,
    };
    let old = PaymentFacts {
        provider: None,
        email: None,
        lines: Some(vec![line("vanha")]),
        ..table(1)
    };
    shop.apply(&[old]);
    let before = all(&shop);
    let newer = PaymentFacts {
        last_name: Some("Virta".to_owned()),
        created: Some(created("2026-11-02T11:30:00Z", Precision::Minute)),
        lines: Some(vec![line("uusi"), line("toinen")]),
        ..report(1, "fail", 500)
    };
    let run = import(&shop, &[newer.clone(), report(2, "ok", 700), newer]);
    assert_eq!(all(&shop).len(), 2);
    assert_eq!(shop.find("virta"), ["1001"]);
    let undone = undo(&shop, run).unwrap();
    assert_eq!((undone.removed, undone.restored, undone.kept), (1, 1, 0));
    assert_eq!(all(&shop), before);
    let key = before[0].key;
    let lines = shop.store.read_blocking(move |tx| tx.lines(key)).unwrap();
    assert_eq!(lines, [line("vanha")]);
    assert!(shop.find("virta").is_empty());
    assert_eq!(undo(&shop, run), None, "once");
}

#[test]
fn what_something_else_speaks_of_or_works_on_is_kept() {
    let shop = Shop::open();
    let rows: Vec<_> = (1..=5).map(|number| report(number, "ok", 500)).collect();
    let run = import(&shop, &rows);
    // The first is signed since, the second in a later import, the third refunded elsewhere.
    shop.apply(&[signed(1, "ok", 500)]);
    let later = import(&shop, &[report(2, "ok", 500)]);
    let account = shop.account;
    let stored = all(&shop);
    let key = |reference: &str| {
        let found = stored.iter().find(|row| row.payment.reference == reference);
        found.unwrap().key
    };
    let (third, fourth) = (key("1003"), key("1004"));
    let moment = Moment {
        at: now(),
        boot: "b".into(),
        up_ms: 1,
    };
    let recorded = shop
        .store
        .write_blocking(move |tx| {
            let entry = SettlementEntry {
                settlement_id: "7".to_owned(),
                settlement_reference: String::new(),
                settled_on: None,
                kind: SettledKind::Payment,
                stamp: None,
                reference: Some("1004".to_owned()),
                amount: Money::from_cents(500),
                fee: None,
                commission: None,
            };
            assert!(tx.put_settlement_entry(account, later, true, &entry, Some(fourth))?);
            assert!(!tx.put_settlement_entry(account, later, true, &entry, Some(fourth))?);
            // Another file names the settlement by its reference as well, then by that alone: the same line.
            let both = SettlementEntry {
                settlement_reference: "R-7".to_owned(),
                ..entry.clone()
            };
            assert!(!tx.put_settlement_entry(account, later, true, &both, None)?);
            let other_name = SettlementEntry {
                settlement_id: String::new(),
                ..both.clone()
            };
            assert!(!tx.put_settlement_entry(account, later, true, &other_name, None)?);
            assert!(tx.has_settlement_entry(account, &other_name)?);
            let another = SettlementEntry {
                settlement_id: "8".to_owned(),
                ..both
            };
            assert!(!tx.has_settlement_entry(account, &another)?);
            let evidence = RefundEvidence {
                refund_stamp: RefundStamp::new("elsewhere").unwrap(),
                amount: Money::from_cents(100),
                transaction_id: None,
                status: EvidenceStatus::Done,
                source: "report",
                at: now(),
                payment: Some(third),
            };
            tx.record_evidence(account, &evidence, &moment)
        })
        .unwrap();
    assert_eq!(recorded, Recorded::Foreign);
    let undone = undo(&shop, run).unwrap();
    assert_eq!((undone.removed, undone.kept), (1, 4));
    let left = all(&shop);
    assert_eq!(left.len(), 4);
    let refunded: i64 = left.iter().map(|row| row.payment.refunded.cents()).sum();
    assert_eq!(refunded, 100, "what is refunded is never lowered");
    // With the later one undone nothing but its own settlement has spoken of the second and fourth.
    undo(&shop, later).unwrap();
    assert_eq!(all(&shop).len(), 4, "they were made by the first");
}

#[test]
fn what_paytrail_has_signed_since_stays_when_the_file_that_changed_it_is_undone() {
    let shop = Shop::open();
    shop.apply(&[table(1)]);
    let named = PaymentFacts {
        last_name: Some("Virta".to_owned()),
        transaction_id: Some(id(1)),
        ..report(1, "ok", 500)
    };
    let run = import(&shop, &[named]);
    shop.apply(&[signed(1, "fail", 500)]);
    assert_eq!(undo(&shop, run).unwrap().restored, 1);
    let stored = shop.payment(1).unwrap();
    assert_eq!(stored.payment.status, status("fail"));
    assert_eq!(
        stored.sources.of(Field::TransactionId),
        Some(Source::Signed)
    );
    assert_eq!(stored.payment.customer.last_name.as_deref(), Some("Mäkelä"));
    assert_eq!(stored.sources.of(Field::LastName), Some(Source::Csv));
}

#[test]
fn waiting_ids_go_with_their_import_and_the_audit_log_has_both() {
    let shop = Shop::open();
    let (account, owner) = (shop.account, shop.ended());
    let run = shop
        .store
        .write_blocking(move |tx| {
            tx.await_payments(account, &[id(1)], now())?;
            let run = tx.begin_import(account, &["ids.txt".to_owned()], owner, now())?;
            tx.note_awaited(run, account, true, &[id(1), id(2)])?;
            tx.await_payments(account, &[id(1), id(2)], now())?;
            Ok(run)
        })
        .unwrap();
    assert_eq!(undo(&shop, run).unwrap().removed, 1);
    let (awaited, chain) = shop
        .store
        .read_blocking(move |tx| Ok((tx.awaited(account)?, tx.verify_journal(|_| None)?)))
        .unwrap();
    assert_eq!(awaited.len(), 1, "the first waited before");
    assert_eq!((chain.entries, chain.broken), (1, None));
}

#[test]
fn an_import_that_did_nothing_is_forgotten_and_another_accounts_is_not_there() {
    let shop = Shop::open();
    let rows = [report(1, "ok", 500)];
    let run = import(&shop, &rows);
    let (account, owner) = (shop.account, shop.ended());
    let other = common::add(&shop.store, "Toinen", "695874");
    let again: Vec<_> = rows.iter().map(|facts| (facts.clone(), None)).collect();
    let (kept, runs, elsewhere) = shop
        .store
        .write_blocking(move |tx| {
            let second = tx.begin_import(account, &[], owner, now())?;
            tx.apply_in_run(account, second, false, &again)?;
            let kept = tx.end_import(second)?;
            let elsewhere = tx.undo_import(other, run, now())?;
            Ok((kept, tx.import_runs(account)?, elsewhere))
        })
        .unwrap();
    assert!(!kept);
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].files, ["maksut.csv"]);
    assert_eq!((runs[0].counts.new, runs[0].os_user.as_str()), (1, "maija"));
    assert_eq!(elsewhere, None);
}

fn line(reference: &str, cents: i64) -> SettlementEntry {
    SettlementEntry {
        settlement_id: "7".to_owned(),
        settlement_reference: String::new(),
        settled_on: None,
        kind: SettledKind::Refund,
        stamp: None,
        reference: Some(reference.to_owned()),
        amount: Money::from_cents(cents),
        fee: None,
        commission: None,
    }
}

#[test]
fn what_two_imports_brought_goes_with_the_last_of_them() {
    let shop = Shop::open();
    let (account, owner) = (shop.account, shop.ended());
    let bring = |overlaps: bool, ids: &'static [u8], lines: &'static [&'static str]| {
        let brought = move |tx: &hyvitys_store::WriteTx<'_>| {
            let run = tx.begin_import(account, &[], owner, now())?;
            let ids: Vec<_> = ids.iter().map(|number| id(*number)).collect();
            tx.note_awaited(run, account, overlaps, &ids)?;
            tx.await_payments(account, &ids, now())?;
            for reference in lines {
                tx.put_settlement_entry(account, run, overlaps, &line(reference, -500), None)?;
            }
            Ok(run)
        };
        shop.store.write_blocking(brought).unwrap()
    };
    let known = || {
        let read = move |tx: &hyvitys_store::ReadTx<'_>| {
            let lines =
                ["a", "b", "c"].map(|name| tx.has_settlement_entry(account, &line(name, -500)));
            let lines: Vec<bool> = lines.into_iter().collect::<Result<_, _>>()?;
            Ok((tx.awaited(account)?.len(), lines))
        };
        shop.store.read_blocking(read).unwrap()
    };
    let first = bring(true, &[1, 2], &["a", "b"]);
    let second = bring(true, &[2, 3], &["b", "c"]);
    // The same file again is no witness.
    let same = bring(false, &[1, 2], &["a", "b"]);
    assert_eq!(known(), (3, vec![true, true, true]));
    let undone = undo(&shop, first).unwrap();
    assert_eq!((undone.removed, undone.kept), (1, 1));
    assert_eq!(known(), (2, vec![false, true, true]));
    assert_eq!(undo(&shop, same).unwrap(), Undone::default());
    assert_eq!(known(), (2, vec![false, true, true]));
    assert_eq!(undo(&shop, second).unwrap().removed, 2);
    assert_eq!(known(), (0, vec![false, false, false]));
}

#[test]
fn a_choice_counts_only_among_the_payments_that_were_to_choose_from() {
    let shop = Shop::open();
    let nameless = |last: &str, at: &str| PaymentFacts {
        stamp: None,
        last_name: Some(last.to_owned()),
        created: Some(created(at, Precision::Minute)),
        ..report(1, "ok", 500)
    };
    let stamped = |stamp: &str, last: &str, at: &str| PaymentFacts {
        stamp: Some(stamp.to_owned()),
        ..nameless(last, at)
    };
    let (noon, one) = ("2026-11-02T10:00:00Z", "2026-11-02T11:00:00Z");
    shop.apply(&[stamped("a", "virta", noon), stamped("b", "joki", one)]);
    let key = |last: &str| {
        let rows = all(&shop);
        let named = |row: &&StoredPayment| row.payment.customer.last_name.as_deref() == Some(last);
        rows.iter().find(named).unwrap().key
    };
    let (virta, joki) = (key("virta"), key("joki"));
    let chosen = Chosen {
        payment: Some(virta),
        candidates: vec![virta, joki],
    };
    let row = PaymentFacts {
        email: Some("uusi@example.fi".to_owned()),
        ..nameless("uusi", noon)
    };
    let (account, owner) = (shop.account, shop.ended());
    let take = || {
        let facts = vec![(row.clone(), Some(chosen.clone()))];
        let apply = move |tx: &hyvitys_store::WriteTx<'_>| {
            let run = tx.begin_import(account, &[], owner, now())?;
            tx.apply_in_run(account, run, true, &facts)
        };
        shop.store.write_blocking(apply).unwrap().outcomes
    };
    // The chosen one gets a better time, and its key is another's by now.
    shop.apply(&[PaymentFacts {
        stamp: Some("a".to_owned()),
        created: Some(created("2026-11-02T10:00:07.123Z", Precision::Exact)),
        ..signed(1, "ok", 500)
    }]);
    shop.apply(&[stamped("c", "salmi", noon)]);
    assert_eq!(key("salmi"), virta, "the key was free");
    let before = all(&shop);
    assert_eq!(take(), [Outcome::Ambiguous]);
    assert_eq!(all(&shop), before, "nobody gets what was said of another");
}

#[test]
fn an_import_that_was_broken_off_before_it_kept_anything_is_forgotten_at_the_next_start() {
    let shop = Shop::open();
    let account = shop.account;
    let living = Owner::claim(shop.dir.path()).unwrap();
    let (ended, own) = (shop.ended(), living.id());
    let facts = vec![(report(1, "ok", 500), None)];
    let moment = Moment {
        at: now(),
        boot: "b".into(),
        up_ms: 1,
    };
    let (kept, running, runs) = shop
        .store
        .write_blocking(move |tx| {
            tx.begin_import(account, &[], ended, now())?;
            let kept = tx.begin_import(account, &[], ended, now())?;
            tx.apply_in_run(account, kept, true, &facts)?;
            let running = tx.begin_import(account, &[], own, now())?;
            tx.recover(&moment)?;
            Ok((kept, running, tx.import_runs(account)?))
        })
        .unwrap();
    let left: Vec<_> = runs.iter().map(|run| (run.id, run.owner)).collect();
    assert_eq!(left, [(running, Some(own)), (kept, Some(ended))]);
    assert_eq!(undo(&shop, kept).unwrap().removed, 1);
}

#[test]
fn columns_are_remembered_by_the_header_and_the_newest_word_counts() {
    let shop = Shop::open();
    shop.store
        .write_blocking(|tx| {
            tx.remember_import_layout("h", "[1]", now())?;
            tx.remember_import_layout("h", "[2]", now())
        })
        .unwrap();
    let read = |print: &'static str| {
        shop.store
            .read_blocking(move |tx| tx.import_layout(print))
            .unwrap()
    };
    assert_eq!(read("h").as_deref(), Some("[2]"));
    assert_eq!(read("x"), None);
}

fn anything() -> impl Strategy<Value = PaymentFacts> {
    let sources: &[Source] = &[
        Source::Csv,
        Source::Report,
        Source::Callback,
        Source::Signed,
    ];
    (
        proptest::sample::select(sources),
        1_u8..4,
        any::<bool>(),
        proptest::sample::select(&["ok", "pending", "fail"][..]),
        proptest::sample::select(&["2026-11-02T21:59:00Z", "2026-11-02T22:00:00Z"][..]),
        proptest::sample::select(&["virta", "virtanen"][..]),
        any::<bool>(),
    )
        .prop_map(
            |(source, number, has_id, state, at, name, klarna)| PaymentFacts {
                source,
                transaction_id: has_id.then(|| id(number)),
                created: Some(created(at, Precision::Minute)),
                last_name: Some(name.to_owned()),
                provider: klarna.then(|| Provider::new("klarna")).flatten(),
                ..report(number, state, 500)
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn after_imports_and_undos_in_any_order_index_and_sums_equal_a_rebuild(
        steps in proptest::collection::vec((proptest::collection::vec(anything(), 1..5), any::<bool>(), any::<u8>()), 1..10),
    ) {
        let shop = Shop::open();
        let mut runs = Vec::new();
        for (facts, is_undo, which) in steps {
            if is_undo && !runs.is_empty() {
                let run = runs[usize::from(which) % runs.len()];
                undo(&shop, run);
            } else {
                runs.push(import(&shop, &facts));
            }
            shop.check();
        }
    }

    #[test]
    fn undoing_the_only_import_of_files_leaves_what_was_there_before(
        before in proptest::collection::vec(anything(), 0..5),
        facts in proptest::collection::vec(anything(), 1..6),
    ) {
        let shop = Shop::open();
        shop.apply(&before);
        // Payments of one millisecond may change places: one that has moved and comes back stands last.
        let by_stamp = || {
            let mut rows = all(&shop);
            rows.sort_by(|a, b| (&a.payment.stamp, a.payment.transaction_id).cmp(&(&b.payment.stamp, b.payment.transaction_id)));
            rows
        };
        let was = by_stamp();
        let files: Vec<_> = facts.into_iter().filter(|facts| !facts.source.is_signed()).collect();
        let run = import(&shop, &files);
        undo(&shop, run);
        let is = by_stamp();
        prop_assert_eq!(is.len(), was.len());
        for (is, was) in is.iter().zip(&was) {
            prop_assert_eq!(&is.payment.customer, &was.payment.customer);
            prop_assert_eq!(&is.payment.status, &was.payment.status);
            prop_assert_eq!(is.payment.transaction_id, was.payment.transaction_id);
            prop_assert_eq!(is.payment.created, was.payment.created);
        }
    }
}
