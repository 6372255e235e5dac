-- When citizens called in last, and when an operator spoke with them last: callbacks that arose before are needless,
-- also those whose reason is told later than this (C-03, C-07). Kept for a week.
CREATE TABLE citizen_contact (
    number text PRIMARY KEY,
    called_in_at timestamptz,
    spoken_at timestamptz,
    changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX citizen_contact_changed_at ON citizen_contact (changed_at);
