//! When a batch pauses itself: what stands in the way of one line stands in the way of all.

use hyvitys_domain::{BatchPause, OperationKind, OperationState};
use hyvitys_store::head::Locked;
use hyvitys_store::journal::Operation;

use super::running::Pause;

/// So many lines in a row that did not reach Paytrail pause the batch.
const IN_A_ROW: u32 = 10;

/// Watches the lines in the order in which they end.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    not_reached: u32,
}

impl Breaker {
    /// Why the batch is to be paused after this operation, if it is. `locked` says why nothing can be sent
    /// from this file, if so.
    pub(super) fn ended(
        &mut self,
        operation: &Operation,
        locked: Option<&Locked>,
    ) -> Option<Pause> {
        let message = operation.message.clone();
        let pause = |why| {
            Some(Pause {
                why,
                message: message.clone(),
            })
        };
        let reason = operation.reason.as_deref().unwrap_or_default();
        let failed = operation.state == OperationState::Failed;
        if failed && matches!(reason, "nothing_sent" | "not_looked" | "too_many_requests") {
            return self.not_reached(message);
        }
        self.not_reached = 0;
        match reason {
            // The claim was not taken: which of the two it was, the operation does not say.
            "paused" if let Some(locked) = locked => Some(Pause {
                why: BatchPause::Locked,
                message: Some(locked.to_string()),
            }),
            "unauthorized" | "paused" => pause(BatchPause::Unauthorized),
            "not_saved" => pause(BatchPause::NotSaved),
            "confirmation_stale" => pause(BatchPause::Stale),
            _ if is_lack_of_balance(operation) => pause(BatchPause::Balance),
            _ => None,
        }
    }

    /// A line could not even be looked at.
    pub(super) fn not_reached(&mut self, message: Option<String>) -> Option<Pause> {
        self.not_reached += 1;
        (self.not_reached >= IN_A_ROW).then_some(Pause {
            why: BatchPause::Connection,
            message,
        })
    }
}

/// Whether Paytrail refused a refund since the merchant's balance does not cover it. Its documentation names no
/// code for that: the words are all there is.
fn is_lack_of_balance(operation: &Operation) -> bool {
    let refused = matches!(operation.state, OperationState::Rejected)
        || operation.reason.as_deref() == Some("refused_unclear");
    if operation.kind != OperationKind::Refund || !refused {
        return false;
    }
    let words = operation
        .message
        .as_deref()
        .unwrap_or_default()
        .to_lowercase();
    [
        "balance",
        "saldo",
        "insufficient funds",
        "kate ",
        "katetta",
        "täckning",
    ]
    .iter()
    .any(|word| words.contains(word))
}
