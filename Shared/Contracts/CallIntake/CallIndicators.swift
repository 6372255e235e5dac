public import Foundation
public import Messaging

/// The indicators of a period as far as calls decide them (K-01 to K-05), with every count they are made of.
public struct GetCallIndicators: Request {
    public struct Answer: Codable, Sendable, Equatable {
        /// Calls that came in, short drops and those of the secretary included.
        public var offered: Int
        public var shortDrops: Int
        public var secretary: Int
        public var answered: Int
        public var answeredInNorm: Int
        public var abandoned: Int
        /// Abandoned after no more than the norm, and after more.
        public var abandonedInNorm: Int
        public var callbackRequested: Int
        public var broken: Int
        public var waitedOverLimit: Int
        public var meanQuestioning: Double?
        public var meanConsultation: Double?
        /// K-01, of the accepted calls: answered within the norm / answered.
        public var shareOfAccepted: Double?
        /// K-01, of all offered to operators, short drops excluded.
        public var shareOfOffered: Double?
        /// K-02, abandoned / offered to operators, short drops excluded.
        public var unanswered: Double?
        /// K-02, read as abandoned although the norm had not passed / offered to operators.
        public var unansweredInNorm: Double?

        public init(
            offered: Int, shortDrops: Int, secretary: Int, answered: Int, answeredInNorm: Int, abandoned: Int,
            abandonedInNorm: Int, callbackRequested: Int, broken: Int, waitedOverLimit: Int, meanQuestioning: Double?,
            meanConsultation: Double?
        ) {
            self.offered = offered
            self.shortDrops = shortDrops
            self.secretary = secretary
            self.answered = answered
            self.answeredInNorm = answeredInNorm
            self.abandoned = abandoned
            self.abandonedInNorm = abandonedInNorm
            self.callbackRequested = callbackRequested
            self.broken = broken
            self.waitedOverLimit = waitedOverLimit
            self.meanQuestioning = meanQuestioning
            self.meanConsultation = meanConsultation
            let toOperators = offered - shortDrops - secretary
            func share(_ part: Int, of whole: Int) -> Double? { whole > 0 ? Double(part) / Double(whole) : nil }
            self.shareOfAccepted = share(answeredInNorm, of: answered)
            self.shareOfOffered = share(answeredInNorm, of: toOperators)
            self.unanswered = share(abandoned, of: toOperators)
            self.unansweredInNorm = share(abandonedInNorm, of: toOperators)
        }
    }
    public static let receiver = ServiceName.callIntake
    public static let type = "line.indicators"
    public static let isRead = true

    public var from: Date
    /// Excluded.
    public var to: Date

    public init(from: Date, to: Date) {
        self.from = from
        self.to = to
    }
}
