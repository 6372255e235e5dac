-- migrate: no transaction
-- What is old was found by BRIN. Where rows are deleted and their places used again, every range of pages holds old and
-- new rows after a few days, and each minute's housekeeping read the whole table. (ops/benchmarks.md has the figures.)
DROP INDEX CONCURRENTLY IF EXISTS outbox_message_sent;
-- migrate: next
CREATE INDEX CONCURRENTLY outbox_message_sent ON outbox_message (sent_at) WHERE state = 'sent';
-- migrate: next
DROP INDEX CONCURRENTLY IF EXISTS inbox_message_received;
-- migrate: next
CREATE INDEX CONCURRENTLY inbox_message_received ON inbox_message (received_at);
-- migrate: next
DROP INDEX CONCURRENTLY IF EXISTS request_answer_answered;
-- migrate: next
CREATE INDEX CONCURRENTLY request_answer_answered ON request_answer (answered_at);
-- migrate: next
DROP INDEX CONCURRENTLY IF EXISTS outbox_subject_told;
-- migrate: next
CREATE INDEX CONCURRENTLY outbox_subject_told ON outbox_subject (told_on);
-- migrate: next
DROP INDEX CONCURRENTLY IF EXISTS inbox_position_moved;
-- migrate: next
CREATE INDEX CONCURRENTLY inbox_position_moved ON inbox_position (moved_on);
-- migrate: next
DROP INDEX CONCURRENTLY IF EXISTS outbox_message_sent_at;
-- migrate: next
DROP INDEX CONCURRENTLY IF EXISTS inbox_message_received_at;
-- migrate: next
DROP INDEX CONCURRENTLY IF EXISTS request_answer_answered_at;
