//! The columns, and the table as CSV.

use std::borrow::Cow;
use std::io::{self, Write};

use chrono::{DateTime, Utc};
use chrono_tz::Europe::Helsinki;
use csv::{QuoteStyle, Terminator, Writer, WriterBuilder};
use hyvitys_domain::{ManualInvoice, Money};

use crate::views::PaymentJson;

/// A value of a row.
pub(super) enum Cell<'a> {
    Text(Cow<'a, str>),
    Euros(Money),
    /// A time on Finland's wall, to the second.
    Time(DateTime<Utc>),
    Empty,
}

/// The columns in their order.
pub(super) const COLUMNS: [&str; 14] = [
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

/// The values of a payment, one for each column.
pub(super) fn cells(payment: &PaymentJson) -> [Cell<'_>; 14] {
    fn text(text: Option<&String>) -> Cell<'_> {
        text.map_or(Cell::Empty, |text| Cell::Text(Cow::Borrowed(text)))
    }
    [
        Cell::Time(payment.created_at),
        text(payment.reference.as_ref()),
        text(payment.customer.first_name.as_ref()),
        text(payment.customer.last_name.as_ref()),
        text(payment.customer.email.as_ref()),
        Cell::Euros(payment.amount),
        Cell::Euros(payment.refunded),
        Cell::Euros(payment.refundable),
        Cell::Text(Cow::Borrowed(&payment.status)),
        text(payment.provider.as_ref()),
        match payment.manual_invoice {
            Some(ManualInvoice::Known) => Cell::Text(Cow::Borrowed("known")),
            Some(ManualInvoice::Presumed) => Cell::Text(Cow::Borrowed("presumed")),
            None => Cell::Empty,
        },
        payment.deadline.map_or(Cell::Empty, Cell::Time),
        text(payment.transaction_id.as_ref()),
        text(payment.stamp.as_ref()),
    ]
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
    pub(super) fn begin(mut to: W) -> io::Result<CsvTable<W>> {
        // Without the mark Excel reads UTF-8 as Windows-1252.
        to.write_all("\u{feff}".as_bytes())?;
        let mut writer = WriterBuilder::new()
            .delimiter(b';')
            .terminator(Terminator::CRLF)
            .quote_style(QuoteStyle::Necessary)
            .from_writer(to);
        writer.write_record(COLUMNS)?;
        Ok(CsvTable { writer })
    }

    pub(super) fn row(&mut self, payment: &PaymentJson) -> io::Result<()> {
        for cell in cells(payment) {
            match cell {
                Cell::Text(text) => self.writer.write_field(harmless(&text).as_bytes()),
                Cell::Euros(amount) => self.writer.write_field(amount.to_string()),
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
