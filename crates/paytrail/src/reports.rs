//! Payment reports: asked for here, delivered later to a callback address (API document §5).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::callbacks::CallbackError;
use crate::client::{Answer, Call, Client, Credentials, Stamped, header, is_signed_name};
use crate::error::CallError;
use crate::settlements::SettlementId;
use crate::signing::{self, SignatureError};
use crate::validation::{self as check, Invalid};
use crate::wire::Names;

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ReportFormat {
    /// A JSON array.
    Json,
    /// CSV with `;` and decimal commas.
    Csv,
}

/// Which payments a report lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ReportScope {
    /// Paytrail's own choice.
    Default,
    /// Paid ones.
    Paid,
    /// All of them.
    All,
    /// Settled ones.
    Settled,
}

/// A report to be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportRequest {
    /// The form.
    #[serde(rename = "requestType")]
    pub format: ReportFormat,
    /// Where the report is posted to: https, at most 3000 characters.
    pub callback_url: String,
    /// Which payments.
    #[serde(rename = "paymentStatus", skip_serializing_if = "Option::is_none")]
    pub scope: Option<ReportScope>,
    /// The first day. Not for a settlement's report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_date: Option<NaiveDate>,
    /// The last day. Not for a settlement's report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_date: Option<NaiveDate>,
    /// How many rows, 1 to 50 000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The fields to list; empty for Paytrail's choice.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub report_fields: Vec<String>,
    /// Whether to list order lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_items: Option<bool>,
}

impl ReportRequest {
    /// Checks the documented limits; the error names the first field that breaks one.
    pub fn validate(&self) -> Result<(), Invalid> {
        check::https("callbackUrl", &self.callback_url, 3000)?;
        if let Some(limit) = self.limit {
            check::range("limit", limit.into(), 1, 50_000)?;
        }
        Ok(())
    }
}

/// A report that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportTicket {
    /// The id of the request, which the report will name.
    pub request_id: String,
}

/// A report that came, with a valid signature of this account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedReport {
    /// The signed `checkout-` headers.
    pub headers: Vec<(String, String)>,
    /// The raw body, as it was signed.
    pub body: Vec<u8>,
}

/// Verifies a report that was posted to the callback address: `headers` as they came, `body` raw.
pub fn verify_report(
    headers: &[(String, String)],
    body: &[u8],
    credentials: &Credentials,
) -> Result<VerifiedReport, CallbackError> {
    let mut signatures = headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("signature"));
    let signature = signatures.next().map(|(_, value)| value.as_str());
    if signatures.next().is_some() {
        return Err(CallbackError::Signature(SignatureError::Repeated));
    }
    let pairs = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    signing::verify(&credentials.key, pairs, body, signature)?;
    match header(headers, "checkout-account") {
        Some(account) if account == credentials.merchant.as_str() => {}
        Some(_) => return Err(CallbackError::OtherAccount),
        None => return Err(CallbackError::Missing("checkout-account")),
    }
    let headers = headers
        .iter()
        .filter(|(name, _)| is_signed_name(name))
        .cloned()
        .collect();
    Ok(VerifiedReport {
        headers,
        body: body.to_vec(),
    })
}

impl Client {
    /// `POST /payments/report`.
    pub async fn request_payment_report(
        &self,
        stamped: &Stamped,
        report: &ReportRequest,
    ) -> Result<Answer<ReportTicket>, CallError> {
        self.request_report("/payments/report", stamped, report)
            .await
    }

    /// `POST /settlements/{id}/payments/report`; the dates of `report` are left out.
    pub async fn request_settlement_report(
        &self,
        stamped: &Stamped,
        settlement: &SettlementId,
        report: &ReportRequest,
    ) -> Result<Answer<ReportTicket>, CallError> {
        let report = ReportRequest {
            start_date: None,
            end_date: None,
            scope: None,
            limit: None,
            ..report.clone()
        };
        let path = format!("/settlements/{}/payments/report", settlement.as_str());
        self.request_report(&path, stamped, &report).await
    }

    async fn request_report(
        &self,
        path: &str,
        stamped: &Stamped,
        report: &ReportRequest,
    ) -> Result<Answer<ReportTicket>, CallError> {
        report
            .validate()
            .map_err(|invalid| CallError::unfit(invalid.to_string()))?;
        let call = Call::post(path, report)?;
        let foreign = Names::AnyBut(&["transactionId", "amount", "href", "terms", "createdAt"]);
        self.exchange(call, stamped)
            .await?
            .documented(&[200])?
            .object(&foreign)
    }
}
