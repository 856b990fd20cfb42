//! What a person found out about a draft whose outcome is unknown.

use hyvitys_domain::{AccountId, DraftId, TransactionId};
use hyvitys_paytrail::CallError;
use hyvitys_store::drafts::{Becomes, Draft as StoredDraft, DraftState, Settled, Way};

use super::create::{certain_amount, link_of};
use super::{Draft, read, told, written_after_sending};
use crate::error::{Code, Error};
use crate::look::{Differs, NOT_ACCEPTED, NoLook};
use crate::service::Backoffice;
use crate::why::Why;

impl Backoffice {
    /// Settles an unknown draft by what a person found in the Merchant Panel: the payment's id, which a look
    /// must confirm by amount and stamp; or, without one, that it was not made. That needs a note and, where
    /// money may have moved, half an hour since the request. It is a draft again then, with its stamp: if
    /// the payment is there after all, Paytrail refuses another one.
    pub async fn resolve_draft(
        &self,
        account: AccountId,
        id: DraftId,
        transaction_id: Option<TransactionId>,
        note: &str,
    ) -> Result<Draft, Error> {
        let stored = self.stored_draft(account, id).await?;
        if stored.state != DraftState::Unknown {
            return Err(
                Error::new(Code::BadInput, "the outcome of this draft is not unknown")
                    .why(Why::DraftNotUnknown),
            );
        }
        let note = Some(note.trim().to_owned()).filter(|note| !note.is_empty());
        let settled = match transaction_id {
            Some(found) => self.found_by_a_person(stored, found, note).await?,
            None => self.not_made(stored, note).await?,
        };
        self.opened(&settled)
    }

    async fn not_made(
        &self,
        stored: StoredDraft,
        note: Option<String>,
    ) -> Result<StoredDraft, Error> {
        let note = note.ok_or_else(|| {
            Error::new(Code::BadInput, "say in a note what was seen and where")
                .why(Why::NoteMissing)
        })?;
        let minutes = match read(&stored.filled_in)?.way {
            Way::Link => 0,
            Way::Charge | Way::AuthorizationHold => {
                stored.quarantine_minutes(&self.inner.clock.now())
            }
        };
        if minutes > 0 {
            return Err(Error::new(
                Code::Quarantine,
                format!("the request may still be carried out: {minutes} more minutes to wait"),
            )
            .why(Why::Quarantine { minutes }));
        }
        self.settle_by_word(&stored, Becomes::NotSent, None, Some(note))
            .await
    }

    async fn found_by_a_person(
        &self,
        stored: StoredDraft,
        found: TransactionId,
        note: Option<String>,
    ) -> Result<StoredDraft, Error> {
        let account = self.account(stored.account).await?;
        let client = self.client(&account).await?;
        let look = match self.get(&client, found).await {
            Ok(look) => look,
            Err(call @ CallError::Unauthorized { .. }) => {
                self.pause_account(account.id, NOT_ACCEPTED).await?;
                return Err(NoLook::Unauthorized(call).into_error());
            }
            Err(
                call @ CallError::Refused {
                    http_status: 404, ..
                },
            ) => return Err(NoLook::NotThere(call).into_error()),
            Err(call) => return Err(NoLook::Unclear(call).into_error()),
        };
        let view = &look.value;
        if view.currency != "EUR" {
            return Err(NoLook::Differs(Differs::Currency(view.currency.clone())).into_error());
        }
        if view.stamp != stored.stamp {
            return Err(Error::new(
                Code::BadInput,
                "this transaction has another stamp: it is not the payment of this draft",
            )
            .why(Why::AnotherStamp {
                theirs: view.stamp.clone(),
                ours: stored.stamp,
            }));
        }
        let expected = certain_amount(&read(&stored.filled_in)?);
        if let Some(amount) = expected.filter(|amount| *amount != view.amount) {
            let differs = Differs::Amount {
                shown: view.amount,
                stored: amount,
            };
            return Err(NoLook::Differs(differs).into_error());
        }
        let href = view.href.clone();
        let draft = self.found(stored, found, href, note).await?;
        self.shown(draft.clone(), &look).await?;
        self.stored_draft(draft.account, draft.id).await
    }

    /// The payment of an unknown draft is there: it is made, and a look has to confirm it.
    pub(super) async fn found(
        &self,
        stored: StoredDraft,
        id: TransactionId,
        href: Option<String>,
        note: Option<String>,
    ) -> Result<StoredDraft, Error> {
        let order = read(&stored.filled_in)?;
        let made_at = stored
            .last_sent
            .as_ref()
            .map_or_else(|| self.inner.clock.now().at, |sent| sent.at);
        let becomes = Becomes::Created {
            transaction_id: id,
            link: link_of(order.way, told(&stored.filled_in, &order), href, made_at),
        };
        let stays = written_after_sending(&order)?;
        self.settle_by_word(&stored, becomes, Some(stays), note)
            .await
    }

    async fn settle_by_word(
        &self,
        stored: &StoredDraft,
        becomes: Becomes,
        filled_in: Option<String>,
        note: Option<String>,
    ) -> Result<StoredDraft, Error> {
        let settled = Settled {
            draft: stored.id,
            account: stored.account,
            nonce: None,
            becomes,
            filled_in,
            outcome: None,
            request_id: None,
            note,
        };
        let now = self.inner.clock.now();
        Ok(self
            .inner
            .store
            .write(move |tx| tx.settle_draft(&settled, &now))
            .await?)
    }
}
