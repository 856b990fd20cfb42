//! The command line, as it is typed.

use std::path::PathBuf;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use clap::{Args, Parser, Subcommand, ValueEnum};
use hyvitys_backoffice::ExportFormat;
use hyvitys_backoffice::import::{Column, FileKind};
use hyvitys_domain::{
    ApiOrigin, DraftId, ItemStamp, MerchantId, Money, OperationId, OperationState, TransactionId,
};

use crate::commands::since;

mod bulk;

pub use bulk::{BatchName, BulkCheck, BulkCommand, BulkExport, BulkFile, BulkRun};

/// See, refund, activate and cancel Klarna payments made through Paytrail.
///
/// Exit codes: 0 done or accepted, 2 bad input or refused by our own rules, 3 refused by Paytrail,
/// 4 outcome unknown, 5 nothing was sent. Of several outcomes the worst: 4, 5, 3, 2.
///
/// With --json there is one JSON document on standard output, also for an error:
/// {"error": {code, message, moneyMoved, requestId, next}}. Amounts are cents, times UTC. Words for
/// people go to standard error.
///
/// The merchant secret comes from the keychain of the operating system or, where there is none, from
/// `HYVITYS_MERCHANT_SECRET` in the environment. It is never an argument.
#[derive(Debug, Parser)]
#[command(name = "hyvitys-cli", version, max_term_width = 100)]
pub struct Arguments {
    /// The folder of the data file; the system's usual place if not given.
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The account to work with; the active one if not given.
    #[arg(
        long = "account",
        id = "use-account",
        global = true,
        value_name = "NAME"
    )]
    pub account: Option<String>,
    /// Write JSON instead of text.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The shops that this program knows.
    #[command(subcommand)]
    Account(AccountCommand),
    /// Read payments, transaction ids or signed URLs from files (`-` is standard input); list or undo imports.
    Import(Import),
    /// Ask Paytrail about everything that is still open.
    Sync,
    /// List payments, newest first.
    List(List),
    /// Show one payment and all that is known of it.
    Show {
        /// The payment's transaction id.
        #[arg(value_name = "ID")]
        id: TransactionId,
    },
    /// Give money back. The command is the confirmation: nothing is asked.
    Refund(Refund),
    /// Activate manual invoices or commit authorization holds: the customers owe them from then on.
    Activate(Holds),
    /// Cancel open holds.
    Cancel(Holds),
    /// Refund, activate or cancel many payments of a file with one confirmation.
    #[command(subcommand)]
    Bulk(BulkCommand),
    /// List refunds, activations and cancels.
    Operations {
        /// Only those in this state: draft, queued, sending, accepted, done, failed, rejected, unknown.
        #[arg(long, value_name = "S")]
        state: Option<OperationState>,
    },
    /// Say what became of an operation whose outcome is unknown.
    Resolve(Resolve),
    /// Make payments.
    #[command(subcommand)]
    Payment(PaymentCommand),
    /// List what was paid out, or show one settlement and what does not add up in it.
    Settlements {
        /// The settlement's id.
        #[arg(value_name = "ID")]
        id: Option<String>,
        /// Ask Paytrail first.
        #[arg(long)]
        refresh: bool,
    },
    /// Check everything that the shop needs. Ends with 0, 3 (id or secret), 5 (the network) or 2 (the rest).
    Doctor,
    /// Write tables for other programs.
    #[command(subcommand)]
    Export(ExportCommand),
    /// Who did what and when: list the audit log, check it, or write it to a file.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Take over a data file that was restored or copied, after comparing it with the Merchant Panel.
    Takeover {
        /// What was compared.
        #[arg(long, value_name = "TEXT")]
        note: String,
    },
}

/// The audit log.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// List its entries, newest first; of the account that --account names, else of all.
    List(AuditList),
    /// Check every entry, their order and their end, and that the tables say the same. Ends with 0 where it
    /// holds, else with 2.
    Verify,
    /// Write it to a file.
    Export {
        /// CSV (`;`, decimal comma), a workbook, or JSON (cents).
        #[arg(long, value_enum)]
        format: TableFormat,
        /// Where to.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

/// Which entries to list.
#[derive(Debug, Args)]
pub struct AuditList {
    /// From this day (in Finland) or time on, like 2026-11-24 or 2026-11-24T12:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = since)]
    pub since: Option<DateTime<Utc>>,
    /// By this person, as the operating system names them.
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// With these words in it: an order's reference, a request-id, a reason, a customer.
    #[arg(long, value_name = "WORDS", default_value = "")]
    pub text: String,
    /// How many at most, 1 to 1000.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub limit: u32,
    /// Those before this entry.
    #[arg(long, value_name = "ENTRY")]
    pub before: Option<i64>,
}

/// Payments to make.
#[derive(Debug, Subcommand)]
pub enum PaymentCommand {
    /// Make one of an order in a file.
    Create(CreatePayment),
    /// List the drafts that are no payments yet, those of lost answers among them.
    List,
    /// Say what became of a draft whose answer was lost.
    Resolve(ResolveDraft),
}

/// What a person found.
#[derive(Debug, Args)]
pub struct ResolveDraft {
    /// The draft's id, as `payment list` has it.
    #[arg(value_name = "DRAFT")]
    pub draft: DraftId,
    /// Which of the two it was.
    #[command(flatten)]
    pub found: Found,
    /// What was seen, and where; needed with --not-made.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub note: String,
}

/// Whether it was made.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Found {
    /// It was made: this is its transaction id. Paytrail is asked whether it is.
    #[arg(long, value_name = "ID")]
    pub id: Option<TransactionId>,
    /// It was not; of a charge this can be said when half an hour has passed.
    #[arg(long)]
    pub not_made: bool,
}

/// A payment to make.
#[derive(Debug, Args)]
pub struct CreatePayment {
    /// The body of Paytrail's POST /payments as JSON, amounts in cents; `way` may be `link`, `charge` or
    /// `authorizationHold`. A stamp in it makes it one payment, however often it is sent. `-` is standard input.
    #[arg(long, value_name = "FILE")]
    pub file: PathBuf,
    /// Send it without asking; with --json nothing is sent without it.
    #[arg(long)]
    pub yes: bool,
}

/// Tables to write.
#[derive(Debug, Subcommand)]
pub enum ExportCommand {
    /// The payments, newest first.
    Payments(ExportPayments),
}

/// Which payments, and as what.
#[derive(Debug, Args)]
pub struct ExportPayments {
    /// CSV (`;`, decimal comma), a workbook, or JSON (cents).
    #[arg(long, value_enum)]
    pub format: TableFormat,
    /// As `list` takes it.
    #[arg(long, value_name = "Q", default_value = "")]
    pub query: String,
    /// Where to; standard output if not given.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// The form of a table.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum TableFormat {
    /// For a spreadsheet.
    Csv,
    /// A workbook.
    Xlsx,
    /// For programs.
    Json,
}

impl From<TableFormat> for ExportFormat {
    fn from(format: TableFormat) -> ExportFormat {
        match format {
            TableFormat::Csv => ExportFormat::Csv,
            TableFormat::Xlsx => ExportFormat::Xlsx,
            TableFormat::Json => ExportFormat::Json,
        }
    }
}

/// The shops that this program knows.
#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// Add a shop. Its secret is what standard input has, else the environment's, else asked for.
    Add(AddAccount),
    /// List the shops.
    List,
    /// Make a shop the active one.
    Use {
        /// Its name.
        name: String,
    },
    /// Remove a shop from the lists; its history stays.
    Remove {
        /// Its name.
        name: String,
    },
}

/// A shop to add.
#[derive(Debug, Args)]
pub struct AddAccount {
    /// What to call it here.
    #[arg(long)]
    pub name: String,
    /// Paytrail's merchant id.
    #[arg(long, value_name = "ID")]
    pub merchant: MerchantId,
    /// The address of the API: `https://services.paytrail.com`, or a sandbox on this machine.
    #[arg(long, value_name = "URL")]
    pub api: ApiOrigin,
    /// Where Paytrail calls after a refund.
    #[arg(long, value_name = "URL")]
    pub callback: Option<String>,
}

/// Files to import, or what to do with earlier imports.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Import {
    /// Payment reports (JSON, CSV), Merchant Panel exports, settlements, web shop orders and other tables
    /// (CSV, XLSX), transaction ids, signed URLs, access logs. A file named `list` or `undo` is `./list`.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// What the files are, where they are not recognised: reportJson, reportCsv, merchantPanel, settlement,
    /// wooCommerce, table, transactionIds, signedUrls.
    #[arg(long, value_name = "F")]
    pub format: Option<FileKind>,
    /// What a column of a table is, by its name or number, like `Summa=amountEuros`; may be given several
    /// times. Fields: transactionId, stamp, reference, amountEuros, amountCents, date, time, dateTime,
    /// status, provider, email, firstName, lastName, name, company, refundStamp, originalReference,
    /// settlementId, settlementReference, settlementDate, fee, commission, description.
    #[arg(long = "map", value_name = "COL=FIELD", value_parser = map::<Column>)]
    pub map: Vec<(String, Column)>,
    /// Show what the files say and keep nothing.
    #[arg(long, conflicts_with = "yes")]
    pub dry_run: bool,
    /// Keep what the files say without asking; with --json nothing is kept without it.
    #[arg(long)]
    pub yes: bool,
    /// What to do with earlier imports.
    #[command(subcommand)]
    pub command: Option<ImportCommand>,
}

/// What to do with earlier imports.
#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// List the imports that changed something, newest first.
    List,
    /// Take an import back, as far as nothing else rests on it.
    Undo {
        /// Its number, as `import list` shows it.
        #[arg(value_name = "ID")]
        id: i64,
    },
}

/// Which payments to list.
#[derive(Debug, Args)]
pub struct List {
    /// Words (by prefix) and `status: provider: amount: created: refunded: reference: email: tx: stamp:`.
    #[arg(long, value_name = "Q", default_value = "")]
    pub query: String,
    /// How many at most, 1 to 1000.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub limit: u32,
    /// Go on after this place, as the list before gave it.
    #[arg(long, value_name = "K")]
    pub after: Option<String>,
}

/// A refund.
#[derive(Debug, Args)]
pub struct Refund {
    /// The payment's transaction id.
    #[arg(value_name = "ID")]
    pub id: TransactionId,
    /// How much.
    #[command(flatten)]
    pub how_much: RefundAmount,
    /// The same refund was made before, and is meant again.
    #[arg(long)]
    pub again: bool,
    /// Why, in the shop's own words; stands in the audit log, so no names of customers.
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// A note for ourselves; stays out of the audit log.
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// The sum once more, in euros, where it is over the shop's limit; else it is asked for at the terminal.
    #[arg(long, value_name = "EUROS", value_parser = Money::parse_euros, allow_hyphen_values = true)]
    pub typed: Option<Money>,
    /// The shop's reference of the refund; goes to Paytrail.
    #[arg(long, value_name = "TEXT")]
    pub reference: Option<String>,
    /// Let Paytrail make it an email refund to this address where the payment method has none.
    #[arg(long, value_name = "ADDRESS")]
    pub email: Option<String>,
}

/// How much to refund.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct RefundAmount {
    /// This much, in euros, like 12,34.
    #[arg(long, value_name = "EUROS", value_parser = Money::parse_euros, allow_hyphen_values = true)]
    pub amount: Option<Money>,
    /// All that is left.
    #[arg(long)]
    pub all: bool,
    /// This much of an order line; may be given several times.
    #[arg(long = "item", value_name = "STAMP=EUROS", value_parser = item)]
    pub items: Vec<(ItemStamp, Money)>,
}

/// Payments whose holds to capture or release.
#[derive(Debug, Args)]
pub struct Holds {
    /// The payments' transaction ids.
    #[arg(required = true, value_name = "ID")]
    pub ids: Vec<TransactionId>,
}

/// A person's word.
#[derive(Debug, Args)]
pub struct Resolve {
    /// The operation's id, as `operations` lists it.
    #[arg(value_name = "OP")]
    pub id: OperationId,
    /// Which of the two it was.
    #[command(flatten)]
    pub moved: Moved,
    /// What was seen, and where.
    #[arg(long, value_name = "TEXT")]
    pub note: String,
}

/// What became of it.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Moved {
    /// It went through.
    #[arg(long)]
    pub moved: bool,
    /// It did not; can be said only when half an hour has passed since it was sent.
    #[arg(long)]
    pub not_moved: bool,
}

/// Reads `COL=FIELD`. The last `=` divides: a column's name may have one, a field's has none.
fn map<C: FromStr<Err = String>>(text: &str) -> Result<(String, C), String> {
    let (name, field) = text
        .rsplit_once('=')
        .ok_or_else(|| format!("'{text}' is not like Summa=amountEuros"))?;
    Ok((name.to_owned(), field.parse()?))
}

/// Reads `STAMP=EUROS`. The last `=` divides: a stamp may have one, an amount has none.
fn item(text: &str) -> Result<(ItemStamp, Money), String> {
    let (stamp, amount) = text
        .rsplit_once('=')
        .ok_or_else(|| format!("'{text}' is not like STAMP=12,34"))?;
    let stamp = ItemStamp::new(stamp).map_err(|error| error.to_string())?;
    let amount = Money::parse_euros(amount).map_err(|error| error.to_string())?;
    Ok((stamp, amount))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    const ID: &str = "681538c4-fc84-11e9-83bc-2ffcef4c3453";

    fn read(line: &[&str]) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(std::iter::once(&"hyvitys-cli").chain(line))
    }

    #[test]
    fn the_definition_of_the_command_line_holds_together() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_refund_says_how_much_in_exactly_one_way() {
        assert!(read(&["refund", ID]).is_err());
        assert!(read(&["refund", ID, "--all", "--amount", "1"]).is_err());
        assert!(read(&["refund", ID, "--item", "a=1", "--amount", "1"]).is_err());
        let arguments = read(&["refund", ID, "--item", "a=b=1,50", "--item", "c=2"]).unwrap();
        let Command::Refund(refund) = arguments.command else {
            panic!("not a refund")
        };
        let items: Vec<(&str, i64)> = refund
            .how_much
            .items
            .iter()
            .map(|(stamp, amount)| (stamp.as_str(), amount.cents()))
            .collect();
        assert_eq!(items, [("a=b", 150), ("c", 200)]);
    }

    #[test]
    fn amounts_are_euros_and_what_could_be_read_in_two_ways_is_refused() {
        let amount = |text| -> Result<Option<Money>, clap::Error> {
            let arguments = read(&["refund", ID, "--amount", text])?;
            match arguments.command {
                Command::Refund(refund) => Ok(refund.how_much.amount),
                _ => panic!("not a refund"),
            }
        };
        assert_eq!(amount("12,34").unwrap(), Some(Money::from_cents(1_234)));
        assert_eq!(amount("12.3").unwrap(), Some(Money::from_cents(1_230)));
        for text in ["1.234", "12,345", "1e3", "", "x"] {
            assert!(amount(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_common_options_stand_before_or_after_the_command() {
        for line in [
            ["--json", "--account", "Shop", "sync"],
            ["sync", "--account", "Shop", "--json"],
        ] {
            let arguments = read(&line).unwrap();
            assert!(arguments.json);
            assert_eq!(arguments.account.as_deref(), Some("Shop"));
        }
    }

    #[test]
    fn a_list_has_one_to_a_thousand_rows() {
        assert!(read(&["list", "--limit", "1000"]).is_ok());
        assert!(read(&["list", "--limit", "0"]).is_err());
        assert!(read(&["list", "--limit", "1001"]).is_err());
    }

    #[test]
    fn an_import_takes_files_or_lists_or_undoes_what_was_imported() {
        let import = |line: &[&str]| match read(line).map(|arguments| arguments.command) {
            Ok(Command::Import(import)) => Ok(import),
            Ok(_) => panic!("not an import"),
            Err(error) => Err(error),
        };
        assert!(import(&["import"]).is_err());
        assert!(import(&["import", "a.csv", "--dry-run", "--yes"]).is_err());
        assert!(import(&["import", "a.csv", "--format", "excel"]).is_err());
        assert!(import(&["import", "a.csv", "--map", "Summa=money"]).is_err());
        let read = import(&["import", "a.csv", "--map", "a=b=amountCents"]).unwrap();
        assert_eq!(read.map, [("a=b".to_owned(), Column::AmountCents)]);
        assert!(matches!(
            import(&["import", "list"]).unwrap().command,
            Some(ImportCommand::List)
        ));
        assert!(matches!(
            import(&["import", "undo", "3"]).unwrap().command,
            Some(ImportCommand::Undo { id: 3 })
        ));
    }

    #[test]
    fn there_is_no_option_that_takes_a_secret() {
        let line = [
            "account",
            "add",
            "--name",
            "S",
            "--merchant",
            "375917",
            "--api",
            "http://127.0.0.1:1",
        ];
        assert!(read(&line).is_ok());
        assert!(read(&[line.as_slice(), &["--secret", "x"]].concat()).is_err());
    }
}
