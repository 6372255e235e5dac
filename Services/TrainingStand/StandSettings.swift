import Foundation

/// Where the stand listens and what it simulates. A command-line option wins over its `STAND_*` variable.
struct StandSettings: Sendable {
    var host = "127.0.0.1"
    var ariPort = 8088
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
}
