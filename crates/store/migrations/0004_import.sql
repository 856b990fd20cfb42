-- Format 4: what each import did, so that it can be taken back; how tables are read; what was settled.

CREATE TABLE import_run (
    id        INTEGER PRIMARY KEY,
    account   INTEGER NOT NULL REFERENCES account,
    at        INTEGER NOT NULL,                               -- ms UTC
    os_user   TEXT    NOT NULL,
    files     TEXT    NOT NULL CHECK (json_valid(files)),     -- their names
    new       INTEGER NOT NULL DEFAULT 0,
    changed   INTEGER NOT NULL DEFAULT 0,
    refunds   INTEGER NOT NULL DEFAULT 0,
    awaited   INTEGER NOT NULL DEFAULT 0,
    undone_at INTEGER                                         -- ms UTC
) STRICT;
CREATE INDEX import_run_account ON import_run (account);

-- What an import did to one payment or waiting id. 'seen' changed nothing: it says that the payment does
-- not rest on an earlier import alone.
CREATE TABLE import_change (
    id      INTEGER PRIMARY KEY,
    run     INTEGER NOT NULL REFERENCES import_run,
    what    TEXT    NOT NULL CHECK (what IN ('made', 'changed', 'seen', 'awaited')),
    payment INTEGER REFERENCES payment ON UPDATE CASCADE,
    awaited BLOB CHECK (awaited IS NULL OR length(awaited) = 16),
    before  TEXT CHECK (before IS NULL OR json_valid(before)),
    CHECK ((what = 'awaited') = (awaited IS NOT NULL)),
    CHECK ((what = 'awaited') = (payment IS NULL)),
    CHECK ((what = 'changed') = (before IS NOT NULL))
) STRICT;
CREATE INDEX import_change_run ON import_change (run);
CREATE INDEX import_change_payment ON import_change (payment) WHERE payment IS NOT NULL;

-- Which column of a table is what, by the names in its header.
CREATE TABLE import_layout (
    fingerprint TEXT PRIMARY KEY,
    columns     TEXT    NOT NULL CHECK (json_valid(columns)),
    at          INTEGER NOT NULL                              -- ms UTC
) STRICT;

-- What files say was paid out to the shop, and what it cost.
CREATE TABLE settlement_entry (
    id                   INTEGER PRIMARY KEY,
    account              INTEGER NOT NULL REFERENCES account,
    run                  INTEGER NOT NULL REFERENCES import_run,
    settlement_id        TEXT    NOT NULL DEFAULT '',
    settlement_reference TEXT    NOT NULL DEFAULT '',
    settled_on           INTEGER,                             -- days since 1970
    kind                 TEXT    NOT NULL CHECK (kind IN ('payment', 'refund')),
    stamp                TEXT,
    reference            TEXT,
    payment              INTEGER REFERENCES payment ON UPDATE CASCADE,
    amount               INTEGER NOT NULL,                    -- cents, negative for refunds
    fee                  INTEGER,                             -- cents; what it cost is positive
    commission           INTEGER                              -- cents; what it cost is positive
) STRICT;
CREATE UNIQUE INDEX settlement_entry_once ON settlement_entry (account, settlement_id,
    settlement_reference, kind, coalesce(stamp, ''), coalesce(reference, ''), amount);
-- By these a line that comes again is found, also where another file names it otherwise.
CREATE INDEX settlement_entry_by_reference ON settlement_entry (account, reference) WHERE reference IS NOT NULL;
CREATE INDEX settlement_entry_by_nameless ON settlement_entry (account, amount) WHERE stamp IS NULL AND reference IS NULL;
CREATE INDEX settlement_entry_payment ON settlement_entry (payment) WHERE payment IS NOT NULL;
CREATE INDEX settlement_entry_run ON settlement_entry (run);
