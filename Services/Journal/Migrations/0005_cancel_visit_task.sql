-- A visit that the citizen cancelled and the МИС did not is a task.
ALTER TABLE appeal_task DROP CONSTRAINT appeal_task_kind_check,
    ADD CONSTRAINT appeal_task_kind_check CHECK (kind IN ('callCitizen', 'lowMark', 'cancelVisit'));
