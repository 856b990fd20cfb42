//! Many operations with one confirmation: what a file would do, doing it, and what became of it.

mod batch;
mod check;
mod json;
mod result;
mod run;

use hyvitys_backoffice::bulk::BatchView;
use hyvitys_backoffice::{Code, Error};
use hyvitys_store::accounts::Account;

use super::Context;
use crate::arguments::{BatchName, BulkCommand};
use crate::exit::Outcome;
use crate::words;

/// `bulk check|run|resume|status|pause|stop|export`
pub async fn run(context: &Context, command: BulkCommand) -> Result<Outcome, Error> {
    match command {
        BulkCommand::Check(check) => check::run(context, &check).await,
        BulkCommand::Run(run) => run::run(context, run).await,
        BulkCommand::Resume { batch } => run::resume(context, batch).await,
        BulkCommand::Status { batch } => batch::status(context, batch).await,
        BulkCommand::Pause { batch } => batch::pause(context, batch).await,
        BulkCommand::Stop { batch } => batch::stop(context, batch).await,
        BulkCommand::Export(export) => result::run(context, &export).await,
    }
}

/// The batch of this name in a shop; another shop's is none of its own.
async fn find(context: &Context, account: &Account, name: BatchName) -> Result<BatchView, Error> {
    let all = context.backoffice.batches(account.id).await?;
    let found = all.into_iter().find(|view| match name {
        BatchName::Id(id) => view.batch.id == id,
        BatchName::Number(number) => view.batch.number == number,
    });
    found.ok_or_else(|| {
        let shop = words::clean(&account.name);
        Error::new(Code::NotFound, format!("{shop} has no batch {name}"))
            .next("`bulk status` lists them; --account names another shop")
    })
}
