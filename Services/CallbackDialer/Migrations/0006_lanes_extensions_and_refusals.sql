-- Promises of one operator wait in a lane of their own; extensions of offices; who put a number on the do-not-call list
-- and who took it off.

ALTER TABLE dial_attempt
    DROP CONSTRAINT dial_attempt_lane_check,
    ADD CONSTRAINT dial_attempt_lane_check CHECK (lane IN ('urgent', 'personal', 'operator', 'voice'))
        NOT VALID;
UPDATE dial_attempt SET lane = 'personal' FROM callback
WHERE callback.id = callback_id AND kind = 'deferredAnswer' AND operator_id IS NOT NULL AND lane = 'operator'
  AND dial_attempt.state IN ('scheduled', 'requested');

-- what is dialled by tones after the answer
ALTER TABLE callback ADD COLUMN extension text;
ALTER TABLE callback ADD CONSTRAINT callback_extension CHECK (extension ~ '^[0-9]{1,6}$') NOT VALID;

CREATE TABLE do_not_call_change (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number text NOT NULL,
    is_listed boolean NOT NULL,
    actor text NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX do_not_call_change_number ON do_not_call_change (number, id);
INSERT INTO do_not_call_change (number, is_listed, actor, at)
SELECT number, true, listed_by, listed_at FROM do_not_call ORDER BY listed_at;
