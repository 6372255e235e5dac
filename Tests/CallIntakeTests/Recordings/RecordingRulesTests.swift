import Configuration
import Foundation
import ServiceSupport
import Testing

@testable import CallIntake

@Suite struct RecordingRulesTests {
    private let now = Date(timeIntervalSince1970: 1_795_230_000)

    private func decide(
        _ cause: RecordingRules.Cause, attempt: Int = 1, failing: TimeInterval? = nil, missing: TimeInterval? = nil
    ) -> RecordingRules.Decision {
        var generator = SystemRandomNumberGenerator()
        return RecordingRules.decide(
            cause, attempt: attempt,
            .init(
                failingSince: failing.map { self.now.addingTimeInterval(-$0) },
                missingSince: missing.map { self.now.addingTimeInterval(-$0) }), now: self.now, using: &generator)
    }

    @Test("T-04 Fetching is given up after a day of the exchange's failures, and never for our own")
    func limits() {
        #expect(self.decide(.exchange, failing: 86_400) == .giveUp)
        #expect(self.decide(.exchange, failing: 86_399) != .giveUp)
        #expect(self.decide(.missing, failing: 600, missing: 600) == .giveUp)
        #expect(self.decide(.missing, failing: 86_300, missing: 599) != .giveUp)
        guard case .again(let seconds, let failures) = self.decide(.own, attempt: 50, failing: 100_000) else {
            Issue.record("given up")
            return
        }
        #expect(failures == .init() && (450...900).contains(seconds))
    }

    @Test("T-04 A missing file is looked for at least every minute")
    func missingPause() {
        guard case .again(let seconds, let failures) = self.decide(.missing, attempt: 30) else {
            Issue.record("given up")
            return
        }
        #expect(seconds <= 60 && failures.missingSince == self.now && failures.failingSince == self.now)
    }

    @Test("T-04 Administrators and supervisors may play all, operators their own calls, others none")
    func grounds() {
        #expect(RecordingRules.ground(role: "administrator", isOwnCall: false) == .role)
        #expect(RecordingRules.ground(role: "supervisor", isOwnCall: false) == .role)
        #expect(RecordingRules.ground(role: "operator", isOwnCall: true) == .ownCall)
        #expect(RecordingRules.ground(role: "operator", isOwnCall: false) == nil)
        #expect(RecordingRules.ground(role: "operator", isOwnCall: false, holdsCard: true) == .ownCard)
        #expect(RecordingRules.ground(role: "operator", isOwnCall: true, holdsCard: true) == .ownCall)
        #expect(RecordingRules.ground(role: "organization", isOwnCall: false, holdsCard: true) == nil)
        #expect(RecordingRules.ground(role: "organization", isOwnCall: true) == nil)
        #expect(RecordingRules.ground(role: "", isOwnCall: true) == nil)
    }

    @Test(
        "T-04 Ranges are read as RFC 9110 says",
        arguments: [
            (nil, .whole), ("", .whole), ("bytes=0-", .part(0..<100)), ("bytes=0-0", .part(0..<1)),
            ("bytes=90-200", .part(90..<100)), ("bytes=-10", .part(90..<100)), ("bytes=-1000", .part(0..<100)),
            ("bytes=100-", .unsatisfiable), ("bytes=100-200", .unsatisfiable), ("bytes=-0", .unsatisfiable),
            ("bytes=5-4", .whole), ("bytes=a-b", .whole), ("bytes=-", .whole), ("bytes=1-2,5-6", .whole),
            ("items=0-1", .whole), ("bytes=+1-2", .whole), ("bytes=99999999999999999999-", .unsatisfiable),
            ("bytes=0-99999999999999999999", .part(0..<100)), ("bytes=٣-", .whole),
        ] as [(String?, ByteRange)])
    func ranges(_ header: String?, _ range: ByteRange) {
        #expect(ByteRange.parse(header, size: 100) == range)
    }

    @Test("T-04 The length comes from the header, and from the file when the recorder was cut off")
    func durations() throws {
        var sound = RecordingScene.wav(seconds: 1.5)
        #expect(try #require(WAVHeader(sound)).duration(fileBytes: sound.count) == 1500)
        // Cut off: the header was never completed, or promises more than there is.
        sound.replaceSubrange(40..<44, with: [0, 0, 0, 0])
        #expect(try #require(WAVHeader(sound)).duration(fileBytes: sound.count) == 1500)
        sound.replaceSubrange(40..<44, with: [255, 255, 255, 255])
        #expect(try #require(WAVHeader(sound)).duration(fileBytes: sound.count) == 1500)
        #expect(try #require(WAVHeader(sound)).duration(fileBytes: 44) == 0)
        // Another chunk before the samples, of odd length.
        sound = RecordingScene.wav(seconds: 1)
        sound.insert(contentsOf: Array("LIST".utf8) + [3, 0, 0, 0, 1, 2, 3, 0], at: 36)
        #expect(try #require(WAVHeader(sound)).duration(fileBytes: sound.count) == 1000)
    }

    @Test("T-04 What is no WAV file has no header", arguments: [0, 3, 11, 12, 20, 43])
    func noHeader(_ count: Int) {
        #expect(WAVHeader(RecordingScene.wav(seconds: 1).prefix(count)) == nil)
        #expect(WAVHeader([UInt8](repeating: 0, count: 5000)) == nil)
        #expect(WAVHeader(Array("RIFF____WAVE".utf8) + [UInt8](repeating: 255, count: 400)) == nil)
    }

    // MARK: Settings

    private func settings(_ change: [String: String]) throws -> RecordingSettings {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("settings-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let values = [
            "RECORDINGS_DIRECTORY": folder.path, "RECORDINGS_KEY": RecordingScene.keys,
            "STATEMENT_PUBLIC_KEYS": RecordingScene.keys,
        ].merging(change) { $1 }
        return try RecordingSettings(
            Settings(ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: values))))
    }

    private func refused(_ change: [String: String]) -> String? {
        do {
            _ = try self.settings(change)
            return nil
        } catch let error as SettingsError {
            return error.description.contains(error.setting) ? error.setting : "no name"
        } catch {
            return "\(error)"
        }
    }

    @Test("T-04 A ceiling below 30 days is refused at start, in a sentence that names the setting")
    func ceiling() throws {
        #expect(self.refused(["RECORDINGS_KEEP_DAYS": "29"]) == "RECORDINGS_KEEP_DAYS")
        #expect(self.refused(["RECORDINGS_KEEP_DAYS": "month"]) == "RECORDINGS_KEEP_DAYS")
        #expect(try self.settings(["RECORDINGS_KEEP_DAYS": "30"]).keepDays == 30)
        #expect(try self.settings([:]).keepDays == nil)
    }

    @Test("T-04 Without a key, a folder or the desk's keys call-intake does not start")
    func missingSettings() {
        #expect(self.refused(["RECORDINGS_KEY": ""]) == "RECORDINGS_KEY")
        #expect(self.refused(["RECORDINGS_KEY": "old AAAA"]) == "RECORDINGS_KEY")
        #expect(self.refused(["RECORDINGS_DIRECTORY": ""]) == "RECORDINGS_DIRECTORY")
        #expect(self.refused(["RECORDINGS_DIRECTORY": "/proc/recordings"]) == "RECORDINGS_DIRECTORY")
        #expect(self.refused(["STATEMENT_PUBLIC_KEYS": ""]) == "STATEMENT_PUBLIC_KEYS")
        #expect(self.refused([:]) == nil)
    }
}
