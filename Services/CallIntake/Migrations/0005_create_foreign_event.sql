-- Calls of exchanges that are not driven by us and announce what happens over HTTP.

-- Every event that was taken, once; kept 7 days.
CREATE TABLE foreign_event (
    exchange text NOT NULL,
    -- chosen by the exchange
    id text NOT NULL CHECK (id <> ''),
    call_id uuid NOT NULL,
    type text NOT NULL CHECK (type IN ('offered', 'queued', 'ringing', 'answered', 'held', 'resumed', 'transferred',
        'ended', 'message')),
    -- by the clock of the exchange, whatever it said
    told_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    -- what was remarkable: late, no-effect, time-clamped, began-without-offered
    note text,
    PRIMARY KEY (exchange, id)
);
CREATE INDEX foreign_event_received_at ON foreign_event USING brin (received_at);
-- what was told of one call, for the technician
CREATE INDEX foreign_event_call ON foreign_event (call_id);

-- What the rules hold of a call besides its row in `call`; locked while its events are taken. Kept 7 days longer than
-- the call lasts, so that what comes late meets it.
CREATE TABLE foreign_call (
    -- made from the exchange's name and its name of the call
    call_id uuid PRIMARY KEY,
    exchange text NOT NULL,
    -- null only between the lock and the first event
    kept jsonb,
    heard_at timestamptz NOT NULL,
    ended_at timestamptz,
    CHECK (ended_at IS NULL OR kept IS NOT NULL)
);
-- what is shown of the line
CREATE INDEX foreign_call_living ON foreign_call (exchange) WHERE ended_at IS NULL;
-- what may be forgotten
CREATE INDEX foreign_call_ended_at ON foreign_call (ended_at) WHERE ended_at IS NOT NULL;
