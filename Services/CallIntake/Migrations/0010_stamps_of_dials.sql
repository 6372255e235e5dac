-- When the order to dial went out, and when the exchange had taken it (C-01, K-04); `started_at` is the decision, which is
-- committed before.

ALTER TABLE dial_attempt
    ADD COLUMN ordered_at timestamptz,
    ADD COLUMN accepted_at timestamptz;
