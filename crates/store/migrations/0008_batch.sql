-- Format 8: many operations with one confirmation.

-- What was confirmed never changes; where it stands does.
CREATE TABLE batch (
    id             BLOB    PRIMARY KEY CHECK (length(id) = 16),
    account        INTEGER NOT NULL REFERENCES account,
    number         INTEGER NOT NULL CHECK (number > 0),     -- 1, 2, 3 … of its account, for people
    kind           TEXT    NOT NULL CHECK (kind IN ('refund', 'activate', 'cancel')),
    name           TEXT    NOT NULL,                        -- of the file, or what it was made of
    source         TEXT    NOT NULL CHECK (source IN ('file', 'paste', 'payments', 'batch')),
    digest         BLOB    NOT NULL CHECK (length(digest) = 32),      -- of the plan that was confirmed
    file_digest    BLOB    CHECK (file_digest IS NULL OR length(file_digest) = 32),
    header         TEXT    NOT NULL CHECK (json_valid(header)),       -- the file's columns, for the result
    intent         TEXT    NOT NULL,                        -- the confirmation
    confirmed_at   INTEGER NOT NULL,                        -- ms UTC
    os_user        TEXT    NOT NULL,
    refund_reason  TEXT,
    note           TEXT,
    concurrency    INTEGER NOT NULL CHECK (concurrency BETWEEN 1 AND 32),
    follows        BLOB    REFERENCES batch,                -- whose rest, or whose failed lines it is made of
    state          TEXT    NOT NULL CHECK (state IN ('running', 'paused', 'stopped', 'finished')),
    why            TEXT,                                    -- a code: why it is paused or was stopped
    why_message    TEXT,
    owner          TEXT,                                    -- the process that runs it
    ended_at       INTEGER,                                 -- ms UTC
    changed_at     INTEGER NOT NULL,                        -- ms UTC
    CHECK ((state IN ('stopped', 'finished')) = (ended_at IS NOT NULL)),
    CHECK (state <> 'running' OR owner IS NOT NULL),
    UNIQUE (account, number),
    UNIQUE (account, intent)
) STRICT, WITHOUT ROWID;
CREATE INDEX batch_file ON batch (account, file_digest) WHERE file_digest IS NOT NULL;
CREATE INDEX batch_owned ON batch (owner) WHERE owner IS NOT NULL;
CREATE TRIGGER batch_is_kept BEFORE DELETE ON batch
    BEGIN SELECT RAISE(ABORT, 'a batch is kept'); END;
CREATE TRIGGER batch_stays_confirmed
    BEFORE UPDATE OF id, account, number, kind, digest, intent, confirmed_at, os_user ON batch
    BEGIN SELECT RAISE(ABORT, 'what was confirmed stays'); END;
CREATE TRIGGER batch_stays_ended BEFORE UPDATE OF state ON batch WHEN old.state IN ('stopped', 'finished')
    BEGIN SELECT RAISE(ABORT, 'a batch that has ended stays so'); END;

CREATE TABLE batch_line (
    batch            BLOB    NOT NULL REFERENCES batch,
    position         INTEGER NOT NULL CHECK (position > 0),
    account          INTEGER NOT NULL REFERENCES account,
    place            INTEGER NOT NULL,                      -- the line in the file
    named            TEXT    NOT NULL,                      -- the id, reference or stamp in the file
    fields           TEXT    NOT NULL CHECK (json_valid(fields)),     -- the row as it came
    transaction_id   BLOB    CHECK (transaction_id IS NULL OR length(transaction_id) = 16),
    amount           INTEGER CHECK (amount IS NULL OR amount BETWEEN 1 AND 99999998),   -- cents
    item_stamp       TEXT,
    email            TEXT,
    refund_reference TEXT,
    note             TEXT,
    again            INTEGER NOT NULL CHECK (again IN (0, 1)),
    -- How the payment stood when the line was planned: its amount, and what of it others had taken.
    payment_amount   INTEGER,
    payment_taken    INTEGER,
    state            TEXT    NOT NULL CHECK (state IN ('waiting', 'begun', 'refused', 'leftOut', 'moved', 'voided')),
    round            INTEGER NOT NULL DEFAULT 0,            -- how often it was begun before, and nothing was sent
    operation        BLOB    UNIQUE REFERENCES operation,
    why              TEXT    CHECK (why IS NULL OR json_valid(why)),  -- why it was refused or left out
    message          TEXT,
    ended_at         INTEGER,                               -- ms UTC
    PRIMARY KEY (batch, position),
    CHECK ((state = 'begun') = (operation IS NOT NULL)),
    CHECK (state IN ('leftOut', 'moved') OR (transaction_id IS NOT NULL AND amount IS NOT NULL
        AND payment_amount IS NOT NULL AND payment_taken IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX batch_line_waiting ON batch_line (batch, position) WHERE state = 'waiting';
CREATE INDEX batch_line_payment ON batch_line (account, transaction_id) WHERE transaction_id IS NOT NULL;
CREATE TRIGGER batch_line_is_kept BEFORE DELETE ON batch_line
    BEGIN SELECT RAISE(ABORT, 'a line of a batch is kept'); END;
CREATE TRIGGER batch_line_stays_confirmed
    BEFORE UPDATE OF batch, position, account, transaction_id, amount, item_stamp, email, again,
        payment_amount, payment_taken ON batch_line
    BEGIN SELECT RAISE(ABORT, 'what was confirmed stays'); END;
