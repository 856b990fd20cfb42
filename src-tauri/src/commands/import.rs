//! Files come in: first a plan, then exactly that; and back out again.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyvitys_backoffice::import::{Choice, ImportWatch, LARGEST_FILE, PlannedRow};
use hyvitys_backoffice::{Code, Error, SourceFile, Why};
use tauri::State;
use tauri::ipc::Channel;

use crate::dto::{
    AccountNumber, ErrorDto, ImportChoice, ImportFile, ImportNumber, ImportOptionsDto,
    ImportPlanDto, ImportProgressDto, ImportResultDto, ImportRows, ImportRunDto, ImportUndone,
    ImportVerdict, MOST_ROWS, bad_input, meant,
};
use crate::state::Shell;
use crate::sync::changed_in;

/// The most files of one import.
const MOST_FILES: usize = 50;

/// Says what importing these files would do. The plan is kept until the next one.
#[tauri::command]
#[specta::specta]
pub(crate) async fn plan_import(
    shell: State<'_, Shell>,
    account: AccountNumber,
    files: Vec<ImportFile>,
    options: ImportOptionsDto,
    on_progress: Channel<ImportProgressDto>,
) -> Result<ImportPlanDto, ErrorDto> {
    if files.len() > MOST_FILES {
        return Err(bad_input(format!("at most {MOST_FILES} files at once")));
    }
    // Many megabytes are decoded where they hold nobody up.
    let files = tokio::task::spawn_blocking(|| {
        files.into_iter().map(source).collect::<Result<Vec<_>, _>>()
    })
    .await
    .map_err(|error| bad_input(format!("reading the files broke off: {error}")))??;
    let office = shell.office().await?;
    let watch = shell.watch_import(watched(on_progress));
    let plan = office
        .plan_import_as(account.into(), files, options.into(), watch)
        .await?;
    let (rows, _) = plan.page(|_| true, 0, MOST_ROWS);
    let found = office
        .import_candidates(account.into(), meant(&rows))
        .await?;
    let name = office.new_intent().as_str().to_owned();
    let dto = ImportPlanDto::of(&plan, name, &rows, &found);
    shell.keep_plan(dto.plan.clone(), plan).await;
    Ok(dto)
}

/// A watch that tells the window; a window that is gone hears nothing.
fn watched(on_progress: Channel<ImportProgressDto>) -> ImportWatch {
    ImportWatch::new(move |progress| {
        let _ = on_progress.send(progress.into());
    })
}

/// Stops the plan or import that is under way between two parts. What is kept stays.
#[tauri::command]
#[specta::specta]
pub(crate) async fn stop_import(shell: State<'_, Shell>) -> Result<(), ErrorDto> {
    shell.stop_import();
    Ok(())
}

/// Any place of a long preview: the rows of one verdict, of one file, or all.
#[tauri::command]
#[specta::specta]
pub(crate) async fn plan_rows(
    shell: State<'_, Shell>,
    plan: String,
    show: Option<ImportVerdict>,
    file: Option<u32>,
    from: u32,
    limit: u32,
) -> Result<ImportRows, ErrorDto> {
    let office = shell.office().await?;
    let plan = shell.plan(&plan).await.ok_or_else(plan_gone)?;
    let fits = |row: &PlannedRow| {
        show.is_none_or(|show| show == ImportVerdict::from(&row.verdict))
            && file.is_none_or(|file| file as usize == row.file)
    };
    let limit = (limit as usize).min(MOST_ROWS);
    let (rows, total) = plan.page(fits, from as usize, limit);
    let found = office.import_candidates(plan.account, meant(&rows)).await?;
    Ok(ImportRows::of(&plan, &rows, total, &found))
}

fn plan_gone() -> ErrorDto {
    Error::new(
        Code::BadInput,
        "this preview is not the newest one any more: look at the files again",
    )
    .why(Why::ImportPlanGone)
    .into()
}

fn source(file: ImportFile) -> Result<SourceFile, ErrorDto> {
    // Four characters are three bytes.
    if file.text.len() / 4 * 3 > LARGEST_FILE {
        return Err(bad_input(format!(
            "{} is too large: at most {LARGEST_FILE} bytes",
            file.name
        )));
    }
    let bytes = STANDARD
        .decode(file.text)
        .map_err(|error| bad_input(format!("{} did not arrive whole: {error}", file.name)))?;
    Ok(SourceFile {
        name: file.name,
        bytes,
    })
}

/// Does what the plan of this name said, with a person's choices for its ambiguous rows.
#[tauri::command]
#[specta::specta]
pub(crate) async fn apply_import(
    shell: State<'_, Shell>,
    account: AccountNumber,
    plan: String,
    choices: Vec<ImportChoice>,
    on_progress: Channel<ImportProgressDto>,
) -> Result<ImportResultDto, ErrorDto> {
    shell.try_keychain_again();
    let choices = choices
        .into_iter()
        .map(Choice::try_from)
        .collect::<Result<Vec<_>, _>>()?;
    let kept = shell.take_plan(&plan).await;
    let plan = kept
        .filter(|plan| plan.account == account.into())
        .ok_or_else(plan_gone)?;
    let watch = shell.watch_import(watched(on_progress));
    let office = shell.office().await?;
    let result = office.apply_import_as(plan, &choices, &watch).await;
    // An error may come after parts that are kept.
    changed_in(&shell, account.into()).await;
    Ok(result?.into())
}

/// The imports of an account that changed something, newest first.
#[tauri::command]
#[specta::specta]
pub(crate) async fn imports(
    shell: State<'_, Shell>,
    account: AccountNumber,
) -> Result<Vec<ImportRunDto>, ErrorDto> {
    let runs = shell.office().await?.imports(account.into()).await?;
    Ok(runs.into_iter().map(Into::into).collect())
}

/// Takes an import back, as far as nothing else rests on it.
#[tauri::command]
#[specta::specta]
pub(crate) async fn undo_import(
    shell: State<'_, Shell>,
    account: AccountNumber,
    id: ImportNumber,
) -> Result<ImportUndone, ErrorDto> {
    let office = shell.office().await?;
    let undone = office.undo_import(account.into(), id.into()).await?;
    changed_in(&shell, account.into()).await;
    Ok(undone.into())
}
