/// Which service listens to which events: the one table that the broker's topology is made from.
public struct ContractRegistry: Sendable {
    public let subscriptions: [ServiceName: Set<EventType>]

    public init(subscriptions: [ServiceName: [EventType]]) {
        self.subscriptions = subscriptions.mapValues(Set.init)
    }

    /// Whether anybody listens. An event that nobody listens to is published without `mandatory`.
    public func hasListener(routingKey: String) -> Bool {
        self.routingKeys.contains(routingKey)
    }

    /// The types of `family` that anybody listens to.
    func types(ofFamily family: String) -> Set<EventType> {
        Set(self.subscriptions.values.joined()).filter { $0.family == family }
    }

    private var routingKeys: Set<String> {
        Set(self.subscriptions.values.joined().map(\.routingKey))
    }
}
