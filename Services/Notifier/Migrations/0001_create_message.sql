-- Messages to citizens and organizations, from the event that demands them to their outcome.

CREATE TABLE message (
    -- also its Message-ID and, in the spool, its file name
    id uuid PRIMARY KEY,
    template text NOT NULL,
    channel text NOT NULL CHECK (channel IN ('spool', 'smtp')),
    -- a telephone number in E.164 or an e-mail address
    recipient text NOT NULL CHECK (recipient <> ''),
    parameters jsonb NOT NULL,
    appeal_id uuid,
    call_id uuid,
    -- One event, one message of a kind, however often the event is handled.
    event_id uuid NOT NULL,
    state text NOT NULL CHECK (state IN ('available', 'sending', 'sent', 'retryable', 'failed', 'uncertain')),
    attempt integer NOT NULL DEFAULT 0,
    run_at timestamptz NOT NULL DEFAULT now(),
    claimed_until timestamptz,
    reason text,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    UNIQUE (event_id, template),
    CHECK ((state IN ('sent', 'failed', 'uncertain')) = (finished_at IS NOT NULL)),
    CHECK ((state = 'sending') = (claimed_until IS NOT NULL))
);
CREATE INDEX message_due ON message (run_at) WHERE state IN ('available', 'retryable');
CREATE INDEX message_sending ON message (claimed_until) WHERE state = 'sending';
