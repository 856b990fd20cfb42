//! Files as they came, what each is, and how it is read.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Column;

/// A file as it came; its name is for showing only.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// What a person calls it.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FileKind {
    /// An API payment report as JSON.
    ReportJson,
    /// An API payment report as CSV.
    ReportCsv,
    /// An export of the Merchant Panel.
    MerchantPanel,
    /// A settlement: what was paid out.
    Settlement,
    /// A web shop's export of orders.
    WooCommerce,
    /// Another table.
    Table,
    /// Transaction ids, one or more a line.
    TransactionIds,
    /// Signed callback or redirect addresses, by themselves or within a web server's log.
    SignedUrls,
}

impl FileKind {
    /// All of them.
    pub const ALL: [FileKind; 8] = [
        FileKind::ReportJson,
        FileKind::ReportCsv,
        FileKind::MerchantPanel,
        FileKind::Settlement,
        FileKind::WooCommerce,
        FileKind::Table,
        FileKind::TransactionIds,
        FileKind::SignedUrls,
    ];

    /// What it is, for people.
    pub const fn words(self) -> &'static str {
        match self {
            FileKind::ReportJson => "payment report (JSON)",
            FileKind::ReportCsv => "payment report (CSV)",
            FileKind::MerchantPanel => "Merchant Panel export",
            FileKind::Settlement => "settlement",
            FileKind::WooCommerce => "WooCommerce orders",
            FileKind::Table => "table",
            FileKind::TransactionIds => "transaction ids",
            FileKind::SignedUrls => "signed addresses",
        }
    }

    /// Its name, as on the command line and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            FileKind::ReportJson => "reportJson",
            FileKind::ReportCsv => "reportCsv",
            FileKind::MerchantPanel => "merchantPanel",
            FileKind::Settlement => "settlement",
            FileKind::WooCommerce => "wooCommerce",
            FileKind::Table => "table",
            FileKind::TransactionIds => "transactionIds",
            FileKind::SignedUrls => "signedUrls",
        }
    }

    /// Whether it has rows and columns.
    pub const fn is_table(self) -> bool {
        matches!(
            self,
            FileKind::ReportCsv
                | FileKind::MerchantPanel
                | FileKind::Settlement
                | FileKind::WooCommerce
                | FileKind::Table
        )
    }
}

impl FromStr for FileKind {
    type Err = String;

    fn from_str(text: &str) -> Result<FileKind, String> {
        let found = FileKind::ALL
            .into_iter()
            .find(|kind| kind.as_str().eq_ignore_ascii_case(text));
        found.ok_or_else(|| {
            let known = FileKind::ALL.map(FileKind::as_str).join(", ");
            format!("'{text}' is none of: {known}")
        })
    }
}

/// In which characters a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileEncoding {
    /// UTF-8, and spreadsheets.
    Utf8,
    /// UTF-8 with a byte order mark.
    Utf8Bom,
    /// Windows-1252.
    Windows1252,
    /// UTF-16.
    Utf16,
}

/// How one file of an import is to be read, where a person says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The file's number among those of the import, from 0.
    pub file: usize,
    /// What it is.
    pub kind: Option<FileKind>,
    /// What each of its columns is.
    pub columns: Option<Vec<Option<Column>>>,
    /// Tables with the same header are read so from now on, once this one is imported.
    pub remember: bool,
}

/// How files are to be read, where a person says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// File by file.
    pub layouts: Vec<Layout>,
    /// What all files are.
    pub kind: Option<FileKind>,
    /// Columns of all tables by their names in the header, or their numbers from 1.
    pub columns: Vec<(String, Column)>,
}

/// A table's columns, and what they are taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableInfo {
    /// The names in the header.
    pub headers: Vec<String>,
    /// The first rows, with long values cut.
    pub sample: Vec<Vec<String>>,
    /// What each column is.
    pub columns: Vec<Option<Column>>,
    /// Whether that was remembered from an earlier import.
    pub remembered: bool,
    /// What a row needs and no column gives.
    pub missing: Vec<Column>,
    /// Whether amounts are euros (else cents); `None` where they are whole numbers only and nobody has said.
    pub euros: Option<bool>,
    /// By what the header is known again.
    pub(crate) fingerprint: String,
}

/// A file of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedFile {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: FileKind,
    /// In which characters it is written.
    pub encoding: FileEncoding,
    /// What stands between its columns, where it is a text with columns.
    pub delimiter: Option<char>,
    /// Which sheet was read, of a spreadsheet.
    pub sheet: Option<String>,
    /// How many rows it has, broken ones too.
    pub rows: usize,
    /// Lines of a log that have no signed address, and rows of a table that say nothing of Paytrail's payments.
    pub ignored: usize,
    /// Its columns, if it is a table.
    pub table: Option<TableInfo>,
}
