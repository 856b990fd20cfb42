//! Making a payment of an order in a file.

use std::fs::File;
use std::io::{self, BufRead, IsTerminal, Read};
use std::path::Path;

use hyvitys_backoffice::drafts::{VatSum, file};
use hyvitys_backoffice::{Acceptance, Code, CreatedPayment, Error, OrderCheck, OrderProblem};
use hyvitys_domain::Money;
use hyvitys_store::accounts::Account;
use serde::Serialize;

use super::{Context, ShopJson, drafts};
use crate::arguments::{CreatePayment, PaymentCommand};
use crate::exit::Outcome;
use crate::output::Output;
use crate::{why, words};

/// No order is nearly as large, in bytes.
const LONGEST: u64 = 8 * 1024 * 1024;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CreatedJson<'a> {
    account: ShopJson<'a>,
    check: CheckJson<'a>,
    /// The payment; `null` where none was made, as far as is known.
    created: Option<PaymentJson>,
    /// Of an outcome that is not known: the draft that stands for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    draft: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a Error>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CheckJson<'a> {
    amount: Option<Money>,
    to_pay: Option<Money>,
    vat: &'a [VatSum],
    problems: &'a [OrderProblem],
    acceptance: &'a Acceptance,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PaymentJson {
    transaction_id: String,
    href: Option<String>,
    step_up_url: Option<String>,
    expires_at: String,
}

impl From<&CreatedPayment> for PaymentJson {
    fn from(created: &CreatedPayment) -> PaymentJson {
        let expires = created.link.expires_at;
        PaymentJson {
            transaction_id: created.payment.to_string(),
            href: created.link.href.clone(),
            step_up_url: created.link.step_up_url.clone(),
            expires_at: expires.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        }
    }
}

/// What there is to tell at the end.
struct Told<'a> {
    account: &'a Account,
    check: &'a OrderCheck,
}

impl Told<'_> {
    fn document(
        &self,
        output: Output,
        created: Option<&CreatedPayment>,
        draft: Option<String>,
        error: Option<&Error>,
    ) {
        if !output.is_json() {
            return;
        }
        output.document(&CreatedJson {
            account: self.account.into(),
            check: CheckJson {
                amount: self.check.amount,
                to_pay: self.check.to_pay,
                vat: &self.check.vat,
                problems: &self.check.problems,
                acceptance: &self.check.acceptance,
            },
            created: created.map(Into::into),
            draft,
            error,
        });
    }

    /// An error with nothing made.
    fn fail(&self, output: Output, error: &Error) -> Outcome {
        self.document(output, None, None, Some(error));
        output.explain(error);
        Outcome::of_error(error)
    }
}

/// `payment …`
pub async fn run(context: &Context, command: PaymentCommand) -> Result<Outcome, Error> {
    match command {
        PaymentCommand::Create(create) => make(context, create).await,
        PaymentCommand::List => drafts::list(context).await,
        PaymentCommand::Resolve(resolve) => drafts::resolve(context, resolve).await,
    }
}

async fn make(context: &Context, create: CreatePayment) -> Result<Outcome, Error> {
    let account = context.account().await?;
    let file = file::read(&read(&create.file)?)?;
    let check = file.order.check();
    let output = context.output;
    let told = Told {
        account: &account,
        check: &check,
    };
    output.line(&words::shop(&account));
    show(output, &check);
    if !check.problems.is_empty() {
        let error = Error::new(
            Code::BadInput,
            "the order can't be sent so: nothing was made",
        );
        return Ok(told.fail(output, &error));
    }
    if !create.yes
        && let Err(error) = confirmed(output, &create, &check)
    {
        return Ok(told.fail(output, &error));
    }
    let office = &context.backoffice;
    let draft = match file.stamp {
        Some(stamp) => {
            office
                .save_draft_with_stamp(account.id, None, &file.order, stamp)
                .await
        }
        None => office.save_draft(account.id, None, &file.order).await,
    };
    let id = match draft {
        Ok(draft) => draft.id,
        Err(error) => return Ok(told.fail(output, &error)),
    };
    match office
        .create_payment(account.id, id, office.new_intent())
        .await
    {
        Ok(created) => {
            told.document(output, Some(&created), None, None);
            tell(output, &created);
            Ok(Outcome::Fine)
        }
        // It stays, so that nobody makes it a second time without having looked.
        Err(error) if matches!(error.code, Code::Unclear | Code::NotSaved) => {
            told.document(output, None, Some(id.to_string()), Some(&error));
            output.explain(&error);
            Ok(Outcome::Unknown)
        }
        Err(error) => {
            // Nothing was made: the file is all there is, and can be sent again.
            if let Err(stays) = office.delete_draft(account.id, id).await {
                output.note(&format!(
                    "the draft stays: {}",
                    words::clean(&stays.message)
                ));
            }
            Ok(told.fail(output, &error))
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    let done = if path == Path::new("-") {
        io::stdin().lock().take(LONGEST).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(LONGEST).read_to_end(&mut bytes))
    };
    match done {
        Ok(_) => Ok(bytes),
        Err(error) => Err(Error::new(
            Code::BadInput,
            format!("{} can't be read: {error}", path.display()),
        )),
    }
}

/// Asks at a terminal; without one there is nobody to say yes.
fn confirmed(output: Output, create: &CreatePayment, check: &OrderCheck) -> Result<(), Error> {
    let nothing =
        |why: &str| Err(Error::new(Code::BadInput, why).next("run it again with --yes to send it"));
    if output.is_json() {
        return nothing("nothing was sent: with --json nobody is asked");
    }
    if create.file == Path::new("-") || !io::stdin().is_terminal() {
        return nothing("nothing was sent: there is no terminal to ask at");
    }
    let sum = check.to_pay.map(words::money).unwrap_or_default();
    output.note(&format!(
        "Make this payment of {sum}? Type y and Enter; anything else sends nothing."
    ));
    let mut answer = String::new();
    // Words that can't be read are no yes.
    let read = io::stdin().lock().take(100).read_line(&mut answer);
    match (read, answer.trim().to_lowercase().as_str()) {
        (Ok(_), "y" | "yes") => Ok(()),
        _ => nothing("nothing was sent"),
    }
}

fn show(output: Output, check: &OrderCheck) {
    let sum = |amount: Option<Money>| amount.map(words::money).unwrap_or_default();
    output.fields(&[
        ("To pay", sum(check.to_pay)),
        (
            "Klarna is told",
            format!("{} of 100", check.acceptance.score),
        ),
    ]);
    let rows: Vec<Vec<String>> = check.vat.iter().map(rate).collect();
    if !rows.is_empty() {
        output.table(&["VAT", "Net", "Tax", "Gross"], &[true; 4], &rows);
    }
    for problem in &check.problems {
        output.note(&format!(
            "  {}: {}",
            words::clean(&problem.field),
            why::words(&problem.why)
        ));
    }
}

fn rate(sum: &VatSum) -> Vec<String> {
    let (whole, tenth) = (sum.vat_permille / 10, sum.vat_permille % 10);
    vec![
        format!("{whole},{tenth} %"),
        words::money(sum.net),
        words::money(sum.tax),
        words::money(sum.gross),
    ]
}

fn tell(output: Output, created: &CreatedPayment) {
    output.line(&format!("Payment {} is made.", created.payment));
    let link = &created.link;
    output.fields(&[
        ("Payment page", link.href.clone().unwrap_or_default()),
        (
            "The customer confirms at",
            link.step_up_url.clone().unwrap_or_default(),
        ),
        ("Until", words::time(link.expires_at)),
    ]);
}
