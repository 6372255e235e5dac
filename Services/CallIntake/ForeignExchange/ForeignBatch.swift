import Foundation
import Vocabulary

/// The body of a request: `{"events": […]}` or one event. An event that cannot be read does not spoil the others.
struct ForeignBatch: Decodable, Sendable {
    /// More would keep their calls locked for too long.
    static let maximumEvents = 1000

    struct Entry: Decodable, Sendable {
        /// As it came, when it is text of a fitting length.
        let id: String?
        let content: Result<ForeignEvent, ForeignRefusal>

        init(from decoder: any Decoder) {
            guard let fields = try? ForeignFields(decoder) else {
                self.id = nil
                self.content = .failure(.field("events", "каждое событие — объект"))
                return
            }
            self.id = try? fields.text("id", longest: 64)
            self.content = Result { () throws(ForeignRefusal) in try ForeignEvent(fields) }
        }
    }

    let entries: [Entry]

    private enum Key: String, CodingKey {
        case events
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        self.entries =
            values.contains(.events)
            ? try values.decode([Entry].self, forKey: .events) : [Entry(from: decoder)]
    }
}

extension ForeignEvent {
    /// - Throws: the first rule that is broken. Members that are not known are passed over.
    init(_ fields: ForeignFields) throws(ForeignRefusal) {
        self.id = try fields.text("id", longest: 64)
        self.call = try fields.text("call", longest: 128)
        self.kind = try Self.kind(fields)
        self.at = try fields.moment("at")
        // `null` says that the number is withheld; an event without the member says nothing.
        let caller =
            fields.contains("caller") ? SignalledCaller(try fields.optionalText("caller", longest: 255)) : nil
        self.caller = caller?.number
        self.signalled = caller?.original
        self.line =
            self.kind == .offered
            ? try fields.text("line", longest: 32) : try fields.optionalText("line", longest: 32)
    }

    private static func kind(_ fields: ForeignFields) throws(ForeignRefusal) -> Kind {
        let type = try fields.text("type", longest: 32)
        switch type {
        case "offered": return .offered
        case "queued":
            // The place changes with every caller in front; nobody keeps it.
            _ = try fields.integer("position", in: 0...100_000)
            return .queued(queue: try fields.text("queue", longest: 64))
        case "ringing": return .ringing(operatorID: try fields.text("operator", longest: 64))
        case "answered":
            return .answered(
                operatorID: try fields.text("operator", longest: 64),
                ringSeconds: try fields.number("ringSeconds", in: 0...3600))
        case "held": return .held
        case "resumed": return .resumed
        case "transferred":
            return .transferred(
                title: try fields.text("to", longest: 200),
                operatorID: try fields.optionalText("operator", longest: 64),
                isEmergency: try fields.flag("emergency") ?? false,
                seconds: try fields.number("seconds", in: 0...3600) ?? 0)
        case "ended":
            let name = try fields.text("reason", longest: 32)
            guard let reason = EndReason(rawValue: name) else {
                throw .field("reason", "одно из: \(EndReason.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return .ended(reason, cause: try fields.integer("cause", in: 0...127))
        case "message":
            guard let seconds = try fields.number("duration", in: 0...86_400) else {
                throw .field("duration", "нужно число")
            }
            return .message(
                seconds: Int(seconds.rounded()), recording: try fields.optionalText("recordingURL", longest: 2000))
        default: throw .unknownType(type)
        }
    }
}
