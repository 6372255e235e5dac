import Foundation

/// Debian's `festvox-ru`: a recorded human voice, put together from pieces. Chosen as the standard because it sounds
/// human and takes its stresses from a dictionary of 180,000 words.
struct FestivalVoice: Voice {
    var program = "text2wave"
    /// Where the package puts the voice; Festival itself would start without it and speak English.
    var data = "/usr/share/festival/voices/russian/msu_ru_nsh_clunits"

    var name: String { "festival" }

    func requireInstalled() throws {
        guard Voices.program(self.program) != nil, FileManager.default.fileExists(atPath: self.data) else {
            throw SuiteError(
                "Русский голос не установлен: выполните ops/install --prompts или apt-get install festival festvox-ru")
        }
    }

    func say(_ text: String, to file: URL) async throws {
        // The voice knows letters, `+` and the marks -'?!.,; — anything else it would read as English or drop.
        let known = String(text.map { Self.isKnown($0) ? $0 : " " })
        try await Tool.require(
            "Голос festival не произнёс фразу",
            [self.program, "-eval", "(voice_msu_ru_nsh_clunits)", "-o", file.path, "-"],
            environment: Voices.environment, input: known + "\n")
    }

    private static func isKnown(_ character: Character) -> Bool {
        character.isLetter || " -+?!.,;".contains(character)
    }
}
