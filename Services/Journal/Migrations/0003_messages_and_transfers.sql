-- Messages of the electronic secretary (T-03), transferred calls (T-10), the two clocks of a conversation (T-13).

ALTER TABLE appeal
    ADD COLUMN channel text NOT NULL DEFAULT 'hotLine' CHECK (channel IN ('hotLine', 'secretary', 'noCall')),
    -- nobody's: a message waits for whoever comes first
    ALTER COLUMN operator_id DROP NOT NULL,
    ADD CONSTRAINT appeal_somebodys CHECK (operator_id IS NOT NULL OR (state = 'draft' AND channel = 'secretary'));
UPDATE appeal SET channel = 'noCall' WHERE call_id IS NULL;
ALTER TABLE appeal ALTER COLUMN channel DROP DEFAULT;

ALTER TABLE appeal_call
    -- a call that ended before anybody answered and is called back: its callback opens the card
    ALTER COLUMN appeal_id DROP NOT NULL,
    -- of a message nobody answered
    ALTER COLUMN answered_at DROP NOT NULL,
    -- CallerNumber; null in what older versions heard
    ADD COLUMN caller jsonb,
    -- the operator whom the call is being offered to and who may read the card; of no meaning after the end
    ADD COLUMN offered_to text,
    ADD COLUMN questioning_seconds double precision CHECK (questioning_seconds >= 0),
    ADD COLUMN consultation_seconds double precision CHECK (consultation_seconds >= 0);

-- One a call, however often it is told of (T-03).
CREATE TABLE appeal_message (
    call_id uuid PRIMARY KEY REFERENCES appeal_call,
    appeal_id uuid NOT NULL REFERENCES appeal,
    recording_id uuid NOT NULL,
    left_at timestamptz NOT NULL,
    seconds integer NOT NULL CHECK (seconds >= 0),
    -- the beginning of the working period in which it is registered
    due_at timestamptz NOT NULL,
    taken_at timestamptz,
    taken_by text,
    CHECK ((taken_at IS NULL) = (taken_by IS NULL))
);
CREATE INDEX appeal_message_appeal ON appeal_message (appeal_id);
-- the list of what waits
CREATE INDEX appeal_message_waiting ON appeal_message (due_at) WHERE taken_at IS NULL;
