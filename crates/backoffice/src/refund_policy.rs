//! What a shop has settled for its refunds: the reasons that it gives, and from which sum on a person types the
//! sum to confirm it.

use hyvitys_domain::{AccountId, Money};
use serde::Serialize;

use crate::error::{Code, Error};
use crate::service::Backoffice;
use crate::why::Why;

const REASONS: &str = "refundReasons";
const REFUND_LIMIT: &str = "refundLimit";
const BATCH_LIMIT: &str = "batchLimit";

/// The most reasons of a shop.
const MOST_REASONS: usize = 30;
/// The longest reason, in characters.
pub const LONGEST_REASON: usize = 100;

/// What a shop has settled for its refunds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RefundPolicy {
    /// The reasons that are offered, in this order; `None` until the shop has chosen its own.
    pub reasons: Option<Vec<String>>,
    /// Above this sum (cents) of one refund, a person types the sum; `None` is no limit.
    pub refund_limit: Option<Money>,
    /// Above this sum (cents) of a whole batch, a person types the sum; `None` is no limit.
    pub batch_limit: Option<Money>,
}

/// A reason as it is kept: without spaces around it.
///
/// # Errors
/// [`Why::ReasonUnfit`] where it is empty, too long or has control characters.
pub fn checked_reason(reason: &str) -> Result<String, Error> {
    let reason = reason.trim();
    let length = reason.chars().count();
    if (1..=LONGEST_REASON).contains(&length) && !reason.chars().any(char::is_control) {
        return Ok(reason.to_owned());
    }
    Err(Error::new(
        Code::BadInput,
        format!("a reason has 1 to {LONGEST_REASON} characters and stands on one line"),
    )
    .why(Why::ReasonUnfit {
        most: LONGEST_REASON,
    }))
}

/// Whether a sum may go out: where it is over the limit, a person has to have typed this very sum. A sum that was
/// typed and is another one never may.
///
/// # Errors
/// [`Why::OverLimit`] where nothing was typed, [`Why::TypedDiffers`] where it was another sum. Nothing was
/// written or sent.
pub fn confirmed_by_typing(
    amount: Money,
    typed: Option<Money>,
    limit: Option<Money>,
) -> Result<(), Error> {
    match typed {
        Some(typed) if typed != amount => Err(Error::new(
            Code::OverLimit,
            format!("{typed} € was typed to confirm, and it is {amount} €"),
        )
        .why(Why::TypedDiffers { amount, typed })
        .next("look at the sum again, and type it as it is")),
        Some(_) => Ok(()),
        None => match limit.filter(|limit| amount > *limit) {
            None => Ok(()),
            Some(limit) => Err(Error::new(
                Code::OverLimit,
                format!(
                    "{amount} € is over this shop's limit of {limit} €: type the sum to confirm it"
                ),
            )
            .why(Why::OverLimit { amount, limit })
            .next("confirm it by typing the sum (--typed on the command line)")),
        },
    }
}

fn checked_limit(limit: Money) -> Result<Money, Error> {
    if limit > Money::ZERO {
        return Ok(limit);
    }
    Err(Error::new(
        Code::BadInput,
        "a limit is more than 0,00 €; leave it empty for none",
    )
    .why(Why::AmountOutOfRange { amount: limit }))
}

impl RefundPolicy {
    /// The same as it is kept.
    fn checked(self) -> Result<RefundPolicy, Error> {
        let reasons = self
            .reasons
            .map(|reasons| -> Result<Vec<String>, Error> {
                let mut kept: Vec<String> = Vec::new();
                for reason in &reasons {
                    let reason = checked_reason(reason)?;
                    let folded = reason.to_lowercase();
                    if !kept.iter().any(|other| other.to_lowercase() == folded) {
                        kept.push(reason);
                    }
                }
                if kept.len() > MOST_REASONS {
                    return Err(Error::new(
                        Code::BadInput,
                        format!("a shop has at most {MOST_REASONS} reasons"),
                    )
                    .why(Why::ReasonsTooMany { most: MOST_REASONS }));
                }
                Ok(kept)
            })
            .transpose()?;
        Ok(RefundPolicy {
            reasons,
            refund_limit: self.refund_limit.map(checked_limit).transpose()?,
            batch_limit: self.batch_limit.map(checked_limit).transpose()?,
        })
    }
}

impl Backoffice {
    /// What the shop has settled for its refunds.
    pub async fn refund_policy(&self, account: AccountId) -> Result<RefundPolicy, Error> {
        let read = |name| self.account_setting(account, name);
        let reasons = read(REASONS).await?;
        Ok(RefundPolicy {
            reasons: reasons.and_then(|text| serde_json::from_str(&text).ok()),
            refund_limit: self.refund_limit(account).await?,
            batch_limit: self.batch_limit(account).await?,
        })
    }

    /// Settles it anew. What changed is in the audit log.
    pub async fn set_refund_policy(
        &self,
        account: AccountId,
        policy: RefundPolicy,
    ) -> Result<RefundPolicy, Error> {
        let account = self.account(account).await?.id;
        let policy = policy.checked()?;
        let limit = |limit: Option<Money>| limit.map(|limit| limit.cents().to_string());
        let reasons = policy.reasons.as_ref();
        // An empty value is one that was taken back.
        let values = [
            (
                REASONS,
                reasons.map(|list| serde_json::json!(list).to_string()),
            ),
            (REFUND_LIMIT, limit(policy.refund_limit)),
            (BATCH_LIMIT, limit(policy.batch_limit)),
        ];
        let now = self.inner.clock.now().at;
        self.inner
            .store
            .write(move |tx| {
                for (name, value) in values {
                    let value = value.unwrap_or_default();
                    if tx.account_setting(account, name)?.unwrap_or_default() != value {
                        tx.set_account_setting(account, name, &value, now)?;
                    }
                }
                Ok(())
            })
            .await?;
        Ok(policy)
    }

    /// Above which sum (cents) of one refund a person types the sum; `None` is no limit.
    pub async fn refund_limit(&self, account: AccountId) -> Result<Option<Money>, Error> {
        self.limit(account, REFUND_LIMIT).await
    }

    /// Above which sum (cents) of a whole batch a person types the sum; `None` is no limit.
    pub async fn batch_limit(&self, account: AccountId) -> Result<Option<Money>, Error> {
        self.limit(account, BATCH_LIMIT).await
    }

    async fn limit(&self, account: AccountId, name: &'static str) -> Result<Option<Money>, Error> {
        let Some(text) = self.account_setting(account, name).await? else {
            return Ok(None);
        };
        if text.is_empty() {
            return Ok(None);
        }
        // A limit that can't be read is never taken for none: everything is over it.
        Ok(Some(text.parse().map_or(Money::ZERO, Money::from_cents)))
    }

    async fn account_setting(
        &self,
        account: AccountId,
        name: &'static str,
    ) -> Result<Option<String>, Error> {
        Ok(self
            .inner
            .store
            .read(move |tx| tx.account_setting(account, name))
            .await?)
    }
}
