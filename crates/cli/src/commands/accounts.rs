//! The shops that are known.

use hyvitys_backoffice::views::AccountJson;
use hyvitys_backoffice::{Error, Kept, NewShop};
use hyvitys_secrets::ENVIRONMENT_VARIABLE;
use hyvitys_store::accounts::Account;
use serde::Serialize;

use super::Context;
use crate::arguments::{AccountCommand, AddAccount};
use crate::exit::Outcome;
use crate::{secret_input, words};

#[derive(Serialize)]
struct AccountsJson {
    accounts: Vec<AccountJson>,
}

#[derive(Serialize)]
struct OneAccountJson {
    account: AccountJson,
}

#[derive(Serialize)]
struct RemovedJson<'a> {
    removed: &'a str,
}

/// `account …`
pub async fn run(
    context: &Context,
    command: AccountCommand,
    has_environment_secret: bool,
) -> Result<Outcome, Error> {
    match command {
        AccountCommand::Add(account) => add(context, account, has_environment_secret).await?,
        AccountCommand::List => list(context).await?,
        AccountCommand::Use { name } => {
            let account = context.backoffice.use_account(&name).await?;
            tell(context, &account, "is the active account from now on");
        }
        AccountCommand::Remove { name } => {
            context.backoffice.remove_account(&name).await?;
            if context.output.is_json() {
                context.output.document(&RemovedJson { removed: &name });
            }
            context.output.line(&format!(
                "{} is removed; its history stays.",
                words::clean(&name)
            ));
        }
    }
    Ok(Outcome::Fine)
}

/// A secret that was piped in goes before the environment's, which is never stored: whoever pipes one
/// wants it kept. At a terminal nobody is asked for what the environment has already.
async fn add(
    context: &Context,
    account: AddAccount,
    has_environment_secret: bool,
) -> Result<(), Error> {
    let secret = if has_environment_secret {
        secret_input::piped()?
    } else {
        Some(secret_input::read()?)
    };
    let over_environment = has_environment_secret && secret.is_some();
    let added = context
        .backoffice
        .add_account(NewShop {
            name: account.name,
            merchant: account.merchant,
            origin: account.api,
            callback_url: account.callback,
            secret,
        })
        .await?;
    tell(context, &added.account, "is added");
    context.output.line(&match added.secret {
        Kept::Keychain if over_environment => format!(
            "Its secret is in the keychain, as it came from standard input. It goes before {ENVIRONMENT_VARIABLE}."
        ),
        Kept::Keychain => "Its secret is in the keychain.".to_owned(),
        Kept::Environment => {
            format!("Its secret is not stored: {ENVIRONMENT_VARIABLE} has to be set each time.")
        }
    });
    if added.account.callback_url.is_none() {
        context.output.line(
            "Paytrail has no address to call after a refund; --callback gives one where the shop has one.",
        );
    }
    if !added.account.active {
        context
            .output
            .line("Another account is active: choose this one with `account use`.");
    }
    Ok(())
}

fn tell(context: &Context, account: &Account, what: &str) {
    if context.output.is_json() {
        context.output.document(&OneAccountJson {
            account: account.into(),
        });
    }
    context
        .output
        .line(&format!("{} {what}.", words::shop(account)));
}

async fn list(context: &Context) -> Result<(), Error> {
    let accounts = context.backoffice.accounts().await?;
    if context.output.is_json() {
        context.output.document(&AccountsJson {
            accounts: accounts.iter().map(Into::into).collect(),
        });
        return Ok(());
    }
    if accounts.is_empty() {
        context
            .output
            .line("No accounts yet: add one with `account add`.");
        return Ok(());
    }
    let rows: Vec<Vec<String>> = accounts.iter().map(row).collect();
    context.output.table(
        &["", "Name", "Mode", "Merchant", "API", "State"],
        &[],
        &rows,
    );
    Ok(())
}

fn row(account: &Account) -> Vec<String> {
    let json = AccountJson::from(account);
    let paused = json
        .paused
        .map(|why| format!("sending is paused: {}", words::clean(&why)));
    vec![
        if account.active { "*" } else { "" }.to_owned(),
        words::clean(&json.name),
        json.mode.to_string(),
        json.merchant_id,
        json.api,
        paused.unwrap_or_default(),
    ]
}
