//! How many operations that were confirmed together stand (money-safety 18).

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub enum $name { $($(#[$each])* $variant),* }

        impl $name {
            /// All of them.
            pub const ALL: &[$name] = &[$($name::$variant),*];

            /// The name in the data file, in JSON and on the command line.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),* }
            }

            /// The one of this name.
            pub fn parse(name: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|one| one.as_str() == name)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

names! {
    /// Where a batch stands.
    BatchState {
        /// A process sends its lines.
        Running = "running",
        /// Nothing new is begun until a person says so.
        Paused = "paused",
        /// Ended by a person: what waited is never sent with it.
        Stopped = "stopped",
        /// Every line was begun or refused.
        Finished = "finished",
    }
}

names! {
    /// Why a batch is paused, or was stopped by the program.
    BatchPause {
        /// A person paused it.
        Person = "person",
        /// The process that ran it ended.
        Interrupted = "interrupted",
        /// Ten requests in a row did not reach Paytrail.
        Connection = "connection",
        /// Paytrail did not accept the account's secret (401), or the account was paused for it.
        Unauthorized = "unauthorized",
        /// The merchant's balance does not cover a refund.
        Balance = "balance",
        /// The disk did not take what had to be written.
        NotSaved = "notSaved",
        /// The person's confirmation is too old.
        Stale = "stale",
        /// The data file is an older copy, or comes from another machine.
        Locked = "locked",
        /// The keychain did not give the account's secret.
        Keychain = "keychain",
    }
}

names! {
    /// Where a line of a batch stands.
    BatchLineState {
        /// Not begun.
        Waiting = "waiting",
        /// Its operation is made, and its request may be on its way.
        Sending = "sending",
        /// Taken by Paytrail, outcome open.
        Accepted = "accepted",
        /// Proven to have happened.
        Done = "done",
        /// Nothing was sent, or it is proven not to have happened.
        Failed = "failed",
        /// Refused by Paytrail in a signed answer.
        Rejected = "rejected",
        /// A request went out, and what became of it is not known.
        Unknown = "unknown",
        /// This program did not begin it, since the payment does not allow it any more.
        Refused = "refused",
        /// A person left it out, or it could not be mended before the batch was confirmed.
        LeftOut = "leftOut",
        /// A later batch has taken it over.
        Moved = "moved",
        /// The data file is an older copy: it may have been sent since the copy was made.
        Voided = "voided",
    }
}
