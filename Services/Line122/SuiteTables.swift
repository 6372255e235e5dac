/// What `line122` reads in the services' databases. All such SQL is here.
enum SuiteTables {
    /// Events that wait to be published, events that nobody could take, and messages that wait for a person.
    static let counts = """
        SELECT count(*) FILTER (WHERE state = 'available'), count(*) FILTER (WHERE state IN ('unroutable', 'rejected')),
            (SELECT count(*) FROM inbox_pending), (SELECT count(*) FROM parked_message)
        FROM outbox_message WHERE state <> 'sent';
        """

    /// In every database: what is on its way.
    static let pending = """
        SELECT 'unsent', count(*) FROM outbox_message WHERE state <> 'sent'
        UNION ALL SELECT 'pending', count(*) FROM inbox_pending
        UNION ALL SELECT 'parked', count(*) FROM parked_message
        """

    /// What each service knows of the work done. `open` counts what has no outcome yet.
    static let facts: [SuiteService: String] = [
        .callIntake: """
        SELECT 'calls', count(*) FROM call WHERE direction = 'inbound'
        UNION ALL SELECT 'answered', count(*) FROM call WHERE direction = 'inbound' AND answered_at IS NOT NULL
        UNION ALL SELECT 'abandoned', count(*) FROM call
            WHERE direction = 'inbound' AND (outcome LIKE 'abandoned%' OR outcome = 'shortDrop')
        UNION ALL SELECT 'broken', count(*) FROM call WHERE outcome LIKE '%Broken'
        UNION ALL SELECT 'recordings', count(*) FROM recording WHERE state = 'stored'
        UNION ALL SELECT 'open', count(*) FROM recording WHERE state IN ('recording', 'finished')
        UNION ALL SELECT 'exchange ' || exchange, count(*) FROM call WHERE direction = 'inbound' GROUP BY exchange
        UNION ALL SELECT 'open', count(*) FROM call WHERE state <> 'ended'
        """,
        .callbackDialer: """
        SELECT 'callbacks', count(*) FROM callback WHERE kind = 'brokenCall'
        UNION ALL SELECT 'callbacksElse', count(*) FROM callback
            WHERE kind IN ('requested', 'abandonedWait', 'deferredAnswer')
        UNION ALL SELECT 'reminders', count(*) FROM callback WHERE kind = 'appointmentReminder' AND state = 'reached'
        UNION ALL SELECT 'told', count(*) FROM callback WHERE kind = 'appealOutcome' AND choice = 'understood'
        UNION ALL SELECT 'surveys', count(*) FROM survey
        UNION ALL SELECT 'surveysCompleted', count(*) FROM survey WHERE state = 'completed'
        UNION ALL SELECT 'lowMarks', count(*) FROM survey WHERE is_low
        UNION ALL SELECT 'callbacksTold', count(*) FROM callback WHERE number IS NOT NULL AND kind = 'brokenCall'
        UNION ALL SELECT 'reached', count(*) FROM callback WHERE state = 'reached'
        UNION ALL SELECT 'exhausted', count(*) FROM callback
            WHERE state = 'exhausted' AND kind IN ('brokenCall', 'requested', 'appointmentReminder')
        UNION ALL SELECT 'lateDials', count(*) FROM (
            SELECT broken_at + interval '15 seconds' AS due, state, finished_at,
                (SELECT min(accepted_at) FROM dial_attempt WHERE callback_id = callback.id) AS dialled_at
            FROM callback WHERE kind = 'brokenCall' AND number IS NOT NULL) AS broken
            WHERE dialled_at > due OR dialled_at IS NULL AND (state = 'exhausted'
                OR state = 'open' AND due < now() OR state = 'withdrawn' AND due < finished_at)
        -- what is to be dialled later, tomorrow or in an hour, is not on its way
        UNION ALL SELECT 'open', count(*) FROM callback WHERE state = 'open' AND NOT EXISTS (
            SELECT FROM dial_attempt WHERE callback_id = callback.id
                AND dial_attempt.state = 'scheduled' AND due_at > now() + interval '1 minute')
        """,
        .journal: """
        SELECT 'cards', count(*) FROM appeal WHERE channel = 'hotLine'
        UNION ALL SELECT 'registered', count(*) FROM appeal WHERE number IS NOT NULL
        UNION ALL SELECT 'registeredWithPhone', count(*) FROM appeal
            WHERE number IS NOT NULL AND card ->> 'phone' LIKE '+%'
        UNION ALL SELECT 'forwarded', count(*) FROM appeal_forwarding
        UNION ALL SELECT 'numberGaps', coalesce(sum(last), 0)::bigint - (SELECT count(*) FROM appeal WHERE number IS NOT NULL)
            FROM appeal_number
        """,
        .booking: """
        SELECT 'bookings', count(*) FROM booking WHERE state = 'booked'
        UNION ALL SELECT 'bookingsWithPhone', count(*) FROM booking
            WHERE (state = 'booked' OR cancelled_by_citizen) AND patient_phone LIKE '+%'
        UNION ALL SELECT 'cancelledByCitizens', count(*) FROM booking
            WHERE state = 'cancelled' AND cancelled_by_citizen
        UNION ALL SELECT 'bookingsManual', count(*) FROM booking WHERE state = 'manual'
        UNION ALL SELECT 'open', count(*) FROM booking WHERE run_at IS NOT NULL
        """,
        .notifier: """
        SELECT 'messages', count(*) FROM message
        UNION ALL SELECT 'sent', count(*) FROM message WHERE state = 'sent'
        UNION ALL SELECT 'uncertain', count(*) FROM message WHERE state = 'uncertain'
        UNION ALL SELECT 'messagesFailed', count(*) FROM message WHERE state = 'failed'
        UNION ALL SELECT 'open', count(*) FROM message WHERE finished_at IS NULL
        """,
    ]

    /// What each service holds, a row a thing: its kind and its id. A kind that two services hold is compared.
    static let things: [SuiteService: String] = [
        .callIntake: """
        SELECT 'call', channel_id FROM call WHERE direction = 'inbound'
        UNION ALL SELECT 'brokenCall', id::text FROM call
            WHERE (outcome LIKE '%Broken' OR outcome = 'callbackRequested') AND caller LIKE '+%'
        UNION ALL SELECT 'cardDue', call.id::text FROM call LEFT JOIN call AS original ON original.id = call.original_call_id
            WHERE call.answered_at IS NOT NULL AND (call.callback_id IS NULL OR original.answered_at IS NULL)
        -- of a conversation in parts one without its recording is enough
        UNION ALL SELECT DISTINCT 'unrecorded', call.id::text FROM call LEFT JOIN recording
            ON call_id = call.id AND kind = 'conversation'
            WHERE call.answered_at IS NOT NULL AND recording.state IS DISTINCT FROM 'stored'
        """,
        .callbackDialer: """
        SELECT 'callback', call_id::text FROM callback WHERE number IS NOT NULL AND kind IN ('brokenCall', 'requested')
        UNION ALL SELECT 'firstDial', dial_attempt.id::text FROM callback JOIN dial_attempt ON callback_id = callback.id
            WHERE kind = 'brokenCall' AND dial_attempt.number = 1
        UNION ALL SELECT 'survey', appeal_id::text FROM survey
        """,
        .journal: """
        SELECT 'card', call_id::text FROM appeal WHERE channel = 'hotLine'
        UNION ALL SELECT 'registered', id::text FROM appeal WHERE number IS NOT NULL
        UNION ALL SELECT 'registeredWithPhone', id::text FROM appeal
            WHERE number IS NOT NULL AND card ->> 'phone' LIKE '+%'
        UNION ALL SELECT 'forwarded', appeal_id::text FROM appeal_forwarding
        """,
        .booking: """
        SELECT 'booking', id::text FROM booking WHERE state = 'booked' OR state = 'cancelled' AND cancelled_by_citizen
        UNION ALL SELECT 'visit', mis_booking_id FROM booking WHERE state = 'booked' AND mis_booking_id IS NOT NULL
        UNION ALL SELECT 'bookingWithPhone', appeal_id::text FROM booking
            WHERE (state = 'booked' OR cancelled_by_citizen) AND patient_phone LIKE '+%' AND appeal_id IS NOT NULL
        """,
        .notifier: """
        SELECT template, appeal_id::text FROM message
        WHERE template IN ('appeal-registered', 'appeal-forwarded', 'booking-confirmed') AND appeal_id IS NOT NULL
        """,
    ]
}
