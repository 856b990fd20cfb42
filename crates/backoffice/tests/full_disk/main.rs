//! Batches on a disk that fails at any write, below SQLite: sending stops, nothing is lost, nothing is paid twice.
#![cfg(test)]

#[path = "../engine/bent.rs"]
#[expect(dead_code, reason = "the engine's tests use more of it")]
mod bent;
#[path = "../simulation/clock.rs"]
#[expect(dead_code, reason = "the simulation uses more of it")]
mod clock;
#[path = "../engine/confirm.rs"]
#[expect(dead_code, reason = "the engine's tests use more of it")]
mod confirm;
mod disk;
#[path = "../simulation/server.rs"]
#[expect(dead_code, reason = "the simulation uses more of it")]
mod server;

use bent::{Bend, Shop};
use confirm::{planned, refunds};
use disk::Fails;
use hyvitys_backoffice::error::Code;
use hyvitys_domain::{BatchLineState, BatchPause, BatchState, OperationKind};
use hyvitys_store::{OpenOptions, Store};

/// How many lines are under way at once.
const AT_ONCE: u32 = 2;
/// How many lines there are.
const LINES: usize = 6;

/// One test, since there is one disk in the process.
#[tokio::test]
async fn whichever_write_fails_sending_stops_nothing_is_lost_and_each_line_is_paid_once() {
    disk::install();
    let step = if std::env::var_os("HYVITYS_SLOW").is_some() {
        1
    } else {
        5
    };
    for fails in [Fails::FromThenOn, Fails::Once] {
        let mut failed = 0;
        for writes in (0..).step_by(step) {
            if !history(writes, fails).await {
                break;
            }
            failed += 1;
        }
        assert!(failed > 40, "only {failed} writes failed");
    }
}

/// A batch from its confirmation to its end; says whether a write failed in it.
async fn history(writes: i64, fails: Fails) -> bool {
    let said = format!("write {writes} fails {fails:?}");
    let shop = Shop::with(&[(1_000, "ok"); LINES]).await;
    let office = shop.office();
    shop.bend(|_, path| {
        if path.ends_with("/refund") {
            disk::sends();
        }
        Bend::Pass
    });
    let (plan, confirmation) = planned(&shop, OperationKind::Refund, AT_ONCE).await;
    disk::arm(writes, fails);
    let mut confirmed = office.confirm_batch(&plan, confirmation.clone()).await;
    if confirmed.is_err() {
        assert!(disk::mend(), "{said}");
        assert_eq!(shop.posts("/refund"), 0, "{said}");
        let batches = office.batches(shop.account).await.unwrap();
        assert!(batches.is_empty(), "{said}");
        confirmed = office.confirm_batch(&plan, confirmation).await;
    }
    let id = confirmed.unwrap().batch.id;
    let ended = office.run_batch(id, || {}).await;
    let known = office.batch(id).await.unwrap();
    let failed = disk::mend();
    // Where the confirmation failed, the disk was mended before anything ran.
    if known.batch.state != BatchState::Finished && fails == Fails::FromThenOn {
        let on_their_way = usize::try_from(AT_ONCE).unwrap() - 1;
        assert!(disk::sent_after() <= on_their_way, "{said}");
    }
    let sent = shop.posts("/refund");
    if known.batch.state != BatchState::Finished {
        let paused = (BatchState::Paused, Some(BatchPause::NotSaved));
        assert_eq!((known.batch.state, known.batch.why), paused, "{said}");
        let ended = ended.unwrap();
        assert_eq!((ended.state, ended.why), paused, "{said}");
    }
    office.save_again().await;
    assert_eq!(office.unsaved_count(), 0, "{said}");
    let view = office.batch(id).await.unwrap();
    assert_eq!(view.batch.owner, None, "{said}");
    let done = usize::try_from(view.batch.count(BatchLineState::Done)).unwrap();
    assert_eq!(done, sent, "no answer is lost: {said}");
    if view.batch.state != BatchState::Finished {
        assert!(view.resumable, "{said}");
        office.resume_batch(id).await.unwrap();
        let error = office.resume_batch(id).await.unwrap_err();
        assert_eq!(error.code, Code::Busy, "{said}");
        office.run_batch(id, || {}).await.unwrap();
    }
    let batch = office.batch(id).await.unwrap().batch;
    assert_eq!(batch.state, BatchState::Finished, "{said}");
    assert_eq!(batch.count(BatchLineState::Done), LINES as u64, "{said}");
    assert_eq!(refunds(&shop), [1; LINES], "{said}");
    let data = office.store().path().parent().unwrap().to_owned();
    let kept = shop.clone();
    drop(office);
    shop.close();
    // The same in the file, by itself.
    let store = Store::open(OpenOptions {
        heads_dir: data.parent().unwrap().join("heads"),
        dir: data,
        os_user: "maija".to_owned(),
        seal: None,
    })
    .unwrap();
    assert_eq!(store.locked(), None, "{said}");
    let again = store.read(move |tx| tx.batch(id)).await.unwrap().unwrap();
    assert_eq!(again, batch, "{said}");
    let chain = store.verify_journal(|_| None).await.unwrap();
    assert_eq!(chain.broken, None, "{said}");
    drop((store, kept));
    failed
}
