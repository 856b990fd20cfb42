//! Whether a shop has all that it needs.

use hyvitys_backoffice::{
    CheckReport, Error, Faulty, SecretState, SetupCheck, SetupItem, SetupState, SetupWhat,
    SignatureCheck,
};
use serde::Serialize;

use super::{Context, ShopJson};
use crate::exit::Outcome;
use crate::output::Output;
use crate::{why, words};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DoctorJson<'a> {
    account: ShopJson<'a>,
    credentials: Option<&'a CheckReport>,
    wrong: Option<Faulty>,
    callback: bool,
    keychain: SecretState,
    last_report_at: Option<String>,
    items: &'a [SetupItem],
}

/// `doctor`. The exit code says what was found: 0 nothing that keeps it from working, 3 id or secret are
/// not accepted, 5 Paytrail can't be reached or could not judge them, 2 anything else that does not work.
pub async fn run(context: &Context) -> Result<Outcome, Error> {
    let account = context.account().await?;
    let check = context.backoffice.setup_check(account.id).await?;
    let output = context.output;
    if output.is_json() {
        let at = check.last_report_at;
        output.document(&DoctorJson {
            account: (&account).into(),
            credentials: check.credentials.as_ref(),
            wrong: check.wrong,
            callback: check.callback,
            keychain: check.keychain,
            last_report_at: at.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)),
            items: &check.items,
        });
    }
    output.line(&words::shop(&account));
    show(output, &check);
    Ok(outcome(&check))
}

fn show(output: Output, check: &SetupCheck) {
    let rows: Vec<Vec<String>> = check
        .items
        .iter()
        .map(|item| {
            vec![
                state(item.state).to_owned(),
                what(item.what).to_owned(),
                found(item),
            ]
        })
        .collect();
    output.table(&["", "What", ""], &[], &rows);
    let faulty = match check.wrong {
        Some(Faulty::Secret) => "The secret is wrong.",
        Some(Faulty::IdOrSecret) => "The id or the secret is wrong: nothing tells which.",
        Some(Faulty::Clock) => "The clock of this machine is wrong.",
        Some(Faulty::Network) => "Paytrail can't be reached, or something in between answers.",
        None => return,
    };
    output.line("");
    output.line(faulty);
}

/// What was found, and what next where it could not be judged.
fn found(item: &SetupItem) -> String {
    let why = item.why.as_ref().map(why::words).unwrap_or_default();
    match (item.what, item.state) {
        (SetupWhat::Credentials, SetupState::NotKnown) => {
            format!("{why}; id and secret were not judged: run `doctor` again in a minute")
        }
        _ => why,
    }
}

const fn state(state: SetupState) -> &'static str {
    match state {
        SetupState::Good => "good",
        SetupState::Todo => "to do",
        SetupState::Bad => "BAD",
        SetupState::NotKnown => "not known",
    }
}

const fn what(what: SetupWhat) -> &'static str {
    match what {
        SetupWhat::Credentials => "id and secret",
        SetupWhat::Sending => "sending",
        SetupWhat::Clock => "clock",
        SetupWhat::Klarna => "Klarna",
        SetupWhat::Callback => "callback address",
        SetupWhat::Keychain => "keychain",
        SetupWhat::LastReport => "newest report",
    }
}

fn outcome(check: &SetupCheck) -> Outcome {
    match check.wrong {
        Some(Faulty::Secret | Faulty::IdOrSecret) => return Outcome::Refused,
        Some(Faulty::Network) => return Outcome::NothingSent,
        Some(Faulty::Clock) => return Outcome::OwnRules,
        None => {}
    }
    let asked = check.credentials.as_ref();
    if asked.is_some_and(|report| report.signature != SignatureCheck::Accepted) {
        return Outcome::NothingSent;
    }
    let bad = |item: &SetupItem| item.state == SetupState::Bad;
    if check.items.iter().any(bad) {
        Outcome::OwnRules
    } else {
        Outcome::Fine
    }
}
