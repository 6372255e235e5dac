-- Visits that citizens asked for, from the wish to its outcome in the МИС (B-01, B-03).

CREATE TABLE booking (
    -- chosen by who asks: asked again, it is the same booking
    id uuid PRIMARY KEY,
    appeal_id uuid,
    clinic_id text NOT NULL,
    patient_id text NOT NULL,
    patient_phone text,
    doctor_id text NOT NULL,
    slot_id text NOT NULL,
    starts_at timestamptz NOT NULL,
    visit jsonb NOT NULL,
    operator_id text NOT NULL,
    state text NOT NULL CHECK (state IN
        ('sending', 'unknown', 'booked', 'refused', 'cancelling', 'cancelled', 'manual')),
    -- the id in the patient's history: only with it a visit can be cancelled
    mis_booking_id text,
    refusal_code integer,
    refusal_advice text,
    -- readings of the patient's history that did not find the visit
    absent_readings integer NOT NULL DEFAULT 0,
    -- a replica is at it and nobody else before this moment
    claimed_until timestamptz,
    -- when an outcome that is open is looked into next
    run_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((state = 'refused') = (refusal_advice IS NOT NULL)),
    CHECK ((state IN ('sending', 'unknown', 'cancelling')) = (run_at IS NOT NULL))
);
-- One slot is ours once at a time, whatever the МИС would allow.
CREATE UNIQUE INDEX booking_slot ON booking (clinic_id, slot_id)
    WHERE state IN ('sending', 'unknown', 'booked', 'cancelling', 'manual');
CREATE INDEX booking_appeal ON booking (appeal_id, created_at DESC);
CREATE INDEX booking_open ON booking (run_at) WHERE run_at IS NOT NULL;
