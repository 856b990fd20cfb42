//! How the program ends: one number that a script can trust about money.

use std::process::ExitCode;

use hyvitys_backoffice::bulk::BatchLine;
use hyvitys_backoffice::{Code, Error, MoneyMoved};
use hyvitys_domain::{BatchLineState, OperationState};
use hyvitys_store::journal::Operation;

/// How a command ended. Greater is worse: of several outcomes the worst is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Done or accepted.
    #[default]
    Fine,
    /// Bad input, or refused by our own rules.
    OwnRules,
    /// Refused by Paytrail, or proven not to have happened there.
    Refused,
    /// Nothing was sent, though it could have been.
    NothingSent,
    /// It is not known what became of it.
    Unknown,
}

impl Outcome {
    /// The exit code.
    pub const fn number(self) -> u8 {
        match self {
            Outcome::Fine => 0,
            Outcome::OwnRules => 2,
            Outcome::Refused => 3,
            Outcome::Unknown => 4,
            Outcome::NothingSent => 5,
        }
    }

    /// The worse of two.
    #[must_use]
    pub fn and(self, other: Outcome) -> Outcome {
        self.max(other)
    }

    /// How an error ends a command.
    pub const fn of_error(error: &Error) -> Outcome {
        match error.code {
            Code::BadInput
            | Code::NotFound
            | Code::NotOperable
            | Code::SameAgain
            | Code::OverLimit
            | Code::Busy
            | Code::Quarantine
            | Code::Paused
            | Code::Locked
            | Code::Account
            | Code::Secret => Outcome::OwnRules,
            Code::Unauthorized | Code::Refused => Outcome::Refused,
            Code::NothingSent => Outcome::NothingSent,
            // What was asked for may have happened, unless the error knows that nothing went out.
            Code::Unclear | Code::NotSaved | Code::Store => match error.money_moved {
                MoneyMoved::No => Outcome::NothingSent,
                MoneyMoved::Yes | MoneyMoved::Unknown => Outcome::Unknown,
            },
        }
    }

    /// How an operation ends the command that made it.
    pub fn of_operation(operation: &Operation) -> Outcome {
        match operation.state {
            OperationState::Done | OperationState::Accepted => Outcome::Fine,
            OperationState::Rejected => Outcome::Refused,
            // Another process may be about to send it, or is sending.
            OperationState::Unknown | OperationState::Sending => Outcome::Unknown,
            OperationState::Draft | OperationState::Queued => Outcome::NothingSent,
            OperationState::Failed => of_failed(operation.reason.as_deref(), operation.sends),
        }
    }

    /// How a line of a batch ends the command that runs the batch.
    pub fn of_line(line: &BatchLine) -> Outcome {
        match line.state {
            // Nobody has asked for what was left out, and what a later batch took over is that one's.
            BatchLineState::Done
            | BatchLineState::Accepted
            | BatchLineState::LeftOut
            | BatchLineState::Moved => Outcome::Fine,
            BatchLineState::Refused => Outcome::OwnRules,
            BatchLineState::Rejected => Outcome::Refused,
            BatchLineState::Waiting => Outcome::NothingSent,
            BatchLineState::Unknown | BatchLineState::Sending | BatchLineState::Voided => {
                Outcome::Unknown
            }
            BatchLineState::Failed => {
                of_failed(line.reason.as_deref(), u32::from(line.sent_at.is_some()))
            }
        }
    }

    /// The code of an error that amounts to this outcome; `None` where it is none.
    pub const fn code(self) -> Option<Code> {
        match self {
            Outcome::Fine => None,
            Outcome::OwnRules => Some(Code::NotOperable),
            Outcome::Refused => Some(Code::Refused),
            Outcome::NothingSent => Some(Code::NothingSent),
            Outcome::Unknown => Some(Code::Unclear),
        }
    }
}

/// `failed` has many reasons: ours, Paytrail's, the network's.
fn of_failed(reason: Option<&str>, sends: u32) -> Outcome {
    match reason {
        Some("not_operable" | "changed" | "confirmation_stale") => Outcome::OwnRules,
        Some("unauthorized" | "refund_failed" | "was_captured" | "hold_gone") => Outcome::Refused,
        Some("not_looked" | "nothing_sent" | "too_many_requests" | "stopped" | "no_secret") => {
            Outcome::NothingSent
        }
        _ if sends == 0 => Outcome::NothingSent,
        _ => Outcome::Refused,
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> ExitCode {
        ExitCode::from(outcome.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_outcomes_the_worst_is_told() {
        use Outcome::{Fine, NothingSent, OwnRules, Refused, Unknown};
        let worst_first = [Unknown, NothingSent, Refused, OwnRules, Fine];
        assert_eq!(worst_first.map(Outcome::number), [4, 5, 3, 2, 0]);
        for (place, worse) in worst_first.iter().enumerate() {
            for better in &worst_first[place..] {
                assert_eq!(worse.and(*better), *worse);
                assert_eq!(better.and(*worse), *worse);
            }
        }
    }

    #[test]
    fn an_error_after_bytes_went_out_is_an_unknown_outcome_and_one_before_is_nothing_sent() {
        for code in [Code::NotSaved, Code::Unclear, Code::Store] {
            let mut error = Error::new(code, "");
            assert_eq!(Outcome::of_error(&error), Outcome::NothingSent);
            error.money_moved = MoneyMoved::Unknown;
            assert_eq!(Outcome::of_error(&error), Outcome::Unknown);
            error.money_moved = MoneyMoved::Yes;
            assert_eq!(Outcome::of_error(&error), Outcome::Unknown);
        }
    }

    #[test]
    fn a_failed_operation_ends_by_whose_doing_it_was() {
        assert_eq!(of_failed(Some("changed"), 0), Outcome::OwnRules);
        assert_eq!(of_failed(Some("refund_failed"), 1), Outcome::Refused);
        assert_eq!(of_failed(Some("nothing_sent"), 3), Outcome::NothingSent);
        assert_eq!(of_failed(None, 0), Outcome::NothingSent);
        assert_eq!(of_failed(Some("something new"), 1), Outcome::Refused);
    }
}
