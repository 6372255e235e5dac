public import Messaging

/// How the region runs its line, as far as the desk shows it.
public struct GetLinePlan: Request {
    public struct Break: Codable, Sendable, Equatable {
        public var code: String
        public var title: String
        /// Minutes; a longer break is shown, nothing is enforced.
        public var limit: Int
        public init(code: String, title: String, limit: Int) {
            self.code = code
            self.title = title
            self.limit = limit
        }
    }
    public struct Queue: Codable, Sendable, Equatable {
        public var name: String
        public var title: String
        /// What its operators need to know, and what a transfer to this topic names; nil for the first level.
        public var topic: String?
        public init(name: String, title: String, topic: String?) {
            self.name = name
            self.title = title
            self.topic = topic
        }
    }
    public struct Answer: Codable, Sendable, Equatable {
        public var breaks: [Break]
        public var queues: [Queue]
        /// Seconds of one hold (T-08) and of after-call work, 0 for none (T-14).
        public var holdSeconds: Double
        public var afterCallSeconds: Double
        /// Who answers an emergency; nil when the line leads to nobody.
        public var emergencyTitle: String?
        public init(
            breaks: [Break], queues: [Queue], holdSeconds: Double, afterCallSeconds: Double, emergencyTitle: String?
        ) {
            self.breaks = breaks
            self.queues = queues
            self.holdSeconds = holdSeconds
            self.afterCallSeconds = afterCallSeconds
            self.emergencyTitle = emergencyTitle
        }
    }
    public static let receiver = ServiceName.callIntake
    public static let type = "line.plan"
    public static let isRead = true
    public init() {}
}
