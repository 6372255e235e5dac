/// The services of the suite. The raw value names the executable, the queues, the database and the event source.
public enum ServiceName: String, Codable, Sendable, CaseIterable {
    case callIntake = "call-intake"
    case callbackDialer = "callback-dialer"
    case booking
    case journal
    case notifier
    case operatorDesk = "operator-desk"

    /// The durable quorum queue that receives the events this service listens to.
    public var eventQueue: String { "\(self.rawValue).events" }
    /// Where the broker puts deliveries that crashed the service too often; its own service takes them up singly.
    public var deadQueue: String { "\(self.rawValue).dead" }
    /// The durable classic queue of requests.
    public var requestQueue: String { "\(self.rawValue).requests" }
}
