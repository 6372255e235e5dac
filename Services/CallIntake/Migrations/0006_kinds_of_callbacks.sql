-- Why a citizen is dialled, and the place in the queue after the answer.

ALTER TABLE dial_attempt
    ADD COLUMN kind text NOT NULL DEFAULT 'brokenCall'
        CHECK (kind IN ('brokenCall', 'requested', 'abandonedWait', 'deferredAnswer')),
    -- since when the citizen has waited
    ADD COLUMN place_at timestamptz;
