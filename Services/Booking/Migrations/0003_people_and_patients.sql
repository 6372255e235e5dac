-- Who did what to a booking, and patients whom the МИС is told to register (C-202, F-506, R-707).

ALTER TABLE booking
    -- who cancelled it; nobody when the citizen did
    ADD COLUMN cancelled_by text,
    -- who looked into the МИС for a booking that was left to a person
    ADD COLUMN resolved_by text,
    -- it is to be cancelled, whatever state that has led to: tells a cancellation left to a person from a wish to book
    ADD COLUMN is_cancelling boolean NOT NULL DEFAULT false;

-- Only what was booked can be cancelled, and only what was booked has an id of the МИС.
UPDATE booking SET is_cancelling = true
WHERE state IN ('cancelling', 'cancelled') OR state = 'manual' AND (mis_booking_id IS NOT NULL OR cancelled_by_citizen);

-- A visit is booked before its id in the МИС is known: then it is looked into as well.
ALTER TABLE booking
    DROP CONSTRAINT booking_check1,
    ADD CONSTRAINT booking_run_at_check
        CHECK (state = 'booked' OR (state IN ('sending', 'unknown', 'cancelling')) = (run_at IS NOT NULL)) NOT VALID;

-- One person in one clinic: while this row is claimed nobody else tells the МИС to add them, and what became of an order
-- without an answer is read back before the next one. Kept for a day.
CREATE TABLE patient_addition (
    clinic_id text NOT NULL,
    -- SHA-256 of name and birth date: no name stands here
    person bytea NOT NULL,
    -- SHA-256 of that and patronymic, СНИЛС, policy, as the МИС was told them last
    details bytea,
    operator_id text NOT NULL,
    -- a replica is at it and nobody else before this moment
    claimed_until timestamptz,
    -- when the МИС was last told to add them; null when nothing is on its way
    ordered_at timestamptz,
    -- the id that the МИС gave
    patient_id text,
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (clinic_id, person)
);
CREATE INDEX patient_addition_changed ON patient_addition (changed_at);
