//! The money rules by name, so that tests can take one away and see that it is missed.
//!
//! In every normal build [`holds`] is `true` and costs nothing. With the feature `mutants`, which
//! only the simulation's tests switch on, one rule can be taken away in the whole process; the simulation must
//! then find the harm.

/// A rule of money-safety that a mutant drops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Claim and attempt are committed before the first byte (1).
    CommitBeforeSending,
    /// Only what surely was not carried out is tried again (2, 11).
    NeverRetryUnknown,
    /// What was left half-done is recovered when its owner is gone, never by time (4).
    RecoverByLockOnly,
    /// A refusal counts only when it is signed (6).
    SignedRefusalsOnly,
    /// With an email in the request a refusal proves nothing (6).
    EmailRefusalsProveNothing,
    /// A refund's id must be new (7).
    RefundIdsAreNew,
    /// Only a look settles a hold (8).
    OnlyLooksSettleHolds,
    /// "Not moved" and a repeat wait for the quarantine (11).
    Quarantine,
    /// Only a refund of more than half may be repeated (11).
    RepeatsExceedHalf,
    /// Open operations reserve their amount (12).
    Reserve,
    /// A confirmation makes one operation, however often it is clicked (14).
    OneIntentOnce,
    /// The same refund again needs a confirmation of its own (14).
    SameAgainIsAsked,
    /// What was confirmed too long ago is not sent (15).
    ConfirmationsGoStale,
    /// A batch is what was shown when it was confirmed (15).
    ConfirmationsBindThePlan,
    /// A line is sent only while its payment is what it was when the line was planned (15).
    PaymentsAreAsPlanned,
    /// An older copy of the data file is locked (16).
    LockOldCopies,
    /// What waits in an older copy is never sent from it (16).
    WaitingLinesAreVoided,
    /// An account sees its own payments only (17).
    AccountsNeverMix,
    /// Two programs never run the same batch (18).
    BatchesHaveOneOwner,
    /// Only a line of which nothing was sent waits again (18).
    OnlyUnsentLinesWaitAgain,
    /// No more lines are under way at once than was confirmed (18).
    ConcurrencyIsBounded,
    /// The failure of one line does not stop the others (18).
    LinesFailAlone,
}

impl Rule {
    /// All rules that can be taken away.
    pub const ALL: [Rule; 22] = [
        Rule::CommitBeforeSending,
        Rule::NeverRetryUnknown,
        Rule::RecoverByLockOnly,
        Rule::SignedRefusalsOnly,
        Rule::EmailRefusalsProveNothing,
        Rule::RefundIdsAreNew,
        Rule::OnlyLooksSettleHolds,
        Rule::Quarantine,
        Rule::RepeatsExceedHalf,
        Rule::Reserve,
        Rule::OneIntentOnce,
        Rule::SameAgainIsAsked,
        Rule::ConfirmationsGoStale,
        Rule::ConfirmationsBindThePlan,
        Rule::PaymentsAreAsPlanned,
        Rule::LockOldCopies,
        Rule::WaitingLinesAreVoided,
        Rule::AccountsNeverMix,
        Rule::BatchesHaveOneOwner,
        Rule::OnlyUnsentLinesWaitAgain,
        Rule::ConcurrencyIsBounded,
        Rule::LinesFailAlone,
    ];
}

/// Whether the rule holds: always.
#[cfg(not(feature = "mutants"))]
#[inline]
pub const fn holds(_rule: Rule) -> bool {
    true
}

#[cfg(feature = "mutants")]
mod mutant {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::Rule;

    static DROPPED: AtomicUsize = AtomicUsize::new(usize::MAX);

    /// Whether the rule holds: unless it was dropped.
    pub fn holds(rule: Rule) -> bool {
        DROPPED.load(Ordering::SeqCst) != rule as usize
    }

    /// Drops one rule in this process, or none.
    pub fn drop_rule(rule: Option<Rule>) {
        DROPPED.store(
            rule.map_or(usize::MAX, |rule| rule as usize),
            Ordering::SeqCst,
        );
    }
}

#[cfg(feature = "mutants")]
pub use mutant::{drop_rule, holds};
