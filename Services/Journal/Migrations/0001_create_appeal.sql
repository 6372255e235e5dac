-- The electronic journal of appeals (J-01, J-02): registration-and-control cards, their history, their way.

-- The last number given per region and year. Its row is locked from the taking of a number until commit, so numbers
-- have no gaps: a transaction that fails gives its number back (J-02).
CREATE TABLE appeal_number (
    region text NOT NULL,
    year integer NOT NULL,
    last bigint NOT NULL CHECK (last > 0),
    PRIMARY KEY (region, year)
);

CREATE TABLE appeal (
    id uuid PRIMARY KEY,
    -- REGION-YEAR-NNNNNN, from the moment of registration
    number text UNIQUE,
    region text,
    year integer,
    sequence bigint,
    state text NOT NULL CHECK (state IN ('draft', 'inWork', 'measuresTaken', 'closed')),
    revision integer NOT NULL DEFAULT 0 CHECK (revision >= 0),
    card jsonb NOT NULL,
    -- the call that opened it
    call_id uuid UNIQUE,
    operator_id text NOT NULL,
    -- who is responsible now, when it was forwarded (J-06)
    organization_id text,
    organization_name text,
    opened_at timestamptz NOT NULL,
    registered_at timestamptz,
    changed_at timestamptz NOT NULL,
    UNIQUE (region, year, sequence),
    CHECK ((state = 'draft') = (number IS NULL)),
    CHECK ((number IS NULL) = (registered_at IS NULL)),
    CHECK ((number IS NULL) = (sequence IS NULL)),
    CHECK ((organization_id IS NULL) = (organization_name IS NULL))
);
-- lists: an operator's own cards, an organization's cards, newest first
CREATE INDEX appeal_operator ON appeal (operator_id, opened_at DESC);
CREATE INDEX appeal_organization ON appeal (organization_id, opened_at DESC) WHERE organization_id IS NOT NULL;
CREATE INDEX appeal_opened_at ON appeal (opened_at DESC);

-- The calls that belong to a card: the one that opened it and the callbacks that went on with it (C-03).
CREATE TABLE appeal_call (
    call_id uuid PRIMARY KEY,
    appeal_id uuid NOT NULL REFERENCES appeal,
    answered_at timestamptz NOT NULL,
    ended_at timestamptz,
    outcome text CHECK (outcome IN ('completed', 'abandoned', 'broken')),
    CHECK ((ended_at IS NULL) = (outcome IS NULL))
);
CREATE INDEX appeal_call_appeal ON appeal_call (appeal_id);

-- Every operation on a card (J-02): who, when, what; for a save the card as it was then.
CREATE TABLE appeal_history (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    appeal_id uuid NOT NULL REFERENCES appeal,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    text text NOT NULL,
    revision integer,
    card jsonb
);
CREATE INDEX appeal_history_appeal ON appeal_history (appeal_id, id);

CREATE TABLE appeal_forwarding (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    appeal_id uuid NOT NULL REFERENCES appeal,
    organization_id text NOT NULL,
    organization_name text NOT NULL,
    organization_email text,
    comment text NOT NULL,
    actor text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX appeal_forwarding_appeal ON appeal_forwarding (appeal_id, id);
