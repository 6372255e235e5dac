import Foundation

/// `espeak-ng`: small and plainly a machine; for a computer where 180 MB of a recorded voice are too many.
struct EspeakVoice: Voice {
    /// Words a minute; the program's own 175 is too fast for a telephone.
    static let speed = 140

    var name: String { "espeak-ng" }

    func requireInstalled() throws {
        guard Voices.program("espeak-ng") != nil else {
            throw SuiteError("Голос espeak-ng не установлен: выполните apt-get install espeak-ng")
        }
    }

    func say(_ text: String, to file: URL) async throws {
        try await Tool.require(
            "Голос espeak-ng не произнёс фразу",
            ["espeak-ng", "-v", "ru", "-s", "\(Self.speed)", "-b", "1", "-w", file.path, "--stdin"],
            environment: Voices.environment, input: Self.accented(text) + "\n")
    }

    /// This program wants the accent after the stressed vowel, not a plus before it.
    static func accented(_ text: String) -> String {
        text.replacing(/\+(.)/) { "\($0.output.1)\u{301}" }
    }
}
