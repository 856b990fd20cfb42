-- Format 7: why a refund was made, in the shop's own words.

-- One of the reasons that the shop has chosen for itself, as it stood when the refund was confirmed. Not
-- `reason`, which is the code of the operation's state.
ALTER TABLE operation ADD COLUMN refund_reason TEXT;
CREATE TRIGGER operation_refund_reason_stays BEFORE UPDATE OF refund_reason ON operation
    BEGIN SELECT RAISE(ABORT, 'what an operation means never changes'); END;
