import Contracts
import Foundation
import Messaging

extension LineInput {
    /// Bytes of an order's JSON: more than any order of ours has without its voice script.
    private static let usualSize = 2000
    /// Seconds since 1970 within which every moment of an order lies.
    private static let usualTimes = 0.0...8_000_000_000

    /// Whether the database may refuse a value of this order: a control character, a text of unusual length, a moment of another
    /// age. Only such an order is worth a copy of the line, to be taken back with; the requests have refused nearly all.
    var isOdd: Bool {
        switch self {
        case .setOperator(let order): Self.isOdd(order)
        case .control(let order): Self.isOdd(order)
        case .supervise(let order): Self.isOdd(order)
        case .callCitizen(let order): Self.isOdd(order)
        case .dial(var order):
            [order.placeAt, order.waitsForOperatorUntil].contains {
                $0.map { !Self.usualTimes.contains($0.timeIntervalSince1970) } ?? false
            }
                || {
                    // As long as its questions are, and in no index.
                    let script = order.script
                    order.script = nil
                    return Self.isOdd(order) || script.map(Self.holdsControlCharacters) ?? false
                }()
        default: false
        }
    }

    private static func isOdd(_ order: some Encodable) -> Bool {
        guard let json = try? MessageCoding.encoder.encode(order) else { return true }
        return json.count > self.usualSize || ControlCharacters.field(in: json) != nil
    }

    private static func holdsControlCharacters(_ value: some Encodable) -> Bool {
        guard let json = try? MessageCoding.encoder.encode(value) else { return true }
        return ControlCharacters.field(in: json) != nil
    }
}
