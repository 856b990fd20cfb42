//! Where the customer of a payment made here is led, and what Klarna was told of them.

use chrono::{DateTime, Utc};
use hyvitys_domain::{AccountId, PaymentStatus, TransactionId};
use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::codec::{ms, optional_time, parsed, time, uuid_blob};
use crate::error::StoreError;
use crate::reader::ReadTx;
use crate::writer::WriteTx;

use super::DraftState;

/// By which call a payment is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Way {
    /// `POST /payments`: a payment link.
    #[default]
    Link,
    /// `POST /payments/klarna/charge`
    Charge,
    /// `POST /payments/klarna/authorization-hold`
    AuthorizationHold,
}

impl Way {
    /// Its name in the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Way::Link => "link",
            Way::Charge => "charge",
            Way::AuthorizationHold => "authorizationHold",
        }
    }

    fn parse(text: &str) -> Option<Way> {
        [Way::Link, Way::Charge, Way::AuthorizationHold]
            .into_iter()
            .find(|way| way.as_str() == text)
    }
}

/// A payment that was made here and is neither paid nor failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenLink {
    /// Which.
    pub transaction_id: TransactionId,
    /// When it was made (UTC).
    pub created_at: DateTime<Utc>,
    /// When a signed answer last showed it (UTC).
    pub checked_at: Option<DateTime<Utc>>,
}

/// What a payment that was made here leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentLink {
    /// How it was made.
    pub way: Way,
    /// The hosted payment page.
    pub href: Option<String>,
    /// Where the customer must confirm at Klarna.
    pub step_up_url: Option<String>,
    /// When it was made (UTC).
    pub created_at: DateTime<Utc>,
    /// Until when it lives (UTC).
    pub expires_at: DateTime<Utc>,
    /// What Klarna was told: one bit for each part of the acceptance, in its order.
    pub told: u16,
    /// What Paytrail's support asks for.
    pub request_id: Option<String>,
}

impl ReadTx<'_> {
    /// What a payment leads to; `None` of a payment that was not made here.
    pub fn payment_link(
        &self,
        account: AccountId,
        id: TransactionId,
    ) -> Result<Option<PaymentLink>, StoreError> {
        Ok(self
            .conn()
            .prepare_cached(
                "SELECT way, href, step_up_url, created_at, expires_at, told, request_id
                 FROM payment_link
                 WHERE account = ?1 AND transaction_id = ?2",
            )?
            .query_row(params![account.row(), uuid_blob(id)], |row| {
                Ok(PaymentLink {
                    way: parsed(row, 0, "a way of making a payment", Way::parse)?,
                    href: row.get(1)?,
                    step_up_url: row.get(2)?,
                    created_at: time(row, 3)?,
                    expires_at: time(row, 4)?,
                    told: row.get(5)?,
                    request_id: row.get(6)?,
                })
            })
            .optional()?)
    }

    /// [`ReadTx::payment_link`] of a payment that a look has confirmed to be the one of its draft.
    pub fn confirmed_link(
        &self,
        account: AccountId,
        id: TransactionId,
    ) -> Result<Option<PaymentLink>, StoreError> {
        let link = self.payment_link(account, id)?;
        if link.is_none() {
            return Ok(None);
        }
        let draft = self.draft_of_payment(account, id)?;
        Ok(link.filter(|_| draft.is_none_or(|draft| draft.state == DraftState::Created)))
    }

    /// The payments that were made here since `since` (UTC) and are neither paid nor failed, the newest
    /// first.
    pub fn open_links(
        &self,
        account: AccountId,
        since: DateTime<Utc>,
    ) -> Result<Vec<OpenLink>, StoreError> {
        let mut statement = self.conn().prepare_cached(
            "SELECT l.transaction_id, l.created_at, p.checked_at FROM payment_link l
             LEFT JOIN payment p ON p.account = l.account AND p.transaction_id = l.transaction_id
             LEFT JOIN status s ON s.id = p.status
             WHERE l.account = ?1 AND l.created_at >= ?2 AND coalesce(s.name, '') NOT IN (?3, ?4)
             ORDER BY l.created_at DESC",
        )?;
        let ended = [PaymentStatus::Ok, PaymentStatus::Fail];
        let links = statement.query_map(
            params![
                account.row(),
                ms(since),
                ended[0].as_str(),
                ended[1].as_str()
            ],
            |row| {
                Ok(OpenLink {
                    transaction_id: TransactionId::from_uuid(Uuid::from_bytes(row.get(0)?)),
                    created_at: time(row, 1)?,
                    checked_at: optional_time(row, 2)?,
                })
            },
        )?;
        Ok(links.collect::<Result<_, _>>()?)
    }
}

impl WriteTx<'_> {
    pub(super) fn put_link(
        &self,
        account: AccountId,
        id: TransactionId,
        link: &PaymentLink,
    ) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached(
                "INSERT INTO payment_link
                     (account, transaction_id, way, href, step_up_url, created_at, expires_at, told,
                      request_id)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                account.row(),
                uuid_blob(id),
                link.way.as_str(),
                link.href,
                link.step_up_url,
                ms(link.created_at),
                ms(link.expires_at),
                link.told,
                link.request_id,
            ])?;
        Ok(())
    }
}
