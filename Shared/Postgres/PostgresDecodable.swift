/// A value that can be read from a column.
///
/// An enum or wrapper with a decodable raw value needs no code. `Optional` reads NULL as `nil`; every other type
/// refuses NULL. Arrays read one-dimensional array columns, and `[UInt8]` reads `bytea`.
public protocol PostgresDecodable: Sendable {
    /// - Throws: `PostgresError` of kind `.decoding`.
    init(from cell: PostgresCell) throws
    /// Reads a column into an array of these.
    static func decodeArray(from cell: PostgresCell) throws -> [Self]
}

extension PostgresDecodable {
    /// array_send (src/backend/utils/adt/arrayfuncs.c).
    public static func decodeArray(from cell: PostgresCell) throws -> [Self] {
        let bytes = try cell.value(for: [Self].self)
        func integer(at offset: Int) throws -> Int32 {
            guard offset >= 0, offset + 4 <= bytes.count else { throw cell.mismatch([Self].self) }
            return Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self))
        }
        let dimensions = try integer(at: 0)
        let element = UInt32(bitPattern: try integer(at: 8))
        guard dimensions != 0 else { return [] }
        guard dimensions == 1 else { throw cell.mismatch([Self].self) }
        let count = Int(try integer(at: 12))
        // An element takes at least its length.
        guard count >= 0, count <= bytes.count / 4 else { throw cell.mismatch([Self].self) }
        var values: [Self] = []
        values.reserveCapacity(count)
        var offset = 20
        for _ in 0..<count {
            let length = Int(try integer(at: offset))
            offset += 4
            var content: UnsafeRawBufferPointer?
            if length >= 0 {
                guard offset + length <= bytes.count else { throw cell.mismatch([Self].self) }
                content = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length])
                offset += length
            }
            values.append(
                try Self(from: PostgresCell(typeOID: element, columnName: cell.columnName, bytes: content)))
        }
        return values
    }
}

extension PostgresDecodable where Self: RawRepresentable, RawValue: PostgresDecodable {
    public init(from cell: PostgresCell) throws {
        guard let value = Self(rawValue: try RawValue(from: cell)) else { throw cell.mismatch(Self.self) }
        self = value
    }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    public init(from cell: PostgresCell) throws {
        self = cell.isNull ? nil : try Wrapped(from: cell)
    }
}

extension Array: PostgresDecodable where Element: PostgresDecodable {
    public init(from cell: PostgresCell) throws {
        self = try Element.decodeArray(from: cell)
    }
}
