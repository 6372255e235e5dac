import Foundation
import Testing

@testable import Line122

struct PromptManifestTests {
    @Test func everyNameThatTheLineNeedsHasAPrompt() throws {
        let names = Set(try PromptManifest.bundled().prompts.map(\.name))
        #expect(Set(PromptManifest.required).subtracting(names) == [])
        #expect(names.count == 252)
    }

    @Test func whatIsSaidHasNoDigitsAndOnlyMarksThatTheVoiceKnows() throws {
        let known = CharacterSet(charactersIn: "абвгдеёжзийклмнопрстуфхцчшщъыьэюяАБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЭЮЯ -+?!.,")
        for prompt in try PromptManifest.bundled().prompts where prompt.tone == nil {
            let unknown = prompt.words.unicodeScalars.filter { !known.contains($0) }
            #expect(unknown.isEmpty, "\(prompt.name)")
            #expect(!prompt.purpose.isEmpty && !prompt.text.contains("+"), "\(prompt.name)")
        }
    }

    @Test("G-604 No text of ours says hours: those of the setting are put together from sounds")
    func noHoursInATextOfOurs() throws {
        for prompt in try PromptManifest.bundled().prompts {
            #expect(!prompt.text.contains("с 9") && !prompt.text.contains("до 18"), "\(prompt.name)")
        }
        let names = Set(try PromptManifest.bundled().prompts.map(\.name))
        #expect(names.contains("office-days"))
        for hour in 0...23 { #expect(names.contains("from-\(hour)") && names.contains("till-\(hour + 1)"), "\(hour)") }
    }

    @Test("T-05 the offer at two minutes says what each choice does")
    func offer() throws {
        let offer = try #require(try PromptManifest.bundled().prompts.first { $0.name == "offer" })
        #expect(offer.text.contains("сохранив ваше место в очереди, нажмите 1"))
        #expect(offer.text.contains("оставайтесь на линии"))
    }

    @Test func everyGreetingTellsOfTheRecordingAndOfTheAmbulance() throws {
        let prompts = try PromptManifest.bundled().prompts
        for name in ["greeting", "secretary-greeting", "callback-greeting"] {
            #expect(prompts.first { $0.name == name }?.text.contains("записыва") == true, "\(name)")
        }
        for name in ["greeting", "menu", "fallback", "fallback-wait"] {
            #expect(prompts.first { $0.name == name }?.text.contains("скорая помощь, нажмите 3") == true, "\(name)")
        }
    }

    @Test func aRegionsTextReplacesOursAndOthersStay() throws {
        var manifest = try PromptManifest.bundled()
        let region = try JSONDecoder().decode(
            PromptManifest.self,
            from: Data(
                #"{"prompts":[{"name":"closing","text":"Всего доброго!","purpose":"Конец."},{"name":"news","text":"Новость","purpose":"Своя."}]}"#
                    .utf8))
        manifest.override(with: region)
        #expect(manifest.prompts.count == 253)
        #expect(try manifest.chosen(["closing"]).first?.words == "Всего доброго!")
        #expect(throws: SuiteError.self) { try manifest.chosen(["nothing"]) }
    }

    @Test(arguments: [
        (#"{"name":"../x","text":"А","purpose":""}"#, "имя"),
        (#"{"name":"a","text":"Нажмите 3","purpose":""}"#, "словами"),
        (#"{"name":"a","text":"…","purpose":""}"#, "нечего"),
        (#"{"name":"a","text":"С","purpose":"","tone":[]}"#, "сигнал"),
        (#"{"name":"a","text":"А","purpose":""},{"name":"a","text":"Б","purpose":""}"#, "дважды"),
    ])
    func aManifestThatBreaksARuleIsRefused(prompts: String, word: String) throws {
        let manifest = try JSONDecoder().decode(PromptManifest.self, from: Data(#"{"prompts":[\#(prompts)]}"#.utf8))
        #expect(manifest.problem?.contains(word) == true)
    }
}
