//! Who did what and when; and what a shop has settled for its refunds.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use hyvitys_backoffice::{Code, Error, ExportFormat};
use tauri::State;

use crate::dto::{
    AccountNumber, AuditPageDto, AuditQueryDto, AuditReport, EntryNumber, ErrorDto,
    RefundPolicyDto, SavedTable, TableFormat,
};
use crate::state::Shell;
use crate::sync::changed_in;

/// How many names a table of one day may take.
const MOST_NAMES: u32 = 1_000;

/// The entries of an account and of none that fit, the newest first, before the entry `before`.
#[tauri::command]
#[specta::specta]
pub(crate) async fn audit_log(
    shell: State<'_, Shell>,
    account: AccountNumber,
    query: AuditQueryDto,
    before: Option<EntryNumber>,
    limit: u32,
) -> Result<AuditPageDto, ErrorDto> {
    let office = shell.office().await?;
    let before = before.map(|EntryNumber(seq)| seq);
    let limit = limit.try_into().unwrap_or(usize::MAX);
    Ok((&office.audit(&query.of(account)?, before, limit).await?).into())
}

/// Who has entries in the audit log.
#[tauri::command]
#[specta::specta]
pub(crate) async fn audit_people(shell: State<'_, Shell>) -> Result<Vec<String>, ErrorDto> {
    Ok(shell.office().await?.audit_people().await?)
}

/// Checks the whole audit log.
#[tauri::command]
#[specta::specta]
pub(crate) async fn verify_audit(shell: State<'_, Shell>) -> Result<AuditReport, ErrorDto> {
    Ok((&shell.office().await?.verify_audit().await?).into())
}

/// Writes the entries that fit to a new file in the folder for downloads.
#[tauri::command]
#[specta::specta]
pub(crate) async fn export_audit(
    shell: State<'_, Shell>,
    account: AccountNumber,
    query: AuditQueryDto,
    format: TableFormat,
) -> Result<SavedTable, ErrorDto> {
    let office = shell.office().await?;
    let query = query.of(account)?;
    let format = ExportFormat::from(format);
    let folder = shell.tables_folder().await?;
    let (path, file) = new_table(&folder, "hyvitys-audit-log", shell.now(), format)?;
    let mut to = BufWriter::new(file);
    let written = office.export_audit(&query, format, &mut to).await;
    let kept = written.and_then(|rows| match to.flush() {
        Ok(()) => Ok(rows),
        Err(error) => Err(cannot(&path, &error)),
    });
    match kept {
        Ok(rows) => {
            changed_in(&shell, account.into()).await;
            Ok(SavedTable::new(&path, rows))
        }
        Err(error) => {
            // Half a table is of no use; that it can't be removed changes nothing.
            let _ = fs::remove_file(&path);
            Err(error.into())
        }
    }
}

/// A new file for a table, named after what it is and the day; what is there keeps its name. Its owner alone can
/// read it.
pub(super) fn new_table(
    folder: &Path,
    what: &str,
    now: DateTime<Utc>,
    format: ExportFormat,
) -> Result<(PathBuf, File), Error> {
    let day = now.with_timezone(&chrono_tz::Europe::Helsinki);
    let day = day.format("%Y-%m-%d");
    let end = format.as_str();
    fs::create_dir_all(folder).map_err(|error| cannot(folder, &error))?;
    for number in 1..=MOST_NAMES {
        let name = match number {
            1 => format!("{what}-{day}.{end}"),
            number => format!("{what}-{day} ({number}).{end}"),
        };
        let path = folder.join(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(cannot(&path, &error)),
        }
    }
    Err(cannot(folder, &io::ErrorKind::AlreadyExists.into()))
}

pub(super) fn cannot(path: &Path, error: &io::Error) -> Error {
    Error::new(
        Code::NotSaved,
        format!("{} can't be written: {error}", path.display()),
    )
    .next("make room on the disk, and try again")
}

/// What the shop has settled for its refunds.
#[tauri::command]
#[specta::specta]
pub(crate) async fn refund_policy(
    shell: State<'_, Shell>,
    account: AccountNumber,
) -> Result<RefundPolicyDto, ErrorDto> {
    let office = shell.office().await?;
    Ok(office.refund_policy(account.into()).await?.into())
}

/// Settles it anew; gives it as it is kept.
#[tauri::command]
#[specta::specta]
pub(crate) async fn set_refund_policy(
    shell: State<'_, Shell>,
    account: AccountNumber,
    policy: RefundPolicyDto,
) -> Result<RefundPolicyDto, ErrorDto> {
    let office = shell.office().await?;
    let kept = office
        .set_refund_policy(account.into(), policy.into())
        .await?;
    Ok(kept.into())
}
