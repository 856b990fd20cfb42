//! The journal's head, kept outside the data file.
//!
//! A data file that was restored from a backup or copied to another machine looks healthy, but it
//! does not know what was sent since. So the number and the hash of the journal's last entry are
//! also kept with the machine. When they don't fit, money operations stay locked until a person has
//! looked at the Merchant Panel and taken over.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use hyvitys_domain::rules::{self, Rule};
use rusqlite::{Connection, OptionalExtension};

use crate::error::StoreError;
use crate::journal;
use crate::writer::WriterContext;

/// Why money operations are locked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Locked {
    /// The machine knows later entries than the file has, or other ones.
    #[error(
        "this data file is an older copy: operations that it does not know may have been sent since. \
         Compare it with the Merchant Panel and import the newest report, then take over"
    )]
    Behind,
    /// The machine does not know this file.
    #[error(
        "this data file comes from another machine or user: operations may still run there. \
         Make sure that it is used nowhere else, then take over"
    )]
    Elsewhere,
    /// The machine can't remember what happens in this file.
    #[error(
        "the journal's head can't be kept beside the data file ({0}): without it an older copy \
         would not be noticed"
    )]
    Unremembered(String),
}

/// The head as it stands in its file: number and hash, in a line of fixed length, so that it can be
/// overwritten in place.
struct Head {
    seq: i64,
    hash: [u8; 32],
    /// Which machine this is: a head that travelled along with its file is no witness.
    machine: String,
}

/// What tells this machine from others; empty where the system has no such name.
fn machine() -> String {
    let name = fs::read_to_string("/etc/machine-id").unwrap_or_default();
    name.trim()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(64)
        .collect()
}

impl Head {
    fn line(&self) -> String {
        format!(
            "{:020} {} {:64}\n",
            self.seq,
            hex::encode(self.hash),
            self.machine
        )
    }

    fn parse(line: &str) -> Option<Head> {
        let mut words = line.split_whitespace();
        let seq = words.next()?.parse().ok()?;
        let mut hash = [0; 32];
        hex::decode_to_slice(words.next()?, &mut hash).ok()?;
        let machine = words.next().unwrap_or_default().to_owned();
        Some(Head { seq, hash, machine })
    }
}

fn head_path(heads_dir: &Path, file_id: &str) -> PathBuf {
    heads_dir.join(format!("{file_id}.head"))
}

fn file_id(conn: &Connection) -> Result<String, StoreError> {
    Ok(conn.query_row("SELECT uuid FROM data_file", [], |row| row.get(0))?)
}

/// Compares the file's journal with the head that the machine remembers.
pub(crate) fn check(conn: &Connection, heads_dir: &Path) -> Result<Option<Locked>, StoreError> {
    if !rules::holds(Rule::LockOldCopies) {
        return Ok(None);
    }
    let Some((last, _)) = journal::head(conn)? else {
        let path = head_path(heads_dir, &file_id(conn)?);
        return Ok(path.exists().then_some(Locked::Behind));
    };
    let operations: i64 = conn.query_row(
        "SELECT count(*) FROM (SELECT 1 FROM operation LIMIT 1)",
        [],
        |row| row.get(0),
    )?;
    let path = head_path(heads_dir, &file_id(conn)?);
    // Under a lock: the head is overwritten in place, and half of two heads is none.
    let read = || -> std::io::Result<Option<Head>> {
        let mut file = File::open(&path)?;
        file.lock_shared()?;
        read_head(&mut file)
    };
    let known = match read() {
        Ok(None) if operations == 0 => return Ok(None),
        Ok(known) => known,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && operations == 0 => {
            return Ok(None);
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Some(Locked::Elsewhere));
        }
        Err(error) => return Err(StoreError::open(&path, error)),
    };
    let Some(known) = known else {
        return Ok(Some(Locked::Elsewhere));
    };
    if known.machine != machine() {
        return Ok(Some(Locked::Elsewhere));
    }
    if known.seq > last {
        return Ok(Some(Locked::Behind));
    }
    Ok((!is_in_chain(conn, known.seq, &known.hash)?).then_some(Locked::Behind))
}

/// Whether the file's journal has this very entry.
pub(crate) fn is_in_chain(
    conn: &Connection,
    seq: i64,
    hash: &[u8; 32],
) -> Result<bool, StoreError> {
    let here: Option<[u8; 32]> = conn
        .query_row(
            "SELECT hash FROM journal_entry WHERE seq = ?1",
            [seq],
            |row| row.get(0),
        )
        .optional()?;
    Ok(here.as_ref() == Some(hash))
}

/// What the machine remembers of a file's journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KnownHead {
    /// Nothing.
    None,
    /// What stands there came from another machine.
    Elsewhere,
    /// What stands there can't be read.
    Unreadable,
    /// Its last entry, as far as it was remembered.
    Known {
        /// The entry's number.
        seq: i64,
        /// The entry's hash.
        hash: [u8; 32],
    },
}

/// Reads what the machine remembers of the journal of the file with this id.
pub(crate) fn known(heads_dir: &Path, file_id: &str) -> Result<KnownHead, StoreError> {
    let path = head_path(heads_dir, file_id);
    let read = || -> std::io::Result<Option<Head>> {
        let mut file = File::open(&path)?;
        file.lock_shared()?;
        read_head(&mut file)
    };
    match read() {
        Ok(Some(head)) if head.machine != machine() => Ok(KnownHead::Elsewhere),
        Ok(Some(Head { seq, hash, .. })) => Ok(KnownHead::Known { seq, hash }),
        Ok(None) => Ok(KnownHead::Unreadable),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(KnownHead::None),
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => Ok(KnownHead::Unreadable),
        Err(error) => Err(StoreError::open(&path, error)),
    }
}

/// Remembers the head after a commit. The file is ahead of the head for a moment, never behind: that
/// is the harmless order. Where it can't be kept, money operations are locked until it can.
pub(crate) fn after_commit(conn: &Connection, context: &mut WriterContext) {
    let locked = context.locked();
    let Ok(Some((seq, hash))) = journal::head(conn) else {
        return;
    };
    let mends = matches!(locked, Some(Locked::Unremembered(_)));
    if (locked.is_some() && !mends) || context.remembered == seq {
        return;
    }
    let head = Head {
        seq,
        hash,
        machine: machine(),
    };
    let now = match remember(conn, &context.heads_dir, &head, false) {
        Ok(None) => {
            context.remembered = seq;
            None
        }
        Ok(locked) => locked,
        Err(error) => Some(Locked::Unremembered(error.to_string())),
    };
    context.set_locked(now);
}

/// Makes this file's journal the one that the machine knows, whatever it knew before.
pub(crate) fn take_over(conn: &Connection, heads_dir: &Path) -> Result<(), StoreError> {
    if let Some((seq, hash)) = journal::head(conn)? {
        remember(
            conn,
            heads_dir,
            &Head {
                seq,
                hash,
                machine: machine(),
            },
            true,
        )?;
    }
    Ok(())
}

/// Writes the head, unless a later one of the same journal stands there already. A head of another
/// journal is left as it is: a copy of the file has gone on without us.
fn remember(
    conn: &Connection,
    heads_dir: &Path,
    head: &Head,
    force: bool,
) -> Result<Option<Locked>, StoreError> {
    let path = head_path(heads_dir, &file_id(conn)?);
    let open = || -> std::io::Result<(File, Option<Head>)> {
        fs::create_dir_all(heads_dir)?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)?;
        file.lock()?;
        let known = read_head(&mut file)?;
        Ok((file, known))
    };
    let (mut file, known) = open().map_err(|error| StoreError::open(&path, error))?;
    if let Some(known) = known.filter(|_| !force && rules::holds(Rule::LockOldCopies)) {
        if known.seq > head.seq {
            // Another process may have committed after us and been faster here; if it was on this file,
            // the next look at the head finds its entry.
            return Ok(None);
        }
        if !is_in_chain(conn, known.seq, &known.hash)? {
            return Ok(Some(Locked::Behind));
        }
    }
    file.seek(SeekFrom::Start(0))
        .and_then(|_| file.write_all(head.line().as_bytes()))
        .map_err(|error| StoreError::open(&path, error))?;
    Ok(None)
}

fn read_head(file: &mut File) -> std::io::Result<Option<Head>> {
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(Head::parse(&text))
}
