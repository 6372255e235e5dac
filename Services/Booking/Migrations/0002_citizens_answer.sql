-- What citizens answer to a reminder.

ALTER TABLE booking
    -- the citizen will come
    ADD COLUMN confirmed_at timestamptz,
    -- the citizen asked for the cancellation
    ADD COLUMN cancelled_by_citizen boolean NOT NULL DEFAULT false;
