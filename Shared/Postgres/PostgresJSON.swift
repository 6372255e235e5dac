import Foundation

/// A `jsonb` document made from a `Codable` value. Dates are ISO 8601 with milliseconds, in UTC.
public struct PostgresJSON<Value: Codable & Sendable>: PostgresEncodable, PostgresDecodable {
    public var value: Value

    public init(_ value: Value) { self.value = value }

    public static var postgresType: PostgresType { .jsonb }

    public func encode(into buffer: inout PostgresBuffer) {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
        }
        do {
            // jsonb_recv: a version byte, then the text.
            let text = try encoder.encode(self.value)
            buffer.write(UInt8(1))
            buffer.write(bytes: text)
        } catch {
            // The error is not kept: it can quote the value.
            buffer.refuse("a \(Value.self) could not be encoded as JSON")
        }
    }

    public init(from cell: PostgresCell) throws {
        let bytes = try cell.jsonBytes(for: Self.self)
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let container = try decoder.singleValueContainer()
            let text = try container.decode(String.self)
            if let date = try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)) {
                return date
            }
            return try Date(text, strategy: .iso8601)
        }
        do {
            self.value = try decoder.decode(Value.self, from: Data(bytes))
        } catch {
            throw cell.mismatch(Value.self)
        }
    }
}

extension PostgresJSON: Equatable where Value: Equatable {}

/// A `jsonb` document as text that is JSON already.
public struct PostgresJSONText: PostgresEncodable, PostgresDecodable, Equatable {
    public var bytes: [UInt8]

    public init(bytes: [UInt8]) { self.bytes = bytes }

    public static var postgresType: PostgresType { .jsonb }

    public func encode(into buffer: inout PostgresBuffer) {
        buffer.write(UInt8(1))
        buffer.write(bytes: self.bytes)
    }

    public init(from cell: PostgresCell) throws {
        self.bytes = try cell.jsonBytes(for: Self.self)
    }
}
