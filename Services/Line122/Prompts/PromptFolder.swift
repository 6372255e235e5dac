import Foundation

/// A folder of prompts at an exchange: `NAME.wav`, `manifest.json` for readers, `manifest.lock.json` for us.
struct PromptFolder {
    /// How a file stands to its prompt.
    enum State: Sendable, Equatable {
        case missing
        /// Written by us from this very text by this voice.
        case current
        /// Written by us, but the text or the voice has changed since.
        case outdated
        /// Not as we wrote it: a region's own recording, which nobody overwrites by mistake.
        case replaced
    }

    /// One line of `manifest.json`.
    struct Installed: Codable, Sendable, Equatable {
        let name: String
        let text: String
        let purpose: String
        let milliseconds: Int
        /// A recording of the region: `text` may not be what it says.
        let isReplaced: Bool
    }

    private struct InstalledManifest: Codable {
        let prompts: [Installed]
    }

    let folder: URL
    let voice: String
    private(set) var lock: PromptLock

    /// - Parameter voice: without it the one that spoke last, at first the standard one.
    init(_ folder: URL, voice: String? = nil) throws {
        self.folder = folder
        self.lock = try PromptLock(folder: folder)
        self.voice = voice ?? self.lock.voice ?? Voices.standard
    }

    func file(_ prompt: Prompt) -> URL { self.folder.appendingPathComponent("\(prompt.name).wav") }

    func state(_ prompt: Prompt) -> State {
        guard let data = FileManager.default.contents(atPath: self.file(prompt).path) else { return .missing }
        let sound = PromptLock.hash(data)
        guard let entry = self.lock.prompts[prompt.name], entry.sounds.contains(sound) else { return .replaced }
        let isCurrent =
            entry.sounds.first == sound && entry.source == PromptLock.source(of: prompt, voice: self.voice)
        return isCurrent ? .current : .outdated
    }

    /// Renders one prompt, whatever is there now.
    /// - Returns: the sound as the exchange will play it.
    /// - Throws: `SuiteError` when the voice failed or what it said cannot be played; the file is as before then.
    @discardableResult
    mutating func render(_ prompt: Prompt, by voice: any Voice) async throws -> WAVFile {
        let sound: Sound
        if let tone = prompt.tone {
            sound = Sound(tone)
        } else {
            sound = try await self.speech(prompt, by: voice)
        }
        let shaped = sound.forTelephone()
        if let problem = SoundCheck.problems(of: shaped).first {
            throw SuiteError("Фраза «\(prompt.name)» не получилась: звук \(problem)")
        }
        let data = Data(shaped.bytes)
        let written = [PromptLock.hash(data)] + (self.lock.prompts[prompt.name]?.sounds.prefix(1) ?? [])
        // First the lock: a file without its entry would count as the region's own after a crash between the two. An
        // entry without its file is harmless.
        self.lock.prompts[prompt.name] = .init(
            source: PromptLock.source(of: prompt, voice: self.voice), sounds: written)
        self.lock.voice = self.voice
        try self.writeLock()
        try self.write(data, to: self.file(prompt))
        return shaped
    }

    /// Writes `manifest.json`: the prompts that are there, with their lengths.
    /// - Throws: `SuiteError`.
    func describe(_ manifest: PromptManifest) throws {
        let prompts = manifest.prompts.compactMap { prompt -> Installed? in
            guard let sound = try? WAVFile(contentsOf: self.file(prompt)) else { return nil }
            return Installed(
                name: prompt.name, text: prompt.text, purpose: prompt.purpose,
                milliseconds: Int((sound.seconds * 1000).rounded()), isReplaced: self.state(prompt) == .replaced)
        }
        try self.write(
            try Self.json(InstalledManifest(prompts: prompts)), to: self.folder.appendingPathComponent("manifest.json"))
    }

    private func speech(_ prompt: Prompt, by voice: any Voice) async throws -> Sound {
        let spoken = FileManager.default.temporaryDirectory.appendingPathComponent("line122-\(UUID().uuidString).wav")
        defer {
            // The voice may have failed before it wrote anything.
            try? FileManager.default.removeItem(at: spoken)
        }
        try await voice.say(prompt.words, to: spoken)
        do {
            return Sound(try WAVFile(contentsOf: spoken))
        } catch {
            throw SuiteError("Голос \(voice.name) не записал фразу «\(prompt.name)»: \(error)")
        }
    }

    private func writeLock() throws { try self.write(try Self.json(self.lock), to: PromptLock.file(in: self.folder)) }

    private static func json(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value) + Data("\n".utf8)
    }

    /// Whole or not at all: the exchange may be playing the file.
    private func write(_ data: Data, to file: URL) throws {
        do {
            try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
            try data.write(to: file, options: .atomic)
            // The exchange runs as a user of its own.
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
        } catch {
            throw SuiteError("Файл \(file.path) не удалось записать: проверьте права и место на диске")
        }
    }
}
