-- The complete queue: every state of a call, outcomes that tell why it ended, several exchanges.

-- Calls that were alive under the former version are taken in anew from the exchange.
UPDATE call SET state = 'ended', outcome = CASE WHEN answered_at IS NULL THEN 'abandoned' ELSE 'completed' END,
    ended_at = greatest(now(), received_at, answered_at), operator_id = NULL, leg_id = NULL
WHERE state <> 'ended';

ALTER TABLE call DROP CONSTRAINT call_state_check, DROP CONSTRAINT call_outcome_check;
-- the checks over several columns have made-up names
DO $$
DECLARE name text;
BEGIN
    FOR name IN SELECT conname FROM pg_constraint
        WHERE conrelid = 'call'::regclass AND contype = 'c' AND array_length(conkey, 1) > 1
    LOOP EXECUTE format('ALTER TABLE call DROP CONSTRAINT %I', name); END LOOP;
END $$;

UPDATE call SET outcome = CASE outcome WHEN 'completed' THEN 'completedByCaller' WHEN 'abandoned' THEN 'abandonedInQueue'
    WHEN 'broken' THEN 'callerLineBroken' END;
UPDATE call SET exchange = 'main';

ALTER TABLE call DROP COLUMN is_priority, DROP COLUMN leg_count, DROP COLUMN is_hang_up_requested,
    ADD COLUMN direction text NOT NULL DEFAULT 'inbound' CHECK (direction IN ('inbound', 'callback', 'outbound')),
    ADD COLUMN queue text NOT NULL DEFAULT '',
    -- the whole of a living call, as the rules hold it; nothing else reads it
    ADD COLUMN kept jsonb,
    -- clocks, in milliseconds
    ADD COLUMN waiting_ms bigint CHECK (waiting_ms >= 0),
    ADD COLUMN ringing_ms bigint CHECK (ringing_ms >= 0),
    ADD COLUMN questioning_ms bigint CHECK (questioning_ms >= 0),
    ADD COLUMN consultation_ms bigint CHECK (consultation_ms >= 0),
    ADD COLUMN holds integer CHECK (holds >= 0),
    ADD COLUMN held_ms bigint CHECK (held_ms >= 0),
    ADD COLUMN was_offered_callback boolean NOT NULL DEFAULT false;

ALTER TABLE call
    ADD CONSTRAINT call_state_check CHECK (state IN ('menu', 'secretary', 'waiting', 'ringing', 'talking', 'held',
        'transferring', 'transferred', 'dialling', 'leaving', 'ended')),
    ADD CONSTRAINT call_outcome_check CHECK (outcome IN ('completedByCaller', 'completedByOperator', 'abandonedInMenu',
        'abandonedInQueue', 'abandonedRinging', 'shortDrop', 'callerLineBroken', 'operatorLineBroken', 'exchangeBroken',
        'messageLeft', 'noMessage', 'callbackRequested', 'transferredAway', 'notReached')),
    -- one outcome a call, at its end (T-15)
    ADD CONSTRAINT call_has_one_end CHECK ((state = 'ended') = (ended_at IS NOT NULL AND outcome IS NOT NULL)),
    ADD CONSTRAINT call_has_one_operator
        CHECK ((state IN ('ringing', 'talking', 'held', 'dialling')) = (operator_id IS NOT NULL AND leg_id IS NOT NULL)),
    ADD CONSTRAINT call_outcome_fits CHECK (outcome IS NULL
        OR (outcome IN ('completedByCaller', 'completedByOperator', 'callerLineBroken', 'operatorLineBroken')
            AND answered_at IS NOT NULL)
        OR (outcome IN ('abandonedInMenu', 'abandonedInQueue', 'abandonedRinging', 'shortDrop', 'messageLeft',
            'noMessage', 'notReached') AND answered_at IS NULL)
        OR outcome IN ('exchangeBroken', 'callbackRequested', 'transferredAway')),
    ADD CONSTRAINT call_times_in_order CHECK (answered_at >= received_at AND ended_at >= received_at),
    ADD CONSTRAINT call_is_kept CHECK (state = 'ended' OR kept IS NOT NULL);
-- the calls of an operator, for what may be listened to
CREATE INDEX call_spoken_operator ON call (spoken_operator_id, received_at DESC);

DROP TABLE operator;
CREATE TABLE operator (
    exchange text NOT NULL,
    id text NOT NULL,
    chosen text NOT NULL CHECK (chosen IN ('ready', 'break', 'away', 'offline')),
    activity text NOT NULL CHECK (activity IN ('idle', 'ringing', 'talking', 'holding', 'releasing', 'afterCall')),
    leg_id text,
    -- the whole, as the rules hold it
    kept jsonb NOT NULL,
    PRIMARY KEY (exchange, id),
    CHECK ((activity IN ('idle', 'afterCall')) = (leg_id IS NULL))
);
-- nobody is rung or speaks on two telephones
CREATE UNIQUE INDEX operator_leg ON operator (exchange, leg_id) WHERE leg_id IS NOT NULL;

ALTER TABLE dial_attempt ADD COLUMN exchange text NOT NULL DEFAULT 'main';
ALTER TABLE dial_attempt ALTER COLUMN exchange DROP DEFAULT;

-- what is known of an exchange between two owners
ALTER TABLE exchange_lease ADD COLUMN startup_time text;
UPDATE exchange_lease SET exchange = 'main' WHERE exchange = 'call-intake';
