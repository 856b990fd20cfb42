-- Format 6: what several imports brought stays while one of them stands, and who imports is known.

-- The process that does the import; NULL once it has ended. Its process gone, the import was broken off.
ALTER TABLE import_run ADD COLUMN owner TEXT;

-- Other imports that have a line of a settlement, too. The line goes with the last of them.
CREATE TABLE settlement_seen (
    entry INTEGER NOT NULL REFERENCES settlement_entry ON DELETE CASCADE,
    run   INTEGER NOT NULL REFERENCES import_run,
    PRIMARY KEY (entry, run)
) STRICT, WITHOUT ROWID;
CREATE INDEX settlement_seen_run ON settlement_seen (run);

-- By these it is found which imports let an id wait.
CREATE INDEX import_change_awaited ON import_change (awaited) WHERE awaited IS NOT NULL;
