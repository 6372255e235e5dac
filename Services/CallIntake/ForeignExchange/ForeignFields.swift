import Foundation
import Messaging

/// The members of one event as they came, read with a rule each.
struct ForeignFields {
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private let values: KeyedDecodingContainer<Key>

    /// - Throws: when it is no object.
    init(_ decoder: any Decoder) throws {
        self.values = try decoder.container(keyedBy: Key.self)
    }

    /// One to `longest` characters, none of them a control character: PostgreSQL keeps no NUL.
    func text(_ name: String, longest: Int) throws(ForeignRefusal) -> String {
        guard let text = try self.optionalText(name, longest: longest) else {
            throw .field(name, "нужна строка")
        }
        return text
    }

    /// Nil for what is absent or `null`.
    func optionalText(_ name: String, longest: Int) throws(ForeignRefusal) -> String? {
        guard let text: String = try self.value(name, "строка") else { return nil }
        guard !text.isEmpty, text.count <= longest, text.utf8.count <= 4 * longest,
            text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else { throw .field(name, "от 1 до \(longest) знаков без управляющих") }
        return text
    }

    func moment(_ name: String) throws(ForeignRefusal) -> Date {
        let text = try self.text(name, longest: 40)
        guard let date = Timestamp.date(from: text) else {
            throw .field(name, "время по RFC 3339 со смещением, например 2026-11-21T09:17:23.014+03:00")
        }
        return date
    }

    func number(_ name: String, in range: ClosedRange<Double>) throws(ForeignRefusal) -> Double? {
        guard let number: Double = try self.value(name, "число") else { return nil }
        guard range.contains(number) else {
            throw .field(name, "число от \(Int(range.lowerBound)) до \(Int(range.upperBound))")
        }
        return number
    }

    func integer(_ name: String, in range: ClosedRange<Int>) throws(ForeignRefusal) -> Int? {
        guard let number: Int = try self.value(name, "целое число") else { return nil }
        guard range.contains(number) else {
            throw .field(name, "целое число от \(range.lowerBound) до \(range.upperBound)")
        }
        return number
    }

    func flag(_ name: String) throws(ForeignRefusal) -> Bool? { try self.value(name, "true или false") }

    func contains(_ name: String) -> Bool { self.values.contains(Key(stringValue: name)) }

    private func value<Value: Decodable>(_ name: String, _ rule: String) throws(ForeignRefusal) -> Value? {
        do {
            return try self.values.decodeIfPresent(Value.self, forKey: Key(stringValue: name))
        } catch {
            throw .field(name, "нужно \(rule)")
        }
    }
}
