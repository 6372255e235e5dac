import Foundation
import Testing

@testable import Line122

struct VoiceTests {
    @Test func aVoiceThatIsNotInstalledIsToldWithItsPackages() {
        let voice = FestivalVoice(program: "text2wave-of-nobody")
        #expect { try voice.requireInstalled() } throws: {
            "\($0)".contains("festvox-ru") && "\($0)".contains("ops/install --prompts")
        }
        #expect { try FestivalVoice(data: "/nonexistent").requireInstalled() } throws: {
            "\($0)".contains("festvox-ru")
        }
        #expect { try CommandVoice("voice-of-nobody {file}").requireInstalled() } throws: {
            "\($0)".contains("voice-of-nobody")
        }
    }

    @Test func anUnknownVoiceIsToldWhatThereIs() {
        #expect { try Voices.named("anna") } throws: { "\($0)".contains("espeak-ng") }
        #expect { try Voices.named("piper --output out.wav") } throws: { "\($0)".contains("{file}") }
    }

    @Test func eachVoiceGetsTheStressInItsOwnWay() {
        #expect(EspeakVoice.accented("Будьте здор+овы.") == "Будьте здоро\u{301}вы.")
    }

    @Test func aVoiceThatFailsSaysWhy() async {
        await #expect {
            try await CommandVoice("cp /nonexistent.wav {file}").say("Здравствуйте", to: URL(fileURLWithPath: "/tmp/x"))
        } throws: {
            "\($0)".contains("nonexistent")
        }
    }

    @Test func aProgramThatDoesNotReadItsInputDoesNoHarm() async throws {
        for _ in 0..<20 {
            let result = try await Tool.run(["true"], environment: [:], input: "Здравствуйте")
            #expect(result.exit == .code(0))
        }
        let echoed = try await Tool.run(["cat"], environment: [:], input: "Здравствуйте")
        #expect(echoed.output == "Здравствуйте")
    }

    /// Without the voice it fails and says how to install it: left out, nobody would notice that no prompt can be made.
    @Test func theInstalledVoiceSaysTwoPromptsAsTheExchangeWantsThem() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("voice-\(UUID().uuidString)")
        try FestivalVoice().requireInstalled()
        let manifest = try PromptManifest.bundled()
        var prompts = try PromptFolder(folder)
        var lengths: [Double] = []
        for prompt in try manifest.chosen(["menu", "n-1"]) {
            let sound = try await prompts.render(prompt, by: FestivalVoice())
            lengths.append(sound.seconds)
            #expect(SoundCheck.problems(of: prompts.file(prompt)) == [])
            #expect(prompts.state(prompt) == .current)
            #expect(abs(20 * log10(Sound(sound).speechLevel) - Sound.level) < 3)
        }
        try FileManager.default.removeItem(at: folder)
        // «Если нужна скорая помощь, нажмите 3. …» takes several seconds, «первый» less than one and a half.
        #expect((4...12).contains(lengths[0]))
        #expect((0.4...1.5).contains(lengths[1]))
    }
}
