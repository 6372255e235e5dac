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
        func path(_ context: Context) -> String {
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            return path.isEmpty ? "the body" : "the field \(path)"
        }
        return switch self {
        case .keyNotFound(let key, let context): "\(path(context)) lacks \(key.stringValue)"
        case .typeMismatch(_, let context): "\(path(context)) has the wrong kind of value"
        case .valueNotFound(_, let context): "\(path(context)) is null"
        case .dataCorrupted(let context): "\(path(context)) is not valid"
        @unknown default: "the body does not fit its type"
        }
    }
}
