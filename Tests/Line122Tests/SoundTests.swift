import Foundation
import Testing

@testable import Line122

struct SoundTests {
    /// A tone with silence around it, as a voice program would write it.
    static func spoken(
        rate: Int = 16000, hertz: Double = 440, amplitude: Double = 0.05, before: Double = 0.4, seconds: Double = 1,
        after: Double = 0.7, channels: Int = 1
    ) -> WAVFile {
        let samples = (0..<Int(Double(rate) * (before + seconds + after))).map { index in
            let time = Double(index) / Double(rate)
            let isSound = time >= before && time < before + seconds
            return Int16(isSound ? amplitude * 32767 * sin(2 * .pi * hertz * time) : 0)
        }
        return WAVFile(
            rate: rate, channels: channels, samples: samples.flatMap { [Int16](repeating: $0, count: channels) })
    }

    @Test func aFileSurvivesWritingAndReading() throws {
        let file = WAVFile(rate: 8000, samples: [0, 1, -1, .max, .min, 1234])
        #expect(try WAVFile(file.bytes) == file)
        #expect(file.bytes.count == 44 + 12)
    }

    @Test func aFileFromAPipeHasNoSizeAndIsReadToItsEnd() throws {
        var bytes = WAVFile(rate: 22050, samples: [1, 2, 3]).bytes
        bytes.replaceSubrange(40..<44, with: [0xFF, 0xFF, 0xFF, 0x7F])
        #expect(try WAVFile(bytes).samples == [1, 2, 3])
    }

    @Test(arguments: [[], Array("RIFF".utf8), Array("RIFF....WAVEdata".utf8), Array(repeating: 0, count: 100)])
    func whatIsNoSoundIsRefused(bytes: [UInt8]) {
        #expect(throws: WAVFile.Unreadable.self) { try WAVFile(bytes) }
    }

    @Test(arguments: [8000, 11025, 16000, 22050, 24000, 44100, 48000])
    func everyRateBecomesATelephonesWithSilenceOfATenthOfASecond(rate: Int) {
        let file = Sound(Self.spoken(rate: rate)).forTelephone()
        #expect(file.rate == 8000 && file.channels == 1)
        #expect(abs(file.seconds - 1.2) < 0.03)
        #expect(SoundCheck.problems(of: file) == [])
        let quiet = file.samples.prefix(700).allSatisfy { abs($0) < 100 }
        #expect(quiet, "the first 100 ms are silent")
        #expect(file.samples.dropFirst(900).prefix(800).contains { abs($0) > 2000 })
    }

    @Test(arguments: [0.002, 0.05, 0.9])
    func quietAndLoudVoicesBecomeEquallyLoud(amplitude: Double) {
        let sound = Sound(Sound(Self.spoken(amplitude: amplitude)).forTelephone())
        #expect(abs(20 * log10(sound.speechLevel) - Sound.level) < 0.5)
    }

    @Test func silenceThatIsTooShortIsLengthened() {
        let file = Sound(Self.spoken(before: 0.01, after: 0)).forTelephone()
        #expect(abs(file.seconds - 1.2) < 0.03)
    }

    @Test func tonesAboveTheTelephonesBandAreNotFoldedIntoIt() {
        // The middle only: where a tone begins and ends there is every frequency.
        func peak(_ hertz: Double) -> Float {
            let sound = Resampler(from: 22050, to: 8000).apply(to: Sound(Self.spoken(rate: 22050, hertz: hertz)))
            return sound.samples[4800..<9600].map(abs).max() ?? 0
        }
        #expect(abs(peak(1000) - 0.05) < 0.002)
        #expect(peak(6000) < 0.05 / 1000)
    }

    @Test func aToneForTheOperatorIsTwoBeepsWithoutClicks() throws {
        let prompt = try #require(try PromptManifest.bundled().prompts.first { $0.name == "second-line" })
        let file = Sound(try #require(prompt.tone)).forTelephone()
        #expect(abs(file.seconds - 0.72) < 0.03)
        #expect(SoundCheck.problems(of: file) == [])
        let jump = zip(file.samples, file.samples.dropFirst()).map { abs(Int($0) - Int($1)) }.max() ?? 0
        #expect(jump < 2500)
    }

    @Test func aFileThatTheExchangeCannotPlayIsToldSo() {
        #expect(SoundCheck.problems(of: Self.spoken(rate: 44100)).joined().contains("44100"))
        #expect(SoundCheck.problems(of: Self.spoken(rate: 8000, channels: 2)).joined().contains("не моно"))
        #expect(
            SoundCheck.problems(of: WAVFile(rate: 8000, samples: [Int16](repeating: 3, count: 8000))) == ["беззвучен"])
        #expect(SoundCheck.problems(of: Self.spoken(rate: 8000, before: 0, seconds: 0.1, after: 0)) == ["короче 0,2 с"])
        let clipped = WAVFile(rate: 8000, samples: (0..<8000).map { $0 / 10 % 2 == 0 ? .max : .min })
        #expect(SoundCheck.problems(of: clipped).joined().contains("искажён"))
        #expect(SoundCheck.problems(of: URL(fileURLWithPath: "/nonexistent/file.wav")) == nil)
    }
}
