//! Many operations with one confirmation. A batch goes on when its view is left; the window asks before it closes
//! while one runs.

use std::fs;
use std::io::{BufWriter, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyvitys_backoffice::bulk::{
    Batch, BatchConfirmation, BatchPlan, BatchSource as Source, LineChange,
};
use hyvitys_backoffice::import::LARGEST_FILE;
use hyvitys_backoffice::{Backoffice, Code, Error, ExportFormat, SourceFile, Why};
use hyvitys_domain::{BatchId, BatchPause, BatchState, IntentId};
use tauri::State;

use super::audit::{cannot, new_table};
use crate::dto::{
    AccountNumber, BatchDto, BatchKind, BatchLineStateDto, BatchLineVerdict, BatchLines,
    BatchOptionsDto, BatchOrder, BatchPlanDto, BatchSource, EarlierLines, ErrorDto, LineChangeDto,
    PlannedBatchLines, SavedTable, TableFormat, bad_input, read,
};
use crate::events::{BatchChanged, BatchEnded, Changed, Told};
use crate::state::{Shell, UnderWay};
use crate::sync::changed_in;

/// The most lines of one answer.
const MOST_ROWS: usize = 1_000;
/// How often the window is told that a batch has gone on.
const TOLD_EVERY: Duration = Duration::from_millis(100);

/// Says what a batch would do; nothing is sent. The plan is kept until the next one.
#[tauri::command]
#[specta::specta]
pub(crate) async fn plan_batch(
    shell: State<'_, Shell>,
    account: AccountNumber,
    kind: BatchKind,
    source: BatchSource,
    options: BatchOptionsDto,
) -> Result<BatchPlanDto, ErrorDto> {
    let source = match source {
        BatchSource::File { name, text } => Source::File(decoded(name, text).await?),
        BatchSource::Paste { text } => Source::Paste(text),
        BatchSource::Payments { transaction_ids } => Source::Payments(
            transaction_ids
                .iter()
                .map(|id| read(id))
                .collect::<Result<_, Error>>()?,
        ),
        BatchSource::Batch { batch, lines } => Source::Batch {
            batch: read(&batch)?,
            rest: matches!(lines, EarlierLines::Waiting),
        },
    };
    let office = shell.office().await?;
    let plan = office
        .plan_batch(account.into(), kind.into(), source, options.into())
        .await?;
    keep(&shell, office, plan).await
}

async fn decoded(name: String, text: String) -> Result<SourceFile, ErrorDto> {
    // Four characters are three bytes.
    if text.len() / 4 * 3 > LARGEST_FILE {
        return Err(bad_input(format!(
            "{name} is too large: at most {LARGEST_FILE} bytes"
        )));
    }
    let bytes = tokio::task::spawn_blocking(move || STANDARD.decode(text))
        .await
        .map_err(|error| bad_input(format!("reading the file broke off: {error}")))?
        .map_err(|error| bad_input(format!("{name} did not arrive whole: {error}")))?;
    Ok(SourceFile { name, bytes })
}

/// Keeps a plan under a fresh name and shows it.
async fn keep(
    shell: &Shell,
    office: &Backoffice,
    plan: BatchPlan,
) -> Result<BatchPlanDto, ErrorDto> {
    let limit = office.batch_limit(plan.account).await?;
    let at_once = office.batch_concurrency().await?;
    let name = office.new_intent().as_str().to_owned();
    let dto = BatchPlanDto::of(&plan, name, limit, at_once);
    shell.keep_batch_plan(dto.plan.clone(), plan).await;
    Ok(dto)
}

fn plan_gone() -> ErrorDto {
    Error::new(
        Code::BadInput,
        "this check is not the newest one any more: look at it again",
    )
    .why(Why::BatchPlanGone)
    .into()
}

/// Any place of a long plan: the lines of one verdict, or all.
#[tauri::command]
#[specta::specta]
pub(crate) async fn plan_batch_lines(
    shell: State<'_, Shell>,
    plan: String,
    show: Option<BatchLineVerdict>,
    from: u32,
    limit: u32,
) -> Result<PlannedBatchLines, ErrorDto> {
    let plan = shell.batch_plan(&plan).await.ok_or_else(plan_gone)?;
    let limit = (limit as usize).min(MOST_ROWS);
    let (lines, total) = plan.page(show.map(Into::into), from as usize, limit);
    Ok(PlannedBatchLines {
        lines: lines.into_iter().map(Into::into).collect(),
        total: total.into(),
    })
}

/// Mends lines of a plan; everything is checked again.
#[tauri::command]
#[specta::specta]
pub(crate) async fn change_batch_plan(
    shell: State<'_, Shell>,
    plan: String,
    changes: Vec<LineChangeDto>,
) -> Result<BatchPlanDto, ErrorDto> {
    let plan = shell.batch_plan(&plan).await.ok_or_else(plan_gone)?;
    let changes: Vec<LineChange> = changes.into_iter().map(Into::into).collect();
    let office = shell.office().await?;
    let plan = office.change_batch_plan((*plan).clone(), &changes).await?;
    keep(&shell, office, plan).await
}

/// Confirms a plan as it was shown, and begins to run it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn confirm_batch(
    shell: State<'_, Shell>,
    account: AccountNumber,
    order: BatchOrder,
) -> Result<BatchDto, ErrorDto> {
    let under_way = shell.ordering()?;
    let plan = shell.batch_plan(&order.plan).await.ok_or_else(plan_gone)?;
    if plan.account != account.into() {
        return Err(plan_gone());
    }
    let office = shell.office().await?;
    let confirmation = BatchConfirmation {
        digest: order.digest,
        count: order.count.into(),
        sum: order.sum.into(),
        typed: order.typed.map(Into::into),
        intent: IntentId::new(order.intent).map_err(|error| bad_input(error.to_string()))?,
        refund_reason: order.refund_reason,
        note: order.note,
        concurrency: order.concurrency,
    };
    let view = office.confirm_batch(&plan, confirmation).await?;
    run(&shell, office, view.batch.id, account, under_way);
    // It is confirmed and runs, whether or not it can be read anew.
    let now = office.batch(view.batch.id).await.unwrap_or(view);
    Ok((&now).into())
}

/// Runs a batch for as long as it goes, whatever view is shown. Where it runs already (a double click) the second
/// run finds so and ends.
fn run(
    shell: &Shell,
    office: &Backoffice,
    id: BatchId,
    account: AccountNumber,
    under_way: UnderWay,
) {
    let (office, teller, running) = (office.clone(), shell.teller(), shell.runs_batch(id));
    tauri::async_runtime::spawn(async move {
        let told = Mutex::new(None::<Instant>);
        let tell = || {
            teller.tell(Told::BatchChanged(BatchChanged {
                account,
                batch: id.to_string(),
            }));
        };
        let ended = office
            .run_batch(id, || {
                let Ok(mut last) = told.lock() else { return };
                if last.is_none_or(|at| at.elapsed() >= TOLD_EVERY) {
                    *last = Some(Instant::now());
                    tell();
                }
            })
            .await;
        if let Err(error) = &ended {
            tracing::warn!(%error, batch = %id, "a batch did not run");
        }
        // As it stands now: a person may have said something since, and a disk that fails may have paused it.
        let ran = !matches!(&ended, Err(error) if error.code == Code::Busy);
        let view = if ran {
            let view = office.batch(id).await.ok();
            view.filter(|view| is_by_itself(&view.batch))
        } else {
            None
        };
        drop((running, under_way));
        tell();
        if let Some(view) = &view {
            let batch = view.into();
            teller.tell(Told::BatchEnded(Box::new(BatchEnded { account, batch })));
        }
        teller.tell(Told::Changed(Changed { account }));
    });
}

/// Whether a batch that runs no more has ended, or was paused, without a person's word. Somebody who has paused or stopped
/// it knows.
fn is_by_itself(batch: &Batch) -> bool {
    match batch.state {
        BatchState::Finished => true,
        BatchState::Paused => batch.why != Some(BatchPause::Person),
        BatchState::Running | BatchState::Stopped => false,
    }
}

/// Begins nothing new; lines under way end.
#[tauri::command]
#[specta::specta]
pub(crate) async fn pause_batch(
    shell: State<'_, Shell>,
    batch: String,
) -> Result<BatchDto, ErrorDto> {
    let office = shell.office().await?;
    Ok((&office.pause_batch(read(&batch)?).await?).into())
}

/// Goes on with a paused batch.
#[tauri::command]
#[specta::specta]
pub(crate) async fn resume_batch(
    shell: State<'_, Shell>,
    batch: String,
) -> Result<BatchDto, ErrorDto> {
    let under_way = shell.ordering()?;
    let office = shell.office().await?;
    let view = office.resume_batch(read(&batch)?).await?;
    let account = view.batch.account.into();
    run(&shell, office, view.batch.id, account, under_way);
    Ok((&view).into())
}

/// Ends a batch for good: what waits is never sent with it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn stop_batch(
    shell: State<'_, Shell>,
    batch: String,
) -> Result<BatchDto, ErrorDto> {
    let office = shell.office().await?;
    let view = office.stop_batch(read(&batch)?).await?;
    changed_in(&shell, view.batch.account).await;
    Ok((&view).into())
}

/// The batches of an account, newest first.
#[tauri::command]
#[specta::specta]
pub(crate) async fn batches(
    shell: State<'_, Shell>,
    account: AccountNumber,
) -> Result<Vec<BatchDto>, ErrorDto> {
    let views = shell.office().await?.batches(account.into()).await?;
    Ok(views.iter().map(Into::into).collect())
}

/// A batch as it stands.
#[tauri::command]
#[specta::specta]
pub(crate) async fn batch(shell: State<'_, Shell>, batch: String) -> Result<BatchDto, ErrorDto> {
    let office = shell.office().await?;
    Ok((&office.batch(read(&batch)?).await?).into())
}

/// Lines of a batch: the newest change first, what waits last.
#[tauri::command]
#[specta::specta]
pub(crate) async fn batch_lines(
    shell: State<'_, Shell>,
    batch: String,
    show: Option<BatchLineStateDto>,
    from: u32,
    limit: u32,
) -> Result<BatchLines, ErrorDto> {
    let office = shell.office().await?;
    let limit = (limit as usize).min(MOST_ROWS) as u64;
    let page = office
        .batch_lines(read(&batch)?, show.map(Into::into), from.into(), limit)
        .await?;
    Ok(BatchLines {
        lines: page.lines.iter().map(Into::into).collect(),
        total: page.total.into(),
    })
}

/// Writes what became of each line to a new file in the folder for downloads.
#[tauri::command]
#[specta::specta]
pub(crate) async fn export_batch(
    shell: State<'_, Shell>,
    batch: String,
    format: TableFormat,
) -> Result<SavedTable, ErrorDto> {
    let office = shell.office().await?;
    let view = office.batch(read(&batch)?).await?;
    let format = ExportFormat::from(format);
    let folder = shell.tables_folder().await?;
    let what = format!("hyvitys-batch-{}", view.batch.number);
    let (path, file) = new_table(&folder, &what, shell.now(), format)?;
    let mut to = BufWriter::new(file);
    let written = office.export_batch(view.batch.id, format, &mut to).await;
    let kept = written.and_then(|rows| match to.flush() {
        Ok(()) => Ok(rows),
        Err(error) => Err(cannot(&path, &error)),
    });
    kept.map(|rows| SavedTable::new(&path, rows))
        .map_err(|error| {
            // Half a table is of no use; that it can't be removed changes nothing.
            let _ = fs::remove_file(&path);
            error.into()
        })
}

/// Pauses what runs and ends the program when the lines under way have ended.
#[tauri::command]
#[specta::specta]
pub(crate) async fn pause_and_close(shell: State<'_, Shell>) -> Result<(), ErrorDto> {
    let office = shell.office().await?;
    for batch in shell.running_batches() {
        office.pause_batch(batch).await?;
    }
    shell.end();
    Ok(())
}
