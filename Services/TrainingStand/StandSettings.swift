import Foundation

/// Where the stand listens and what it simulates. A command-line option wins over its `STAND_*` variable.
struct StandSettings: Sendable {
    var host = "127.0.0.1"
    /// Port of the first exchange.
    var ariPort = 8088
    /// Ports of the further exchanges, one each.
    var furtherARIPorts: [Int] = []
    var misPort = 8090
    var controlPort = 8091
    var ariUsername = "line122"
    var ariPassword = "training"
    var misToken = "00000000-0000-0000-0000-000000000001"
    var systemName = "pbx122"
    /// Seconds east of UTC of both machines' clocks.
    var utcOffset = 3 * 3600
    var seed: UInt64 = 122
    /// Folder with recorded traces.
    var traces: URL?
    var hospital = HospitalSize()

    /// Most exchanges of one stand: `pbx122`, `pbx122b` … `pbx122z`.
    static let mostExchanges = 26

    /// The exchanges' ports with their system names: the first bears the plain one, the others a letter from b.
    var exchanges: [(port: Int, systemName: String)] {
        ([self.ariPort] + self.furtherARIPorts).enumerated().map { index, port in
            let letter = index == 0 ? "" : String(UnicodeScalar(UInt8(ascii: "a") + UInt8(index)))
            return (port, self.systemName + letter)
        }
    }
}
