//! The columns, and the table as CSV.

use std::borrow::Cow;
use std::io::{self, Write};

use chrono::{DateTime, Utc};
use chrono_tz::Europe::Helsinki;
use csv::{QuoteStyle, Terminator, Writer, WriterBuilder};
use hyvitys_domain::{ManualInvoice, Money};
use serde::Serialize;

use crate::views::PaymentJson;

/// A row of a table: as JSON by itself, elsewhere by its cells.
pub(crate) trait TableRow: Serialize {
    /// What a sheet of them is called.
    const SHEET: &'static str;
    /// The columns in their order.
    const COLUMNS: &'static [&'static str];

    /// The values, one for each column.
    fn cells(&self) -> Vec<Cell<'_>>;
}

/// A value of a row.
pub(crate) enum Cell<'a> {
    Text(Cow<'a, str>),
    Euros(Money),
    Number(i64),
    /// A time on Finland's wall, to the second.
    Time(DateTime<Utc>),
    Empty,
}

impl<'a> Cell<'a> {
    /// A text that may be missing.
    pub(crate) fn text(text: Option<&'a str>) -> Cell<'a> {
        text.map_or(Cell::Empty, |text| Cell::Text(Cow::Borrowed(text)))
    }
}

impl TableRow for PaymentJson {
    const SHEET: &'static str = "Payments";
    const COLUMNS: &'static [&'static str] = &[
        "createdAt",
        "reference",
        "firstName",
        "lastName",
        "email",
        "amount",
        "refunded",
        "refundable",
        "status",
        "provider",
        "manualInvoice",
        "deadline",
        "transactionId",
        "stamp",
    ];

    fn cells(&self) -> Vec<Cell<'_>> {
        vec![
            Cell::Time(self.created_at),
            Cell::text(self.reference.as_deref()),
            Cell::text(self.customer.first_name.as_deref()),
            Cell::text(self.customer.last_name.as_deref()),
            Cell::text(self.customer.email.as_deref()),
            Cell::Euros(self.amount),
            Cell::Euros(self.refunded),
            Cell::Euros(self.refundable),
            Cell::text(Some(&self.status)),
            Cell::text(self.provider.as_deref()),
            match self.manual_invoice {
                Some(ManualInvoice::Known) => Cell::text(Some("known")),
                Some(ManualInvoice::Presumed) => Cell::text(Some("presumed")),
                None => Cell::Empty,
            },
            self.deadline.map_or(Cell::Empty, Cell::Time),
            Cell::text(self.transaction_id.as_deref()),
            Cell::text(self.stamp.as_deref()),
        ]
    }
}

/// A time on Finland's wall.
pub(super) fn wall(at: DateTime<Utc>) -> chrono::NaiveDateTime {
    at.with_timezone(&Helsinki).naive_local()
}

/// What a formula may begin with: also the full-width signs, which some spreadsheets take for the plain ones, and
/// what a spreadsheet skips before it looks for one.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// A text that no spreadsheet takes for a formula.
pub(super) fn harmless(text: &str) -> Cow<'_, str> {
    if text.starts_with(FORMULA) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// A CSV that is being written.
pub(super) struct CsvTable<W: Write> {
    writer: Writer<W>,
}

impl<W: Write> CsvTable<W> {
    pub(super) fn begin(mut to: W, columns: &[&str]) -> io::Result<CsvTable<W>> {
        // Without the mark Excel reads UTF-8 as Windows-1252.
        to.write_all("\u{feff}".as_bytes())?;
        let mut writer = WriterBuilder::new()
            .delimiter(b';')
            .terminator(Terminator::CRLF)
            .quote_style(QuoteStyle::Necessary)
            .from_writer(to);
        // Of a batch's result the columns' names are a stranger's, too.
        writer.write_record(columns.iter().map(|name| harmless(name).into_owned()))?;
        Ok(CsvTable { writer })
    }

    pub(super) fn row(&mut self, row: &impl TableRow) -> io::Result<()> {
        for cell in row.cells() {
            match cell {
                Cell::Text(text) => self.writer.write_field(harmless(&text).as_bytes()),
                Cell::Euros(amount) => self.writer.write_field(amount.to_string()),
                Cell::Number(number) => self.writer.write_field(number.to_string()),
                Cell::Time(at) => self
                    .writer
                    .write_field(wall(at).format("%Y-%m-%d %H:%M:%S").to_string()),
                Cell::Empty => self.writer.write_field(""),
            }?;
        }
        Ok(self.writer.write_record(None::<&[u8]>)?)
    }

    pub(super) fn end(mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_looks_like_a_formula_is_a_text() {
        for text in [
            "=1+1",
            "+358",
            "-5",
            "@SUM(A1)",
            "\tx",
            "\r=1",
            "\n=1",
            "＝1+1",
            "＋358",
            "－5",
            "＠SUM(A1)",
        ] {
            assert!(harmless(text).starts_with('\''), "{text}");
        }
        assert_eq!(harmless("Åsa = Bo"), "Åsa = Bo");
    }

    proptest! {
        #[test]
        fn no_text_begins_like_a_formula_and_none_is_lost(text in "(?s)[=+@\t\r\n＝＋－＠-]?.{0,12}") {
            let safe = harmless(&text);
            prop_assert!(!safe.starts_with(FORMULA));
            prop_assert!(safe.ends_with(&*text));
        }
    }
}
