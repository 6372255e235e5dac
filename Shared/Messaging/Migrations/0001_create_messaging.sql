-- The tables that every service needs to tell, hear, ask and answer. They live in the service's own database, so
-- that a change of state, its inbox row and its outbox rows are one transaction.

-- How many events were announced about a subject: gap-free, because the row is locked until commit.
CREATE TABLE outbox_subject (
    subject text PRIMARY KEY,
    version bigint NOT NULL CHECK (version > 0)
) WITH (fillfactor = 70);

CREATE TABLE outbox_message (
    id uuid PRIMARY KEY,
    position bigint GENERATED ALWAYS AS IDENTITY,
    type text NOT NULL,
    version smallint NOT NULL,
    subject text NOT NULL,
    subject_version bigint NOT NULL,
    time timestamptz NOT NULL,
    traceparent text,
    body bytea NOT NULL,
    state text NOT NULL DEFAULT 'available' CHECK (state IN ('available', 'unroutable', 'rejected', 'sent')),
    attempt integer NOT NULL DEFAULT 0,
    -- Nobody else takes the row before this moment: a relay that publishes it, or the back-off of a failure.
    claimed_until timestamptz,
    sent_at timestamptz,
    CHECK ((state = 'sent') = (sent_at IS NOT NULL))
) WITH (fillfactor = 50); -- room for the claim on the same page: it touches no index and stays heap-only

-- The relay's way through what is unsent, oldest first. Not a cursor: late commits are in it as well.
CREATE INDEX outbox_message_unsent ON outbox_message (position) WHERE state <> 'sent';
-- One claim per subject at a time: finds an earlier one that is under way.
CREATE INDEX outbox_message_unsent_subject ON outbox_message (subject, position) WHERE state <> 'sent';
-- Removal of what was sent days ago, and `line122 resend`. Rows are sent in about the order they lie in.
CREATE INDEX outbox_message_sent_at ON outbox_message USING brin (sent_at);

-- Every event that was taken over, once. Kept 7 days, longer than any outbox keeps what it sent.
CREATE TABLE inbox_message (
    id uuid PRIMARY KEY,
    received_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX inbox_message_received_at ON inbox_message USING brin (received_at);

-- The last version handled of each subject. Outlives the inbox rows.
CREATE TABLE inbox_position (
    source text NOT NULL,
    subject text NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (source, subject)
) WITH (fillfactor = 70);

-- Taken over and not handled yet: waiting for a predecessor, or for its next attempt.
CREATE TABLE inbox_pending (
    id uuid PRIMARY KEY,
    source text NOT NULL,
    type text NOT NULL,
    version smallint NOT NULL,
    subject text NOT NULL,
    subject_version bigint NOT NULL,
    time timestamptz NOT NULL,
    traceparent text,
    body bytea NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'retryable')),
    attempt integer NOT NULL DEFAULT 0,
    run_at timestamptz,
    reason text,
    received_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((state = 'retryable') = (run_at IS NOT NULL))
);
CREATE INDEX inbox_pending_waiting ON inbox_pending (source, subject, subject_version) WHERE state = 'waiting';
CREATE INDEX inbox_pending_run_at ON inbox_pending (run_at) WHERE state = 'retryable';

-- What cannot be handled without a person: `line122 parked list|retry|drop`.
CREATE TABLE parked_message (
    id uuid PRIMARY KEY,
    source text,
    type text,
    version smallint,
    subject text,
    subject_version bigint,
    time timestamptz,
    traceparent text,
    body bytea NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT now()
);

-- The answer that a request with this key got; written by the transaction that did the work.
CREATE TABLE request_answer (
    key uuid PRIMARY KEY,
    type text NOT NULL,
    digest bytea NOT NULL,
    answer bytea,
    answered_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX request_answer_answered_at ON request_answer USING brin (answered_at);
