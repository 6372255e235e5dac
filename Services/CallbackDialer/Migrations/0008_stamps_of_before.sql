-- migrate: no transaction
-- What was dialled before is not known better. By itself, because it writes every row and must lock no more than that.
UPDATE dial_attempt SET decided_at = started_at, accepted_at = started_at
WHERE started_at IS NOT NULL AND decided_at IS NULL AND accepted_at IS NULL;
-- migrate: next
ALTER TABLE dial_attempt VALIDATE CONSTRAINT dial_attempt_lane_check;
