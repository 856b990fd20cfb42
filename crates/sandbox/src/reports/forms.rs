//! A report as JSON and as CSV.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::json;
use serde_json::value::RawValue;

use hyvitys_domain::Money;

use super::entry::Value;
use super::{Report, ReportError, chosen, entries};
use crate::books::{Books, Payment};

/// Euros with a decimal point, as a JSON number is written.
fn point(amount: Money) -> String {
    amount.to_string().replace(',', ".")
}

struct JsonRow(Vec<(&'static str, Box<RawValue>)>);

impl Serialize for JsonRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (field, value) in &self.0 {
            map.serialize_entry(field, value)?;
        }
        map.end()
    }
}

pub(super) fn json(books: &Books, report: &Report) -> Result<Vec<u8>, ReportError> {
    let fields = chosen(report);
    let mut rows = Vec::new();
    for entry in entries(books, report) {
        let mut row = Vec::with_capacity(fields.len());
        for field in &fields {
            let text = match entry.value(field, books, report.items) {
                Value::Empty => "null".to_owned(),
                Value::Text(text) => serde_json::to_string(&text)?,
                // Written as digits: through a floating-point number cents could get lost.
                Value::Euros(amount) => point(amount),
                Value::Tenths(tenths) => format!("{}.{}", tenths / 10, tenths % 10),
                Value::Items(items) => json_items(entry.payment, &items)?,
            };
            row.push((*field, RawValue::from_string(text)?));
        }
        rows.push(JsonRow(row));
    }
    Ok(serde_json::to_vec(&rows)?)
}

fn json_items(payment: &Payment, items: &[(String, Money)]) -> Result<String, serde_json::Error> {
    let mut rows = Vec::new();
    for (stamp, amount) in items {
        let row = payment
            .items
            .iter()
            .find(|row| row.stamp.as_ref() == Some(stamp));
        let vat = row.map_or(0, |row| row.vat_tenths);
        rows.push(JsonRow(vec![
            ("stamp", RawValue::from_string(json!(stamp).to_string())?),
            ("amount", RawValue::from_string(point(*amount))?),
            (
                "description",
                RawValue::from_string(json!(row.map(|r| &r.description)).to_string())?,
            ),
            (
                "vat",
                RawValue::from_string(format!("{}.{}", vat / 10, vat % 10))?,
            ),
            (
                "code",
                RawValue::from_string(json!(row.map(|r| &r.product_code)).to_string())?,
            ),
            (
                "quantity",
                RawValue::from_string(json!(row.map_or(1, |r| r.units)).to_string())?,
            ),
        ]));
    }
    serde_json::to_string(&rows)
}

pub(super) fn csv(books: &Books, report: &Report) -> Result<Vec<u8>, ReportError> {
    let mut writer = csv::WriterBuilder::new()
        .delimiter(b';')
        .quote_style(csv::QuoteStyle::Always)
        .from_writer(Vec::new());
    let fields = chosen(report);
    writer.write_record(&fields)?;
    for entry in entries(books, report) {
        let row = fields
            .iter()
            .map(|field| match entry.value(field, books, report.items) {
                Value::Empty => String::new(),
                Value::Text(text) => text,
                Value::Euros(amount) => amount.to_string(),
                Value::Tenths(tenths) => format!("{},{}", tenths / 10, tenths % 10),
                Value::Items(items) => {
                    let items = items
                        .iter()
                        .map(|(stamp, amount)| format!("{stamp}:{amount}"));
                    items.collect::<Vec<String>>().join("|")
                }
            });
        writer.write_record(row)?;
    }
    writer
        .into_inner()
        .map_err(|error| ReportError::Csv(error.into_error().into()))
}
