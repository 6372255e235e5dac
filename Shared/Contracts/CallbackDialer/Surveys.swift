public import Foundation
public import Messaging

/// How far a survey came (C-06).
public enum SurveyState: String, Codable, Sendable, CaseIterable {
    case completed
    /// Some questions were answered.
    case partial
    /// The citizen answered the telephone and no question.
    case refused
    case notReached
}

/// A survey about an appeal is over (C-06).
public struct SurveyFinished: Event {
    public static let source = ServiceName.callbackDialer
    public static let type = "survey.finished"
    public var subject: String { "survey/\(self.callbackID)" }

    public var callbackID: UUID
    public var appealID: UUID
    @OpenWord public var state: SurveyState?
    /// One of the answers is a low mark: the matter goes to the administrator.
    public var isLow: Bool
    public var finishedAt: Date

    public init(callbackID: UUID, appealID: UUID, state: SurveyState, isLow: Bool, finishedAt: Date) {
        self.callbackID = callbackID
        self.appealID = appealID
        self._state = OpenWord(state)
        self.isLow = isLow
        self.finishedAt = finishedAt
    }
}

/// The results of surveys that ended from `from` until `to`, for the reports (C-06); by questionnaire, because answers
/// to different questions are not added up. Refusal: `period-invalid` (empty, or longer than 400 days).
public struct GetSurveyResults: Request {
    public struct Mark: Codable, Sendable, Equatable {
        public var key: String
        public var title: String
        public var count: Int
        public init(key: String, title: String, count: Int) {
            self.key = key
            self.title = title
            self.count = count
        }
    }
    public struct Question: Codable, Sendable, Equatable {
        public var name: String
        public var title: String
        /// Every key that answers it, in the order of the questionnaire.
        public var marks: [Mark]
        /// The mean of the keys that are marks; nil without any.
        public var mean: Double?
        public init(name: String, title: String, marks: [Mark], mean: Double?) {
            self.name = name
            self.title = title
            self.marks = marks
            self.mean = mean
        }
    }
    public struct Results: Codable, Sendable, Equatable {
        public var questionnaire: String
        /// How many surveys ended so.
        public var states: [String: Int]
        public var low: Int
        public var questions: [Question]
        public init(questionnaire: String, states: [String: Int], low: Int, questions: [Question]) {
            self.questionnaire = questionnaire
            self.states = states
            self.low = low
            self.questions = questions
        }
    }
    public typealias Answer = [Results]
    public static let receiver = ServiceName.callbackDialer
    public static let type = "survey.results"
    public static let isRead = true

    public var from: Date
    public var to: Date
    /// Only about this organization, or this operator.
    public var organizationID: String?
    public var operatorID: String?

    public init(from: Date, to: Date, organizationID: String? = nil, operatorID: String? = nil) {
        self.from = from
        self.to = to
        self.organizationID = organizationID
        self.operatorID = operatorID
    }
}
