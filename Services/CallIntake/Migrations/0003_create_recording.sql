-- Recordings of conversations and messages, and who played them (T-04). The sound lies outside, encrypted with a key of
-- its own; that key lies here, wrapped. Without the key the sound is gone.

CREATE TABLE recording (
    id uuid PRIMARY KEY,
    exchange text NOT NULL,
    -- its name at the exchange
    name text NOT NULL,
    call_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('conversation', 'message')),
    part integer NOT NULL CHECK (part >= 0),
    format text NOT NULL CHECK (format = 'wav'),
    -- recording → finished (the exchange has the file) → stored (we have it) → erased; failed: there is none, for good
    state text NOT NULL CHECK (state IN ('recording', 'finished', 'stored', 'failed', 'erased')),
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    duration_ms bigint CHECK (duration_ms >= 0),
    -- of the sound, not of the encrypted file
    size_bytes bigint CHECK (size_bytes > 0),
    sha256 bytea CHECK (octet_length(sha256) = 32),
    key_id text,
    wrapped_key bytea,
    path text,
    stored_at timestamptz,
    -- whether the exchange may still have its copy
    is_at_exchange boolean NOT NULL DEFAULT true,
    attempt integer NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    -- when something is to be done: fetch a finished one, announce a failed one, remove the exchange's copy of a
    -- stored one, remove the file of an erased one; a claim moves it on, so a crash hands the work back
    next_try_at timestamptz,
    -- since when fetching fails in a row; since when the exchange says that there is no such file
    failing_since timestamptz,
    missing_since timestamptz,
    -- what went wrong last; never personal data
    failure text,
    erased_at timestamptz,
    erase_reason text,
    UNIQUE (exchange, name),
    CHECK (state = 'recording' OR finished_at IS NOT NULL),
    CHECK (state <> 'finished' OR next_try_at IS NOT NULL),
    CHECK (state <> 'failed' OR failure IS NOT NULL),
    CHECK ((state = 'stored') = (wrapped_key IS NOT NULL)),
    CHECK (state <> 'stored' OR path IS NOT NULL),
    CHECK (state NOT IN ('stored', 'erased')
        OR (stored_at IS NOT NULL AND duration_ms IS NOT NULL AND size_bytes IS NOT NULL AND sha256 IS NOT NULL
            AND key_id IS NOT NULL)),
    CHECK ((state = 'erased') = (erased_at IS NOT NULL)),
    CHECK ((erased_at IS NULL) = (erase_reason IS NULL)),
    -- what is erased and still has work to do has a file here or at the exchange
    CHECK (state NOT IN ('stored', 'erased') OR (next_try_at IS NOT NULL)
        = (is_at_exchange OR (state = 'erased' AND path IS NOT NULL))),
    -- the floor of 30 days, whatever a program believes
    CHECK (erased_at >= finished_at + interval '720 hours')
);
-- what is due
CREATE INDEX recording_due ON recording (state, next_try_at) WHERE next_try_at IS NOT NULL;
-- the oldest that waits
CREATE INDEX recording_waiting ON recording (finished_at) WHERE state = 'finished';
-- what never heard its end
CREATE INDEX recording_open ON recording (call_id) WHERE state = 'recording';
-- what may be erased, oldest first
CREATE INDEX recording_age ON recording (finished_at, id) WHERE state = 'stored';
CREATE INDEX recording_call ON recording (call_id);

CREATE TABLE recording_play (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recording_id uuid NOT NULL REFERENCES recording,
    -- the account, its organization and role, as the desk has signed them
    actor text NOT NULL,
    organization text,
    role text NOT NULL,
    -- why it was allowed
    ground text NOT NULL CHECK (ground IN ('role', 'own-call')),
    -- where listening began, in bytes of the sound
    first_byte bigint NOT NULL CHECK (first_byte >= 0),
    at timestamptz NOT NULL DEFAULT now()
);
-- whether a player goes on with a play
CREATE INDEX recording_play_actor ON recording_play (recording_id, actor, at DESC);
