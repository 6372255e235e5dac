/// A type of the server by the OID of its `pg_type` row and that of its array type (0: it has none here).
public struct PostgresType: Sendable, Hashable {
    public let oid: UInt32
    public let arrayOID: UInt32

    public init(oid: UInt32, arrayOID: UInt32 = 0) {
        self.oid = oid
        self.arrayOID = arrayOID
    }

    // Fixed in src/include/catalog/pg_type.dat.
    public static let bool = PostgresType(oid: 16, arrayOID: 1000)
    public static let bytea = PostgresType(oid: 17, arrayOID: 1001)
    public static let int8 = PostgresType(oid: 20, arrayOID: 1016)
    public static let int2 = PostgresType(oid: 21, arrayOID: 1005)
    public static let int4 = PostgresType(oid: 23, arrayOID: 1007)
    public static let text = PostgresType(oid: 25, arrayOID: 1009)
    public static let json = PostgresType(oid: 114, arrayOID: 199)
    public static let float4 = PostgresType(oid: 700, arrayOID: 1021)
    public static let float8 = PostgresType(oid: 701, arrayOID: 1022)
    public static let date = PostgresType(oid: 1082, arrayOID: 1182)
    public static let timestamp = PostgresType(oid: 1114, arrayOID: 1115)
    public static let timestamptz = PostgresType(oid: 1184, arrayOID: 1185)
    public static let numeric = PostgresType(oid: 1700, arrayOID: 1231)
    public static let uuid = PostgresType(oid: 2950, arrayOID: 2951)
    public static let jsonb = PostgresType(oid: 3802, arrayOID: 3807)

    /// Types whose binary form is their text: text, varchar, bpchar, name, unknown, xml, "char".
    static let textLike: Set<UInt32> = [25, 1043, 1042, 19, 705, 142, 18]
    /// OIDs from here on belong to types that users created; enums and domains over text travel as text.
    static let firstUserOID: UInt32 = 16384
}
