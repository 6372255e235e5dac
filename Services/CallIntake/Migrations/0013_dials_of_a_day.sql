-- migrate: no transaction
DROP INDEX CONCURRENTLY IF EXISTS dial_attempt_started_at;
-- migrate: next
-- how often a number was dialled in the last 24 hours, when the line is taken over
CREATE INDEX CONCURRENTLY dial_attempt_started_at ON dial_attempt (exchange, started_at) WHERE started_at IS NOT NULL;
