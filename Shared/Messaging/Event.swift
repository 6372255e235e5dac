/// A past fact that one service tells to all (architecture, "Two kinds of message").
///
/// Adding an optional field is free. Renaming or removing one is a new `version` beside the old one until nobody
/// reads that any more.
public protocol Event: Codable, Sendable {
    /// The service that announces it. Nobody else may.
    static var source: ServiceName { get }
    /// What happened, in the past tense, after the kind of its subject: `call.ended`.
    static var type: String { get }
    /// The version of the body's shape, from 1.
    static var version: Int { get }
    /// The entity it happened to: `call/018f…`. Events of one subject are numbered without gaps.
    var subject: String { get }
}

extension Event {
    public static var version: Int { 1 }
    /// The routing key on the exchange of events: `call.ended.v1`.
    public static var routingKey: String { EventType(Self.self).routingKey }
    /// The kind of subject, the part of the type before the dot.
    public static var family: String { EventType(Self.self).family }
}

/// The name and version of an event's shape, as a value.
public struct EventType: Hashable, Sendable, CustomStringConvertible {
    public let source: ServiceName
    public let name: String
    public let version: Int

    public init<E: Event>(_ type: E.Type) {
        self.source = E.source
        self.name = E.type
        self.version = E.version
    }

    public var routingKey: String { "\(self.name).v\(self.version)" }
    public var family: String { String(self.name.prefix { $0 != "." }) }
    public var description: String { self.routingKey }
}
