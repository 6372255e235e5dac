-- Whatever ends a session or changes what an account may do tells every replica of the desk at once, whichever hand
-- did it: signing out, the housekeeping, an order of the security officer (J-05).

CREATE FUNCTION tell_session_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('session_ended', 'session ' || encode(OLD.token_digest, 'hex'));
    RETURN NULL;
END
$$;
CREATE TRIGGER session_ended AFTER DELETE ON session FOR EACH ROW EXECUTE FUNCTION tell_session_ended();

CREATE FUNCTION tell_account_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('session_ended', 'account ' || NEW.id);
    RETURN NULL;
END
$$;
-- Not the password: the demonstration sets its own anew at each start.
CREATE TRIGGER account_changed AFTER UPDATE ON account FOR EACH ROW
    WHEN ((OLD.is_active, OLD.role, OLD.telephone, OLD.organization_id, OLD.skills, OLD.is_first_level)
        IS DISTINCT FROM (NEW.is_active, NEW.role, NEW.telephone, NEW.organization_id, NEW.skills, NEW.is_first_level))
    EXECUTE FUNCTION tell_account_changed();

-- Tries to sign in, by name and address. Names as digests: people type passwords into the field of the name.
CREATE TABLE sign_in (
    -- SHA-256 of the name in small letters
    name_digest bytea NOT NULL,
    -- an IPv4 address, or the /64 network of an IPv6 address
    address text NOT NULL,
    -- tries without success, each counted before its password is looked at
    failures integer NOT NULL DEFAULT 0,
    -- of the last of them; an hour later they are forgotten
    failed_at timestamptz,
    -- this address is known to the account
    succeeded_at timestamptz,
    PRIMARY KEY (name_digest, address)
);
CREATE INDEX sign_in_address ON sign_in (address);

-- Read by replicas of the version before only.
DELETE FROM login_failure;
