import Contracts
import Foundation

/// The questions of a survey (C-06). A version is asked as it is; other questions are another version.
struct Questionnaire: Sendable, Equatable, Codable {
    struct Question: Sendable, Equatable, Codable {
        /// Names the answer: Latin letters.
        let name: String
        /// What reports show.
        let title: String
        let prompts: [String]
        /// Keys that answer it, and what they mean.
        let keys: [String: String]
        /// The keys are marks whose mean says something.
        var isScale: Bool?
        /// Answers that bring the matter to the administrator.
        var low: Set<String>?
        /// Answers after which nothing more is asked.
        var final: Set<String>?
        /// Asks whether to ask: no answer of the survey.
        var isConsent: Bool?
    }

    let version: String
    let questions: [Question]
    let farewell: [String]

    /// What a region has that names no file.
    static let standard = Questionnaire(
        version: "2026-1",
        questions: [
            Question(
                name: "consent", title: "Согласие ответить", prompts: ["survey-greeting", "survey-consent"],
                keys: ["1": "Да", "2": "Нет"], final: ["2"], isConsent: true),
            Question(
                name: "resolved", title: "Решён ли вопрос", prompts: ["survey-resolved"],
                keys: ["1": "Решён", "2": "Решён частично", "3": "Не решён"], low: ["3"]),
            Question(
                name: "operator", title: "Оценка оператора", prompts: ["survey-operator"],
                keys: Self.marks, isScale: true, low: ["1", "2"]),
            Question(
                name: "organization", title: "Оценка медицинской организации", prompts: ["survey-organization"],
                keys: Self.marks, isScale: true, low: ["1", "2"]),
        ], farewell: ["survey-farewell"])

    private static let marks = ["1": "1", "2": "2", "3": "3", "4": "4", "5": "5"]

    /// What is said and asked.
    var script: VoiceScript {
        VoiceScript(
            questions: self.questions.map { question in
                VoiceScript.Question(
                    question.name, question.prompts,
                    keys: Dictionary(
                        uniqueKeysWithValues: question.keys.keys.map {
                            ($0, question.final?.contains($0) == true ? .end : .onward)
                        }))
            }, farewell: self.farewell)
    }

    /// What contradicts itself, in one sentence.
    var fault: String? {
        if self.version.isEmpty || self.version.count > 40 { return "version must have 1 to 40 characters" }
        if let question = self.questions.first(where: \.keys.isEmpty) { return "question \(question.name) has no keys" }
        return self.script.fault
    }

    /// The answers that are results, those to consent left out.
    func results(_ answers: [VoiceAnswer]) -> [VoiceAnswer] {
        let asked = Set(self.questions.filter { $0.isConsent != true }.map(\.name))
        return answers.filter { asked.contains($0.question) }
    }

    func state(_ answers: [VoiceAnswer]) -> SurveyState {
        let answered = Set(self.results(answers).map(\.question))
        if answered.isEmpty { return .refused }
        // An answer after which nothing more is asked was the last one.
        let isFinal = answers.last.map { last in
            self.questions.contains { $0.name == last.question && $0.final?.contains(last.key) == true }
        }
        if isFinal == true { return .completed }
        return self.questions.allSatisfy { $0.isConsent == true || answered.contains($0.name) } ? .completed : .partial
    }

    func isLow(_ answers: [VoiceAnswer]) -> Bool {
        answers.contains { answer in
            self.questions.contains { $0.name == answer.question && $0.low?.contains(answer.key) == true }
        }
    }
}
