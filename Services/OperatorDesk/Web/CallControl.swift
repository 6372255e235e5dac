import Contracts
import Foundation
import Vocabulary

/// What the page orders for a call, as plain JSON: `{"action": "hold"}`, `{"action": "phase", "phase":
/// "consultation"}`, `{"action": "tones", "digits": "12#"}`, `{"action": "transfer", "kind": "consult", "to":
/// {"operator": "…"} | {"topic": "…"} | {"number": "…"}, "title": "…"}`. The other actions have no members: hangUp,
/// resume, take, completeTransfer, cancelTransfer, conference, emergency.
struct CallControl: Decodable, Sendable, Equatable {
    let action: ControlCall.Action

    /// Characters of what is said aloud, at most.
    private static let titleLimit = 300

    private enum Key: String, CodingKey {
        case action, phase, digits, kind, to, title
    }

    private enum Target: String, CodingKey {
        case `operator`, topic, number
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        let name = try values.decode(String.self, forKey: .action)
        switch name {
        case "hangUp": self.action = .hangUp
        case "hold": self.action = .hold
        case "resume": self.action = .resume
        case "take": self.action = .take
        case "completeTransfer": self.action = .completeTransfer
        case "cancelTransfer": self.action = .cancelTransfer
        case "conference": self.action = .conference
        case "emergency": self.action = .emergency
        case "phase": self.action = .phase(try values.decode(CallPhase.self, forKey: .phase))
        case "tones": self.action = .tones(try values.decode(String.self, forKey: .digits))
        case "transfer":
            let title = TypedText.visible(try values.decode(String.self, forKey: .title))
                .trimmingCharacters(in: .whitespacesAndNewlines)
            guard !TypedText.isWordless(title), title.count <= Self.titleLimit else {
                throw DecodingError.dataCorruptedError(
                    forKey: .title, in: values, debugDescription: "a title has 1 to \(Self.titleLimit) characters")
            }
            self.action = .transfer(
                TransferOrder(
                    kind: try values.decode(TransferOrder.Kind.self, forKey: .kind),
                    target: try Self.target(try values.nestedContainer(keyedBy: Target.self, forKey: .to)),
                    title: title))
        default:
            throw DecodingError.dataCorruptedError(
                forKey: .action, in: values, debugDescription: "no such action")
        }
    }

    private static func target(_ values: KeyedDecodingContainer<Target>) throws -> TransferOrder.Target {
        guard values.allKeys.count == 1, let key = values.allKeys.first else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: values.codingPath, debugDescription: "one receiver is named"))
        }
        let text = try values.decode(String.self, forKey: key)
        return switch key {
        case .operator: .operator(text)
        case .topic: .topic(text)
        case .number: .number(text)
        }
    }
}
