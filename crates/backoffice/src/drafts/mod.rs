//! New payments: drafts that are kept, checked and sent.
//!
//! A draft lives in the data file and needs no network until it is confirmed. [`DraftOrder::check`] says what
//! stands in the way while somebody types. [`Backoffice::create_payment`] sends it as money is sent: claimed by
//! its own commit, one request at most, believed only when the answer is signed, fits and is new. A lost
//! answer leaves the draft `unknown`; it is not sent again by the program. Paytrail takes each stamp once, so
//! that a person who lets it be sent again can't make a second payment of it.

mod acceptance;
mod call;
mod check;
mod confirm;
mod create;
pub mod file;
mod find;
mod follow;
mod order;
mod outcome;
mod sums;

use chrono::{DateTime, Utc};
use hyvitys_domain::{AccountId, DraftId, Money, TransactionId};
use hyvitys_store::drafts::{Draft as StoredDraft, DraftState, Kept, NewDraft, Way};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{Code, Error};
use crate::service::Backoffice;
use crate::why::Why;

pub use acceptance::{Acceptance, AcceptanceItem, Told, ToldState};
pub use check::{OrderCheck, OrderProblem};
pub use create::CreatedPayment;
pub use order::{DraftAddress, DraftCustomer, DraftLine, DraftOrder};
pub use sums::VatSum;

/// A draft in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftBrief {
    /// Which.
    pub id: DraftId,
    /// The order's reference.
    pub reference: String,
    /// First and last name, or the company's.
    pub customer: String,
    /// What the customer pays, where that can be told.
    pub amount: Option<Money>,
    /// Whether that is certain.
    pub amount_is_certain: bool,
    /// When it was last changed (UTC).
    pub updated_at: DateTime<Utc>,
    /// Whether nothing stands in the way of sending it.
    pub ready: bool,
    /// How far it has come.
    pub state: DraftState,
}

/// A draft with its check.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Which.
    pub id: DraftId,
    /// What is filled in.
    pub order: DraftOrder,
    /// What a check of it says.
    pub check: OrderCheck,
    /// How far it has come.
    pub state: DraftState,
    /// What is filled in, as a confirmation names it ([`Backoffice::create_payment`]): of another content,
    /// another digest.
    pub digest: String,
    /// When it was last changed (UTC).
    pub updated_at: DateTime<Utc>,
    /// The payment's id, once it is made.
    pub payment: Option<TransactionId>,
    /// When a request last went out for it (UTC).
    pub sent_at: Option<DateTime<Utc>>,
    /// How its last try ended, if badly.
    pub error: Option<Error>,
    /// Of an unknown one: from when (UTC) it can be said that it was not made.
    pub resolvable_at: Option<DateTime<Utc>>,
}

impl Backoffice {
    /// The drafts that are no payments yet, the last changed first.
    pub async fn drafts(&self, account: AccountId) -> Result<Vec<DraftBrief>, Error> {
        let drafts = self.inner.store.read(move |tx| tx.drafts(account)).await?;
        drafts.iter().map(brief).collect()
    }

    /// A draft with its check.
    pub async fn draft(&self, account: AccountId, id: DraftId) -> Result<Draft, Error> {
        let stored = self.stored_draft(account, id).await?;
        self.opened(&stored)
    }

    /// Keeps a draft: a new one where `id` is `None`. Its stamp is made now, once.
    pub async fn save_draft(
        &self,
        account: AccountId,
        id: Option<DraftId>,
        order: &DraftOrder,
    ) -> Result<Draft, Error> {
        let stamp = format!("{:032x}", self.inner.chance.bits());
        self.save_draft_with_stamp(account, id, order, stamp).await
    }

    /// [`Backoffice::save_draft`] with a stamp of the shop's own (1 to 200 characters), so that the same
    /// order can't be made twice.
    pub async fn save_draft_with_stamp(
        &self,
        account: AccountId,
        id: Option<DraftId>,
        order: &DraftOrder,
        stamp: String,
    ) -> Result<Draft, Error> {
        let account = self.account(account).await?.id;
        if let Some(id) = id {
            self.stored_draft(account, id).await?;
        }
        let id = id.unwrap_or_else(|| self.new_draft_id());
        let new = NewDraft {
            id,
            account,
            stamp,
            filled_in: written(order)?,
        };
        let now = self.inner.clock.now();
        let kept = self
            .inner
            .store
            .write(move |tx| tx.put_draft(&new, &now))
            .await?;
        match kept {
            Kept::Kept => self.draft(account, id).await,
            Kept::Sent => Err(sent()),
            Kept::StampTaken => Err(Error::new(
                Code::BadInput,
                "another payment or draft of this shop has this stamp",
            )
            .why(Why::StampTaken)
            .next("look for it in the list; another payment needs another stamp")),
        }
    }

    /// Throws a draft away; refused once it was sent.
    pub async fn delete_draft(&self, account: AccountId, id: DraftId) -> Result<(), Error> {
        self.stored_draft(account, id).await?;
        let now = self.inner.clock.now();
        let deleted = self
            .inner
            .store
            .write(move |tx| tx.delete_draft(account, id, &now))
            .await?;
        if deleted { Ok(()) } else { Err(sent()) }
    }

    fn new_draft_id(&self) -> DraftId {
        DraftId::from_uuid(
            uuid::Builder::from_random_bytes(self.inner.chance.bits().to_ne_bytes()).into_uuid(),
        )
    }

    pub(crate) async fn stored_draft(
        &self,
        account: AccountId,
        id: DraftId,
    ) -> Result<StoredDraft, Error> {
        let found = self
            .inner
            .store
            .read(move |tx| tx.draft(account, id))
            .await?;
        found.ok_or_else(|| {
            Error::new(Code::NotFound, "there is no such draft").why(Why::NoSuchDraft)
        })
    }

    pub(crate) fn opened(&self, stored: &StoredDraft) -> Result<Draft, Error> {
        let order = read(&stored.filled_in)?;
        let now = self.inner.clock.now();
        let waits = match order.way {
            Way::Link => chrono::TimeDelta::zero(),
            Way::Charge | Way::AuthorizationHold => stored.quarantine_left(&now),
        };
        Ok(Draft {
            id: stored.id,
            check: order.check(),
            digest: order.digest()?,
            state: stored.state,
            updated_at: stored.changed_at,
            payment: stored.transaction_id,
            sent_at: stored.last_sent.as_ref().map(|sent| sent.at),
            error: outcome::error(stored, order.way),
            resolvable_at: (stored.state == DraftState::Unknown).then(|| now.at + waits),
            order,
        })
    }
}

fn brief(stored: &StoredDraft) -> Result<DraftBrief, Error> {
    let order = read(&stored.filled_in)?;
    let check = order.check();
    let names = [&order.customer.first_name, &order.customer.last_name];
    let name = names.map(|name| name.trim()).join(" ");
    Ok(DraftBrief {
        id: stored.id,
        customer: order::given(&name)
            .or_else(|| order::given(&order.customer.company_name))
            .unwrap_or_default(),
        amount: check.to_pay,
        amount_is_certain: check.to_pay_is_certain,
        updated_at: stored.changed_at,
        ready: check.problems.is_empty(),
        state: stored.state,
        reference: order.reference,
    })
}

/// What was filled in, as it is kept. A draft of an older version has what it knew.
pub(crate) fn read(filled_in: &str) -> Result<DraftOrder, Error> {
    serde_json::from_str(filled_in)
        .map_err(|error| Error::new(Code::Store, format!("a draft can't be read: {error}")))
}

fn written(order: &DraftOrder) -> Result<String, Error> {
    serde_json::to_string(order)
        .map_err(|error| Error::new(Code::BadInput, format!("the draft can't be kept: {error}")))
}

/// A draft from its request on: without Klarna's data, and with what Klarna was told by it.
#[derive(Serialize)]
struct AfterSending<'a> {
    #[serde(flatten)]
    order: &'a DraftOrder,
    told: u16,
}

#[derive(Deserialize)]
struct ToldBefore {
    told: Option<u16>,
}

/// What the file has of an order from the moment that its request goes out.
fn written_after_sending(order: &DraftOrder) -> Result<String, Error> {
    let sent = AfterSending {
        order: &order.clone().without_klarnas_data(),
        told: order.check().acceptance.bits(),
    };
    serde_json::to_string(&sent)
        .map_err(|error| Error::new(Code::BadInput, format!("the draft can't be kept: {error}")))
}

/// What Klarna was told by the request of a draft that was sent, as bits of the acceptance.
fn told(filled_in: &str, order: &DraftOrder) -> u16 {
    let before: Option<ToldBefore> = serde_json::from_str(filled_in).ok();
    before
        .and_then(|before| before.told)
        .unwrap_or_else(|| order.check().acceptance.bits())
}

fn sent() -> Error {
    Error::new(
        Code::Busy,
        "it was sent, so that it can't be changed or thrown away",
    )
    .why(Why::DraftSent)
}

/// The nonce of a request, as the journal names it.
fn nonce_of(bits: u128) -> String {
    Uuid::from_u128(bits).simple().to_string()
}
