import ArgumentParser
import Foundation

/// `line122 prompts`: the sounds that callers hear.
struct Prompts: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Озвучить фразы линии для станции (WAV, 8 кГц, 16 бит, моно).",
        discussion: """
            Озвучиваются фразы, которых нет или текст которых изменился. Файл, который заменил регион, остаётся, если \
            не указать --force. Рядом пишутся manifest.json (тексты и длительности) и manifest.lock.json (чтобы \
            отличать свои файлы от заменённых).
            """)

    @OptionGroup var location: HomeOptions
    @Option(help: "Папка для файлов; у Asterisk это звуки/ru/line122. Без неё — prompts в папке с данными.")
    var to: String?
    @Option(help: "Только эта фраза; можно несколько раз.") var only: [String] = []
    @Option(help: "JSON региона со своими фразами: заменяет одноимённые, добавляет новые.") var texts: String?
    @Option(
        help: "Голос: festival, espeak-ng или команда, где {file} — имя файла; без него — прежний, сначала festival.")
    var voice: String?
    @Flag(help: "Только проверить файлы; код завершения 1, если что-нибудь не так.") var check = false
    @Flag(help: "Озвучить заново всё, и то, что заменил регион.") var force = false

    func validate() throws {
        guard !(self.check && self.force) else { throw ValidationError("--check и --force вместе не бывают") }
    }

    func run() async throws {
        var manifest = try PromptManifest.bundled()
        if let texts = self.texts {
            manifest.override(with: try PromptManifest(contentsOf: URL(fileURLWithPath: texts)))
        }
        let chosen = try manifest.chosen(self.only)
        let folder = try PromptFolder(
            self.to.map { URL(fileURLWithPath: $0, isDirectory: true) } ?? self.location.suiteHome.prompts,
            voice: self.voice)
        if self.check {
            try Self.report(chosen, folder, Progress())
        } else {
            try await self.render(chosen, of: manifest, into: folder, Progress())
        }
    }

    private func render(
        _ prompts: [Prompt], of manifest: PromptManifest, into target: PromptFolder, _ progress: Progress
    ) async throws {
        var folder = target
        let states = prompts.map { ($0, folder.state($0)) }
        let kept = states.filter { $0.1 == .replaced && !self.force }.map(\.0)
        let due = states.filter { self.force || $0.1 == .missing || $0.1 == .outdated }.map(\.0)
        if !due.isEmpty {
            let voice = try Voices.named(folder.voice)
            if due.contains(where: { $0.tone == nil }) { try voice.requireInstalled() }
            for prompt in due {
                let sound = try await folder.render(prompt, by: voice)
                progress.say("\(prompt.name): \(Self.seconds(sound.seconds)) с")
            }
        }
        try folder.describe(manifest)
        for prompt in kept {
            progress.say("\(prompt.name): файл региона, остаётся (--force озвучит заново)")
            for problem in SoundCheck.problems(of: folder.file(prompt)) ?? [] {
                progress.say("\(prompt.name): файл \(problem)")
            }
        }
        let untouched = prompts.count - due.count - kept.count
        progress.say(
            "Озвучено: \(due.count), без изменений: \(untouched), файлов региона: \(kept.count). \(folder.folder.path)")
    }

    private static func report(_ prompts: [Prompt], _ folder: PromptFolder, _ progress: Progress) throws {
        var wrong = 0
        for prompt in prompts {
            var problems = SoundCheck.problems(of: folder.file(prompt)) ?? ["не озвучен"]
            if folder.state(prompt) == .outdated { problems.append("устарел: текст или голос изменились") }
            for problem in problems { progress.write("\(prompt.name): файл \(problem)") }
            if !problems.isEmpty { wrong += 1 }
        }
        let replaced = prompts.count { folder.state($0) == .replaced }
        progress.write("Фраз: \(prompts.count), файлов региона: \(replaced), с ошибками: \(wrong)")
        if wrong > 0 { throw ExitCode.failure }
    }

    private static func seconds(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10),\(tenths % 10)"
    }
}
