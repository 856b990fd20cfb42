//! Batches, one misfortune at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use hyvitys_backoffice::Why;
use hyvitys_backoffice::error::{Code, MoneyMoved};
use hyvitys_domain::{BatchId, BatchLineState, BatchPause, BatchState, OperationKind};
use hyvitys_store::batches::{Batch, BatchLine};

use crate::bent::{Bend, Shop};
use crate::confirm::{confirmed, refunds};
use crate::held::Held;

async fn run(shop: &Shop, id: BatchId) -> Batch {
    shop.office().run_batch(id, || {}).await.unwrap()
}

async fn lines(shop: &Shop, id: BatchId) -> Vec<BatchLine> {
    let page = shop.office().batch_lines(id, None, 0, 1_000).await;
    let mut lines = page.unwrap().lines;
    lines.sort_by_key(|line| line.position);
    lines
}

#[tokio::test]
async fn a_line_whose_claim_and_giving_up_could_not_be_saved_is_sent_when_the_batch_goes_on() {
    let shop = Shop::with(&[(1_000, "ok"), (2_000, "ok")]).await;
    let id = confirmed(&shop, OperationKind::Refund, 1).await.batch.id;
    shop.file(
        "CREATE TRIGGER full BEFORE INSERT ON journal_entry
         WHEN new.what IN ('operation.sending', 'operation.failed')
         BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
    );
    let batch = run(&shop, id).await;
    assert_eq!(
        (batch.state, batch.why),
        (BatchState::Paused, Some(BatchPause::NotSaved))
    );
    assert_eq!(batch.count(BatchLineState::Sending), 1);
    assert_eq!(refunds(&shop), [0, 0]);
    shop.mend_the_disk();
    // As soon as the disk takes it, the line ends honestly, though nobody has resumed the batch yet.
    shop.office().save_again().await;
    let batch = shop.office().batch(id).await.unwrap().batch;
    assert_eq!(
        (batch.owner, batch.count(BatchLineState::Failed)),
        (None, 1)
    );
    let line = lines(&shop, id).await.remove(0);
    assert_eq!(line.reason.as_deref(), Some("not_saved"));
    let resumed = shop.office().resume_batch(id).await.unwrap();
    assert_eq!(resumed.batch.count(BatchLineState::Waiting), 2);
    let batch = run(&shop, id).await;
    assert_eq!(batch.state, BatchState::Finished);
    assert_eq!(refunds(&shop), [1, 1]);
}

#[tokio::test]
async fn a_run_that_broke_off_here_leaves_no_line_in_the_queue() {
    let shop = Shop::with(&[(1_000, "pending"), (2_000, "pending")]).await;
    let id = confirmed(&shop, OperationKind::Activate, 1).await.batch.id;
    let office = shop.office();
    {
        // Dropped where the first line is begun and looks at its payment.
        let looks = Arc::new(tokio::sync::Notify::new());
        let looked = looks.clone();
        shop.bend(move |_, _| {
            looked.notify_one();
            Bend::Pass
        });
        let run = office.run_batch(id, || {});
        tokio::select! {
            biased;
            () = looks.notified() => {}
            _ = run => panic!("it ran through"),
        }
    }
    assert_eq!(lines(&shop, id).await[0].state, BatchLineState::Sending);
    let batch = run(&shop, id).await;
    assert_eq!(batch.state, BatchState::Finished);
    let first = lines(&shop, id).await.remove(0);
    assert_eq!(
        (first.state, first.reason.as_deref()),
        (BatchLineState::Failed, Some("not_saved"))
    );
    assert_eq!(shop.posts("/activate-invoice"), 1);
}

/// What was written can't be read any more.
const UNREADABLE: &str = "CREATE TRIGGER unreadable AFTER INSERT ON journal_entry
     WHEN new.what IN ('batch.confirmed', 'batch.resumed')
     BEGIN UPDATE batch SET header = '{}'; END";
const READABLE: &str = "DROP TRIGGER unreadable; UPDATE batch SET header = '[]'";

#[tokio::test]
async fn a_batch_that_can_not_be_read_after_it_was_confirmed_or_resumed_is_left_running_by_nobody()
{
    let shop = Shop::with(&[(1_000, "ok"), (2_000, "ok")]).await;
    let office = shop.office();
    shop.file(UNREADABLE);
    let confirmed = confirmed(&shop, OperationKind::Refund, 2).await;
    assert_eq!(confirmed.batch.state, BatchState::Running);
    let id = confirmed.batch.id;
    for resumed in [false, true] {
        if resumed {
            shop.file(UNREADABLE);
            let view = office.resume_batch(id).await.unwrap();
            assert_eq!(view.batch.state, BatchState::Running);
        }
        office.run_batch(id, || {}).await.unwrap_err();
        assert_eq!(refunds(&shop), [0, 0]);
        shop.file(READABLE);
        office.save_again().await;
        let view = office.batch(id).await.unwrap();
        assert_eq!(view.batch.why, Some(BatchPause::NotSaved));
        assert_eq!((view.batch.owner, view.resumable), (None, true));
    }
    office.resume_batch(id).await.unwrap();
    assert_eq!(run(&shop, id).await.state, BatchState::Finished);
    assert_eq!(refunds(&shop), [1, 1]);
}

/// How many looks at the clock pass before the disk is mended; the last one is never.
const MENDED_AFTER: [u32; 9] = [0, 1, 2, 3, 4, 5, 7, 11, 1_000];

#[tokio::test(flavor = "multi_thread")]
async fn whenever_the_disk_fails_and_is_mended_a_batch_is_resumed_and_pays_each_line_once() {
    let mut histories = 0;
    for breaks in 0.. {
        let mut broke = false;
        for mended_after in MENDED_AFTER {
            broke |= disk_fails(breaks, mended_after).await;
            histories += 1;
        }
        if !broke {
            break;
        }
    }
    assert!(histories > 90, "only {histories} histories");
}

/// A batch during which the disk fails and is mended; says whether it failed at all.
async fn disk_fails(breaks: u32, mended_after: u32) -> bool {
    let said = format!("broken at look {breaks}, mended {mended_after} later");
    let shop = Shop::with(&[(1_000, "ok"), (2_000, "ok")]).await;
    let office = shop.office();
    let id = confirmed(&shop, OperationKind::Refund, 2).await.batch.id;
    let (handle, saver) = (tokio::runtime::Handle::current(), office.clone());
    let broken = Arc::new(AtomicBool::new(false));
    let breaking = Arc::clone(&broken);
    shop.at_look(breaks, move |shop| {
        shop.break_the_disk();
        breaking.store(true, Ordering::SeqCst);
        shop.at_look(mended_after, move |shop| {
            shop.mend_the_disk();
            // Somebody else writes what could not be written, just now.
            tokio::task::block_in_place(|| handle.block_on(saver.save_again()));
        });
    });
    office.run_batch(id, || {}).await.unwrap();
    let mended = shop.has_happened();
    let broken = broken.load(Ordering::SeqCst);
    if broken && !mended {
        let sent = shop.posts("/refund");
        let error = office.resume_batch(id).await.unwrap_err();
        assert_ne!(error.money_moved, MoneyMoved::Yes, "{said}");
        assert_eq!(shop.posts("/refund"), sent, "{said}");
        shop.mend_the_disk();
    }
    office.save_again().await;
    assert_eq!(office.unsaved_count(), 0, "{said}");
    let view = office.batch(id).await.unwrap();
    assert_eq!(view.batch.owner, None, "{said}");
    if view.batch.state != BatchState::Finished {
        let why = (view.batch.state, view.batch.why, view.resumable);
        let paused = (BatchState::Paused, Some(BatchPause::NotSaved), true);
        assert_eq!(why, paused, "{said}");
        office.resume_batch(id).await.unwrap();
        office.run_batch(id, || {}).await.unwrap();
    }
    let ended = office.batch(id).await.unwrap().batch;
    assert_eq!(ended.state, BatchState::Finished, "{said}");
    assert_eq!(ended.count(BatchLineState::Done), 2, "{said}");
    assert_eq!(refunds(&shop), [1, 1], "{said}");
    shop.close();
    broken
}

#[tokio::test]
async fn a_lock_that_is_found_when_a_line_goes_out_is_called_a_lock() {
    let shop = Shop::with(&[(1_000, "pending"), (2_000, "pending")]).await;
    let id = confirmed(&shop, OperationKind::Activate, 1).await.batch.id;
    // The line is begun, and looks at its payment: meanwhile the file becomes an older copy.
    shop.bend(|shop, _| {
        shop.make_it_an_older_copy();
        Bend::Pass
    });
    let batch = run(&shop, id).await;
    assert_eq!(
        (batch.state, batch.why),
        (BatchState::Paused, Some(BatchPause::Locked))
    );
    assert!(batch.why_message.unwrap().contains("older copy"));
    assert_eq!(shop.posts("/activate-invoice"), 0);
    let error = shop.office().resume_batch(id).await.unwrap_err();
    assert_eq!(error.code, Code::Locked);
    assert!(!shop.office().batch(id).await.unwrap().resumable);
}

#[tokio::test]
async fn a_file_that_became_an_older_copy_begins_no_line() {
    let shop = Shop::with(&[(1_000, "ok"), (2_000, "ok")]).await;
    let id = confirmed(&shop, OperationKind::Refund, 2).await.batch.id;
    shop.make_it_an_older_copy();
    let batch = run(&shop, id).await;
    assert_eq!(batch.why, Some(BatchPause::Locked));
    assert_eq!(batch.count(BatchLineState::Waiting), 2);
    assert_eq!(refunds(&shop), [0, 0]);
}

#[tokio::test]
async fn a_locked_keychain_pauses_the_batch_before_any_line_and_an_unlocked_one_lets_it_go_on() {
    let shop = Shop::with(&[(1_000, "ok"), (2_000, "ok")]).await;
    let id = confirmed(&shop, OperationKind::Refund, 2).await.batch.id;
    let locked = |is| {
        shop.keychain_is_locked.store(is, Ordering::SeqCst);
    };
    locked(true);
    let batch = run(&shop, id).await;
    assert_eq!(
        (batch.state, batch.why),
        (BatchState::Paused, Some(BatchPause::Keychain))
    );
    assert_eq!(batch.count(BatchLineState::Waiting), 2);
    assert_eq!(batch.owner, None);
    locked(false);
    shop.office().resume_batch(id).await.unwrap();
    assert_eq!(run(&shop, id).await.state, BatchState::Finished);
    assert_eq!(refunds(&shop), [1, 1]);
}

#[tokio::test]
async fn an_answer_that_can_not_be_saved_pauses_the_batch_and_nothing_more_goes_out() {
    let shop = Shop::with(&[(1_000, "ok"), (2_000, "ok"), (3_000, "ok")]).await;
    let id = confirmed(&shop, OperationKind::Refund, 1).await.batch.id;
    shop.bend(|shop, _| {
        shop.break_the_disk();
        Bend::Pass
    });
    let batch = run(&shop, id).await;
    assert_eq!(
        (batch.state, batch.why),
        (BatchState::Paused, Some(BatchPause::NotSaved))
    );
    assert_eq!(refunds(&shop), [1, 0, 0]);
    assert_eq!(shop.office().unsaved_count(), 1);
    let error = shop.office().resume_batch(id).await.unwrap_err();
    assert_eq!(error.code, Code::NotSaved);
    shop.mend_the_disk();
    shop.bend(|_, _| Bend::Pass);
    shop.office().resume_batch(id).await.unwrap();
    let batch = run(&shop, id).await;
    assert_eq!(batch.count(BatchLineState::Done), 3);
    assert_eq!(refunds(&shop), [1, 1, 1]);
}

#[tokio::test]
async fn activations_are_sent_once_each_and_one_that_was_captured_meanwhile_is_refused_alone() {
    let shop = Shop::with(&[(1_000, "pending"), (2_000, "pending"), (3_000, "pending")]).await;
    let id = confirmed(&shop, OperationKind::Activate, 2).await.batch.id;
    shop.capture_elsewhere();
    let batch = run(&shop, id).await;
    assert_eq!(batch.state, BatchState::Finished);
    assert_eq!(batch.count(BatchLineState::Done), 2);
    let lines = lines(&shop, id).await;
    assert_eq!(
        (lines[0].state, lines[0].reason.as_deref()),
        (BatchLineState::Failed, Some("not_operable"))
    );
    assert_eq!(shop.posts("/activate-invoice"), 2);
}

#[tokio::test]
async fn a_confirmation_of_holds_is_too_old_after_fifteen_minutes() {
    for kind in [OperationKind::Activate, OperationKind::Cancel] {
        let shop = Shop::with(&[(1_000, "pending"), (2_000, "pending")]).await;
        let id = confirmed(&shop, kind, 1).await.batch.id;
        let minutes = |count: i64| shop.clock.advance_to(shop.clock.ms() + count * 60_000);
        minutes(14);
        let changes = AtomicUsize::new(0);
        let office = shop.office();
        let ended = office.run_batch(id, || {
            // After its first line.
            if changes.fetch_add(1, Ordering::SeqCst) == 0 {
                minutes(2);
            }
        });
        let batch = ended.await.unwrap();
        assert_eq!(
            (batch.state, batch.why),
            (BatchState::Paused, Some(BatchPause::Stale)),
            "{kind}"
        );
        assert_eq!(batch.count(BatchLineState::Done), 1);
        assert_eq!(batch.count(BatchLineState::Waiting), 1);
        let error = office.resume_batch(id).await.unwrap_err();
        assert_eq!(error.why.as_deref(), Some(&Why::BatchStale));
        assert!(!office.batch(id).await.unwrap().resumable);
    }
}

#[tokio::test]
async fn a_cancel_that_was_only_taken_leaves_its_line_open_until_a_look_settles_it() {
    let shop = Shop::with(&[(1_000, "pending"), (2_000, "pending")]).await;
    shop.server.books().slow = 100;
    let id = confirmed(&shop, OperationKind::Cancel, 2).await.batch.id;
    let batch = run(&shop, id).await;
    assert_eq!(batch.state, BatchState::Finished);
    assert_eq!(batch.count(BatchLineState::Accepted), 2);
    assert_eq!(shop.posts("/cancel-order"), 2);
    shop.clock.advance_to(shop.clock.ms() + 61_000);
    shop.server.settle();
    shop.look().await;
    for (line, id) in lines(&shop, id).await.iter().zip(&shop.payments) {
        // Cancelled, or captured by the shop's other tool in the meantime.
        let expected = match shop.server.books().payments[id].status {
            "fail" => (BatchLineState::Done, Some("cancelled")),
            "ok" => (BatchLineState::Failed, Some("was_captured")),
            other => panic!("{other} is not settled"),
        };
        assert_eq!((line.state, line.reason.as_deref()), expected);
    }
    assert_eq!(shop.posts("/cancel-order"), 2, "nothing is sent again");
}

#[tokio::test]
async fn a_cancel_that_finds_the_payment_captured_says_so_and_the_other_lines_go_on() {
    let shop = Shop::with(&[(1_000, "pending"), (2_000, "pending"), (3_000, "pending")]).await;
    let id = confirmed(&shop, OperationKind::Cancel, 1).await.batch.id;
    let first = format!("/payments/{}/cancel-order", shop.payment);
    shop.bend(move |shop, path| {
        if path == first {
            shop.capture_elsewhere();
            return Bend::CutBefore;
        }
        Bend::Pass
    });
    let batch = run(&shop, id).await;
    assert_eq!(batch.state, BatchState::Finished);
    let states: Vec<_> = lines(&shop, id)
        .await
        .into_iter()
        .map(|line| (line.state, line.reason.unwrap_or_default()))
        .collect();
    let done = (BatchLineState::Done, "cancelled".to_owned());
    let captured = (BatchLineState::Failed, "was_captured".to_owned());
    assert_eq!(states, [captured, done.clone(), done]);
    assert_eq!(shop.posts("/refund"), 0, "nothing is refunded by itself");
}

#[tokio::test]
async fn a_batch_that_was_given_back_is_not_resumed_before_its_run_has_ended() {
    let shop = Shop::with(&[(1_000, "ok"), (2_000, "ok")]).await;
    let office = shop.office();
    let id = confirmed(&shop, OperationKind::Refund, 1).await.batch.id;
    shop.keychain_is_locked.store(true, Ordering::SeqCst);
    let mut first = std::pin::pin!(office.run_batch(id, || {}));
    // Held up by the system just where the batch belongs to nobody any more.
    while office.batch(id).await.unwrap().batch.owner.is_some() {
        // Nothing is written while it goes on, so that it does not get further than one write.
        let other = rusqlite::Connection::open(office.store().path()).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let polled = futures::poll!(first.as_mut());
        other.execute_batch("ROLLBACK").unwrap();
        assert!(polled.is_pending(), "it was not held up in time");
        // What it has given to the store is done when what comes after is.
        office.store().write(|_| Ok(())).await.unwrap();
    }
    shop.keychain_is_locked.store(false, Ordering::SeqCst);
    let error = office.resume_batch(id).await.unwrap_err();
    assert_eq!(error.why.as_deref(), Some(&Why::BatchElsewhere));
    let batch = first.await.unwrap();
    assert_eq!(batch.why, Some(BatchPause::Keychain));
    office.resume_batch(id).await.unwrap();
    assert_eq!(run(&shop, id).await.state, BatchState::Finished);
    assert_eq!(refunds(&shop), [1, 1]);
}

#[tokio::test]
async fn when_one_line_is_asked_to_wait_all_of_them_wait_and_nothing_is_sent_meanwhile() {
    const AT_ONCE: usize = 4;
    let held = Arc::new(Held::default());
    let shop = Shop::told_by(&[(1_000, "ok"); 12], Some(held.clone())).await;
    let id = confirmed(&shop, OperationKind::Refund, 4).await.batch.id;
    let mut turned_away = false;
    shop.bend(move |_, _| {
        if std::mem::replace(&mut turned_away, true) {
            Bend::Pass
        } else {
            Bend::TooManyFor(7)
        }
    });
    let office = shop.office();
    let run = tokio::spawn(async move { office.run_batch(id, || {}).await });
    while held.sleepers().len() < AT_ONCE {
        assert!(shop.posts("/refund") <= AT_ONCE, "only what was on its way");
        assert!(!run.is_finished(), "it waits");
        tokio::task::yield_now().await;
    }
    assert_eq!(held.sleepers(), [7_000; AT_ONCE], "all of them, as long");
    let sent = shop.posts("/refund");
    held.advance_to(6_999);
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    assert_eq!((shop.posts("/refund"), held.sleepers().len()), (sent, 4));
    held.advance_to(7_000);
    let batch = run.await.unwrap().unwrap();
    assert_eq!(batch.count(BatchLineState::Done), 12);
    assert_eq!(shop.posts("/refund"), 13);
    assert_eq!(refunds(&shop), [1; 12]);
}
