public import Postgres

/// What a service does with one type of event. Made by `every`, `latest`, `each` and `ignoring`.
public struct EventHandler: Sendable {
    let type: EventType
    let order: SubjectOrder
    let isIgnored: Bool
    let handle: @Sendable ([EventEnvelope], Transaction) async throws -> Void

    /// Each event once and in the order of its subject, without gaps, over all types of its family. A successor that
    /// comes early waits. All types of the family that anybody hears must be registered, as `every` or `ignoring`.
    public static func every<E: Event>(
        _ type: E.Type, _ body: @escaping @Sendable (Batch<E>, Transaction) async throws -> Void
    ) -> EventHandler {
        EventHandler(type: EventType(E.self), order: .every, isIgnored: false) { try await body(Batch($0), $1) }
    }

    /// Each event at most once; one that is older than the newest handled of its subject is dropped. For events that
    /// carry enough of the state to make an earlier one needless.
    public static func latest<E: Event>(
        _ type: E.Type, _ body: @escaping @Sendable (Batch<E>, Transaction) async throws -> Void
    ) -> EventHandler {
        EventHandler(type: EventType(E.self), order: .latest, isIgnored: false) { try await body(Batch($0), $1) }
    }

    /// Each event once, in any order.
    public static func each<E: Event>(
        _ type: E.Type, _ body: @escaping @Sendable (Batch<E>, Transaction) async throws -> Void
    ) -> EventHandler {
        EventHandler(type: EventType(E.self), order: .each, isIgnored: false) { try await body(Batch($0), $1) }
    }

    /// Takes part in the order of its subject and does nothing.
    public static func ignoring<E: Event>(_ type: E.Type) -> EventHandler {
        EventHandler(type: EventType(E.self), order: .every, isIgnored: true) { _, _ in }
    }
}

/// Thrown by a handler that cannot do its work now and wants to be asked again.
public struct RetryLater: Error, Sendable, CustomStringConvertible {
    /// Why, without personal data: it is logged and shown.
    public let reason: String
    /// At least this long from now; nil for the consumer's own back-off.
    public let delay: Duration?
    public var description: String { self.reason }

    public init(reason: String, after delay: Duration? = nil) {
        self.reason = reason
        self.delay = delay
    }
}

/// The handlers of a service do not fit what the contracts say it hears. A mistake in the code, found at start.
public struct HandlerMismatch: Error, Sendable, CustomStringConvertible {
    public let description: String
}

extension [EventHandler] {
    /// Checks the handlers against the contracts.
    package func checked(for service: ServiceName, against registry: ContractRegistry) throws -> [String: EventHandler]
    {
        let subscribed = registry.subscriptions[service] ?? []
        let handled = Set(self.map(\.type))
        guard handled.count == self.count else {
            throw HandlerMismatch(description: "\(service.rawValue) registers two handlers for one type of event")
        }
        for type in handled.symmetricDifference(subscribed).sorted(by: { $0.routingKey < $1.routingKey }) {
            throw HandlerMismatch(
                description: subscribed.contains(type)
                    ? "\(service.rawValue) hears \(type) and has no handler for it"
                    : "\(service.rawValue) has a handler for \(type) and does not hear it: add it to Contracts")
        }
        for family in Set(self.filter { $0.order == .every }.map(\.type.family)) {
            if let stray = registry.types(ofFamily: family).subtracting(handled).first {
                throw HandlerMismatch(
                    description: "\(service.rawValue) needs every event of \(family) and does not hear \(stray)")
            }
            if self.contains(where: { $0.type.family == family && $0.order != .every }) {
                throw HandlerMismatch(
                    description: "\(service.rawValue) orders the events of \(family) in two ways")
            }
        }
        return Dictionary(uniqueKeysWithValues: self.map { ($0.type.routingKey, $0) })
    }
}
