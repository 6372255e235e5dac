-- The line: calls, operators, dials, and who owns the exchange.

CREATE TABLE exchange_lease (
    exchange text PRIMARY KEY,
    holder text NOT NULL,
    -- grows with every owner: what an earlier one writes is refused
    fence bigint NOT NULL CHECK (fence > 0),
    -- the last write of this owner: one whose commit was not heard is not written twice
    written bigint NOT NULL DEFAULT 0,
    held_until timestamptz NOT NULL
);

CREATE TABLE call (
    id uuid PRIMARY KEY,
    exchange text NOT NULL,
    channel_id text NOT NULL,
    -- E.164, 'hidden' or 'malformed'
    caller text NOT NULL,
    line text NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'ringing', 'talking', 'ended')),
    ordinal bigint NOT NULL,
    is_priority boolean NOT NULL,
    operator_id text,
    spoken_operator_id text,
    leg_id text,
    leg_count integer NOT NULL CHECK (leg_count >= 0),
    received_at timestamptz NOT NULL,
    answered_at timestamptz,
    ended_at timestamptz,
    outcome text CHECK (outcome IN ('completed', 'abandoned', 'broken')),
    cause integer,
    callback_id uuid,
    original_call_id uuid,
    preferred_operator_id text,
    is_hang_up_requested boolean NOT NULL,
    CHECK ((state = 'ended') = (ended_at IS NOT NULL AND outcome IS NOT NULL)),
    CHECK ((state IN ('ringing', 'talking')) = (operator_id IS NOT NULL AND leg_id IS NOT NULL)),
    -- one outcome a call (T-15): abandoned is who never spoke
    CHECK (outcome IS NULL OR (outcome = 'abandoned') = (answered_at IS NULL)),
    CHECK (answered_at >= received_at AND ended_at >= received_at)
);
-- a living channel is one call; also what a restart reads
CREATE UNIQUE INDEX call_living_channel ON call (exchange, channel_id) WHERE state <> 'ended';
CREATE INDEX call_received_at ON call (received_at DESC);

CREATE TABLE operator (
    id text PRIMARY KEY,
    display_name text NOT NULL,
    telephone text NOT NULL,
    chosen text NOT NULL CHECK (chosen IN ('ready', 'pause', 'offline')),
    activity text NOT NULL CHECK (activity IN ('idle', 'ringing', 'talking', 'releasing')),
    since timestamptz NOT NULL,
    ready_ordinal bigint NOT NULL,
    call_id uuid,
    leg_id text,
    CHECK ((activity = 'idle') = (leg_id IS NULL))
);

CREATE TABLE dial_attempt (
    -- the channel is 'dial-' and this id
    id uuid PRIMARY KEY,
    callback_id uuid NOT NULL,
    original_call_id uuid NOT NULL,
    number text NOT NULL,
    preferred_operator_id text,
    state text NOT NULL CHECK (state IN ('planned', 'sending', 'finished', 'cancelled')),
    due_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    outcome text CHECK (outcome IN
        ('answered', 'busy', 'noAnswer', 'rejected', 'unreachable', 'failed', 'unknown')),
    call_id uuid,
    CHECK ((state = 'finished') = (outcome IS NOT NULL)),
    CHECK (state NOT IN ('sending', 'finished') OR started_at IS NOT NULL)
);
CREATE INDEX dial_attempt_open ON dial_attempt (due_at) WHERE state IN ('planned', 'sending');
