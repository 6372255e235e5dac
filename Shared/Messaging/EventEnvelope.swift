public import AMQP
public import Foundation

/// An event on the wire: the attributes of CloudEvents 1.0 beside the JSON body.
///
/// On AMQP 0-9-1 they are properties (`message-id`, `type`, `content-type`, `app-id`) and headers with the prefix
/// `cloudEvents:` of the CloudEvents AMQP binding.
public struct EventEnvelope: Sendable {
    /// Unique for ever; a repeated delivery has the same one.
    public var id: UUID
    public var source: String
    public var type: String
    public var version: Int
    public var subject: String
    /// The number of this event among all of its source and subject, from 1, without gaps.
    public var subjectVersion: Int64
    public var time: Date
    /// W3C trace context, handed on.
    public var traceparent: String?
    public var body: [UInt8]
    /// So long after the event before it that whoever hears it may have forgotten the subject. See `Retention`.
    public var isAfterPause: Bool

    public init(
        id: UUID, source: String, type: String, version: Int, subject: String, subjectVersion: Int64, time: Date,
        traceparent: String?, body: [UInt8], isAfterPause: Bool = false
    ) {
        self.id = id
        self.source = source
        self.type = type
        self.version = version
        self.subject = subject
        self.subjectVersion = subjectVersion
        self.time = time
        self.traceparent = traceparent
        self.body = body
        self.isAfterPause = isAfterPause
    }

    var key: SubjectKey { SubjectKey(source: self.source, subject: self.subject) }
    var routingKey: String { "\(self.type).v\(self.version)" }
}

/// Whose order a version counts in.
struct SubjectKey: Hashable, Sendable, Comparable {
    let source: String
    let subject: String

    static func < (left: SubjectKey, right: SubjectKey) -> Bool {
        (left.source, left.subject) < (right.source, right.subject)
    }
}

/// Why a delivery is no event of ours. The texts are safe to log and to show.
public struct MalformedMessage: Error, Sendable, Equatable, CustomStringConvertible {
    /// Short and stable, for the column `parked_message.reason`.
    public let reason: String
    public let description: String

    public init(reason: String, description: String) {
        self.reason = reason
        self.description = description
    }
}

extension EventEnvelope {
    enum Header {
        static let specVersion = "cloudEvents:specversion"
        static let source = "cloudEvents:source"
        static let subject = "cloudEvents:subject"
        static let subjectVersion = "cloudEvents:subjectversion"
        static let time = "cloudEvents:time"
        static let dataSchema = "cloudEvents:dataschema"
        static let traceparent = "traceparent"
        static let afterPause = "line122-after-pause"
    }

    static func schema(type: String, version: Int) -> String { "line122:\(type):\(version)" }

    /// The persistent message that carries this event.
    public var message: AMQPMessage {
        var properties = AMQPProperties()
        properties.contentType = "application/json"
        properties.messageID = self.id.uuidString.lowercased()
        properties.type = self.type
        properties.appID = self.source
        properties.isPersistent = true
        properties.headers = [
            Header.specVersion: .string("1.0"),
            Header.source: .string(self.source),
            Header.subject: .string(self.subject),
            Header.subjectVersion: .int(self.subjectVersion),
            Header.time: .string(Timestamp.string(from: self.time)),
            Header.dataSchema: .string(Self.schema(type: self.type, version: self.version)),
        ]
        if self.isAfterPause { properties.headers[Header.afterPause] = .bool(true) }
        if let traceparent { properties.headers[Header.traceparent] = .string(traceparent) }
        return AMQPMessage(properties: properties, body: self.body)
    }

    /// Reads the attributes of a delivery.
    /// - Throws: `MalformedMessage` when one is missing or impossible; the body is not looked at.
    public init(_ message: AMQPMessage) throws {
        let properties = message.properties
        guard let identifier = properties.messageID, let id = UUID(uuidString: identifier) else {
            throw MalformedMessage(reason: "no-id", description: "the message has no message-id that is a UUID")
        }
        guard let type = properties.type, !type.isEmpty, !type.contains("\0") else {
            throw MalformedMessage(reason: "no-type", description: "the message has no type")
        }
        func text(_ name: String) -> String? {
            // PostgreSQL has no text with a NUL: one in a header must not stop the whole queue.
            guard case .string(let value)? = properties.headers[name], !value.isEmpty, !value.contains("\0")
            else { return nil }
            return value
        }
        guard let source = text(Header.source), let subject = text(Header.subject) else {
            throw MalformedMessage(reason: "no-subject", description: "the message names no source or no subject")
        }
        guard case .int(let subjectVersion)? = properties.headers[Header.subjectVersion], subjectVersion > 0 else {
            throw MalformedMessage(
                reason: "no-subject-version", description: "the message has no subject version above zero")
        }
        guard let schema = text(Header.dataSchema), schema.hasPrefix("line122:\(type):"),
            let version = schema.split(separator: ":").last.flatMap({ Int16($0) }), version > 0
        else {
            throw MalformedMessage(
                reason: "no-schema", description: "the message's data schema does not fit its type")
        }
        guard let time = text(Header.time).flatMap(Timestamp.date(from:)) else {
            throw MalformedMessage(reason: "no-time", description: "the message's time is not in RFC 3339")
        }
        self.init(
            id: id, source: source, type: type, version: Int(version), subject: subject,
            subjectVersion: subjectVersion, time: time, traceparent: text(Header.traceparent), body: message.body,
            isAfterPause: properties.headers[Header.afterPause] == .bool(true))
    }
}
