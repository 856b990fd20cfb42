//! Making a payment of an order in a file.

use std::fs::File;
use std::io::{self, BufRead, IsTerminal, Read};
use std::path::Path;

use hyvitys_backoffice::drafts::{VatSum, file};
use hyvitys_backoffice::{Acceptance, Code, CreatedPayment, Error, OrderCheck, OrderProblem};
use hyvitys_domain::{Mode, Money};
use hyvitys_store::accounts::Account;
use hyvitys_store::drafts::Way;
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
    /// Whether Paytrail surely comes to the same.
    to_pay_is_certain: bool,
    vat: &'a [VatSum],
    problems: &'a [OrderProblem],
    acceptance: &'a Acceptance,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PaymentJson {
    transaction_id: String,
    /// Whether a look has confirmed that it is this payment; until then its link may lead elsewhere.
    confirmed: bool,
    /// What it comes to by that look.
    amount: Option<Money>,
    href: Option<String>,
    step_up_url: Option<String>,
    expires_at: String,
}

impl From<&CreatedPayment> for PaymentJson {
    fn from(created: &CreatedPayment) -> PaymentJson {
        let expires = created.link.expires_at;
        PaymentJson {
            transaction_id: created.payment.to_string(),
            confirmed: created.amount.is_some(),
            amount: created.amount,
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
                to_pay_is_certain: self.check.to_pay_is_certain,
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
    let mode = Mode::of(&account.origin, &account.merchant);
    let asked = question(&account.name, mode, file.order.way, &check);
    if !create.yes
        && let Err(error) = confirmed(output, &create, &asked)
    {
        return Ok(told.fail(output, &error));
    }
    // What was shown is what is sent, whatever stands in the file by then.
    let shown = file.order.digest()?;
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
        .create_payment(account.id, id, &shown, office.new_intent())
        .await
    {
        Ok(created) => {
            told.document(output, Some(&created), None, None);
            tell(output, &created);
            Ok(if created.amount.is_some() {
                Outcome::Fine
            } else {
                Outcome::Unknown
            })
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
fn confirmed(output: Output, create: &CreatePayment, question: &str) -> Result<(), Error> {
    let nothing =
        |why: &str| Err(Error::new(Code::BadInput, why).next("run it again with --yes to send it"));
    if output.is_json() {
        return nothing("nothing was sent: with --json nobody is asked");
    }
    if create.file == Path::new("-") || !io::stdin().is_terminal() {
        return nothing("nothing was sent: there is no terminal to ask at");
    }
    output.note(&format!(
        "{question} Type y and Enter; anything else sends nothing."
    ));
    let mut answer = String::new();
    // Words that can't be read are no yes.
    let read = io::stdin().lock().take(100).read_line(&mut answer);
    match (read, answer.trim().to_lowercase().as_str()) {
        (Ok(_), "y" | "yes") => Ok(()),
        _ => nothing("nothing was sent"),
    }
}

/// What a person says yes to: how it is paid, how much, and at which shop (money-safety 17).
fn question(shop: &str, mode: Mode, way: Way, check: &OrderCheck) -> String {
    let sum = to_pay(check);
    let what = match way {
        Way::Link => format!("Make a payment link of {sum}"),
        Way::Charge => format!("Charge {sum} by the session token"),
        Way::AuthorizationHold => format!("Hold {sum} by the session token"),
    };
    format!("{what} at {} ({mode})?", words::clean(shop))
}

/// What the customer pays, and whether that is certain.
fn to_pay(check: &OrderCheck) -> String {
    let sum = check.to_pay.map(words::money).unwrap_or_default();
    words::sum(&sum, check.to_pay_is_certain)
}

fn show(output: Output, check: &OrderCheck) {
    output.fields(&[
        ("To pay", to_pay(check)),
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
    let payment = created.payment;
    output.line(&match created.amount {
        Some(_) => format!("Payment {payment} is made."),
        None => format!("Payment {payment} is made, but not confirmed yet."),
    });
    let link = &created.link;
    output.fields(&[
        (
            "Amount",
            created.amount.map(words::money).unwrap_or_default(),
        ),
        ("Payment page", link.href.clone().unwrap_or_default()),
        (
            "The customer confirms at",
            link.step_up_url.clone().unwrap_or_default(),
        ),
        ("Until", words::time(link.expires_at)),
    ]);
    if created.amount.is_none() {
        output.note(
            "Paytrail could not be asked whether this is the payment of this order, so that the link may be another one's. Run `sync`, and hand it out when `show` knows the payment.",
        );
    }
}

#[cfg(test)]
mod tests {
    use hyvitys_backoffice::DraftOrder;
    use hyvitys_backoffice::drafts::DraftLine;

    use super::*;

    #[test]
    fn the_question_names_how_it_is_paid_how_much_the_shop_and_whose_money_it_is() {
        let order = |prices_without_vat| DraftOrder {
            prices_without_vat,
            lines: vec![DraftLine {
                units: Some(1),
                unit_price: Some(Money::from_cents(2_001)),
                vat_permille: Some(255),
                ..DraftLine::default()
            }],
            ..DraftOrder::default()
        };
        let asked = |way, without_vat| {
            let check = order(without_vat).check();
            question("Kauppa", Mode::Live, way, &check).replace('\u{a0}', " ")
        };
        assert_eq!(
            asked(Way::Charge, false),
            "Charge 20,01 € by the session token at Kauppa (LIVE)?"
        );
        assert_eq!(
            asked(Way::AuthorizationHold, false),
            "Hold 20,01 € by the session token at Kauppa (LIVE)?"
        );
        assert_eq!(
            asked(Way::Link, true),
            "Make a payment link of about 25,11 € at Kauppa (LIVE)?"
        );
    }
}
