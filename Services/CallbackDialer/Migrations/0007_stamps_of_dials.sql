-- The way from a break to a ringing telephone, each moment by itself (C-01, K-04): the break (`broken_at`, the exchange's own
-- event), that event heard, the decision to dial, the order sent (`started_at`), the order taken by the exchange.

ALTER TABLE callback ADD COLUMN heard_at timestamptz;
ALTER TABLE dial_attempt
    ADD COLUMN decided_at timestamptz,
    ADD COLUMN accepted_at timestamptz;
