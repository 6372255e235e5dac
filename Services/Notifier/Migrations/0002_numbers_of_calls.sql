-- The number of the card that a call has, for whom we could not call back (X-01).
CREATE INDEX message_registered_call ON message (call_id) WHERE template = 'appeal-registered' AND call_id IS NOT NULL;
