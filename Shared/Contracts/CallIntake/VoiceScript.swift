/// What a call that speaks by itself says to a citizen, and which keys answer it: questions one after the other.
public struct VoiceScript: Codable, Sendable, Equatable {
    /// Where an answer leads.
    public enum Next: String, Codable, Sendable {
        /// To the question after this one, or to the farewell.
        case onward
        /// To the farewell.
        case end
        /// To an operator, through the queue.
        case toOperator
    }

    public struct Question: Codable, Sendable, Equatable {
        /// Names the answer.
        public var name: String
        /// Names of sound files, said one after the other.
        public var prompts: [String]
        /// Keys of a telephone and where they lead; with none the prompts are said and that is all.
        public var keys: [String: Next]
        /// Seconds that a key is waited for after the last word.
        public var patience: Double
        /// How often the prompts are said again when no key came, or a wrong one.
        public var repeats: Int

        public init(_ name: String, _ prompts: [String], keys: [String: Next], patience: Double = 6, repeats: Int = 1) {
            self.name = name
            self.prompts = prompts
            self.keys = keys
            self.patience = patience
            self.repeats = repeats
        }
    }

    public var questions: [Question]
    /// The last words, also when no key came.
    public var farewell: [String]

    public init(questions: [Question], farewell: [String]) {
        self.questions = questions
        self.farewell = farewell
    }

    /// What cannot be said, in one sentence; nil when all can.
    public var fault: String? {
        if !(1...20).contains(self.questions.count) { return "a script has 1 to 20 questions" }
        if Set(self.questions.map(\.name)).count != self.questions.count { return "a question is named twice" }
        for question in self.questions {
            if !(1...40).contains(question.prompts.count) { return "question \(question.name) needs 1 to 40 prompts" }
            if let key = question.keys.keys.first(where: { !Self.keys.contains($0) }) {
                return "\(key) in question \(question.name) is no key of a telephone"
            }
            if !(1...30).contains(question.patience) { return "patience of \(question.name) must be 1 to 30 seconds" }
            if !(0...3).contains(question.repeats) { return "repeats of \(question.name) must be 0 to 3" }
        }
        let prompts = self.questions.flatMap(\.prompts) + self.farewell
        return prompts.first { !Self.isName($0) }.map { "\($0) is no name of a prompt" }
    }

    private static let keys = Set("0123456789*#".map(String.init))

    /// Latin letters, digits and `-`: it becomes a part of a path at the exchange.
    private static func isName(_ prompt: String) -> Bool {
        (1...64).contains(prompt.count)
            && prompt.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
    }
}
