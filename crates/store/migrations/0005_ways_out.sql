-- Format 5: payments that are made here, and the settlements that Paytrail lists.

-- A payment on its way into being. Its stamp is made once: whatever is sent for it is the same payment
-- to Paytrail, which takes each stamp once.
CREATE TABLE draft (
    id             BLOB    PRIMARY KEY CHECK (length(id) = 16),
    account        INTEGER NOT NULL REFERENCES account,
    stamp          TEXT    NOT NULL,
    -- What a person filled in, as JSON. Of a draft that became a payment, without Klarna's token.
    filled_in      TEXT    NOT NULL CHECK (json_valid(filled_in)),
    state          TEXT    NOT NULL CHECK (state IN ('draft', 'sending', 'unknown', 'created')),
    intent         TEXT,                        -- the last confirmation
    nonce          TEXT,                        -- the last request's
    owner          TEXT,                        -- the process that sends it
    sends          INTEGER NOT NULL DEFAULT 0,  -- requests that may have made the payment
    sent_at        INTEGER,                     -- ms UTC of the last one
    sent_boot      TEXT,                        -- the machine's boot in which that was, and how
    sent_up        INTEGER,                     -- long it had been up then (ms)
    transaction_id BLOB    CHECK (transaction_id IS NULL OR length(transaction_id) = 16),
    -- Whether the payment stands in the list, with the amount that Paytrail made of it.
    listed         INTEGER NOT NULL DEFAULT 0 CHECK (listed IN (0, 1)),
    outcome        TEXT    CHECK (outcome IS NULL OR json_valid(outcome)), -- how the last try ended, if badly
    created_at     INTEGER NOT NULL,            -- ms UTC
    changed_at     INTEGER NOT NULL,            -- ms UTC
    CHECK ((state = 'created') = (transaction_id IS NOT NULL)),
    UNIQUE (account, stamp),
    UNIQUE (account, intent)
) STRICT, WITHOUT ROWID;
CREATE INDEX draft_newest ON draft (account, changed_at);
CREATE INDEX draft_sending ON draft (account) WHERE state = 'sending';
CREATE TRIGGER draft_stamp_stays BEFORE UPDATE OF account, stamp ON draft
    BEGIN SELECT RAISE(ABORT, 'a draft keeps its stamp'); END;
CREATE TRIGGER draft_that_is_sent_is_kept BEFORE DELETE ON draft
    WHEN old.state <> 'draft' OR old.sends > 0
    BEGIN SELECT RAISE(ABORT, 'a draft that was sent is kept'); END;

-- Where the customer of a payment made here is led, and what Klarna was told of them.
CREATE TABLE payment_link (
    account        INTEGER NOT NULL REFERENCES account,
    transaction_id BLOB    NOT NULL CHECK (length(transaction_id) = 16),
    way            TEXT    NOT NULL CHECK (way IN ('link', 'charge', 'authorizationHold')),
    href           TEXT,
    step_up_url    TEXT,
    created_at     INTEGER NOT NULL,            -- ms UTC
    expires_at     INTEGER NOT NULL,            -- ms UTC
    told           INTEGER NOT NULL,            -- one bit for each part of the acceptance
    request_id     TEXT,                        -- what Paytrail's support asks for
    PRIMARY KEY (account, transaction_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX payment_link_newest ON payment_link (account, created_at);

-- The settlements, as the signed answer lists them.
CREATE TABLE settlement (
    account    INTEGER NOT NULL REFERENCES account,
    id         TEXT    NOT NULL,
    reference  TEXT    NOT NULL DEFAULT '',
    created_at INTEGER,                         -- ms UTC
    settled_at INTEGER,                         -- ms UTC
    PRIMARY KEY (account, id)
) STRICT, WITHOUT ROWID;

-- When they were last asked for.
CREATE TABLE settlement_look (
    account INTEGER PRIMARY KEY REFERENCES account,
    at      INTEGER NOT NULL                    -- ms UTC
) STRICT;

-- Which settlement a payment went out with, where a signed answer about it says so.
CREATE TABLE payment_settled (
    payment   INTEGER PRIMARY KEY REFERENCES payment ON UPDATE CASCADE ON DELETE CASCADE,
    reference TEXT    NOT NULL
) STRICT;
CREATE INDEX payment_settled_with ON payment_settled (reference);
CREATE INDEX settlement_entry_of ON settlement_entry (account, settlement_id);
CREATE INDEX settlement_entry_reference ON settlement_entry (account, settlement_reference);
CREATE INDEX settlement_entry_stamp ON settlement_entry (account, stamp);
