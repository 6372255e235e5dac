-- Callbacks after broken connections (C-01, C-02) and the attempts to reach the citizen.

CREATE TABLE callback (
    id uuid PRIMARY KEY,
    -- one callback a broken call, however often the call is told of
    call_id uuid NOT NULL UNIQUE,
    -- E.164; nothing when the caller's number was hidden or malformed
    number text,
    operator_id text,
    state text NOT NULL CHECK (state IN ('open', 'reached', 'exhausted', 'withdrawn')),
    reason text,
    broken_at timestamptz NOT NULL,
    finished_at timestamptz,
    CHECK ((state = 'open') = (finished_at IS NULL)),
    CHECK (state <> 'open' OR number IS NOT NULL),
    CHECK ((state = 'withdrawn') = (reason IS NOT NULL))
);
-- who calls in again is looked up by number
CREATE INDEX callback_open_number ON callback (number) WHERE state = 'open';
CREATE INDEX callback_broken_at ON callback (broken_at DESC);

CREATE TABLE dial_attempt (
    -- the id of the channel at the exchange
    id uuid PRIMARY KEY,
    callback_id uuid NOT NULL REFERENCES callback,
    number integer NOT NULL CHECK (number > 0),
    state text NOT NULL CHECK (state IN ('scheduled', 'requested', 'finished', 'cancelled')),
    due_at timestamptz NOT NULL,
    -- a replica has asked for the dial and nobody else asks before this moment
    claimed_until timestamptz,
    started_at timestamptz,
    finished_at timestamptz,
    outcome text CHECK (outcome IN
        ('answered', 'busy', 'noAnswer', 'rejected', 'unreachable', 'failed', 'unknown')),
    UNIQUE (callback_id, number),
    CHECK ((state = 'finished') = (outcome IS NOT NULL))
);
CREATE INDEX dial_attempt_due ON dial_attempt (due_at) WHERE state IN ('scheduled', 'requested');
