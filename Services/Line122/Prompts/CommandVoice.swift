import Foundation

/// A speech program of the region's own: `--voice "RHVoice-test -p anna -o {file}"`. It reads the text from standard
/// input and writes the WAV file that `{file}` names.
struct CommandVoice: Voice {
    let name: String
    private let words: [String]

    init(_ command: String) throws {
        self.name = command
        self.words = command.split(separator: " ").map(String.init)
        guard self.words.contains(where: { $0.contains("{file}") }), self.words.count > 1 else {
            throw SuiteError(
                "Голос «\(command)» неизвестен: есть festival, espeak-ng или команда, в которой {file} — имя файла WAV")
        }
    }

    func requireInstalled() throws {
        let program = self.words[0]
        guard
            program.contains("/")
                ? FileManager.default.isExecutableFile(atPath: program) : Voices.program(program) != nil
        else { throw SuiteError("Программа голоса «\(program)» не найдена: установите её или выберите другой --voice") }
    }

    func say(_ text: String, to file: URL) async throws {
        // Most programs would read a plus aloud; those that are worth installing stress better than we mark.
        try await Tool.require(
            "Голос «\(self.words[0])» не произнёс фразу",
            self.words.map { $0.replacing("{file}", with: file.path) },
            environment: Voices.environment, input: text.replacing("+", with: "") + "\n")
    }
}
