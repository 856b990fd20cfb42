//! What each command does.

mod accounts;
mod audit;
mod bulk;
mod doctor;
mod drafts;
mod export;
mod import;
mod imports;
mod money;
mod operations;
mod payment;
mod payments;
mod settlements;
mod sync;

use hyvitys_backoffice::setup::{self, SetupOptions};
use hyvitys_backoffice::{Backoffice, Code, Error};
use hyvitys_domain::Mode;
use hyvitys_secrets::secret_of_environment;
use hyvitys_store::accounts::Account;
use serde::Serialize;

use crate::arguments::{Arguments, Command};
use crate::exit::Outcome;
use crate::output::Output;

pub use audit::since;

/// What all commands work with.
struct Context {
    backoffice: Backoffice,
    /// The account that `--account` names.
    named: Option<String>,
    output: Output,
}

/// Runs a command to its end.
pub fn run(arguments: Arguments, output: Output) -> Result<Outcome, Error> {
    // The one look at the environment; whoever needs the secret gets it handed.
    let environment_secret = secret_of_environment();
    let has_environment_secret = environment_secret.is_some();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Error::new(Code::Store, format!("the program can't start: {error}")))?;
    let backoffice = setup::open(SetupOptions {
        data_dir: arguments.data,
        environment_secret,
    })?;
    let context = Context {
        backoffice,
        named: arguments.account,
        output,
    };
    runtime.block_on(async {
        match arguments.command {
            Command::Account(command) => {
                accounts::run(&context, command, has_environment_secret).await
            }
            Command::Import(import) => match &import.command {
                Some(command) => imports::run(&context, command).await,
                None => import::run(&context, &import).await,
            },
            Command::Sync => sync::run(&context).await,
            Command::List(list) => payments::list(&context, &list).await,
            Command::Show { id } => payments::show(&context, id).await,
            Command::Refund(refund) => money::refund(&context, refund).await,
            Command::Activate(holds) => money::activate(&context, &holds.ids).await,
            Command::Cancel(holds) => money::cancel(&context, &holds.ids).await,
            Command::Bulk(command) => bulk::run(&context, command).await,
            Command::Operations { state } => operations::list(&context, state).await,
            Command::Resolve(resolve) => operations::resolve(&context, &resolve).await,
            Command::Payment(command) => payment::run(&context, command).await,
            Command::Settlements { id, refresh } => {
                settlements::run(&context, id.as_deref(), refresh).await
            }
            Command::Doctor => doctor::run(&context).await,
            Command::Export(command) => export::run(&context, command).await,
            Command::Audit(command) => audit::run(&context, command).await,
            Command::Takeover { note } => operations::take_over(&context, &note).await,
        }
    })
}

impl Context {
    /// The account to work with: the one named, else the active one.
    async fn account(&self) -> Result<Account, Error> {
        self.backoffice.active_account(self.named.as_deref()).await
    }
}

/// Which shop a document is about, and whether its money is real.
#[derive(Debug, Serialize)]
struct ShopJson<'a> {
    name: &'a str,
    merchant: &'a str,
    mode: Mode,
}

impl<'a> From<&'a Account> for ShopJson<'a> {
    fn from(account: &'a Account) -> ShopJson<'a> {
        ShopJson {
            name: &account.name,
            merchant: account.merchant.as_str(),
            mode: Mode::of(&account.origin, &account.merchant),
        }
    }
}
