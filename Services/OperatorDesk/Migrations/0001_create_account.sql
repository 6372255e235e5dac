-- People, their organizations, their sessions (J-05).

CREATE TABLE organization (
    id text PRIMARY KEY CHECK (id ~ '^[a-z0-9-]{1,64}$'),
    name text NOT NULL,
    email text
);

CREATE TABLE account (
    -- the login name
    id text PRIMARY KEY CHECK (id ~ '^[a-z0-9._-]{1,64}$'),
    display_name text NOT NULL,
    role text NOT NULL CHECK (role IN ('operator', 'administrator', 'organization')),
    -- of operators: the telephone that calls are offered to
    telephone text,
    organization_id text REFERENCES organization,
    -- PHC string, argon2id
    password_hash text NOT NULL,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK (role <> 'organization' OR organization_id IS NOT NULL),
    CHECK (role <> 'operator' OR telephone IS NOT NULL)
);

CREATE TABLE session (
    -- SHA-256 of the token in the cookie: whoever reads this table cannot sign in with it
    token_digest bytea PRIMARY KEY,
    account_id text NOT NULL REFERENCES account,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_seen_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX session_account ON session (account_id);

-- Failed sign-ins of an account or an address; slows guessing down.
CREATE TABLE login_failure (
    key text PRIMARY KEY,
    failures integer NOT NULL,
    last_at timestamptz NOT NULL
);
