/// Where a key leads. Codable as `queue:NAME`, `menu:NODE`, `emergency`, `secretary`.
enum MenuAction: Sendable, Equatable {
    case queue(String)
    case menu(String)
    case emergency
    case secretary
}

extension MenuAction: Codable {
    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        switch text.split(separator: ":", maxSplits: 1).map(String.init) {
        case let parts where parts.count == 2 && parts[0] == "queue": self = .queue(parts[1])
        case let parts where parts.count == 2 && parts[0] == "menu": self = .menu(parts[1])
        case ["emergency"]: self = .emergency
        case ["secretary"]: self = .secretary
        default:
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\(text) is none of queue:NAME, menu:NODE, emergency, secretary")
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .queue(let name): try container.encode("queue:\(name)")
        case .menu(let node): try container.encode("menu:\(node)")
        case .emergency: try container.encode("emergency")
        case .secretary: try container.encode("secretary")
        }
    }
}
