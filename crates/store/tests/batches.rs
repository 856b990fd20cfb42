//! Batches: confirmed whole, begun line by line by one process, and taken up where they stood.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests, which fail by panicking"
)]

mod common;

use std::collections::BTreeMap;

use chrono::TimeDelta;
use common::batch::*;
use common::{id, now};
use hyvitys_domain::{
    BatchId, BatchLineState, BatchPause, BatchState, Money, OperationId, OperationState,
};
use hyvitys_store::batches::{BatchRefused, Begun, Follows, NewBatch, NewBatchLine, NotResumed};
use hyvitys_store::journal::{Answer, Owner};
use proptest::prelude::*;

#[test]
fn a_confirmation_keeps_all_lines_and_the_same_one_again_is_the_same_batch() {
    let (shop, owner) = open();
    let mut lines = vec![line(1, 500), line(2, 700)];
    lines.push(NewBatchLine {
        transaction_id: None,
        amount: None,
        payment_amount: None,
        payment_taken: None,
        left_out: Some((
            Some("{\"kind\":\"noSuchPayment\"}".to_owned()),
            "none".to_owned(),
        )),
        ..line(3, 1)
    });
    let new = new_batch(&shop, 1, owner.id(), lines);
    let batch = confirm(&shop, &new).unwrap();
    assert_eq!((batch.number, batch.state), (1, BatchState::Running));
    assert_eq!(batch.confirmed_lines(), 2);
    assert_eq!(batch.confirmed_sum(), Money::from_cents(1_200));
    assert_eq!(confirm(&shop, &new).unwrap().id, batch.id);
    let other = NewBatch {
        digest: [9; 32],
        ..new
    };
    assert_eq!(confirm(&shop, &other), Err(BatchRefused::IntentUsed));
    let page = shop
        .store
        .read_blocking(move |tx| tx.batch_lines(batch_id(1), None, 0, 10))
        .unwrap();
    assert_eq!(page.total, 3);
    assert_eq!(page.lines[0].state, BatchLineState::LeftOut);
    assert_eq!(page.lines[1].fields, ["=1+1", "500"]);
    assert_eq!(page.lines[1].customer.first_name, None);
    let (account, digest) = (shop.account, [7; 32]);
    let file = shop
        .store
        .read_blocking(move |tx| tx.batch_of_file(account, &digest));
    assert_eq!(file.unwrap(), Some(1));
}

#[test]
fn a_line_is_begun_once_and_its_state_is_its_operations() {
    let (shop, owner) = open();
    confirm(&shop, &new_batch(&shop, 1, owner.id(), vec![line(1, 500)])).unwrap();
    let operation = begun(&shop, 1, 1, owner.id());
    assert!(matches!(begin(&shop, 1, 1, owner.id()), Begun::NotWaiting));
    let known = read_line(&shop, 1, 1);
    assert_eq!(known.state, BatchLineState::Sending);
    assert_eq!(known.operation, Some(operation));
    assert_eq!(
        shop.payment(1).unwrap().payment.reserved,
        Money::from_cents(500)
    );
    let stored = shop
        .store
        .read_blocking(move |tx| tx.operation(operation))
        .unwrap()
        .unwrap();
    assert_eq!(stored.note.as_deref(), Some("takaisin"));
    settle(&shop, operation, OperationState::Failed, "not_operable");
    assert_eq!(read_line(&shop, 1, 1).state, BatchLineState::Failed);
    assert_eq!(read(&shop, 1).count(BatchLineState::Failed), 1);
}

#[test]
fn the_audit_log_tells_when_a_line_was_confirmed_which_is_before_it_was_begun() {
    let (shop, owner) = open();
    let lines = vec![line(1, 500), line(2, 700)];
    confirm(&shop, &new_batch(&shop, 1, owner.id(), lines)).unwrap();
    let later = now() + TimeDelta::minutes(3);
    let operation = begun_at(&shop, 1, 1, owner.id(), later);
    begun(&shop, 1, 2, owner.id());
    let broken = || {
        let report = shop
            .store
            .read_blocking(|tx| tx.verify_journal(|_| None))
            .unwrap();
        report.broken
    };
    assert_eq!(broken(), None);
    let read = shop.store.read_blocking(move |tx| tx.operation(operation));
    assert_eq!(read.unwrap().unwrap().confirmed_at, now());
    // A file in which somebody has changed that is found out.
    rusqlite::Connection::open(shop.store.path())
        .unwrap()
        .execute_batch(
            "DROP TRIGGER operation_intent_stays;
             UPDATE operation SET confirmed_at = confirmed_at + 180000 WHERE amount = 500",
        )
        .unwrap();
    assert!(broken().is_some());
}

#[test]
fn only_the_process_that_runs_a_batch_begins_its_lines() {
    let (shop, owner) = open();
    let other = Owner::claim(shop.dir.path()).unwrap();
    confirm(&shop, &new_batch(&shop, 1, owner.id(), vec![line(1, 500)])).unwrap();
    assert!(matches!(
        begin(&shop, 1, 1, other.id()),
        Begun::NotRunning(_)
    ));
    assert_eq!(resume(&shop, 1, other.id()), Err(NotResumed::StillRuns));
    pause(&shop, 1);
    assert!(matches!(
        begin(&shop, 1, 1, owner.id()),
        Begun::NotRunning(_)
    ));
    // Its last lines may still be on their way, until it is released.
    assert_eq!(resume(&shop, 1, other.id()), Err(NotResumed::StillRuns));
    assert_eq!(release(&shop, 1, owner.id()).owner, None);
    let batch = resume(&shop, 1, other.id()).unwrap();
    assert_eq!(batch.owner, Some(other.id()));
    assert!(matches!(
        begin(&shop, 1, 1, owner.id()),
        Begun::NotRunning(_)
    ));
    begun(&shop, 1, 1, other.id());
}

#[test]
fn a_payment_that_changed_since_it_was_planned_is_refused_and_the_batchs_own_lines_change_nothing()
{
    let (shop, owner) = open();
    let again = NewBatchLine {
        again: true,
        ..line(1, 500)
    };
    let lines = vec![line(1, 500), again, line(2, 500)];
    confirm(&shop, &new_batch(&shop, 1, owner.id(), lines)).unwrap();
    begun(&shop, 1, 1, owner.id());
    begun(&shop, 1, 2, owner.id());
    // Somebody refunds part of the other payment by hand: here, with a batch of its own.
    confirm(&shop, &new_batch(&shop, 2, owner.id(), vec![line(2, 300)])).unwrap();
    begun(&shop, 2, 1, owner.id());
    assert!(matches!(begin(&shop, 1, 3, owner.id()), Begun::Refused));
    let refused = read_line(&shop, 1, 3);
    assert_eq!(refused.state, BatchLineState::Refused);
    assert_eq!(refused.why.as_deref(), Some("{\"kind\":\"changed\"}"));
    assert!(refused.message.unwrap().contains("3,00 € are refunded"));
}

#[test]
fn the_same_refund_twice_is_refused_unless_it_is_meant() {
    let (shop, owner) = open();
    let lines = vec![line(1, 500), line(1, 500)];
    confirm(&shop, &new_batch(&shop, 1, owner.id(), lines)).unwrap();
    begun(&shop, 1, 1, owner.id());
    assert!(matches!(begin(&shop, 1, 2, owner.id()), Begun::Refused));
    let why = read_line(&shop, 1, 2).why;
    assert_eq!(why.as_deref(), Some("{\"kind\":\"refused\"}"));
}

#[test]
fn a_paused_account_refuses_no_line() {
    let (shop, owner) = open();
    confirm(&shop, &new_batch(&shop, 1, owner.id(), vec![line(1, 500)])).unwrap();
    let account = shop.account;
    shop.store
        .write_blocking(move |tx| tx.pause_account(account, "the secret is wrong", now()))
        .unwrap();
    assert!(matches!(begin(&shop, 1, 1, owner.id()), Begun::Blocked(_)));
    assert_eq!(read_line(&shop, 1, 1).state, BatchLineState::Waiting);
}

#[test]
fn resuming_puts_back_what_was_not_sent_for_a_reason_of_the_whole_batch() {
    let (shop, owner) = open();
    let lines = vec![line(1, 100), line(2, 200), line(3, 300), line(4, 400)];
    confirm(&shop, &new_batch(&shop, 1, owner.id(), lines)).unwrap();
    let ids: Vec<_> = (1..=4).map(|n| begun(&shop, 1, n, owner.id())).collect();
    settle(&shop, ids[0], OperationState::Failed, "nothing_sent");
    settle(&shop, ids[1], OperationState::Failed, "not_operable");
    assert!(claim(&shop, ids[2], owner.id()));
    pause(&shop, 1);
    release(&shop, 1, owner.id());
    // What is queued when the batch belongs to nobody any more, nobody sends.
    let left = read_line(&shop, 1, 4);
    assert_eq!(
        (left.state, left.reason.as_deref()),
        (BatchLineState::Failed, Some("not_saved"))
    );
    assert!(!claim(&shop, ids[3], owner.id()));
    resume(&shop, 1, owner.id()).unwrap();
    assert_eq!(waiting(&shop, 1), [1, 4]);
    let again = begun(&shop, 1, 1, owner.id());
    assert_ne!(again, ids[0]);
    assert_eq!(read_line(&shop, 1, 1).round, 1);
    assert_eq!(read_line(&shop, 1, 2).state, BatchLineState::Failed);
    assert_eq!(read_line(&shop, 1, 3).operation, Some(ids[2]));
}

#[test]
fn an_old_confirmation_is_not_resumed() {
    let (shop, owner) = open();
    confirm(&shop, &new_batch(&shop, 1, owner.id(), vec![line(1, 100)])).unwrap();
    pause(&shop, 1);
    release(&shop, 1, owner.id());
    let after = now() + TimeDelta::hours(24) + TimeDelta::seconds(1);
    assert_eq!(
        resume_at(&shop, 1, owner.id(), after),
        Err(NotResumed::Stale)
    );
    let before = now() - TimeDelta::minutes(2);
    assert_eq!(
        resume_at(&shop, 1, owner.id(), before),
        Err(NotResumed::Stale)
    );
    let in_time = now() + TimeDelta::hours(24);
    resume_at(&shop, 1, owner.id(), in_time).unwrap();
}

#[test]
fn what_a_stopped_batch_kept_waiting_is_never_sent() {
    let (shop, owner) = open();
    let lines = vec![line(1, 100), line(2, 200)];
    confirm(&shop, &new_batch(&shop, 1, owner.id(), lines)).unwrap();
    let stopped = shop
        .store
        .write_blocking(move |tx| tx.stop_batch(batch_id(1), &at(now())))
        .unwrap();
    assert_eq!(stopped.state, BatchState::Stopped);
    assert_eq!(stopped.count(BatchLineState::Waiting), 2);
    assert!(matches!(
        begin(&shop, 1, 1, owner.id()),
        Begun::NotRunning(_)
    ));
    release(&shop, 1, owner.id());
    assert_eq!(resume(&shop, 1, owner.id()), Err(NotResumed::Ended));
    assert_eq!(pause(&shop, 1).state, BatchState::Stopped);
}

#[test]
fn a_batch_is_finished_when_nothing_waits_and_nothing_is_on_its_way() {
    let (shop, owner) = open();
    let (me, lines) = (owner.id(), vec![line(1, 100)]);
    confirm(&shop, &new_batch(&shop, 1, me, lines)).unwrap();
    let finish = || {
        shop.store
            .write_blocking(move |tx| tx.finish_batch(batch_id(1), me, &at(now())))
            .unwrap()
            .state
    };
    assert_eq!(finish(), BatchState::Running);
    let operation = begun(&shop, 1, 1, me);
    assert_eq!(finish(), BatchState::Running);
    settle(&shop, operation, OperationState::Failed, "not_operable");
    assert_eq!(finish(), BatchState::Finished);
    assert_eq!(read(&shop, 1).owner, None);
}

#[test]
fn the_rest_of_a_paused_batch_moves_to_the_one_that_follows_it() {
    let (shop, owner) = open();
    let lines = vec![line(1, 100), line(2, 200)];
    confirm(&shop, &new_batch(&shop, 1, owner.id(), lines)).unwrap();
    let rest = NewBatch {
        follows: Some(Follows {
            batch: batch_id(1),
            rest: true,
        }),
        ..new_batch(&shop, 2, owner.id(), vec![line(1, 100), line(2, 200)])
    };
    assert_eq!(confirm(&shop, &rest), Err(BatchRefused::StillRuns(1)));
    pause(&shop, 1);
    release(&shop, 1, owner.id());
    let account = shop.account;
    let open_in = move |except| {
        let amount = Money::from_cents(100);
        shop_open(account, amount, except)
    };
    let found = shop.store.read_blocking(open_in(None)).unwrap();
    assert_eq!(found.unwrap().number, 1);
    let found = shop
        .store
        .read_blocking(open_in(Some(batch_id(1))))
        .unwrap();
    assert_eq!(found, None);
    confirm(&shop, &rest).unwrap();
    assert_eq!(read(&shop, 1).state, BatchState::Stopped);
    assert_eq!(read(&shop, 1).count(BatchLineState::Moved), 2);
    assert_eq!(resume(&shop, 1, owner.id()), Err(NotResumed::Ended));
}

#[test]
fn a_rest_among_which_other_lines_wait_than_were_planned_is_not_taken_over() {
    let (shop, owner) = open();
    let lines = vec![line(1, 100), line(2, 200), line(3, 300)];
    confirm(&shop, &new_batch(&shop, 1, owner.id(), lines)).unwrap();
    let unsent = begun(&shop, 1, 1, owner.id());
    settle(&shop, unsent, OperationState::Failed, "nothing_sent");
    pause(&shop, 1);
    release(&shop, 1, owner.id());
    let rest = |number: u8, lines: Vec<NewBatchLine>| NewBatch {
        follows: Some(Follows {
            batch: batch_id(1),
            rest: true,
        }),
        ..new_batch(&shop, number, owner.id(), lines)
    };
    let planned = rest(2, vec![line(2, 200), line(3, 300)]);
    // Somebody resumes it, so that its first line waits again, and pauses it.
    resume(&shop, 1, owner.id()).unwrap();
    pause(&shop, 1);
    release(&shop, 1, owner.id());
    let refused = || {
        assert_eq!(confirm(&shop, &planned), Err(BatchRefused::RestChanged));
        let batch = read(&shop, 1);
        assert_eq!(batch.state, BatchState::Paused);
        assert_eq!(batch.count(BatchLineState::Moved), 0);
        let made = shop
            .store
            .read_blocking(move |tx| tx.batch(batch_id(2)))
            .unwrap();
        assert_eq!(made, None);
    };
    refused();
    assert_eq!(waiting(&shop, 1), [1, 2, 3]);
    // As many as were planned, and not the same ones.
    resume(&shop, 1, owner.id()).unwrap();
    begun(&shop, 1, 2, owner.id());
    pause(&shop, 1);
    release(&shop, 1, owner.id());
    refused();
    assert_eq!(waiting(&shop, 1), [1, 3]);
    confirm(&shop, &rest(3, vec![line(3, 300), line(1, 100)])).unwrap();
    assert_eq!(read(&shop, 1).count(BatchLineState::Moved), 2);
}

type Found = Option<hyvitys_store::batches::OpenElsewhere>;

fn shop_open(
    account: hyvitys_domain::AccountId,
    amount: Money,
    except: Option<BatchId>,
) -> impl FnOnce(&hyvitys_store::ReadTx<'_>) -> Result<Found, hyvitys_store::StoreError> + use<> {
    move |tx| tx.open_elsewhere(account, id(1), amount, None, except)
}

#[test]
fn a_batch_whose_process_ended_is_interrupted_and_can_be_taken_up() {
    let (shop, owner) = open();
    let lines = vec![line(1, 100), line(2, 200), line(3, 300)];
    confirm(&shop, &new_batch(&shop, 1, owner.id(), lines)).unwrap();
    let queued = begun(&shop, 1, 1, owner.id());
    let sent = begun(&shop, 1, 2, owner.id());
    assert!(claim(&shop, sent, owner.id()));
    recover(&shop);
    assert_eq!(read(&shop, 1).state, BatchState::Running);
    drop(owner);
    recover(&shop);
    let batch = read(&shop, 1);
    assert_eq!(batch.state, BatchState::Paused);
    assert_eq!(batch.why, Some(BatchPause::Interrupted));
    assert_eq!(batch.owner, None);
    let next = Owner::claim(shop.dir.path()).unwrap();
    resume(&shop, 1, next.id()).unwrap();
    // What may have been sent is not begun again.
    assert_eq!(waiting(&shop, 1), [1, 3]);
    assert_eq!(read_line(&shop, 1, 2).state, BatchLineState::Unknown);
    assert_ne!(begun(&shop, 1, 1, next.id()), queued);
}

#[test]
fn a_process_takes_up_what_another_one_left_while_it_ran_itself() {
    let (shop, owner) = open();
    let next = Owner::claim(shop.dir.path()).unwrap();
    let lines = vec![line(1, 100), line(2, 200)];
    confirm(&shop, &new_batch(&shop, 1, owner.id(), lines)).unwrap();
    begun(&shop, 1, 1, owner.id());
    drop(owner);
    resume(&shop, 1, next.id()).unwrap();
    assert_eq!(waiting(&shop, 1), [1, 2]);
}

#[derive(Clone, Debug)]
enum Act {
    Begin(u32),
    Claim,
    Fail,
    Pause,
    Release,
    Resume,
    Restart,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (1_u32..=4).prop_map(Act::Begin),
        3 => Just(Act::Claim),
        2 => Just(Act::Fail),
        2 => Just(Act::Pause),
        2 => Just(Act::Release),
        3 => Just(Act::Resume),
        2 => Just(Act::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn no_line_is_begun_again_while_its_request_may_have_gone_out(
        acts in proptest::collection::vec((any::<bool>(), act()), 1..40)
    ) {
        let (shop, first) = open();
        let mut owners = [Some(first), Some(Owner::claim(shop.dir.path()).unwrap())];
        let lines = (1..=4).map(|n| line(n, 100)).collect();
        let one = owners[0].as_ref().unwrap().id();
        confirm(&shop, &new_batch(&shop, 1, one, lines)).unwrap();
        let mut made: BTreeMap<u32, Vec<OperationId>> = BTreeMap::new();
        let mut sent: Vec<(u32, OperationId)> = Vec::new();
        for (second, act) in acts {
            let which = usize::from(second);
            let me = owners[which].as_ref().unwrap().id();
            let last = made.iter().filter_map(|(n, ids)| ids.last().map(|id| (*n, *id))).collect::<Vec<_>>();
            match act {
                Act::Begin(n) => {
                    if let Begun::Begun(operation) = begin(&shop, 1, n, me) {
                        let went_out = sent.iter().any(|(line, _)| *line == n);
                        prop_assert!(!went_out, "line {n} was begun again after it was sent");
                        made.entry(n).or_default().push(operation.id);
                    }
                }
                Act::Claim => for (n, id) in last {
                    if claim(&shop, id, me) { sent.push((n, id)); }
                },
                Act::Fail => for (_, id) in last {
                    let answer = Answer { reason: Some("nothing_sent".to_owned()), ..Answer::default() };
                    shop.store.write_blocking(move |tx| tx.settle(
                        id, &[OperationState::Queued], OperationState::Failed, &answer, &at(now()))).unwrap();
                },
                Act::Pause => { pause(&shop, 1); }
                Act::Release => { release(&shop, 1, me); }
                Act::Resume => { let _ = resume(&shop, 1, me); }
                Act::Restart => {
                    owners[which] = None;
                    owners[which] = Some(Owner::claim(shop.dir.path()).unwrap());
                    recover(&shop);
                }
            }
            for (n, ids) in &made {
                // All but the newest operation of a line ended without a request.
                for id in ids.iter().rev().skip(1) {
                    let id = *id;
                    let earlier = shop.store.read_blocking(move |tx| tx.operation(id)).unwrap().unwrap();
                    prop_assert_eq!(earlier.state, OperationState::Failed, "line {}", n);
                    prop_assert_eq!(earlier.sends, 0);
                }
                let taken = shop.payment(u8::try_from(*n).unwrap()).unwrap().payment.reserved;
                prop_assert!(taken <= Money::from_cents(100));
            }
        }
    }
}
