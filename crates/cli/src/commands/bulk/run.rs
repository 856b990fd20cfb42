//! Carrying out a batch. A command line is a confirmation: it names how many lines and which sum, and nothing is
//! sent where it is anything else.

use std::io;
use std::time::Duration;

use hyvitys_backoffice::bulk::{BatchConfirmation, BatchPlan};
use hyvitys_backoffice::{Code, Error, MoneyMoved, Why};
use hyvitys_domain::BatchId;
use hyvitys_store::accounts::Account;

use super::super::Context;
use super::{batch, check, find};
use crate::arguments::{BatchName, BulkRun};
use crate::exit::Outcome;
use crate::words;

/// How often it is told how far a batch is.
const TOLD_EVERY: Duration = Duration::from_secs(5);

/// `bulk run FILE --confirm COUNT:SUM_CENTS`
pub(super) async fn run(context: &Context, run: BulkRun) -> Result<Outcome, Error> {
    let account = context.account().await?;
    let plan = check::plan(context, &account, &run.file, &run.again, &run.leave_out).await?;
    let output = context.output;
    output.line(&words::shop(&account));
    let interrupts = Interrupts::new()?;
    let refused = plan.blocked.clone().or_else(|| differs(&plan, &run));
    let confirmed = match refused {
        Some(error) => Err(error),
        None => confirm(context, &plan, run).await,
    };
    match confirmed {
        Ok(id) => to_its_end(context, &account, id, interrupts).await,
        Err(error) => {
            check::show(output, &plan, false);
            check::document(output, &account, &plan, false, Some(&error));
            output.explain(&error);
            Ok(Outcome::of_error(&error))
        }
    }
}

/// That what was confirmed is not what would be sent. What sends nothing at all says so itself.
fn differs(plan: &BatchPlan, run: &BulkRun) -> Option<Error> {
    let (sends, said) = (plan.sends(), run.confirm);
    if sends.count == 0 || (sends.count, sends.sum) == (said.count, said.sum) {
        return None;
    }
    Some(
        Error::new(
            Code::BadInput,
            format!(
                "nothing was sent: {} lines of {} were confirmed, and {} lines of {} would be sent",
                said.count,
                words::money(said.sum),
                sends.count,
                words::money(sends.sum)
            ),
        )
        .why(Why::BatchPlanChanged)
        .next(format!(
            "look at `bulk check`; where its figures are meant, --confirm {}",
            check::confirm(sends)
        )),
    )
}

async fn confirm(context: &Context, plan: &BatchPlan, run: BulkRun) -> Result<BatchId, Error> {
    let sends = plan.sends();
    let confirmation = BatchConfirmation {
        digest: plan.digest.clone(),
        count: sends.count,
        sum: sends.sum,
        // The person has typed this very sum: in --confirm.
        typed: Some(run.typed.unwrap_or(sends.sum)),
        intent: context.backoffice.new_intent(),
        refund_reason: run.reason,
        note: run.note,
        concurrency: run.concurrency,
    };
    let view = context.backoffice.confirm_batch(plan, confirmation).await?;
    Ok(view.batch.id)
}

/// `bulk resume ID|NUMBER`
pub(super) async fn resume(context: &Context, name: BatchName) -> Result<Outcome, Error> {
    let account = context.account().await?;
    context.output.line(&words::shop(&account));
    let known = find(context, &account, name).await?;
    let interrupts = Interrupts::new()?;
    let view = context.backoffice.resume_batch(known.batch.id).await?;
    to_its_end(context, &account, view.batch.id, interrupts).await
}

/// Runs a batch that this process has until it is finished, paused or stopped.
async fn to_its_end(
    context: &Context,
    account: &Account,
    id: BatchId,
    mut interrupts: Interrupts,
) -> Result<Outcome, Error> {
    let office = context.backoffice.clone();
    // A task of its own: lines go on while this one pauses it or tells how far it is.
    let mut running = tokio::spawn(async move { office.run_batch(id, || {}).await });
    let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + TOLD_EVERY, TOLD_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let ended = loop {
        tokio::select! {
            ended = &mut running => break ended,
            () = interrupts.next() => pause(context, id).await,
            _ = ticks.tick() => progress(context, id).await,
        }
    };
    let error = match ended {
        Ok(Ok(_)) => None,
        // Nothing of it was begun.
        Ok(Err(error)) if matches!(error.code, Code::Busy | Code::NotFound) => return Err(error),
        Ok(Err(error)) => Some(error),
        Err(error) => Some(Error::new(
            Code::Unclear,
            format!("the run broke off: {error}"),
        )),
    };
    let finished = batch::finish(context, account, id).await;
    let lines_may_have_been_sent = |mut error: Error| {
        error.money_moved = MoneyMoved::Unknown;
        error.next("don't run the file again: `bulk status` shows what became of each line")
    };
    match (finished, error) {
        (Ok(outcome), None) => Ok(outcome),
        (Ok(outcome), Some(error)) => {
            let error = lines_may_have_been_sent(error);
            context.output.explain(&error);
            Ok(outcome.and(Outcome::of_error(&error)))
        }
        (Err(error), _) => Err(lines_may_have_been_sent(error)),
    }
}

async fn pause(context: &Context, id: BatchId) {
    let output = context.output;
    output.note("Pausing: lines under way end, nothing new begins.");
    if let Err(error) = context.backoffice.pause_batch(id).await {
        output.explain(&error);
    }
}

async fn progress(context: &Context, id: BatchId) {
    // What can't be read now is told next time.
    let Ok(view) = context.backoffice.batch(id).await else {
        return;
    };
    let lines = view.batch.confirmed_lines();
    let rest = match view.seconds_left {
        Some(seconds) if seconds > 0 => format!(", about {seconds} s left"),
        _ => String::new(),
    };
    context.output.note(&format!(
        "{} of {lines} lines{rest}",
        lines.saturating_sub(batch::left(&view))
    ));
}

/// Ctrl-C, and where there is one the request to end: both pause. They are listened to from before the first line
/// is sent, so that none is missed.
struct Interrupts {
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 2],
    #[cfg(windows)]
    ctrl_c: tokio::signal::windows::CtrlC,
}

impl Interrupts {
    fn new() -> Result<Interrupts, Error> {
        Interrupts::listen().map_err(|error| {
            let what = format!("nothing was sent: Ctrl-C can't be listened to: {error}");
            Error::new(Code::NothingSent, what)
        })
    }

    #[cfg(unix)]
    fn listen() -> io::Result<Interrupts> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Interrupts {
            signals: [
                signal(SignalKind::interrupt())?,
                signal(SignalKind::terminate())?,
            ],
        })
    }

    #[cfg(windows)]
    fn listen() -> io::Result<Interrupts> {
        Ok(Interrupts {
            ctrl_c: tokio::signal::windows::ctrl_c()?,
        })
    }

    /// Waits for the next one.
    async fn next(&mut self) {
        #[cfg(unix)]
        let came = {
            let [interrupt, terminate] = &mut self.signals;
            tokio::select! {
                came = interrupt.recv() => came,
                came = terminate.recv() => came,
            }
        };
        #[cfg(windows)]
        let came = self.ctrl_c.recv().await;
        if came.is_none() {
            // No more will come.
            std::future::pending::<()>().await;
        }
    }
}
