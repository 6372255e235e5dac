/// A value that can be bound to a parameter.
///
/// An enum or wrapper with a bindable raw value needs no code: `extension CallID: PostgresEncodable {}`.
/// Arrays of bindable values are bindable, with NULL for `nil`; arrays of arrays are refused when the query runs.
/// A `[UInt8]` is a `bytea`, not an array.
public protocol PostgresEncodable: Sendable {
    /// The type that the parameter is declared with.
    static var postgresType: PostgresType { get }
    var isPostgresNull: Bool { get }
    /// Appends the binary form. Not called for NULL.
    func encode(into buffer: inout PostgresBuffer)
    /// The type of an array of these.
    static var postgresTypeOfArray: PostgresType { get }
    /// Appends the binary form of an array of these.
    static func encode(array: [Self], into buffer: inout PostgresBuffer)
}

extension PostgresEncodable {
    public var isPostgresNull: Bool { false }

    public static var postgresTypeOfArray: PostgresType { PostgresType(oid: self.postgresType.arrayOID) }

    /// array_recv (src/backend/utils/adt/arrayfuncs.c): dimensions, has-nulls flag, element type, then for each
    /// dimension its length and lower bound, then the elements after their lengths.
    public static func encode(array: [Self], into buffer: inout PostgresBuffer) {
        guard self.postgresType.arrayOID != 0 else {
            return buffer.refuse("arrays of \(self) cannot be bound")
        }
        buffer.write(Int32(array.isEmpty ? 0 : 1))
        // The server counts NULLs itself; the flag must only be 0 or 1.
        buffer.write(Int32(0))
        buffer.write(self.postgresType.oid)
        guard !array.isEmpty else { return }
        buffer.write(Int32(clamping: array.count))
        buffer.write(Int32(1))
        for element in array { buffer.writeLengthPrefixed(element) }
    }
}

extension PostgresEncodable where Self: RawRepresentable, RawValue: PostgresEncodable {
    public static var postgresType: PostgresType { RawValue.postgresType }
    public func encode(into buffer: inout PostgresBuffer) { self.rawValue.encode(into: &buffer) }
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
    public static var postgresType: PostgresType { Wrapped.postgresType }
    public var isPostgresNull: Bool { self?.isPostgresNull ?? true }
    public func encode(into buffer: inout PostgresBuffer) { self?.encode(into: &buffer) }
}

extension Array: PostgresEncodable where Element: PostgresEncodable {
    public static var postgresType: PostgresType { Element.postgresTypeOfArray }
    public func encode(into buffer: inout PostgresBuffer) { Element.encode(array: self, into: &buffer) }
}
