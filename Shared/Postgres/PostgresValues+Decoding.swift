public import Foundation

extension Bool: PostgresDecodable {
    public init(from cell: PostgresCell) throws {
        guard cell.typeOID == PostgresType.bool.oid else { throw cell.mismatch(Bool.self) }
        self = try cell.integer(UInt8.self, for: Bool.self) != 0
    }
}

extension PostgresDecodable where Self: FixedWidthInteger {
    /// Reads any integer column whose value fits.
    public init(from cell: PostgresCell) throws {
        guard let value = Self(exactly: try cell.anyInteger(for: Self.self)) else { throw cell.mismatch(Self.self) }
        self = value
    }
}

extension Int16: PostgresDecodable {}
extension Int32: PostgresDecodable {}
extension Int64: PostgresDecodable {}
extension Int: PostgresDecodable {}

extension UInt8: PostgresDecodable {
    public static func decodeArray(from cell: PostgresCell) throws -> [UInt8] {
        guard cell.typeOID == PostgresType.bytea.oid else { throw cell.mismatch([UInt8].self) }
        return [UInt8](try cell.value(for: [UInt8].self))
    }
}

extension Double: PostgresDecodable {
    public init(from cell: PostgresCell) throws {
        switch cell.typeOID {
        case PostgresType.float8.oid: self = Double(bitPattern: try cell.integer(UInt64.self, for: Double.self))
        case PostgresType.float4.oid:
            self = Double(Float(bitPattern: try cell.integer(UInt32.self, for: Double.self)))
        default: throw cell.mismatch(Double.self)
        }
    }
}

/// Reads text of any kind, enums and domains over text, `json`, `jsonb`, `uuid` (lower case), `date` (`2026-03-09`)
/// and `numeric` (as the server prints it).
extension String: PostgresDecodable {
    public init(from cell: PostgresCell) throws {
        let bytes = try cell.value(for: String.self)
        switch cell.typeOID {
        case PostgresType.json.oid, PostgresType.jsonb.oid:
            self = String(decoding: try cell.jsonBytes(for: String.self), as: UTF8.self)
        case PostgresType.uuid.oid: self = try UUID(from: cell).uuidString.lowercased()
        case PostgresType.date.oid: self = try PostgresCalendarDay(from: cell).description
        case PostgresType.numeric.oid: self = try PostgresNumeric(from: cell).description
        case let oid where PostgresType.textLike.contains(oid) || oid >= PostgresType.firstUserOID:
            guard let text = String(validating: bytes, as: UTF8.self) else { throw cell.mismatch(String.self) }
            self = text
        default: throw cell.mismatch(String.self)
        }
    }
}

extension UUID: PostgresDecodable {
    public init(from cell: PostgresCell) throws {
        let bytes = try cell.value(for: UUID.self)
        guard cell.typeOID == PostgresType.uuid.oid, bytes.count == 16 else { throw cell.mismatch(UUID.self) }
        self.init(uuid: bytes.loadUnaligned(as: uuid_t.self))
    }
}

extension Data: PostgresDecodable {
    public init(from cell: PostgresCell) throws {
        guard cell.typeOID == PostgresType.bytea.oid else { throw cell.mismatch(Data.self) }
        self = Data(try cell.value(for: Data.self))
    }
}

/// Reads `timestamptz`, `timestamp` (taken as UTC) and `date` (its midnight in UTC).
extension Date: PostgresDecodable {
    public init(from cell: PostgresCell) throws {
        switch cell.typeOID {
        case PostgresType.timestamptz.oid, PostgresType.timestamp.oid:
            let microseconds = try cell.integer(Int64.self, for: Date.self)
            switch microseconds {
            case .max: self = .distantFuture
            case .min: self = .distantPast
            default:
                self.init(timeIntervalSinceReferenceDate: Double(microseconds) / 1_000_000 - Date.postgresEpochOffset)
            }
        case PostgresType.date.oid:
            let days = try cell.integer(Int32.self, for: Date.self)
            switch days {
            case .max: self = .distantFuture
            case .min: self = .distantPast
            default: self.init(timeIntervalSinceReferenceDate: Double(days) * 86_400 - Date.postgresEpochOffset)
            }
        default: throw cell.mismatch(Date.self)
        }
    }
}
