import Foundation

/// Something that says Russian text.
protocol Voice: Sendable {
    /// What the lock file remembers: another voice means another sound.
    var name: String { get }

    /// - Throws: `SuiteError` that names the packages to install.
    func requireInstalled() throws

    /// Writes a WAV file of any rate (16 bits) that says `text`.
    /// - Parameter text: with `+` before the stressed vowel where the manifest has it.
    /// - Throws: `SuiteError` with what the program wrote about its failure.
    func say(_ text: String, to file: URL) async throws
}

/// The voices that `--voice` names.
enum Voices {
    static let standard = "festival"

    /// - Parameter name: `festival`, `espeak-ng`, or a command of the region's own with `{file}` in it.
    static func named(_ name: String) throws -> any Voice {
        switch name {
        case "festival": FestivalVoice()
        case "espeak-ng": EspeakVoice()
        default: try CommandVoice(name)
        }
    }

    /// What voice programs get: no secrets of ours, and UTF-8.
    static var environment: [String: String] {
        let own = ProcessInfo.processInfo.environment
        return ["PATH": own["PATH"] ?? "/usr/bin:/bin", "HOME": own["HOME"] ?? "/", "LANG": "C.UTF-8"]
    }

    static func program(_ name: String) -> String? {
        let path = Self.environment["PATH"] ?? ""
        return path.split(separator: ":").map { "\($0)/\(name)" }.first(where: FileManager.default.isExecutableFile)
    }
}
