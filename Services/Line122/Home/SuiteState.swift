import Foundation

/// `run/state.json`: what a running `line122 up` tells other commands. No secrets.
struct SuiteState: Codable, Sendable {
    struct Service: Codable, Sendable {
        let name: String
        /// Where it answers `/health/live` and `/health/ready`.
        let url: String
    }

    let process: ProcessIdentity
    let startedAt: Date
    let deskURL: String
    let standControlURL: String?
    let managementURL: String
    let ports: PortReservation
    let services: [Service]
    /// The names of the stand's exchanges.
    let exchanges: [String]

    func write(to home: SuiteHome) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        try encoder.encode(self).write(to: home.state, options: .atomic)
    }

    /// - Throws: `SuiteError` when nothing runs in the home.
    static func read(from home: SuiteHome) throws -> SuiteState {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        guard let data = FileManager.default.contents(atPath: home.state.path),
            let state = try? decoder.decode(SuiteState.self, from: data), state.process.isAlive
        else { throw SuiteError("В папке \(home.folder.path) Линия122 не запущена: запустите line122 up") }
        return state
    }

    static func remove(from home: SuiteHome) throws {
        guard FileManager.default.fileExists(atPath: home.state.path) else { return }
        try FileManager.default.removeItem(at: home.state)
    }
}
