//! Settlements: the payments to the merchant's bank account (API document §5).

use chrono::NaiveDate;
use hyvitys_domain::WireTime;
use serde::Deserialize;

use crate::client::{Answer, Call, Client, Stamped};
use crate::error::{CallError, UnknownWhy};
use crate::merchants::with_query;
use crate::payments::text_or_number;
use crate::wire;

/// Which settlements to list; everything may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettlementQuery {
    /// The first day.
    pub start_date: Option<NaiveDate>,
    /// The last day.
    pub end_date: Option<NaiveDate>,
    /// The bank reference.
    pub bank_reference: Option<String>,
    /// How many, 1 to 100.
    pub limit: Option<u8>,
}

/// One settlement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// Its id: letters, digits and hyphens, at most 64.
    pub id: SettlementId,
    /// When it was made.
    pub created_at: Option<WireTime>,
    /// When it was paid out.
    pub settled_at: Option<WireTime>,
    /// The reference it was paid out with.
    pub settlement_reference: Option<String>,
}

/// The id of a settlement, safe to stand in a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SettlementId(String);

impl SettlementId {
    /// Takes 1 to 64 letters, digits and hyphens; `None` for anything else.
    pub fn new(text: &str) -> Option<SettlementId> {
        let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        (plain && (1..=64).contains(&text.len())).then(|| SettlementId(text.to_owned()))
    }

    /// The text of this id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    id: serde_json::Value,
    created_at: Option<String>,
    settled_at: Option<String>,
    settlement_reference: Option<serde_json::Value>,
}

impl Row {
    fn settlement(&self) -> Result<Settlement, UnknownWhy> {
        let time =
            |text: &Option<String>| text.as_deref().and_then(|text| WireTime::parse(text).ok());
        let id = text_or_number(&self.id).and_then(|text| SettlementId::new(&text));
        Ok(Settlement {
            id: id
                .ok_or_else(|| UnknownWhy::UnreadableBody("id is not a settlement's id".into()))?,
            created_at: time(&self.created_at),
            settled_at: time(&self.settled_at),
            settlement_reference: self.settlement_reference.as_ref().and_then(text_or_number),
        })
    }
}

impl Client {
    /// `GET /settlements`: newest first, at most 100. A limit outside 1 to 100 is not sent.
    pub async fn settlements(
        &self,
        stamped: &Stamped,
        query: &SettlementQuery,
    ) -> Result<Answer<Vec<Settlement>>, CallError> {
        if query.limit.is_some_and(|limit| !(1..=100).contains(&limit)) {
            return Err(CallError::unfit("limit: is not between 1 and 100"));
        }
        let parameters = [
            ("startDate", query.start_date.map(|day| day.to_string())),
            ("endDate", query.end_date.map(|day| day.to_string())),
            ("bankReference", query.bank_reference.clone()),
            ("limit", query.limit.map(|limit| limit.to_string())),
        ];
        let call = Call::get(with_query("/settlements", &parameters));
        self.exchange(call, stamped)
            .await?
            .documented(&[200])?
            .read(
                |raw| {
                    wire::array::<Row>(raw)?
                        .iter()
                        .map(Row::settlement)
                        .collect()
                },
                |_| Ok(Vec::new()),
            )
    }
}
