-- How the citizen is told of the measures taken (C-05), closing, and what people have to do about a card.

ALTER TABLE appeal
    ADD COLUMN told_through text CHECK (told_through IN ('conversation', 'voice', 'letter', 'nobody')),
    -- nothing while the voice has not been understood yet
    ADD COLUMN told_at timestamptz,
    ADD COLUMN told_by text,
    -- how often a voice was asked to tell it
    ADD COLUMN tellings integer NOT NULL DEFAULT 0,
    ADD CONSTRAINT appeal_told CHECK ((told_through IS NULL) = (told_by IS NULL)
        AND (told_at IS NULL OR told_through IS NOT NULL));
-- Cards could not be closed before; from now on not without telling.
ALTER TABLE appeal ADD CONSTRAINT appeal_closed_when_told CHECK (state <> 'closed' OR told_at IS NOT NULL);

CREATE TABLE appeal_task (
    id uuid PRIMARY KEY,
    appeal_id uuid NOT NULL REFERENCES appeal,
    kind text NOT NULL CHECK (kind IN ('callCitizen', 'lowMark')),
    -- whose it is; nothing: the administrator's
    operator_id text,
    opened_at timestamptz NOT NULL,
    done_at timestamptz,
    done_by text,
    CHECK ((done_at IS NULL) = (done_by IS NULL))
);
CREATE INDEX appeal_task_open ON appeal_task (opened_at) WHERE done_at IS NULL;
CREATE INDEX appeal_task_appeal ON appeal_task (appeal_id);
