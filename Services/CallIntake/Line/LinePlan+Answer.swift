import Contracts

extension LinePlan {
    /// What people are shown of it.
    var answer: GetLinePlan.Answer {
        GetLinePlan.Answer(
            breaks: self.breaks.map { GetLinePlan.Break(code: $0.code, title: $0.title, limit: $0.limit) },
            queues: self.queues.map { GetLinePlan.Queue(name: $0.name, title: $0.title, topic: $0.skill) },
            holdSeconds: self.hold, afterCallSeconds: self.afterCall, emergencyTitle: self.emergency?.title)
    }
}
