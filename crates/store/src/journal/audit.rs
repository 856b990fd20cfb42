//! The journal as a log that people read: the newest first, by what, who and when.

use chrono::{DateTime, Utc};
use hyvitys_domain::{AccountId, Money, OperationKind, OperationState, TransactionId};
use rusqlite::{Row, params};
use uuid::Uuid;

use super::chain::{COLUMNS, Entry, entry};
use crate::codec::{ms, parsed};
use crate::error::StoreError;
use crate::reader::ReadTx;

/// The most entries in one page.
const LONGEST_PAGE: usize = 1_000;

/// What entries are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuditKind {
    /// Refunds, activations and cancels, and what evidence said of refunds.
    Operations,
    /// Batches.
    Batches,
    /// Payments that are made here.
    Payments,
    /// Files that were read or taken back.
    Imports,
    /// Tables that were written.
    Exports,
    /// Settings.
    Settings,
    /// Shops, their secrets and whether they may send.
    Accounts,
    /// The data file itself.
    DataFile,
}

impl AuditKind {
    /// All of them.
    pub const ALL: [AuditKind; 8] = [
        AuditKind::Operations,
        AuditKind::Batches,
        AuditKind::Payments,
        AuditKind::Imports,
        AuditKind::Exports,
        AuditKind::Settings,
        AuditKind::Accounts,
        AuditKind::DataFile,
    ];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            AuditKind::Operations => "operations",
            AuditKind::Batches => "batches",
            AuditKind::Payments => "payments",
            AuditKind::Imports => "imports",
            AuditKind::Exports => "exports",
            AuditKind::Settings => "settings",
            AuditKind::Accounts => "accounts",
            AuditKind::DataFile => "dataFile",
        }
    }

    /// How the words of its entries look.
    const fn patterns(self) -> &'static [&'static str] {
        match self {
            AuditKind::Operations => &["operation.*", "answer.*", "evidence.*", "refund.*"],
            AuditKind::Batches => &["batch.*"],
            AuditKind::Payments => &["payment.*", "draft.*"],
            AuditKind::Imports => &["import", "import.*"],
            AuditKind::Exports => &["*.exported"],
            AuditKind::Settings => &["setting.*"],
            AuditKind::Accounts => &["account.*"],
            AuditKind::DataFile => &["journal.*"],
        }
    }
}

/// Which entries to read. Empty parts leave nothing out.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Of this account, and those of no account.
    pub account: Option<AccountId>,
    /// About this.
    pub kind: Option<AuditKind>,
    /// By this person, as the operating system names them.
    pub by: Option<String>,
    /// From this time on (UTC).
    pub from: Option<DateTime<Utc>>,
    /// Before this time (UTC).
    pub until: Option<DateTime<Utc>>,
    /// Each of these words stands somewhere in it: in its detail, its person, its request-id, or its payment's
    /// ids, reference and customer.
    pub text: String,
}

/// An entry with the payment that it is about.
#[derive(Clone, Debug)]
pub struct AuditRow {
    /// The entry.
    pub entry: Entry,
    /// What its operation does.
    pub kind: Option<OperationKind>,
    /// Where its operation stands now.
    pub state: Option<OperationState>,
    /// Its operation's amount.
    pub amount: Option<Money>,
    /// Its operation's payment.
    pub transaction_id: Option<TransactionId>,
    /// Why its operation, a refund, was made.
    pub refund_reason: Option<String>,
    /// The payment's reference; empty where no source named one.
    pub reference: String,
    /// The account's name.
    pub account_name: Option<String>,
}

/// A part of the log.
#[derive(Clone, Debug, Default)]
pub struct AuditPage {
    /// The newest first.
    pub rows: Vec<AuditRow>,
    /// Before which entry the next page begins; `None` at the end.
    pub next: Option<i64>,
}

/// Where the columns of the operation and the payment begin.
const BESIDE: usize = 10;

fn row(row: &Row<'_>) -> rusqlite::Result<(AuditRow, String)> {
    let with = |column: usize| BESIDE + column;
    let kind: Option<String> = row.get(with(0))?;
    let read = AuditRow {
        entry: entry(row)?,
        kind: kind
            .is_some()
            .then(|| parsed(row, with(0), "a kind", |text| text.parse().ok()))
            .transpose()?,
        state: kind
            .is_some()
            .then(|| parsed(row, with(1), "a state", |text| text.parse().ok()))
            .transpose()?,
        amount: row.get::<_, Option<i64>>(with(2))?.map(Money::from_cents),
        transaction_id: row
            .get::<_, Option<[u8; 16]>>(with(3))?
            .map(|bytes| TransactionId::from_uuid(Uuid::from_bytes(bytes))),
        refund_reason: row.get(with(4))?,
        reference: row.get::<_, Option<String>>(with(5))?.unwrap_or_default(),
        account_name: row.get(with(6))?,
    };
    let customer: [Option<String>; 3] = [row.get(with(7))?, row.get(with(8))?, row.get(with(9))?];
    let customer: Vec<String> = customer.into_iter().flatten().collect();
    Ok((read, customer.join(" ")))
}

impl AuditRow {
    /// Whether each of these words, in lower case, stands somewhere in it.
    fn has(&self, words: &[String], customer: &str) -> bool {
        let entry = &self.entry;
        let parts = [
            Some(entry.what.as_str()),
            Some(&*entry.os_user),
            entry.request_id.as_deref(),
            Some(&*entry.detail),
            Some(&*self.reference),
            self.refund_reason.as_deref(),
            Some(customer),
        ];
        let ids = [
            entry.operation.map(|id| id.to_string()),
            self.transaction_id.map(|id| id.to_string()),
        ];
        let mut text = String::new();
        let ids = ids.iter().map(Option::as_deref);
        for part in parts.into_iter().chain(ids).flatten() {
            text.push_str(&part.to_lowercase());
            text.push('\n');
        }
        words.iter().all(|word| text.contains(word))
    }
}

impl ReadTx<'_> {
    /// The entries that fit, the newest first, at most `limit` (1 to 1 000), before the entry `before` (`None`
    /// for the newest of all).
    pub fn audit(
        &self,
        filter: &AuditFilter,
        before: Option<i64>,
        limit: usize,
    ) -> Result<AuditPage, StoreError> {
        let limit = limit.clamp(1, LONGEST_PAGE);
        let words: Vec<String> = filter
            .text
            .split_whitespace()
            .map(str::to_lowercase)
            .collect();
        // Whether a pattern fits is asked of SQLite; the patterns are this file's own.
        let kinds = filter.kind.map_or_else(String::new, |kind| {
            let patterns: Vec<String> = kind
                .patterns()
                .iter()
                .map(|pattern| format!("j.what GLOB '{pattern}'"))
                .collect();
            format!(" AND ({})", patterns.join(" OR "))
        });
        let sql = format!(
            "SELECT {COLUMNS}, o.kind, o.state, o.amount, o.transaction_id, o.refund_reason, p.reference, a.name,
                p.first_name, p.last_name, p.email
             FROM journal_entry j
             LEFT JOIN operation o ON o.id = j.operation
             LEFT JOIN payment p ON p.account = o.account AND p.transaction_id = o.transaction_id
             LEFT JOIN account a ON a.id = j.account
             WHERE j.seq < ?1 AND (?2 IS NULL OR j.account IS NULL OR j.account = ?2)
               AND (?3 IS NULL OR j.os_user = ?3) AND j.at >= ?4 AND j.at < ?5{kinds}
             ORDER BY j.seq DESC"
        );
        let mut statement = self.conn().prepare_cached(&sql)?;
        let mut rows = statement.query(params![
            before.unwrap_or(i64::MAX),
            filter.account.map(AccountId::row),
            filter.by,
            filter.from.map_or(i64::MIN, ms),
            filter.until.map_or(i64::MAX, ms),
        ])?;
        let mut page = AuditPage::default();
        while let Some(found) = rows.next()? {
            let (found, customer) = row(found)?;
            if !found.has(&words, &customer) {
                continue;
            }
            if page.rows.len() == limit {
                page.next = page.rows.last().map(|last| last.entry.seq);
                break;
            }
            page.rows.push(found);
        }
        Ok(page)
    }

    /// Who has entries, by name.
    pub fn audit_people(&self) -> Result<Vec<String>, StoreError> {
        let mut statement = self
            .conn()
            .prepare_cached("SELECT DISTINCT os_user FROM journal_entry ORDER BY os_user")?;
        let people = statement.query_map([], |row| row.get(0))?;
        Ok(people.collect::<Result<_, _>>()?)
    }
}
