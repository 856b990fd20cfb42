//! What a shop has settled for its refunds.

use hyvitys_backoffice::RefundPolicy;
use serde::{Deserialize, Serialize};
use specta::Type;

use super::Cents;

/// What a shop has settled for its refunds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename = "RefundPolicy")]
#[serde(rename_all = "camelCase")]
pub struct RefundPolicyDto {
    /// The reasons that are offered; `None` until the shop has chosen its own.
    pub(crate) reasons: Option<Vec<String>>,
    /// Above this sum of one refund, a person types the sum.
    pub(crate) refund_limit: Option<Cents>,
    /// Above this sum of a whole batch, a person types the sum.
    pub(crate) batch_limit: Option<Cents>,
}

impl From<RefundPolicy> for RefundPolicyDto {
    fn from(policy: RefundPolicy) -> RefundPolicyDto {
        RefundPolicyDto {
            reasons: policy.reasons,
            refund_limit: policy.refund_limit.map(Into::into),
            batch_limit: policy.batch_limit.map(Into::into),
        }
    }
}

impl From<RefundPolicyDto> for RefundPolicy {
    fn from(policy: RefundPolicyDto) -> RefundPolicy {
        RefundPolicy {
            reasons: policy.reasons,
            refund_limit: policy.refund_limit.map(Into::into),
            batch_limit: policy.batch_limit.map(Into::into),
        }
    }
}
