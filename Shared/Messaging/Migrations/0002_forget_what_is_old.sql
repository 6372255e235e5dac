-- Subjects were remembered for ever: a row for every call and card that there ever was. Now both sides forget those
-- that have been idle for long. Days, not moments: within a day the row changes without touching its index.

-- When something was announced of it last. The counter is forgotten after 400 days, later than any inbox forgets.
ALTER TABLE outbox_subject
    ADD COLUMN told_on date NOT NULL DEFAULT current_date,
    -- What was announced last came so long after what was before (60 days) that an inbox need not wait for that.
    ADD COLUMN after_pause boolean NOT NULL DEFAULT false;
ALTER TABLE outbox_message ADD COLUMN after_pause boolean NOT NULL DEFAULT false;

-- When the position moved last. It is forgotten after 90 days; an event that comes then says that it comes after a pause.
ALTER TABLE inbox_position ADD COLUMN moved_on date NOT NULL DEFAULT current_date;
ALTER TABLE inbox_pending ADD COLUMN after_pause boolean NOT NULL DEFAULT false;
ALTER TABLE parked_message ADD COLUMN after_pause boolean NOT NULL DEFAULT false;

-- The replica that removes what is old, until when unless it says so again.
CREATE TABLE housekeeping_lease (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    holder uuid,
    held_until timestamptz NOT NULL DEFAULT '-infinity'
);
INSERT INTO housekeeping_lease DEFAULT VALUES;
