-- Finished messages are kept for a while only: they hold names, numbers and texts (C-205).
CREATE INDEX message_finished ON message (finished_at) WHERE finished_at IS NOT NULL;
