internal import Foundation

/// Events of one type that are handled in one transaction, in the order of their subjects' versions.
public struct Batch<E: Event>: RandomAccessCollection, Sendable {
    /// The attributes beside each event, index by index.
    public let envelopes: [EventEnvelope]
    private let events: [E]

    init(_ envelopes: [EventEnvelope]) throws {
        self.envelopes = envelopes
        self.events = try envelopes.map { envelope in
            do {
                return try MessageCoding.decoder.decode(E.self, from: Data(envelope.body))
            } catch let error as DecodingError {
                // Names the field, never its value.
                throw MalformedMessage(reason: "not-decodable", description: error.safeDescription)
            }
        }
    }

    public var startIndex: Int { 0 }
    public var endIndex: Int { self.events.count }
    public subscript(position: Int) -> E { self.events[position] }
}

extension DecodingError {
    /// Where the body does not fit, without anything of its content.
    var safeDescription: String {
        let place = self.safePath.map { "the field \($0)" } ?? "the body"
        return switch self {
        case .keyNotFound(let key, _): "\(place) lacks \(Self.safeName(key))"
        case .typeMismatch: "\(place) has the wrong kind of value"
        case .valueNotFound: "\(place) is null"
        case .dataCorrupted: "\(place) is not valid"
        @unknown default: "the body does not fit its type"
        }
    }

    /// The member that does not fit, as a path (`card.name.family`); nil for the body itself.
    var safePath: String? {
        let context =
            switch self {
            case .keyNotFound(_, let context), .typeMismatch(_, let context), .valueNotFound(_, let context),
                .dataCorrupted(let context):
                context
            @unknown default: Context(codingPath: [], debugDescription: "")
            }
        return context.codingPath.isEmpty ? nil : context.codingPath.map(Self.safeName).joined(separator: ".")
    }

    /// A member's name is ours; the key of a dictionary is content, and may hold anything.
    private static func safeName(_ key: any CodingKey) -> String {
        if let index = key.intValue { return "\(index)" }
        let name = key.stringValue
        let isOurs =
            !name.isEmpty && name.utf8.count <= 64
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: false
                }
            }
        return isOurs ? name : "*"
    }
}
