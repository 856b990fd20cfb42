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
    /// The same refund again needs a confirmation of its own (14).
    SameAgainIsAsked,
    /// An older copy of the data file is locked (16).
    LockOldCopies,
}

impl Rule {
    /// All rules that can be taken away.
    pub const ALL: [Rule; 12] = [
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
        Rule::SameAgainIsAsked,
        Rule::LockOldCopies,
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
