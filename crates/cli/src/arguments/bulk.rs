//! Many operations with one confirmation, as they are typed.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Subcommand, ValueEnum};
use hyvitys_backoffice::ExportFormat;
use hyvitys_backoffice::bulk::{AmountsIn, BatchColumn};
use hyvitys_domain::{BatchId, Money, OperationKind};

/// Many operations with one confirmation.
#[derive(Debug, Subcommand)]
pub enum BulkCommand {
    /// Say what a file would do. Nothing is written or sent; a line that can't be sent makes the exit code 2.
    Check(BulkCheck),
    /// Carry out what a file says. --confirm is the confirmation: nothing is asked. Ctrl-C pauses it.
    Run(BulkRun),
    /// Go on with a paused batch. Ctrl-C pauses it again.
    Resume {
        /// The batch.
        #[arg(value_name = "ID|NUMBER")]
        batch: BatchName,
    },
    /// List the batches, newest first, or show one and its lines that are not done.
    Status {
        /// The batch.
        #[arg(value_name = "ID|NUMBER")]
        batch: Option<BatchName>,
    },
    /// Pause a batch, whichever program runs it: lines under way end, nothing new begins.
    Pause {
        /// The batch.
        #[arg(value_name = "ID|NUMBER")]
        batch: BatchName,
    },
    /// End a batch for good: lines under way end, and what waits is never sent with it.
    Stop {
        /// The batch.
        #[arg(value_name = "ID|NUMBER")]
        batch: BatchName,
    },
    /// Write the rows of its file with what became of each.
    Export(BulkExport),
}

/// A file, and how it is read.
#[derive(Debug, Args)]
pub struct BulkFile {
    /// CSV or XLSX with a payment (transaction id, reference or stamp) and, of refunds, an amount in each row; no
    /// amount is all that is left. `-` is standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// What its lines do: refund, activate, cancel.
    #[arg(long, value_name = "KIND", default_value_t = OperationKind::Refund)]
    pub kind: OperationKind,
    /// What a column is, by its name or number, like `Summa=amountEuros`; may be given several times. Fields:
    /// transactionId, reference, stamp, amountEuros, amountCents, itemStamp, email, refundReference, note.
    #[arg(long = "map", value_name = "COL=FIELD", value_parser = super::map::<BatchColumn>)]
    pub map: Vec<(String, BatchColumn)>,
    /// In what the amounts count, where the file does not tell.
    #[arg(long, value_enum)]
    pub amounts: Option<Amounts>,
}

/// In what amounts count.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Amounts {
    /// Euros.
    Euros,
    /// Cents.
    Cents,
}

impl From<Amounts> for AmountsIn {
    fn from(amounts: Amounts) -> AmountsIn {
        match amounts {
            Amounts::Euros => AmountsIn::Euros,
            Amounts::Cents => AmountsIn::Cents,
        }
    }
}

/// A file to check.
#[derive(Debug, Args)]
pub struct BulkCheck {
    /// The file.
    #[command(flatten)]
    pub file: BulkFile,
    /// Show every line, not only those that are not ready.
    #[arg(long)]
    pub lines: bool,
}

/// A file to carry out.
#[derive(Debug, Args)]
pub struct BulkRun {
    /// The file.
    #[command(flatten)]
    pub file: BulkFile,
    /// How many lines are sent and their sum in cents, as `bulk check` says it. Where it is anything else by now,
    /// nothing is sent.
    #[arg(long, value_name = "COUNT:SUM_CENTS")]
    pub confirm: Confirm,
    /// Of this line of the file, the same refund again is meant; may have several lines.
    #[arg(long, value_name = "LINE", num_args = 1..)]
    pub again: Vec<u32>,
    /// Leave out this line of the file; may have several lines.
    #[arg(long, value_name = "LINE", num_args = 1..)]
    pub leave_out: Vec<u32>,
    /// How many lines are under way at once, 1 to 32; the shop's setting if not given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=32))]
    pub concurrency: Option<u32>,
    /// Why, in the shop's own words; stands in the audit log, so no names of customers.
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// A note for ourselves; stays out of the audit log.
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// The sum once more, in euros. --confirm has it, so it may be left out above the shop's limit, too.
    #[arg(long, value_name = "EUROS", value_parser = Money::parse_euros, allow_hyphen_values = true)]
    pub typed: Option<Money>,
}

/// What a person has confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirm {
    /// How many lines.
    pub count: u64,
    /// Their sum.
    pub sum: Money,
}

impl FromStr for Confirm {
    type Err = String;

    fn from_str(text: &str) -> Result<Confirm, String> {
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        text.split_once(':')
            .filter(|(count, cents)| digits(count) && digits(cents))
            .and_then(|(count, cents)| {
                Some(Confirm {
                    count: count.parse().ok()?,
                    sum: Money::from_cents(cents.parse().ok()?),
                })
            })
            .ok_or_else(|| format!("'{text}' is not like 12:34500 (12 lines, 345,00 €)"))
    }
}

/// By what a batch is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchName {
    /// Its id.
    Id(BatchId),
    /// Its number in its shop.
    Number(u32),
}

impl FromStr for BatchName {
    type Err = String;

    fn from_str(text: &str) -> Result<BatchName, String> {
        if let Ok(number) = text.parse() {
            return Ok(BatchName::Number(number));
        }
        text.parse()
            .map(BatchName::Id)
            .map_err(|_| format!("'{text}' is no batch's number or id: `bulk status` lists them"))
    }
}

impl std::fmt::Display for BatchName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            BatchName::Id(id) => id.fmt(f),
            BatchName::Number(number) => number.fmt(f),
        }
    }
}

/// A result to write.
#[derive(Debug, Args)]
pub struct BulkExport {
    /// The batch.
    #[arg(value_name = "ID|NUMBER")]
    pub batch: BatchName,
    /// CSV (`;`, decimal comma) or a workbook.
    #[arg(long, value_enum, default_value_t = ResultFormat::Csv)]
    pub format: ResultFormat,
    /// Where to; standard output if not given.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// The form of a result.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ResultFormat {
    /// For a spreadsheet.
    Csv,
    /// A workbook.
    Xlsx,
}

impl From<ResultFormat> for ExportFormat {
    fn from(format: ResultFormat) -> ExportFormat {
        match format {
            ResultFormat::Csv => ExportFormat::Csv,
            ResultFormat::Xlsx => ExportFormat::Xlsx,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_confirmation_is_a_count_and_cents_and_nothing_that_could_be_read_in_two_ways() {
        let confirm = "12:34500".parse::<Confirm>().unwrap();
        assert_eq!(
            (confirm.count, confirm.sum),
            (12, Money::from_cents(34_500))
        );
        for text in [
            "",
            "12",
            "12:",
            ":34500",
            "12:345,00",
            "12:345.00",
            "+12:1",
            "12:-1",
            "1:2:3",
            "12: 34500",
        ] {
            assert!(text.parse::<Confirm>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_batch_is_called_by_its_number_or_its_id() {
        assert_eq!("12".parse(), Ok(BatchName::Number(12)));
        let id = "681538c4-fc84-11e9-83bc-2ffcef4c3453";
        assert_eq!(id.parse(), Ok(BatchName::Id(id.parse().unwrap())));
        assert!("latest".parse::<BatchName>().is_err());
    }
}
