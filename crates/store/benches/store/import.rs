//! Rows 1 and 2: an import against the same rows with indexes only, and against Python.

use std::process::Command;
use std::time::Duration;

use rusqlite::{Connection, params};

use crate::{Outcome, line, ratio, rows, shop, timed};

const ROWS: u64 = 50_000;
const RUNS: usize = 3;

/// The same columns and indexes, and nothing else.
const BARE: &str = "
    PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;
    CREATE TABLE payment (id INTEGER PRIMARY KEY, account INT, transaction_id BLOB, status INT,
        provider INT, amount INT, created INT, first_name TEXT, last_name TEXT, email TEXT,
        stamp TEXT, reference TEXT);
    CREATE UNIQUE INDEX a ON payment (account, transaction_id);
    CREATE INDEX b ON payment (account);
    CREATE INDEX c ON payment (account, status);
    CREATE INDEX d ON payment (account, status, provider);
    CREATE INDEX e ON payment (account, provider);
    CREATE INDEX f ON payment (account, reference);
    CREATE INDEX g ON payment (account, stamp);";

/// What a script would do: `csv`, `executemany`, and triggers for the search.
const PYTHON: &str = r#"
import csv, sqlite3, sys, resource
db = sqlite3.connect(sys.argv[2])
db.executescript("""
PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;
CREATE TABLE payment (id INTEGER PRIMARY KEY, day TEXT, minute TEXT, amount INT, status TEXT, first_name TEXT,
  last_name TEXT, email TEXT, reference TEXT, provider TEXT, stamp TEXT, raw TEXT);
CREATE INDEX c ON payment (status); CREATE INDEX d ON payment (status, provider);
CREATE INDEX e ON payment (provider); CREATE INDEX f ON payment (reference); CREATE INDEX g ON payment (stamp);
CREATE VIRTUAL TABLE search USING fts5 (first_name, last_name, email, reference, stamp, content = 'payment',
  content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3 4 5', columnsize = 0);
CREATE TRIGGER t AFTER INSERT ON payment BEGIN
  INSERT INTO search (rowid, first_name, last_name, email, reference, stamp)
  VALUES (new.id, new.first_name, new.last_name, new.email, new.reference, new.stamp); END;
""")
with open(sys.argv[1], newline="", encoding="utf-8") as file:
    rows = csv.reader(file, delimiter=";")
    next(rows)
    def values():
        for r in rows:
            yield (r[0], r[1], int(r[2].replace(",", "")), r[3], r[4], r[5], r[6], r[7], r[8], r[9], ";".join(r))
    db.executemany("INSERT INTO payment (day, minute, amount, status, first_name, last_name, email, reference,"
                   " provider, stamp, raw) VALUES (?,?,?,?,?,?,?,?,?,?,?)", values())
db.commit()
use = resource.getrusage(resource.RUSAGE_SELF)
print(use.ru_utime + use.ru_stime)
"#;

pub fn run() -> Outcome<()> {
    let csv = rows::report(ROWS);
    let mut best = [Duration::MAX; 3];
    let mut cpu = f64::MAX;
    for _ in 0..RUNS {
        let before = cpu_seconds();
        let (first, again) = import(&csv)?;
        let used = cpu_seconds()
            .zip(before)
            .map_or(f64::NAN, |(after, before)| after - before);
        // Both imports are in `used`; the first one's part is by its time.
        cpu = cpu.min(used * ratio(first, first + again));
        let bare = bare(&csv)?;
        for (best, now) in best.iter_mut().zip([first, again, bare]) {
            *best = (*best).min(now);
        }
    }
    let [first, again, bare] = best;
    line(
        "1  import 50 000 report rows : the same rows, indexes only",
        "<= 2.5",
        &format!("{:.2}", ratio(first, bare)),
    );
    line("   (import, bare)", "", &format!("{first:.0?} {bare:.0?}"));
    match python(&csv) {
        Some(python) => {
            line(
                "1  CPU of Python with search triggers : CPU of the import",
                ">= 3",
                &format!("{:.1}", python / cpu),
            );
        }
        None => line(
            "1  CPU of Python with search triggers : CPU of the import",
            ">= 3",
            "no python3",
        ),
    }
    line(
        "2  the same file again : the first time",
        "<= 0.35",
        &format!("{:.2}", ratio(again, first)),
    );
    Ok(())
}

/// The time of the first import of a CSV text and of the second, each with its reading.
fn import(csv: &str) -> Outcome<(Duration, Duration)> {
    let (_dir, store, account) = shop()?;
    let take = || {
        timed(|| {
            let facts = rows::facts(csv, false)?;
            Ok(store.write_blocking(move |tx| tx.apply(account, &facts))?)
        })
    };
    let (applied, first) = take()?;
    let (repeated, again) = take()?;
    if applied.new == 0 || repeated.same != applied.outcomes.len() {
        return Err("the import is not what it should be".into());
    }
    Ok((first, again))
}

fn bare(csv: &str) -> Outcome<Duration> {
    let dir = tempfile::tempdir()?;
    let db = Connection::open(dir.path().join("bare.db"))?;
    db.execute_batch(BARE)?;
    let ((), time) = timed(|| {
        let facts = rows::facts(csv, false)?;
        db.execute_batch("BEGIN IMMEDIATE")?;
        let mut insert = db.prepare(
            "INSERT INTO payment (account, transaction_id, status, provider, amount, created,
                first_name, last_name, email, stamp, reference)
             VALUES (1, NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?;
        for row in &facts {
            let status = row
                .status
                .as_ref()
                .map_or(0, |status| status.as_str().len());
            let provider = row
                .provider
                .as_ref()
                .map_or(0, |provider| provider.as_str().len());
            insert.execute(params![
                i64::try_from(status)?,
                i64::try_from(provider)?,
                row.amount.map(hyvitys_domain::Money::cents),
                row.created
                    .map(|created| created.time.at.timestamp_millis()),
                row.first_name,
                row.last_name,
                row.email,
                row.stamp,
                row.reference,
            ])?;
        }
        Ok(db.execute_batch("COMMIT")?)
    })?;
    Ok(time)
}

/// CPU seconds of the same import in Python; `None` where there is none.
fn python(csv: &str) -> Option<f64> {
    let dir = tempfile::tempdir().ok()?;
    let file = dir.path().join("report.csv");
    std::fs::write(&file, csv).ok()?;
    let run = Command::new("python3")
        .arg("-c")
        .arg(PYTHON)
        .arg(&file)
        .arg(dir.path().join("python.db"))
        .output()
        .ok()?;
    String::from_utf8(run.stdout).ok()?.trim().parse().ok()
}

/// CPU seconds that this process has used so far, where the system says so (Linux, hundredths).
fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    let ticks: u32 = rest
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|t| t.parse::<u32>().ok())
        .sum();
    Some(f64::from(ticks) / 100.0)
}
