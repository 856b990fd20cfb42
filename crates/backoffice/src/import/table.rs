//! Tables of any layout, read through what their columns are.

use chrono::{DateTime, Utc};
use hyvitys_domain::{Money, PaymentStatus, Provider, TransactionId, WireTime};
use hyvitys_store::payments::{Created, PaymentFacts, Precision, Source};

use super::amounts::{self, Unit};
use super::columns::Column;
use super::report::{self, evidence};
use super::settled::{self, Settled};
use super::{FileKind, Item, Problem, RefundRow, Row, dates, ids};
use crate::why::Why;

/// How a table is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading<'a> {
    pub kind: FileKind,
    pub header: &'a [String],
    pub columns: &'a [Option<Column>],
    /// The column of amounts has whole numbers only, and nobody has said in what they count.
    pub unit_unknown: bool,
    pub now: DateTime<Utc>,
}

/// Where a row was paid.
enum Paid {
    /// Through Paytrail, as far as is known, under this id.
    Here(Option<TransactionId>),
    Elsewhere,
}

/// One row and the names of its columns.
struct Line<'a> {
    reading: Reading<'a>,
    fields: &'a [String],
}

impl Reading<'_> {
    pub fn has(&self, column: Column) -> bool {
        self.columns.contains(&Some(column))
    }

    /// What a row needs and no column gives.
    pub fn missing(&self) -> Vec<Column> {
        use Column::{AmountCents, AmountEuros, Date, DateTime, Reference, Stamp, Status};
        let mut missing = Vec::new();
        if self.has(Column::TransactionId) {
            return missing;
        }
        if !self.has(Stamp) && !self.has(Reference) {
            missing.push(Reference);
        }
        if !self.has(AmountEuros) && !self.has(AmountCents) {
            missing.push(AmountEuros);
        }
        if !self.has(Stamp) && !self.has(Date) && !self.has(DateTime) {
            missing.push(Date);
        }
        if !self.has(Status) {
            missing.push(Status);
        }
        missing
    }

    /// What a row says; `None` for one that says nothing that counts here, as an order that was paid
    /// elsewhere.
    pub fn row(self, line: usize, fields: &[String]) -> Option<Row> {
        // What is behind the header's last column is nothing if it is empty; what is missing is empty.
        let extra = fields
            .iter()
            .skip(self.header.len())
            .any(|field| !field.trim().is_empty());
        if extra {
            let problem = report::fields_differ(fields.len(), self.header.len());
            return Some(Row::of(line, Err(problem)));
        }
        let read = Line {
            reading: self,
            fields,
        };
        match read.said() {
            Ok(Some(said)) => Some(Row::of(line, Ok(said))),
            Ok(None) => None,
            Err(problem) => Some(Row::of(line, Err(problem))),
        }
    }
}

impl<'a> Line<'a> {
    /// The text of a column and the column's name; `None` where the row has none.
    fn text(&self, column: Column) -> Result<Option<(&'a str, &'a str)>, Problem> {
        let Some(at) = self
            .reading
            .columns
            .iter()
            .position(|each| *each == Some(column))
        else {
            return Ok(None);
        };
        let title = self.reading.header.get(at).map_or("", |title| title.trim());
        let Some(text) = self.fields.get(at) else {
            return Ok(None);
        };
        let text = report::value(text, title)?;
        Ok((!text.is_empty()).then_some((text, title)))
    }

    fn owned(&self, column: Column) -> Result<Option<String>, Problem> {
        Ok(self.text(column)?.map(|(text, _)| text.to_owned()))
    }

    fn said(&self) -> Result<Option<(Item, Option<Settled>)>, Problem> {
        let Paid::Here(id) = self.id()? else {
            return Ok(None);
        };
        let amount = self.amount()?;
        let original = self.owned(Column::OriginalReference)?;
        let refund_stamp = self.owned(Column::RefundStamp)?;
        let item = if original.is_some()
            || refund_stamp.is_some()
            || amount.is_some_and(Money::is_negative)
        {
            Item::Refund(self.refund(amount, original, refund_stamp)?)
        } else {
            match self.payment(id, amount)? {
                Some(item) => item,
                None => return Ok(None),
            }
        };
        let dated = self.owned(Column::SettlementDate)?;
        let (unit, _) = self.unit();
        let cost = |column| -> Result<Option<(String, Unit, &str)>, Problem> {
            Ok(self
                .text(column)?
                .map(|(text, title)| (text.to_owned(), unit, title)))
        };
        let settled = settled::read(
            self.owned(Column::SettlementId)?,
            self.owned(Column::SettlementReference)?,
            dated.map(|text| (text, "settlementDate")),
            cost(Column::Fee)?,
            cost(Column::Commission)?,
            &item,
        )?;
        Ok(Some((item, settled)))
    }

    /// The id, where the row has one. Where a web shop's order was paid elsewhere, the number of another
    /// payment service stands in its place.
    fn id(&self) -> Result<Paid, Problem> {
        let Some((text, title)) = self.text(Column::TransactionId)? else {
            return Ok(Paid::Here(None));
        };
        match ids::parse(text, Some(title)) {
            Ok(id) => Ok(Paid::Here(Some(id))),
            Err(_) if self.reading.kind == FileKind::WooCommerce && self.is_paid_elsewhere()? => {
                Ok(Paid::Elsewhere)
            }
            Err(problem) => Err(problem),
        }
    }

    fn is_paid_elsewhere(&self) -> Result<bool, Problem> {
        let method = self.text(Column::Provider)?;
        Ok(method.is_some_and(|(method, _)| {
            let method = method.to_lowercase();
            !["paytrail", "klarna", "checkout"]
                .iter()
                .any(|ours| method.contains(ours))
        }))
    }

    fn unit(&self) -> (Unit, Column) {
        if self.reading.has(Column::AmountCents) {
            (Unit::Cents, Column::AmountCents)
        } else {
            (Unit::Euros, Column::AmountEuros)
        }
    }

    fn amount(&self) -> Result<Option<Money>, Problem> {
        let (unit, column) = self.unit();
        let Some((text, title)) = self.text(column)? else {
            return Ok(None);
        };
        if self.reading.unit_unknown {
            return Err(Problem::at(
                title,
                Why::RowEurosOrCents,
                "the column has whole numbers only: say whether they are euros or cents",
            ));
        }
        amounts::read(text, unit, title).map(Some)
    }

    fn payment(
        &self,
        id: Option<TransactionId>,
        amount: Option<Money>,
    ) -> Result<Option<Item>, Problem> {
        if amount.is_some_and(|amount| !amount.is_payable()) {
            let (_, column) = self.unit();
            let title = self.text(column)?.map_or("amount", |(_, title)| title);
            let why = Why::RowAmountOutOfRange;
            return Err(Problem::at(title, why, "no payment has this amount"));
        }
        let reading = &self.reading;
        let has_amounts = reading.has(Column::AmountEuros) || reading.has(Column::AmountCents);
        let (first_name, last_name) = self.names()?;
        let facts = PaymentFacts {
            transaction_id: id,
            stamp: self.owned(Column::Stamp)?,
            reference: self.owned(Column::Reference)?,
            status: self.status()?,
            provider: self.provider()?,
            amount,
            created: self.created()?,
            email: self.owned(Column::Email)?,
            first_name,
            last_name,
            ..PaymentFacts::new(Source::Csv, reading.now)
        };
        match id {
            // A table of ids: each is a question to Paytrail, and a row without one was paid otherwise.
            Some(id) if !has_amounts => Ok(Some(Item::Await(id))),
            None if !has_amounts && reading.has(Column::TransactionId) => Ok(None),
            _ => Ok(Some(Item::Facts(Box::new(facts)))),
        }
    }

    fn refund(
        &self,
        amount: Option<Money>,
        original: Option<String>,
        refund_stamp: Option<String>,
    ) -> Result<RefundRow, Problem> {
        let amount = amount
            .and_then(Money::checked_abs)
            .filter(|amount| amount.is_payable())
            .ok_or_else(|| {
                Problem::at(
                    "amount",
                    Why::RowAmountOutOfRange,
                    "a refund needs an amount",
                )
            })?;
        let stamp = match refund_stamp {
            Some(stamp) => Some(stamp),
            None => self.owned(Column::Stamp)?,
        };
        Ok(RefundRow {
            stamp: stamp
                .map(|stamp| report::refund_stamp(stamp, "refundStamp"))
                .transpose()?,
            amount,
            status: self.status()?.and_then(|status| evidence(&status)),
            transaction_id: None,
            original: match original {
                Some(original) => Some(original),
                None => self.owned(Column::Reference)?,
            },
            source: "report",
            at: self.created()?.map_or(self.reading.now, |at| at.time.at),
        })
    }

    fn status(&self) -> Result<Option<PaymentStatus>, Problem> {
        let kind = self.reading.kind;
        Ok(self.text(Column::Status)?.map(|(text, _)| {
            let lower = text.to_lowercase();
            match lower.strip_prefix("wc-").unwrap_or(&lower) {
                // A web shop's order waits for its payment; Paytrail's own word is that of an open hold.
                "pending" | "on-hold" | "on hold" if kind == FileKind::WooCommerce => {
                    PaymentStatus::New
                }
                // Paid, and being packed. Elsewhere nothing is settled yet while it is being processed.
                "processing" | "käsittelyssä" | "behandlas" if kind == FileKind::WooCommerce => {
                    PaymentStatus::Ok
                }
                _ => status(text),
            }
        }))
    }

    /// A web shop calls its payment methods what it likes: only what Paytrail calls Klarna is known.
    fn provider(&self) -> Result<Option<Provider>, Problem> {
        let Some((text, _)) = self.text(Column::Provider)? else {
            return Ok(None);
        };
        if self.reading.kind != FileKind::WooCommerce {
            return Ok(Provider::new(text));
        }
        let klarna = text.to_lowercase().contains("klarna");
        Ok(klarna.then(|| Provider::new("klarna")).flatten())
    }

    fn names(&self) -> Result<(Option<String>, Option<String>), Problem> {
        let (first, last) = (
            self.owned(Column::FirstName)?,
            self.owned(Column::LastName)?,
        );
        if first.is_some() || last.is_some() {
            return Ok((first, last));
        }
        if let Some((name, _)) = self.text(Column::Name)? {
            let parted = name.rsplit_once(' ');
            return Ok(match parted {
                Some((first, last)) => (Some(first.trim().to_owned()), Some(last.to_owned())),
                None => (None, Some(name.to_owned())),
            });
        }
        Ok((None, self.owned(Column::Company)?))
    }

    fn created(&self) -> Result<Option<Created>, Problem> {
        let at = if let Some((text, title)) = self.text(Column::DateTime)? {
            dates::moment(text, title)?
        } else if let Some((text, title)) = self.text(Column::Date)? {
            match self.text(Column::Time)? {
                Some((time, clock)) => {
                    // A spreadsheet's day may come with a midnight.
                    let day = text.split_once([' ', 'T']).map_or(text, |(day, _)| day);
                    let local = dates::day(day, title)?.and_time(dates::time(time, clock)?);
                    dates::finnish(local)
                }
                None => dates::moment(text, title)?,
            }
        } else {
            return Ok(None);
        };
        Ok(Some(Created {
            time: WireTime::zoned(at),
            precision: Precision::Minute,
        }))
    }
}

/// The payment status of a word of Paytrail, of a web shop, or Finnish or Swedish for it; a word that is not
/// known is kept as it is.
fn status(word: &str) -> PaymentStatus {
    let lower = word.to_lowercase();
    match lower.strip_prefix("wc-").unwrap_or(&lower) {
        "ok"
        | "success"
        | "completed"
        | "complete"
        | "refunded"
        | "settled"
        | "maksettu"
        | "maksettu ja tilitetty"
        | "hyväksytty"
        | "onnistunut"
        | "tilitetty"
        | "valmis"
        | "hyvitetty"
        | "palautettu"
        | "betald"
        | "betalad"
        | "godkänd"
        | "slutförd"
        | "återbetald"
        | "genomförd" => PaymentStatus::Ok,
        "uusi" | "ny" | "odottaa maksua" | "pending payment" | "väntar på betalning" => {
            PaymentStatus::New
        }
        "pending"
        | "odottaa"
        | "odottaa hyväksyntää"
        | "pidossa"
        | "väntar"
        | "väntande"
        | "parkerad" => PaymentStatus::Pending,
        "fail" | "failed" | "canceled" | "rejected" | "expired" | "peruttu" | "peruutettu"
        | "epäonnistunut" | "hylätty" | "keskeytetty" | "vanhentunut" | "avbruten"
        | "annullerad" | "misslyckad" | "misslyckades" | "avvisad" => PaymentStatus::Fail,
        "viivästynyt" | "fördröjd" => PaymentStatus::Delayed,
        _ => report::status(word),
    }
}
