-- Calls in which a voice speaks: outcomes of appeals, surveys, reminders, offers.

ALTER TABLE callback
    DROP CONSTRAINT callback_kind_check,
    ADD CONSTRAINT callback_kind_check CHECK (kind IN ('brokenCall', 'requested', 'abandonedWait', 'deferredAnswer',
        'appealOutcome', 'survey', 'appointmentReminder', 'waitingListOffer')),
    -- what the voice speaks about
    ADD COLUMN appeal_id uuid,
    ADD COLUMN booking_id uuid,
    ADD COLUMN visit jsonb,
    -- nobody is dialled after this moment
    ADD COLUMN until timestamptz,
    -- the last key that meant something
    ADD COLUMN choice text CHECK (choice IN ('understood', 'willCome', 'cancels', 'accepts', 'declines', 'asksOperator',
        'heard')),
    ADD CONSTRAINT callback_visit CHECK
        (kind NOT IN ('appointmentReminder', 'waitingListOffer') OR visit IS NOT NULL AND booking_id IS NOT NULL),
    ADD CONSTRAINT callback_appeal CHECK (kind NOT IN ('appealOutcome', 'survey') OR appeal_id IS NOT NULL);
CREATE INDEX callback_appeal ON callback (appeal_id) WHERE appeal_id IS NOT NULL;
CREATE INDEX callback_booking ON callback (booking_id) WHERE booking_id IS NOT NULL;
CREATE INDEX callback_until ON callback (until) WHERE state = 'open' AND until IS NOT NULL;
CREATE INDEX callback_surveyed ON callback (number, broken_at) WHERE kind = 'survey';
-- who is called back by people, for the board
CREATE INDEX callback_open_people ON callback (broken_at DESC)
    WHERE state = 'open' AND kind IN ('brokenCall', 'requested', 'abandonedWait', 'deferredAnswer');
-- reports
CREATE INDEX callback_kind ON callback (kind, broken_at);

-- Three loops dial: broken calls before all, those who need an operator, those to whom a voice speaks.
ALTER TABLE dial_attempt
    DROP CONSTRAINT dial_attempt_outcome_check,
    ADD CONSTRAINT dial_attempt_outcome_check CHECK (outcome IN ('answered', 'busy', 'noAnswer', 'rejected',
        'unreachable', 'failed', 'machine', 'unknown')),
    ADD COLUMN lane text CHECK (lane IN ('urgent', 'operator', 'voice')),
    -- how the voice ended
    ADD COLUMN voice text CHECK (voice IN ('completed', 'silent', 'hungUp', 'toOperator'));
UPDATE dial_attempt SET lane = CASE WHEN is_urgent THEN 'urgent' ELSE 'operator' END;
ALTER TABLE dial_attempt ALTER COLUMN lane SET NOT NULL, DROP COLUMN is_urgent;
CREATE INDEX dial_attempt_wake ON dial_attempt (lane, (coalesce(claimed_until, due_at)))
    WHERE state IN ('scheduled', 'requested') AND started_at IS NULL;
CREATE INDEX dial_attempt_place ON dial_attempt (lane, place_at)
    WHERE state IN ('scheduled', 'requested') AND started_at IS NULL;

-- What was asked, by version: other questions need another version (C-06).
CREATE TABLE questionnaire (
    version text PRIMARY KEY,
    content jsonb NOT NULL,
    first_used_at timestamptz NOT NULL DEFAULT now()
);

-- Surveys about appeals; refusals, partial answers and those nobody answered are kept.
CREATE TABLE survey (
    callback_id uuid PRIMARY KEY REFERENCES callback,
    questionnaire text NOT NULL REFERENCES questionnaire,
    appeal_id uuid NOT NULL,
    operator_id text,
    organization_id text,
    topic text,
    state text CHECK (state IN ('completed', 'partial', 'refused', 'notReached')),
    is_low boolean NOT NULL DEFAULT false,
    finished_at timestamptz,
    CHECK ((state IS NULL) = (finished_at IS NULL))
);
CREATE INDEX survey_finished_at ON survey (finished_at);

CREATE TABLE survey_answer (
    callback_id uuid NOT NULL REFERENCES survey,
    question text NOT NULL,
    key text NOT NULL,
    answered_at timestamptz NOT NULL,
    PRIMARY KEY (callback_id, question)
);
