/// What the exchange says about who calls. Codable as one string: the number, `hidden` or `malformed`.
public enum CallerNumber: Hashable, Sendable {
    case known(PhoneNumber)
    /// The caller withheld it, or the exchange has none.
    case hidden
    /// Something came that is no number; what it was stands in `SignalledCaller.original`.
    case malformed

    /// - Parameter raw: the caller id of the signalling, nil when there is none; see `SignalledCaller`, which keeps it.
    public init(raw: String?) { self = SignalledCaller(raw).number }

    public var number: PhoneNumber? {
        guard case .known(let number) = self else { return nil }
        return number
    }

    /// What the operator reads.
    public var display: String {
        switch self {
        case .known(let number): number.display
        case .hidden: "номер скрыт"
        case .malformed: "номер не распознан"
        }
    }
}

extension CallerNumber: Codable {
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        switch text {
        case "hidden": self = .hidden
        case "malformed": self = .malformed
        default: self = .known(try PhoneNumber(from: decoder))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .known(let number): try container.encode(number)
        case .hidden: try container.encode("hidden")
        case .malformed: try container.encode("malformed")
        }
    }
}
