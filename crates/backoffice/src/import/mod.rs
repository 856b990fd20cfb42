//! Import: payments arrive in files. A plan says what would change; then exactly that is done.
//!
//! Files are hostile: sizes, rows and lines are bounded, nothing in a file is ever opened, and a
//! broken row is reported by line and column without stopping the good ones. What a row says is
//! believed by where it comes from: a signed address after its signature was checked, a report as a
//! file that may fill in what no signature contradicts, an id as nothing but a question to Paytrail.
//! The same file twice changes nothing, and an import can be undone as far as nothing else rests on it.

mod addresses;
mod amounts;
mod apply;
mod columns;
mod csv;
mod dates;
mod facts;
mod files;
mod ids;
mod items;
mod json;
mod judge;
mod keep;
mod layout;
mod parse;
mod plan;
mod planned;
mod recognise;
mod refunds;
mod report;
mod rows;
mod runs;
mod settled;
mod sheet;
mod table;
mod text;
mod urls;
mod watch;

use hyvitys_domain::AccountId;

use crate::error::{Code, Error};
use crate::service::Backoffice;

use recognise::Recognised;

pub use apply::ImportResult;
pub use columns::Column;
pub(crate) use dates::finnish_day;
pub use files::{
    FileEncoding, FileKind, ImportOptions, Layout, PlannedFile, SourceFile, TableInfo,
};
pub use hyvitys_store::imports::{ImportRun, RunCounts, RunId, Undone};
pub(crate) use items::{Item, ParsedFile, Planned, Problem, RefundRow, Row, Take};
pub use plan::{
    Choice, Counts, FieldChange, ImportPlan, Joined, JoinedBy, PlannedRow, Reason, RowKind, Verdict,
};
pub(crate) use rows::{
    AmountUnit, TextRows, amount_in, plain_name, says_euros, whole_numbers_only,
};
pub(crate) use runs::RunningImports;
pub use runs::{PastImport, RunState};
pub use watch::{ImportPhase, ImportProgress, ImportWatch};

/// The largest file, in bytes.
pub const LARGEST_FILE: usize = 64 * 1024 * 1024;
/// The longest line, in bytes.
pub const LONGEST_LINE: usize = 1024 * 1024;
/// The most rows of one report (Paytrail's own limit).
pub const MOST_REPORT_ROWS: usize = 50_000;
/// The most ids or signed addresses of one file.
pub const MOST_IDS: usize = 200_000;

impl Backoffice {
    /// Reads files and says what importing them would do. Nothing is written.
    pub async fn plan_import(
        &self,
        account: AccountId,
        files: Vec<SourceFile>,
    ) -> Result<ImportPlan, Error> {
        let (options, watch) = (ImportOptions::default(), ImportWatch::default());
        self.plan_import_as(account, files, options, watch).await
    }

    /// [`Backoffice::plan_import`] as a person says that the files are read, and as it is watched.
    pub async fn plan_import_as(
        &self,
        account: AccountId,
        files: Vec<SourceFile>,
        options: ImportOptions,
        watch: ImportWatch,
    ) -> Result<ImportPlan, Error> {
        let account = self.account(account).await?;
        let said = options.clone();
        let mut recognised = blocking(move || {
            files
                .into_iter()
                .enumerate()
                .map(|(number, file)| recognise::recognise(number, file, &said))
                .collect::<Result<Vec<_>, Error>>()
        })
        .await??;
        let prints: Vec<_> = recognised.iter().map(Recognised::fingerprint).collect();
        let remembered = self
            .inner
            .store
            .read(move |tx| {
                let layout = |print: Option<String>| match print {
                    Some(print) => tx.import_layout(&print),
                    None => Ok(None),
                };
                prints
                    .into_iter()
                    .map(layout)
                    .collect::<Result<Vec<_>, _>>()
            })
            .await?;
        for (file, layout) in recognised.iter_mut().zip(remembered) {
            file.settle(layout.as_deref(), &options)?;
        }
        let signed = recognised
            .iter()
            .any(|file| file.kind == FileKind::SignedUrls);
        let credentials = if signed {
            Some(self.credentials(&account).await?)
        } else {
            None
        };
        let now = self.inner.clock.now().at;
        let watching = watch.clone();
        let (parsed, remember) = blocking(move || {
            let remember = recognised.iter().filter_map(Recognised::remember).collect();
            let all = recognised.len();
            let mut parsed = Vec::with_capacity(all);
            for (number, file) in recognised.into_iter().enumerate() {
                watching.at(ImportPhase::Reading, number, all)?;
                parsed.push(parse::parse(file, credentials.as_ref(), now, &watching)?);
            }
            Ok::<_, Error>((parsed, remember))
        })
        .await??;
        let id = account.id;
        let judged = self
            .inner
            .store
            .read(move |tx| judge::judge(tx, id, parsed, now, &watch))
            .await?;
        let mut plan = judged.ok_or_else(watch::stopped)?;
        plan.remember = remember;
        Ok(plan)
    }
}

/// Runs what computes for long where it holds nobody up.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::new(Code::BadInput, format!("the import broke off: {error}")))
}
