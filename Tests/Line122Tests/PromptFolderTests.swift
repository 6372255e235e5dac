import ArgumentParser
import Foundation
import Testing

@testable import Line122

struct PromptFolderTests {
    /// A folder of the test's own, and a voice that says the same whatever the text.
    private static func with(_ body: (_ folder: URL, _ voice: String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("prompts-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let said = folder.appendingPathComponent("said.wav")
        try Data(SoundTests.spoken().bytes).write(to: said)
        let result = await Result { try await body(folder.appendingPathComponent("line122"), "cp \(said.path) {file}") }
        try FileManager.default.removeItem(at: folder)
        try result.get()
    }

    private static func prompts(_ folder: URL, _ words: [String]) async throws {
        try await Prompts.parse(["--to", folder.path] + words).run()
    }

    private static let files = ["--only", "wait", "--only", "second-line"]

    @Test func aPromptIsRenderedOnceAndDescribedBesideTheFiles() async throws {
        try await Self.with { folder, voice in
            try await Self.prompts(folder, Self.files + ["--voice", voice])
            let wait = folder.appendingPathComponent("wait.wav")
            let first = try WAVFile(contentsOf: wait)
            #expect(first.rate == 8000 && abs(first.seconds - 1.2) < 0.03)
            let inode = try Self.inode(wait)
            // Without --voice the voice that spoke last goes on.
            try await Self.prompts(folder, Self.files)
            #expect(try Self.inode(wait) == inode)
            let manifest = String(
                decoding: try Data(contentsOf: folder.appendingPathComponent("manifest.json")), as: UTF8.self)
            #expect(manifest.contains(#""name" : "wait""#) && manifest.contains(#""milliseconds" : 12"#))
            try await Self.prompts(folder, Self.files + ["--check"])
        }
    }

    @Test func aChangedTextIsRenderedAgain() async throws {
        try await Self.with { folder, voice in
            try await Self.prompts(folder, Self.files + ["--voice", voice])
            let inode = try Self.inode(folder.appendingPathComponent("wait.wav"))
            let texts = folder.appendingPathComponent("texts.json")
            try Data(#"{"prompts":[{"name":"wait","text":"Ждите, пожалуйста","purpose":"Ожидание."}]}"#.utf8).write(
                to: texts)
            await #expect(throws: (any Error).self) {
                try await Self.prompts(folder, Self.files + ["--texts", texts.path, "--check"])
            }
            try await Self.prompts(folder, Self.files + ["--texts", texts.path])
            #expect(try Self.inode(folder.appendingPathComponent("wait.wav")) != inode)
        }
    }

    @Test func aFileThatARegionReplacedIsKeptUnlessForced() async throws {
        try await Self.with { folder, voice in
            try await Self.prompts(folder, Self.files + ["--voice", voice])
            let wait = folder.appendingPathComponent("wait.wav")
            let own = Data(SoundTests.spoken(rate: 8000, hertz: 300, seconds: 2).bytes)
            try own.write(to: wait)
            try await Self.prompts(folder, Self.files)
            #expect(try Data(contentsOf: wait) == own)
            let manifest = String(
                decoding: try Data(contentsOf: folder.appendingPathComponent("manifest.json")), as: UTF8.self)
            #expect(manifest.contains(#""isReplaced" : true"#))
            try await Self.prompts(folder, Self.files + ["--force"])
            #expect(try Data(contentsOf: wait) != own)
        }
    }

    @Test func aRegionsFilesAreKeptInAFolderThatWeNeverWroteTo() async throws {
        try await Self.with { folder, voice in
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let own = Data(SoundTests.spoken(rate: 44100, channels: 2).bytes)
            let wait = folder.appendingPathComponent("wait.wav")
            try own.write(to: wait)
            try await Self.prompts(folder, Self.files + ["--voice", voice])
            #expect(try Data(contentsOf: wait) == own)
            // And the check says that the exchange cannot play it.
            await #expect(throws: (any Error).self) { try await Self.prompts(folder, Self.files + ["--check"]) }
        }
    }

    @Test func aCrashBetweenTheLockAndTheFileMakesNoRegionsFileOfOurs() async throws {
        try await Self.with { folder, voice in
            try await Self.prompts(folder, Self.files + ["--voice", voice])
            let wait = folder.appendingPathComponent("wait.wav")
            let before = try Data(contentsOf: wait)
            let prompt = Prompt(name: "wait", text: "Другой текст", spoken: nil, tone: nil, purpose: "")
            var state = try PromptFolder(folder)
            let louder = SoundTests.spoken(hertz: 800, seconds: 2)
            let other = folder.appendingPathComponent("other.wav")
            try Data(louder.bytes).write(to: other)
            try await state.render(prompt, by: try CommandVoice("cp \(other.path) {file}"))
            try before.write(to: wait)
            #expect(try PromptFolder(folder).state(prompt) == .outdated)
        }
    }

    @Test func aDamagedLockStopsInsteadOfTakingAllFilesForTheRegions() async throws {
        try await Self.with { folder, voice in
            try await Self.prompts(folder, Self.files + ["--voice", voice])
            try Data("{".utf8).write(to: PromptLock.file(in: folder))
            await #expect(throws: SuiteError.self) { try await Self.prompts(folder, Self.files) }
        }
    }

    private static func inode(_ file: URL) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: file.path)[.systemFileNumber] as? Int
    }
}

extension Result where Failure == any Error {
    /// What an asynchronous body did, kept until the cleaning is done.
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
