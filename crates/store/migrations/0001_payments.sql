-- Format 1: accounts and payments.
--
-- Times are milliseconds since 1970 in UTC, amounts are cents. Every table names its account,
-- directly or through its payment.

CREATE TABLE account (
    id             INTEGER PRIMARY KEY,
    name           TEXT    NOT NULL,
    api_origin     TEXT    NOT NULL,
    merchant_id    TEXT    NOT NULL,
    callback_url   TEXT,
    active         INTEGER NOT NULL DEFAULT 0 CHECK (active IN (0, 1)),
    created_at     INTEGER NOT NULL,
    removed_at     INTEGER,
    paused_at      INTEGER,
    paused_why     TEXT,
    last_report_at INTEGER,
    -- For ever: a shop that is added again is the same shop, with its history.
    UNIQUE (api_origin, merchant_id),
    CHECK (active = 0 OR removed_at IS NULL),
    CHECK ((paused_at IS NULL) = (paused_why IS NULL))
) STRICT;
CREATE UNIQUE INDEX account_by_name ON account (name) WHERE removed_at IS NULL;
CREATE UNIQUE INDEX account_active ON account (active) WHERE active = 1;

-- Names as integers keep the payments narrow. Names that are new to the program get new rows. The
-- payments have no foreign keys to them: the check would cost an import two look-ups a row.
CREATE TABLE status (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO status (id, name) VALUES
    (1, 'new'), (2, 'ok'), (3, 'fail'), (4, 'pending'), (5, 'delayed'), (6, 'authorization-hold');

CREATE TABLE provider (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;
-- 0 stands for "none known", so that sums and indexes need no NULL.
INSERT INTO provider (id, name) VALUES (0, ''), (1, 'klarna');

CREATE TABLE payment (
    -- The creation's millisecond << 20 | a number that tells payments of one millisecond apart:
    -- the order of the ids is the order of time, for the list and for the search.
    id                   INTEGER PRIMARY KEY,
    account              INTEGER NOT NULL REFERENCES account,
    transaction_id       BLOB CHECK (transaction_id IS NULL OR length(transaction_id) = 16),
    status               INTEGER NOT NULL,
    provider             INTEGER NOT NULL DEFAULT 0,
    amount               INTEGER NOT NULL,
    -- Sums of the journal, kept here so that a list need not add them up.
    refunded             INTEGER NOT NULL DEFAULT 0,
    reserved             INTEGER NOT NULL DEFAULT 0,
    manual_invoice_known INTEGER NOT NULL DEFAULT 0 CHECK (manual_invoice_known IN (0, 1)),
    created_zoned        INTEGER NOT NULL CHECK (created_zoned IN (0, 1)),
    -- 0 exact, 1 to the minute, 2 presumed: no source named a time.
    created_precision    INTEGER NOT NULL CHECK (created_precision BETWEEN 0 AND 2),
    -- Which source each value came from: four bits a field (src/payments/sources.rs).
    sources              INTEGER NOT NULL,
    first_name           TEXT,
    last_name            TEXT,
    email                TEXT,
    stamp                TEXT,
    reference            TEXT,
    -- When a signed answer to a question of ours last showed this payment.
    checked_at           INTEGER,
    -- When the newest signed statement about the status was made.
    signed_status_at     INTEGER
) STRICT;
-- The id stands at the end of each of these, so that each gives its rows in the order of time.
CREATE UNIQUE INDEX payment_by_transaction ON payment (account, transaction_id);
CREATE INDEX payment_by_account ON payment (account);
CREATE INDEX payment_by_status ON payment (account, status);
CREATE INDEX payment_by_status_provider ON payment (account, status, provider);
CREATE INDEX payment_by_provider ON payment (account, provider);
CREATE INDEX payment_by_reference ON payment (account, reference);
CREATE INDEX payment_by_stamp ON payment (account, stamp);

-- What a source said, word for word.
CREATE TABLE answer (
    payment INTEGER NOT NULL REFERENCES payment ON UPDATE CASCADE,
    source  INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    text    TEXT    NOT NULL,
    PRIMARY KEY (payment, source)
) STRICT, WITHOUT ROWID;

-- Order lines. The whole line's amount in cents; VAT in tenths of a percent.
CREATE TABLE line (
    payment      INTEGER NOT NULL REFERENCES payment ON UPDATE CASCADE,
    position     INTEGER NOT NULL,
    stamp        TEXT,
    description  TEXT    NOT NULL,
    product_code TEXT,
    units        INTEGER NOT NULL,
    amount       INTEGER NOT NULL,
    vat_permille INTEGER,
    PRIMARY KEY (payment, position)
) STRICT, WITHOUT ROWID;

-- Transaction ids that were given to the program and not fetched yet.
CREATE TABLE awaited (
    account        INTEGER NOT NULL REFERENCES account,
    transaction_id BLOB    NOT NULL CHECK (length(transaction_id) = 16),
    added_at       INTEGER NOT NULL,
    last_error     TEXT,
    PRIMARY KEY (account, transaction_id)
) STRICT, WITHOUT ROWID;

-- Sums per day (Finnish calendar day of the creation, in days since 1970) for counts and charts.
CREATE TABLE daily (
    account  INTEGER NOT NULL REFERENCES account,
    day      INTEGER NOT NULL,
    status   INTEGER NOT NULL,
    provider INTEGER NOT NULL,
    n        INTEGER NOT NULL,
    cents    INTEGER NOT NULL,
    refunded INTEGER NOT NULL,
    PRIMARY KEY (account, day, status, provider)
) STRICT, WITHOUT ROWID;

-- What the search indexes. The transaction id is one word of 32 digits, not five words.
CREATE VIEW payment_text (id, first_name, last_name, email, reference, stamp, transaction_id) AS
SELECT id, first_name, last_name, email, reference, stamp,
       CASE WHEN transaction_id IS NOT NULL THEN lower(hex(transaction_id)) END
FROM payment;

CREATE VIRTUAL TABLE payment_search USING fts5 (
    first_name, last_name, email, reference, stamp, transaction_id,
    content = 'payment_text', content_rowid = 'id',
    tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3 4 5', columnsize = 0
);
-- A whole import fits in memory before it is written: with the usual 1 MB most of an import's time
-- went into merging small parts.
INSERT INTO payment_search (payment_search, rank) VALUES ('hashsize', 67108864);
