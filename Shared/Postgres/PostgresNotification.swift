/// What a listener hears.
public enum PostgresNotification: Sendable, Equatable {
    /// `NOTIFY channel, 'payload'` was committed.
    case received(channel: String, payload: String)
    /// Listening has begun, or begun again after a loss: notifications may have been missed, so poll now.
    case reconnected
}
