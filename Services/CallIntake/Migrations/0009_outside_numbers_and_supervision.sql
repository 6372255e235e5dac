-- Numbers with an extension, how often a number was dialled in a day, and who listened to whom.

ALTER TABLE dial_attempt
    -- tones after the answer
    ADD COLUMN extension text;
-- A new column holds nothing yet: nothing is to be read for its check.
ALTER TABLE dial_attempt ADD CONSTRAINT dial_attempt_extension CHECK (extension ~ '^[0-9]{1,6}$') NOT VALID;

-- Who listened to whom, how, from when to when (J-10): a row for each supervisor, operator and way of listening.
CREATE TABLE supervision (
    id uuid PRIMARY KEY,
    exchange text NOT NULL,
    call_id uuid NOT NULL,
    supervisor_id text NOT NULL,
    -- where it was heard; nothing in calls that began before this version
    telephone text,
    -- who was heard; nothing while the caller was with nobody of the line
    operator_id text,
    mode text NOT NULL CHECK (mode IN ('listen', 'whisper', 'join')),
    started_at timestamptz NOT NULL,
    -- nothing while it goes on
    ended_at timestamptz,
    CHECK (ended_at >= started_at)
);
CREATE INDEX supervision_call ON supervision (call_id);
CREATE INDEX supervision_started_at ON supervision (started_at DESC);
