import Foundation

/// The prompts of the line: `prompts.json`, and what a region says in its own words.
struct PromptManifest: Codable, Sendable {
    var prompts: [Prompt]

    /// Every name that a service or the dialplan of the example plays.
    static let required: [String] =
        [
            "greeting", "menu", "emergency", "wait", "position", "n-more", "expected", "minutes-more", "offer",
            "offer-accepted", "offer-refused", "hold", "transfer", "transfer-failed", "secretary-greeting",
            "office-days",
            "secretary-done", "secretary-short", "secretary-full", "callback-greeting", "closing", "second-line",
            "beep", "unavailable", "no-operator", "fallback", "fallback-wait", "fallback-message", "fallback-done",
            "goodbye", "outcome", "outcome-keys", "reminder", "reminder-keys", "operator-key", "slot-offer",
            "slot-offer-keys", "survey-greeting", "survey-consent", "survey-resolved", "survey-operator",
            "survey-organization", "survey-farewell",
        ] + (1...20).map { "n-\($0)" } + (1...15).map { "minutes-\($0)" } + (1...31).map { "day-\($0)" }
        + (1...12).map { "month-\($0)" } + (0...23).map { "hour-\($0)" } + (1...59).map { "minute-\($0)" }
        + (0...23).map { "from-\($0)" } + (1...24).map { "till-\($0)" }

    /// The manifest that this program ships with.
    static func bundled() throws -> PromptManifest {
        try PromptManifest(contentsOf: Bundle.module.bundleURL.appendingPathComponent("prompts.json"))
    }

    /// - Throws: `SuiteError` when the file cannot be read or breaks a rule (see `problem`).
    init(contentsOf file: URL) throws {
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: file))
        } catch {
            throw SuiteError("Файл фраз \(file.path) не прочитать: нужен JSON {\"prompts\":[{name,text,purpose},…]}")
        }
        if let problem = self.problem { throw SuiteError("Файл фраз \(file.path): \(problem)") }
    }

    /// Replaces prompts by those of the same name in a region's own manifest; names of its own are added.
    mutating func override(with region: PromptManifest) {
        for prompt in region.prompts {
            if let index = self.prompts.firstIndex(where: { $0.name == prompt.name }) {
                self.prompts[index] = prompt
            } else {
                self.prompts.append(prompt)
            }
        }
    }

    /// The prompts with these names, all of them when none is given.
    /// - Throws: `SuiteError` that tells the first unknown name.
    func chosen(_ names: [String]) throws -> [Prompt] {
        if names.isEmpty { return self.prompts }
        return try names.map { name in
            guard let prompt = self.prompts.first(where: { $0.name == name }) else {
                throw SuiteError("Нет фразы «\(name)»; есть: \(self.prompts.map(\.name).joined(separator: ", "))")
            }
            return prompt
        }
    }

    /// What is wrong with a manifest, in words for who wrote it.
    var problem: String? {
        var seen: Set<String> = []
        for prompt in self.prompts {
            guard prompt.name.wholeMatch(of: /[a-z0-9]+(-[a-z0-9]+)*/) != nil else {
                return "имя «\(prompt.name)» — только строчные латинские буквы, цифры и дефис"
            }
            guard seen.insert(prompt.name).inserted else { return "имя «\(prompt.name)» встречается дважды" }
            if let tone = prompt.tone {
                guard !tone.isEmpty,
                    tone.allSatisfy({ (0...3400).contains($0.hertz) && (1...5000).contains($0.milliseconds) })
                else { return "«\(prompt.name)»: сигнал — до 3400 Гц, от 1 до 5000 мс" }
            } else if prompt.words.contains(where: \.isNumber) {
                return "«\(prompt.name)»: в spoken числа пишутся словами"
            } else if !prompt.words.contains(where: \.isLetter) {
                return "«\(prompt.name)»: нечего произносить"
            }
        }
        return nil
    }
}
