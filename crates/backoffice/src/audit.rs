//! The audit log: who did what and when, and whether it is still as it was written.

use chrono::{DateTime, SecondsFormat, Utc};
use hyvitys_domain::{Money, OperationKind};
use hyvitys_store::SealKey;
use hyvitys_store::journal::{AuditPage, AuditRow, ChainReport, Flaw};
use serde::{Serialize, Serializer};

use crate::error::{Code, Error};
use crate::service::Backoffice;

/// Which entries of the audit log are read.
pub use hyvitys_store::journal::AuditFilter as AuditQuery;

/// The most entries in one page.
const LONGEST_PAGE: usize = 1_000;

/// An entry of the audit log as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntryJson {
    /// Its number: 1, 2, 3 … without gaps.
    pub seq: i64,
    /// When (UTC).
    #[serde(serialize_with = "time")]
    pub at: DateTime<Utc>,
    /// Who was logged in to the operating system.
    pub os_user: String,
    /// The account's name.
    pub account: Option<String>,
    /// What, as a stable dotted word.
    pub what: String,
    /// The payment's reference.
    pub reference: Option<String>,
    /// What its operation does.
    pub kind: Option<OperationKind>,
    /// Its operation's amount, in cents.
    pub amount: Option<Money>,
    /// Why its operation, a refund, was made.
    pub refund_reason: Option<String>,
    /// Its operation.
    pub operation_id: Option<String>,
    /// The operation's payment.
    pub transaction_id: Option<String>,
    /// What Paytrail's support asks for.
    pub request_id: Option<String>,
    /// More.
    pub detail: serde_json::Value,
    /// Whose key made the hash; empty where there was none.
    pub key_id: String,
    /// Its hash over itself and the entry before, in hex.
    pub hash: String,
}

impl From<&AuditRow> for AuditEntryJson {
    fn from(row: &AuditRow) -> AuditEntryJson {
        let entry = &row.entry;
        AuditEntryJson {
            seq: entry.seq,
            at: entry.at,
            os_user: entry.os_user.clone(),
            account: row.account_name.clone(),
            what: entry.what.clone(),
            reference: (!row.reference.is_empty()).then(|| row.reference.clone()),
            kind: row.kind,
            amount: row.amount,
            refund_reason: row.refund_reason.clone(),
            operation_id: entry.operation.map(|id| id.to_string()),
            transaction_id: row.transaction_id.map(|id| id.to_string()),
            request_id: entry.request_id.clone(),
            detail: serde_json::from_str(&entry.detail).unwrap_or_default(),
            key_id: entry.key_id.clone(),
            hash: hex::encode(entry.hash),
        }
    }
}

fn time<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

/// A short stable code of what is wrong where the journal does not hold.
pub const fn flaw_code(flaw: &Flaw) -> &'static str {
    match flaw {
        Flaw::Missing => "missing",
        Flaw::Changed => "changed",
        Flaw::Unreadable => "unreadable",
        Flaw::CutOff { .. } => "cutOff",
        Flaw::NotAsKnown => "notAsKnown",
        Flaw::Operation { .. } => "operation",
        Flaw::ForeignRefund { .. } => "foreignRefund",
        Flaw::Setting { .. } => "setting",
    }
}

impl Backoffice {
    /// The entries of the audit log that fit, the newest first, at most `limit` (1 to 1 000), before the entry
    /// `before`, the `next` of the page before.
    pub async fn audit(
        &self,
        query: &AuditQuery,
        before: Option<i64>,
        limit: usize,
    ) -> Result<AuditPage, Error> {
        if !(1..=LONGEST_PAGE).contains(&limit) {
            return Err(Error::new(
                Code::BadInput,
                format!("a list has 1 to {LONGEST_PAGE} entries, not {limit}"),
            ));
        }
        let query = query.clone();
        Ok(self
            .inner
            .store
            .read(move |tx| tx.audit(&query, before, limit))
            .await?)
    }

    /// Who has entries in the audit log, by name.
    pub async fn audit_people(&self) -> Result<Vec<String>, Error> {
        Ok(self.inner.store.read(|tx| tx.audit_people()).await?)
    }

    /// Checks the audit log from its first entry to its last, its end by the head that this machine remembers,
    /// and that the tables of operations, refunds and settings say the same.
    ///
    /// Entries that were written while the keychain could not be reached are counted: of them only order and
    /// content are checked, and only the head outside the file guards them against somebody who makes all later
    /// hashes anew.
    pub async fn verify_audit(&self) -> Result<ChainReport, Error> {
        let seal = self.inner.seal.clone();
        let key = move |id: &str| {
            let fits = |seal: &&SealKey| seal.id == id;
            seal.as_ref().filter(fits).map(|seal| seal.key)
        };
        Ok(self.inner.store.verify_journal(key).await?)
    }
}
