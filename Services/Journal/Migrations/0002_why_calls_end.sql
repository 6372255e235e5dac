-- Why a call ended, in the words of call-intake.
ALTER TABLE appeal_call DROP CONSTRAINT appeal_call_outcome_check;
UPDATE appeal_call SET outcome = CASE outcome WHEN 'completed' THEN 'completedByCaller'
    WHEN 'abandoned' THEN 'abandonedInQueue' WHEN 'broken' THEN 'callerLineBroken' END;
ALTER TABLE appeal_call ADD CONSTRAINT appeal_call_outcome_check CHECK (outcome IN ('completedByCaller',
    'completedByOperator', 'abandonedInMenu', 'abandonedInQueue', 'abandonedRinging', 'shortDrop', 'callerLineBroken',
    'operatorLineBroken', 'exchangeBroken', 'messageLeft', 'noMessage', 'callbackRequested', 'transferredAway',
    'notReached'));
