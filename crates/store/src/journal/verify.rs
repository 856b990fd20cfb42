//! Whether the journal is what this program wrote: each entry, their order, their end, and that the tables beside
//! it say the same.
//!
//! Who can write the data file can write anything into it. What they can't do unseen is make an entry's keyed
//! hash, or change the head that is kept outside the file. Where there was no key, or it is not at hand, that
//! much is said and not more.

use std::path::Path;

use hyvitys_domain::OperationId;
use rusqlite::Row;

use super::agree::Told;
use super::chain::{GENESIS, Raw};
use crate::error::StoreError;
use crate::head::{self, KnownHead};
use crate::reader::ReadTx;

/// What is wrong at the place where the journal does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The entry is not there, though later ones are.
    Missing,
    /// The entry, or the one before it, is not as it was written.
    Changed,
    /// The entry has a value that this program never writes.
    Unreadable,
    /// The journal ends before it; the machine remembers it up to `known`.
    CutOff {
        /// The number of the last entry that the machine remembers.
        known: i64,
    },
    /// The machine remembers another entry under this number.
    NotAsKnown,
    /// An operation's row, its requests or its items say something else than the journal does.
    Operation {
        /// The operation.
        operation: OperationId,
        /// What of it, by the column's name.
        what: &'static str,
    },
    /// A refund made elsewhere stands otherwise than the journal has it.
    ForeignRefund {
        /// Its stamp.
        stamp: String,
    },
    /// A setting stands otherwise than the journal has it.
    Setting {
        /// Its name.
        name: String,
    },
}

/// Where the journal does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainBreak {
    /// The first entry that does not fit; where a table differs, the last one that speaks of it, or 0 where
    /// none does.
    pub seq: i64,
    /// What is wrong there.
    pub flaw: Flaw,
}

/// How the journal's end compares with the head that is kept outside the data file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HeadCheck {
    /// The machine remembers this very journal.
    Agrees,
    /// The machine remembers none: whether the end is cut off can't be told.
    #[default]
    NotKept,
    /// What is remembered came from another machine, and proves nothing here.
    Elsewhere,
    /// What is remembered can't be read.
    Unreadable,
}

/// A run of entries that could not be proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unproven {
    /// The first of them.
    pub first: i64,
    /// The last of them; proven ones may stand between.
    pub last: i64,
    /// How many.
    pub count: u64,
}

/// What checking the whole journal found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChainReport {
    /// How many entries there are.
    pub entries: u64,
    /// How many were made without a key, or with one that is not at hand: their order and content
    /// are checked only as far as a plain hash can.
    pub unkeyed: u64,
    /// Those that were made without a key: who changes one and makes all later hashes anew is seen by the
    /// head alone.
    pub unsealed: Option<Unproven>,
    /// Those whose key is not at hand: only their order is checked.
    pub key_missing: Option<Unproven>,
    /// Up to which entry all is as it was written; 0 is none.
    pub verified_to: i64,
    /// How the end compares with the head outside the file.
    pub head: HeadCheck,
    /// The first break, if any.
    pub broken: Option<ChainBreak>,
}

impl ChainReport {
    /// Whether no change was found, and every entry is proven by its key or at least by a plain hash.
    pub const fn holds(&self) -> bool {
        self.broken.is_none() && self.key_missing.is_none()
    }

    fn breaks(&mut self, seq: i64, flaw: Flaw) {
        self.broken.get_or_insert(ChainBreak { seq, flaw });
    }
}

fn count(run: &mut Option<Unproven>, seq: i64) {
    let run = run.get_or_insert(Unproven {
        first: seq,
        last: seq,
        count: 0,
    });
    run.last = seq;
    run.count += 1;
}

/// Reads an entry as it stands; `None` where a value is of a kind that this program never writes.
fn raw(row: &Row<'_>) -> Option<(Raw, [u8; 32])> {
    let raw = Raw {
        seq: row.get(0).ok()?,
        at: row.get(1).ok()?,
        os_user: row.get(2).ok()?,
        account: row.get(3).ok()?,
        what: row.get(4).ok()?,
        operation: row.get(5).ok()?,
        request_id: row.get(6).ok()?,
        detail: row.get(7).ok()?,
        key_id: row.get(8).ok()?,
    };
    Some((raw, row.get(9).ok()?))
}

impl ReadTx<'_> {
    /// Checks the whole chain and that the tables agree with it, without the head outside the file. `key` gives
    /// the key of a key id.
    pub fn verify_journal(
        &self,
        key: impl Fn(&str) -> Option<[u8; 32]>,
    ) -> Result<ChainReport, StoreError> {
        let mut report = ChainReport::default();
        let mut told = Told::default();
        let mut before = GENESIS;
        let mut statement = self.conn().prepare_cached(
            "SELECT seq, at, os_user, account, what, operation, request_id, detail, key_id, hash
             FROM journal_entry ORDER BY seq",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let expected = report.verified_to + 1;
            let seq: i64 = row.get(0)?;
            if seq != expected {
                // A number below 1 stands before the first one.
                let flaw = if seq < expected {
                    Flaw::Unreadable
                } else {
                    Flaw::Missing
                };
                report.breaks(seq.min(expected), flaw);
                return Ok(report);
            }
            let Some((entry, hash)) = raw(row).filter(|(entry, _)| entry.is_plain()) else {
                report.breaks(seq, Flaw::Unreadable);
                return Ok(report);
            };
            let key = if entry.key_id.is_empty() {
                count(&mut report.unsealed, seq);
                Some(None)
            } else {
                let found = key(&entry.key_id).map(Some);
                if found.is_none() {
                    count(&mut report.key_missing, seq);
                }
                found
            };
            if let Some(key) = key
                && entry.hash(&before, key.as_ref())? != hash
            {
                report.breaks(seq, Flaw::Changed);
                return Ok(report);
            }
            if key.flatten().is_none() {
                report.unkeyed += 1;
            }
            report.entries += 1;
            report.verified_to = seq;
            before = hash;
            if !told.hear(&entry) {
                report.breaks(seq, Flaw::Unreadable);
                return Ok(report);
            }
        }
        if let Some(broken) = told.compare(self)? {
            report.broken = Some(broken);
        }
        Ok(report)
    }

    /// [`ReadTx::verify_journal`], and that the journal goes on to where the machine remembers it.
    pub(crate) fn verify_with_head(
        &self,
        known: &KnownHead,
        key: impl Fn(&str) -> Option<[u8; 32]>,
    ) -> Result<ChainReport, StoreError> {
        let mut report = self.verify_journal(key)?;
        let (seq, hash) = match known {
            KnownHead::None => return Ok(report),
            KnownHead::Elsewhere => {
                report.head = HeadCheck::Elsewhere;
                return Ok(report);
            }
            KnownHead::Unreadable => {
                report.head = HeadCheck::Unreadable;
                return Ok(report);
            }
            KnownHead::Known { seq, hash } => (*seq, hash),
        };
        report.head = HeadCheck::Agrees;
        // An entry whose hash can't even be read is not the one that is remembered.
        if head::is_in_chain(self.conn(), seq, hash).unwrap_or(false) {
            return Ok(report);
        }
        let last = head(self)?;
        // What breaks in the chain names its place better; a table that differs does not explain this.
        let in_chain = matches!(
            report.broken.as_ref().map(|broken| &broken.flaw),
            Some(Flaw::Missing | Flaw::Changed | Flaw::Unreadable)
        );
        if !in_chain {
            report.broken = Some(if last < seq {
                let flaw = Flaw::CutOff { known: seq };
                ChainBreak {
                    seq: last + 1,
                    flaw,
                }
            } else {
                let flaw = Flaw::NotAsKnown;
                ChainBreak { seq, flaw }
            });
            report.verified_to = report.verified_to.min(seq - 1);
        }
        Ok(report)
    }
}

fn head(tx: &ReadTx<'_>) -> Result<i64, StoreError> {
    Ok(super::head(tx.conn())?.map_or(0, |(seq, _)| seq))
}

/// What the machine remembers of this file's journal.
pub(crate) fn known_head(tx: &ReadTx<'_>, heads_dir: &Path) -> Result<KnownHead, StoreError> {
    head::known(heads_dir, &tx.file_id()?)
}
