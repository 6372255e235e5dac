-- Callbacks for other reasons than a broken call, their time line, and the bounds of C-01 and C-02 as constraints.

ALTER TABLE callback
    ADD COLUMN kind text NOT NULL DEFAULT 'brokenCall'
        CHECK (kind IN ('brokenCall', 'requested', 'abandonedWait', 'deferredAnswer')),
    -- since when the citizen has waited: the place in the queue
    ADD COLUMN place_at timestamptz,
    ADD COLUMN decided_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN first_due_at timestamptz,
    -- citizen and operator spoke
    ADD COLUMN joined_at timestamptz,
    -- attempts that are over and brought nobody to an operator
    ADD COLUMN attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    -- dials in all, when this callback has a number of its own, and the instruction that allows fewer than two
    ADD COLUMN allowed_attempts integer CHECK (allowed_attempts BETWEEN 1 AND 20),
    ADD COLUMN instruction text CHECK (instruction <> '');

UPDATE callback SET first_due_at = broken_at, decided_at = broken_at;
UPDATE callback SET attempts = over.count
FROM (SELECT callback_id, count(*) FROM dial_attempt WHERE state = 'finished' AND outcome <> 'answered'
      GROUP BY callback_id) AS over
WHERE id = over.callback_id;

ALTER TABLE callback
    DROP CONSTRAINT callback_call_id_key,
    ADD CONSTRAINT callback_has_first_dial CHECK (state <> 'open' OR first_due_at IS NOT NULL),
    ADD CONSTRAINT callback_within_15_seconds
        CHECK (kind <> 'brokenCall' OR first_due_at <= broken_at + interval '15 seconds'),
    ADD CONSTRAINT callback_two_attempts
        CHECK (kind <> 'brokenCall' OR state <> 'exhausted' OR attempts >= 2 OR instruction IS NOT NULL),
    ADD CONSTRAINT callback_few_attempts_need_instruction
        CHECK (allowed_attempts IS NULL OR allowed_attempts >= 2 OR instruction IS NOT NULL);

CREATE INDEX callback_call ON callback (call_id);

ALTER TABLE dial_attempt
    -- broken calls: dialled before all others (C-01)
    ADD COLUMN is_urgent boolean NOT NULL DEFAULT true,
    -- since when the citizen has waited: who has waited longest is dialled first; never later than the dial is due
    ADD COLUMN place_at timestamptz,
    ADD COLUMN ringing_at timestamptz,
    -- the call in which the citizen answered
    ADD COLUMN call_id uuid;
UPDATE dial_attempt SET place_at = least(due_at, broken_at) FROM callback WHERE callback.id = callback_id;
ALTER TABLE dial_attempt ALTER COLUMN is_urgent DROP DEFAULT, ALTER COLUMN place_at SET NOT NULL;

-- An attempt that was added while its callback ended elsewhere.
UPDATE dial_attempt SET state = 'cancelled' FROM callback
WHERE callback.id = callback_id AND callback.state <> 'open' AND dial_attempt.state IN ('scheduled', 'requested')
  AND started_at IS NULL;

CREATE INDEX dial_attempt_call ON dial_attempt (call_id) WHERE call_id IS NOT NULL;
-- when a dial is to be looked at next: when it is due, or when the one who asked for it has had long enough
DROP INDEX dial_attempt_due;
CREATE INDEX dial_attempt_wake ON dial_attempt (is_urgent, (coalesce(claimed_until, due_at)))
    WHERE state IN ('scheduled', 'requested') AND started_at IS NULL;
CREATE INDEX dial_attempt_place ON dial_attempt (is_urgent, place_at)
    WHERE state IN ('scheduled', 'requested') AND started_at IS NULL;

-- who does not want to be called
CREATE TABLE do_not_call (
    number text PRIMARY KEY,
    listed_at timestamptz NOT NULL,
    listed_by text NOT NULL
);
