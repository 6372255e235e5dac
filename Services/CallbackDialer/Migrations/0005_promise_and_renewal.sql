ALTER TABLE callback
    -- who promised to call: the one who may take it back, also when anybody may keep it
    ADD COLUMN promised_by text,
    -- when the same citizen gave up waiting once more: the callback is for that wait too
    ADD COLUMN renewed_at timestamptz;
UPDATE callback SET promised_by = operator_id WHERE kind = 'deferredAnswer';
