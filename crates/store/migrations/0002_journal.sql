-- The journal: what was meant, what was sent, what came of it.
--
-- journal_entry is the truth and only ever grows: each row's hash covers the one before it, so a
-- changed, removed or reordered row shows. operation and attempt say the same as tables that can be
-- asked, and change only together with an entry, in one transaction.

-- Names this file among all files, for the journal's head that is kept outside of it.
CREATE TABLE data_file (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    uuid TEXT NOT NULL
) STRICT;
INSERT INTO data_file (id, uuid) VALUES (1, lower(hex(randomblob(16))));

CREATE TABLE journal_entry (
    seq        INTEGER PRIMARY KEY,            -- 1, 2, 3 … without gaps
    at         INTEGER NOT NULL,               -- ms UTC
    os_user    TEXT NOT NULL,
    account    INTEGER REFERENCES account (id),
    what       TEXT NOT NULL,
    operation  BLOB,
    request_id TEXT,
    detail     TEXT NOT NULL CHECK (json_valid(detail)),
    key_id     TEXT NOT NULL,                  -- whose key made the hash; '' is none
    hash       BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE INDEX journal_entry_operation ON journal_entry (operation, seq) WHERE operation IS NOT NULL;
CREATE TRIGGER journal_entry_stays BEFORE UPDATE ON journal_entry
    BEGIN SELECT RAISE(ABORT, 'the journal only grows'); END;
CREATE TRIGGER journal_entry_is_kept BEFORE DELETE ON journal_entry
    BEGIN SELECT RAISE(ABORT, 'the journal only grows'); END;

CREATE TABLE operation (
    id             BLOB PRIMARY KEY CHECK (length(id) = 16),
    account        INTEGER NOT NULL REFERENCES account (id),
    kind           TEXT NOT NULL CHECK (kind IN ('refund', 'activate', 'cancel')),
    transaction_id BLOB NOT NULL CHECK (length(transaction_id) = 16),
    amount         INTEGER NOT NULL CHECK (amount BETWEEN 1 AND 99999998),   -- cents
    state          TEXT NOT NULL CHECK (state IN
        ('draft', 'queued', 'sending', 'accepted', 'done', 'failed', 'rejected', 'unknown')),
    intent         TEXT NOT NULL,
    confirmed_at   INTEGER NOT NULL,           -- ms UTC
    refund_stamp   TEXT UNIQUE,
    refund_reference TEXT,
    email          TEXT,
    note           TEXT,
    items          TEXT NOT NULL,              -- canonical text of the items, '' for none
    repeat_of      BLOB UNIQUE REFERENCES operation (id),
    refund_transaction_id BLOB UNIQUE,
    reason         TEXT,                       -- a code, for the last state
    message        TEXT,
    request_id     TEXT,
    proof          TEXT,
    owner          TEXT,                       -- the process that may send it
    sends          INTEGER NOT NULL DEFAULT 0, -- attempts that may have reached Paytrail
    last_sent_at   INTEGER,                    -- ms UTC
    last_sent_boot TEXT,                       -- the machine's boot in which that was, and how
    last_sent_up   INTEGER,                    -- long it had been up then (ms)
    changed_at     INTEGER NOT NULL,           -- ms UTC
    CHECK ((kind = 'refund') = (refund_stamp IS NOT NULL)),
    UNIQUE (account, intent)
) STRICT, WITHOUT ROWID;
CREATE INDEX operation_payment ON operation (account, transaction_id, confirmed_at);
CREATE INDEX operation_state ON operation (state, account);
CREATE UNIQUE INDEX operation_one_hold ON operation (account, transaction_id)
    WHERE kind IN ('activate', 'cancel') AND state IN ('queued', 'sending', 'accepted', 'unknown');
CREATE TRIGGER operation_is_kept BEFORE DELETE ON operation
    BEGIN SELECT RAISE(ABORT, 'operations are kept'); END;
CREATE TRIGGER operation_intent_stays
    BEFORE UPDATE OF account, kind, transaction_id, amount, intent, refund_stamp, email, items, repeat_of
    ON operation
    BEGIN SELECT RAISE(ABORT, 'what an operation means never changes'); END;

CREATE TABLE operation_item (
    operation BLOB NOT NULL REFERENCES operation (id),
    account   INTEGER NOT NULL REFERENCES account (id),
    stamp     TEXT NOT NULL,
    amount    INTEGER NOT NULL CHECK (amount > 0),   -- cents
    PRIMARY KEY (operation, stamp)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempt (
    id           INTEGER PRIMARY KEY,
    operation    BLOB NOT NULL REFERENCES operation (id),
    account      INTEGER NOT NULL REFERENCES account (id),
    nonce        TEXT NOT NULL UNIQUE,
    call         TEXT NOT NULL,                -- what was asked, like 'refund' or 'cancel-order'
    committed_at INTEGER NOT NULL,             -- ms UTC, before the first byte
    outcome      TEXT,                         -- empty until the answer is written
    http_status  INTEGER,
    request_id   TEXT,
    answer       TEXT,                         -- the raw answer, where it was believed
    answered_at  INTEGER
) STRICT;
CREATE INDEX attempt_operation ON attempt (operation);
CREATE TRIGGER attempt_is_kept BEFORE DELETE ON attempt
    BEGIN SELECT RAISE(ABORT, 'attempts are kept'); END;

-- Refunds that this program did not make, as reports and callbacks showed them.
CREATE TABLE foreign_refund (
    id             INTEGER PRIMARY KEY,
    account        INTEGER NOT NULL REFERENCES account (id),
    payment        INTEGER NOT NULL REFERENCES payment (id) ON UPDATE CASCADE,
    refund_stamp   TEXT NOT NULL,
    transaction_id BLOB,
    amount         INTEGER NOT NULL CHECK (amount > 0),   -- cents
    state          TEXT NOT NULL CHECK (state IN ('pending', 'done', 'failed')),
    source         TEXT NOT NULL,
    seen_at        INTEGER NOT NULL,                      -- ms UTC
    UNIQUE (account, refund_stamp)
) STRICT;
CREATE INDEX foreign_refund_payment ON foreign_refund (payment);
CREATE INDEX foreign_refund_transaction ON foreign_refund (transaction_id);
CREATE TRIGGER foreign_refund_stays BEFORE UPDATE OF state ON foreign_refund WHEN old.state = 'done'
    BEGIN SELECT RAISE(ABORT, 'what is refunded is never lowered'); END;
