-- What is closed stays as it is, by any way (J-03), and what stands in a history is only added to (J-02).
--
-- A migration of the owner that must change such rows says so in its own transaction:
--     SET LOCAL line122.migration = '0007_name';
-- Nobody else gets past the triggers: whoever is not the owner may set it and is refused all the same.

ALTER TABLE appeal
    -- the closed card from which work goes on in this one
    ADD COLUMN about_id uuid REFERENCES appeal CHECK (about_id <> id);
CREATE INDEX appeal_about ON appeal (about_id) WHERE about_id IS NOT NULL;

ALTER TABLE appeal_history
    -- what may follow in the history of a closed card; nothing for all else
    ADD COLUMN act text CHECK (act IN ('closing', 'survey', 'task', 'linked')),
    -- the names of the fields that a save changed
    ADD COLUMN fields jsonb;

CREATE FUNCTION appeal_is_migrated(owned oid) RETURNS boolean STABLE LANGUAGE sql AS $$
    SELECT coalesce(current_setting('line122.migration', true), '') <> ''
        AND EXISTS (SELECT FROM pg_class WHERE oid = owned AND pg_has_role(current_user, relowner, 'USAGE'))
$$;

CREATE FUNCTION appeal_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF appeal_is_migrated(TG_RELID) THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    RAISE EXCEPTION 'rows of % are kept as they are', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
END
$$;

CREATE TRIGGER appeal_closed_is_kept BEFORE UPDATE OR DELETE ON appeal
    FOR EACH ROW WHEN (OLD.state = 'closed') EXECUTE FUNCTION appeal_refuse();
CREATE TRIGGER appeal_history_is_kept BEFORE UPDATE OR DELETE ON appeal_history
    FOR EACH ROW EXECUTE FUNCTION appeal_refuse();
CREATE TRIGGER appeal_forwarding_is_kept BEFORE UPDATE OR DELETE ON appeal_forwarding
    FOR EACH ROW EXECUTE FUNCTION appeal_refuse();

-- By statement, because entries are written many at a time.
CREATE FUNCTION appeal_refuse_when_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM added JOIN appeal ON appeal.id = added.appeal_id WHERE appeal.state = 'closed')
        AND NOT appeal_is_migrated(TG_RELID)
    THEN
        RAISE EXCEPTION 'nothing is added to a closed card in %', TG_TABLE_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION appeal_refuse_entry_when_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM added JOIN appeal ON appeal.id = added.appeal_id
               WHERE added.act IS NULL AND appeal.state = 'closed')
        AND NOT appeal_is_migrated(TG_RELID)
    THEN
        RAISE EXCEPTION 'nothing is added to a closed card in %', TG_TABLE_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER appeal_history_of_closed AFTER INSERT ON appeal_history REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION appeal_refuse_entry_when_closed();
CREATE TRIGGER appeal_forwarding_of_closed AFTER INSERT ON appeal_forwarding REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION appeal_refuse_when_closed();
CREATE TRIGGER appeal_message_of_closed AFTER INSERT ON appeal_message REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION appeal_refuse_when_closed();

-- The service's own role may add, and no more.
DO $$
DECLARE
    somebody text;
BEGIN
    FOR somebody IN
        SELECT DISTINCT grantee FROM information_schema.role_table_grants
        WHERE table_schema = current_schema() AND table_name IN ('appeal_history', 'appeal_forwarding')
            AND grantee NOT IN (current_user, 'PUBLIC')
    LOOP
        EXECUTE format('REVOKE UPDATE, DELETE ON appeal_history, appeal_forwarding FROM %I', somebody);
    END LOOP;
END
$$;
