//! Files come in: first a plan, then exactly that.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyvitys_backoffice::SourceFile;
use hyvitys_backoffice::import::LARGEST_FILE;
use tauri::State;

use crate::dto::{AccountNumber, ErrorDto, ImportFile, ImportPlanDto, ImportResultDto, bad_input};
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
    let plan = office.plan_import(account.into(), files).await?;
    let dto = ImportPlanDto::of(&plan, office.new_intent().as_str().to_owned());
    shell.keep_plan(dto.plan.clone(), plan).await;
    Ok(dto)
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

/// Does what the plan of this name said.
#[tauri::command]
#[specta::specta]
pub(crate) async fn apply_import(
    shell: State<'_, Shell>,
    account: AccountNumber,
    plan: String,
) -> Result<ImportResultDto, ErrorDto> {
    let kept = shell.take_plan(&plan).await;
    let plan = kept
        .filter(|plan| plan.account == account.into())
        .ok_or_else(|| {
            bad_input(
                "this preview is not the newest one any more: look at the files again".to_owned(),
            )
        })?;
    let result = shell.office().await?.apply_import(plan).await?;
    changed_in(&shell, account.into()).await;
    Ok(result.into())
}
