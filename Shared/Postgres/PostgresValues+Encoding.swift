public import Foundation

extension Bool: PostgresEncodable {
    public static var postgresType: PostgresType { .bool }
    public func encode(into buffer: inout PostgresBuffer) { buffer.write(self ? UInt8(1) : 0) }
}

extension Int16: PostgresEncodable {
    public static var postgresType: PostgresType { .int2 }
    public func encode(into buffer: inout PostgresBuffer) { buffer.write(self) }
}

extension Int32: PostgresEncodable {
    public static var postgresType: PostgresType { .int4 }
    public func encode(into buffer: inout PostgresBuffer) { buffer.write(self) }
}

extension Int64: PostgresEncodable {
    public static var postgresType: PostgresType { .int8 }
    public func encode(into buffer: inout PostgresBuffer) { buffer.write(self) }
}

/// A `bigint`.
extension Int: PostgresEncodable {
    public static var postgresType: PostgresType { .int8 }
    public func encode(into buffer: inout PostgresBuffer) { buffer.write(Int64(self)) }
}

/// A `smallint` on its own; an array of these is a `bytea`.
extension UInt8: PostgresEncodable {
    public static var postgresType: PostgresType { .int2 }
    public static var postgresTypeOfArray: PostgresType { .bytea }
    public func encode(into buffer: inout PostgresBuffer) { buffer.write(Int16(self)) }
    public static func encode(array: [UInt8], into buffer: inout PostgresBuffer) { buffer.write(bytes: array) }
}

extension Double: PostgresEncodable {
    public static var postgresType: PostgresType { .float8 }
    public func encode(into buffer: inout PostgresBuffer) { buffer.write(self.bitPattern) }
}

extension String: PostgresEncodable {
    public static var postgresType: PostgresType { .text }
    public func encode(into buffer: inout PostgresBuffer) { buffer.write(text: self) }
}

extension UUID: PostgresEncodable {
    public static var postgresType: PostgresType { .uuid }
    public func encode(into buffer: inout PostgresBuffer) {
        withUnsafeBytes(of: self.uuid) { buffer.write(bytes: $0) }
    }
}

/// A `bytea`.
extension Data: PostgresEncodable {
    public static var postgresType: PostgresType { .bytea }
    public func encode(into buffer: inout PostgresBuffer) { buffer.write(bytes: self) }
}

/// A `timestamptz` in whole microseconds; what lies outside of PostgreSQL's years becomes ±infinity.
extension Date: PostgresEncodable {
    /// From 2000-01-01 (PostgreSQL's zero) to 2001-01-01 (Foundation's zero), in seconds.
    static let postgresEpochOffset: Double = 31_622_400

    public static var postgresType: PostgresType { .timestamptz }

    public func encode(into buffer: inout PostgresBuffer) {
        let microseconds = ((self.timeIntervalSinceReferenceDate + Date.postgresEpochOffset) * 1_000_000).rounded()
        guard !microseconds.isNaN else { return buffer.refuse("a date that is not a number cannot be bound") }
        // datatype/timestamp.h: MIN_TIMESTAMP and END_TIMESTAMP.
        if microseconds < -211_813_488_000_000_000 {
            buffer.write(Int64.min)
        } else if microseconds >= 9_223_371_331_200_000_000 {
            buffer.write(Int64.max)
        } else {
            buffer.write(Int64(microseconds))
        }
    }
}
