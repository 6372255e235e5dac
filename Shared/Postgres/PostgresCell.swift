/// One column of one row, in binary form, valid only while it is decoded.
public struct PostgresCell {
    /// The OID of the column's type.
    public let typeOID: UInt32
    let columnName: String
    /// `nil` for NULL. Points into the result, which the row keeps alive while it decodes.
    let bytes: UnsafeRawBufferPointer?

    public var isNull: Bool { self.bytes == nil }

    /// The error for a column that does not hold a `Target`. It names the column and the types, not the value.
    public func mismatch<Target>(_ target: Target.Type) -> PostgresError {
        let found = self.isNull ? "NULL" : "type OID \(self.typeOID)"
        return PostgresError(.decoding, "column \(self.columnName) (\(found)) does not hold a \(target)")
    }

    /// The bytes of a column that is not NULL.
    func value<Target>(for target: Target.Type) throws -> UnsafeRawBufferPointer {
        guard let bytes else { throw self.mismatch(target) }
        return bytes
    }

    /// Reads an integer of exactly this width.
    func integer<I: FixedWidthInteger, Target>(_ width: I.Type, for target: Target.Type) throws -> I {
        let bytes = try self.value(for: target)
        guard bytes.count == MemoryLayout<I>.size else { throw self.mismatch(target) }
        return I(bigEndian: bytes.loadUnaligned(as: I.self))
    }

    /// Any of smallint, integer, bigint, oid.
    func anyInteger<Target>(for target: Target.Type) throws -> Int64 {
        switch self.typeOID {
        case PostgresType.int2.oid: Int64(try self.integer(Int16.self, for: target))
        case PostgresType.int4.oid: Int64(try self.integer(Int32.self, for: target))
        case PostgresType.int8.oid: try self.integer(Int64.self, for: target)
        case 26: Int64(try self.integer(UInt32.self, for: target))
        default: throw self.mismatch(target)
        }
    }

    /// The text of a `json` or `jsonb` column.
    func jsonBytes<Target>(for target: Target.Type) throws -> [UInt8] {
        let bytes = try self.value(for: target)
        switch self.typeOID {
        case PostgresType.json.oid: return [UInt8](bytes)
        // jsonb_send: a version byte, 1, before the text.
        case PostgresType.jsonb.oid where bytes.first == 1: return [UInt8](bytes.dropFirst())
        default: throw self.mismatch(target)
        }
    }
}
