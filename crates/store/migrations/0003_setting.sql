-- Format 3: how a person has set the program up, and the indexes of what a window asks for.

CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- Whether a payment was ever seen as an open hold: when it reads 'fail' one day, its hold is gone.
ALTER TABLE payment ADD COLUMN seen_held INTEGER NOT NULL DEFAULT 0 CHECK (seen_held IN (0, 1));
UPDATE payment SET seen_held = 1 WHERE status IN (4, 5, 6);

-- What is given back is rare, and an import of new payments gives nothing back: these cost it nothing.
-- The first has what a person looks for in the order of time, the second in the order of the sum.
CREATE INDEX payment_refunded ON payment (account) WHERE refunded > 0;
CREATE INDEX payment_by_refunded ON payment (account, refunded) WHERE refunded > 0;

-- The operations of an account, newest first; their ids stand at the end of the index.
CREATE INDEX operation_newest ON operation (account, confirmed_at);
