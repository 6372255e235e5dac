/// What `line122` reads in the services' databases. All such SQL is here.
enum SuiteTables {
    /// Events that wait to be published, events that nobody could take, and messages that wait for a person.
    static let counts = """
        SELECT count(*) FILTER (WHERE state = 'available'), count(*) FILTER (WHERE state IN ('unroutable', 'rejected')),
            (SELECT count(*) FROM inbox_pending), (SELECT count(*) FROM parked_message)
        FROM outbox_message WHERE state <> 'sent';
        """
}
