-- Calls in which a voice speaks to citizens, and answering machines.

ALTER TABLE dial_attempt
    DROP CONSTRAINT dial_attempt_kind_check,
    ADD CONSTRAINT dial_attempt_kind_check CHECK (kind IN ('brokenCall', 'requested', 'abandonedWait', 'deferredAnswer',
        'appealOutcome', 'survey', 'appointmentReminder', 'waitingListOffer')),
    DROP CONSTRAINT dial_attempt_outcome_check,
    ADD CONSTRAINT dial_attempt_outcome_check CHECK (outcome IN ('answered', 'busy', 'noAnswer', 'rejected',
        'unreachable', 'failed', 'machine', 'unknown')),
    -- what the voice says; nothing: an operator speaks
    ADD COLUMN script jsonb;

ALTER TABLE call
    DROP CONSTRAINT call_state_check,
    ADD CONSTRAINT call_state_check CHECK (state IN ('menu', 'secretary', 'speaking', 'waiting', 'ringing', 'talking',
        'held', 'transferring', 'transferred', 'dialling', 'leaving', 'ended')),
    DROP CONSTRAINT call_outcome_check,
    ADD CONSTRAINT call_outcome_check CHECK (outcome IN ('completedByCaller', 'completedByOperator', 'abandonedInMenu',
        'abandonedInQueue', 'abandonedRinging', 'shortDrop', 'callerLineBroken', 'operatorLineBroken', 'exchangeBroken',
        'messageLeft', 'noMessage', 'callbackRequested', 'transferredAway', 'notReached', 'spokenTo')),
    DROP CONSTRAINT call_outcome_fits,
    ADD CONSTRAINT call_outcome_fits CHECK (outcome IS NULL
        OR (outcome IN ('completedByCaller', 'completedByOperator', 'callerLineBroken', 'operatorLineBroken')
            AND answered_at IS NOT NULL)
        OR (outcome IN ('abandonedInMenu', 'abandonedInQueue', 'abandonedRinging', 'shortDrop', 'messageLeft',
            'noMessage', 'notReached', 'spokenTo') AND answered_at IS NULL)
        OR outcome IN ('exchangeBroken', 'callbackRequested', 'transferredAway'));
