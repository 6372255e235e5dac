/// One queue of the line.
struct QueuePlan: Sendable, Equatable {
    /// Latin letters, digits and `-`; stands in rows and settings.
    var name = "main"
    /// What people read.
    var title = "Общая очередь"
    /// Operators need this skill; nil for the first level.
    var skill: String?
    /// Seconds within which a caller is to be answered (T-05).
    var norm = 60.0
    /// Seconds after which a callback is offered (T-05).
    var offerAfter = 120.0
    /// Seconds between announcements of the place; the first comes after a quarter of it. 0 for none.
    var announceEvery = 40.0
    /// Seconds that an operator's telephone rings: three rings of five seconds (T-06).
    var ring = 15
    /// 1 or 2 (T-07). With 2 a caller for whom nobody is free is offered to an operator in conversation.
    var linesPerOperator = 1
    /// Higher is served first; 0…9.
    var priority = 0

    var fault: String? {
        let isName =
            !self.name.isEmpty && self.name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
        if !isName { return "a queue's name must be of Latin letters, digits and -" }
        if !(1...2).contains(self.linesPerOperator) { return "linesPerOperator must be 1 or 2 (App. 2 of order 75-П)" }
        if !(5...60).contains(self.ring) { return "ring must be 5 to 60 seconds" }
        if !(1...120).contains(self.norm) { return "norm must be 1 to 120 seconds" }
        if !(1...120).contains(self.offerAfter) { return "offerAfter must be 1 to 120 seconds" }
        if self.announceEvery != 0, !(10...600).contains(self.announceEvery) {
            return "announceEvery must be 0 or 10 to 600 seconds"
        }
        return (0...9).contains(self.priority) ? nil : "a queue's priority must be 0 to 9"
    }
}

extension QueuePlan: Decodable {
    private enum Key: String, CodingKey {
        case name, title, skill, norm, offerAfter, announceEvery, ring, linesPerOperator, priority
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        self.name = try values.decode(String.self, forKey: .name)
        self.title = try values.decodeIfPresent(String.self, forKey: .title) ?? self.name
        self.skill = try values.decodeIfPresent(String.self, forKey: .skill)
        self.norm = try values.decodeIfPresent(Double.self, forKey: .norm) ?? self.norm
        self.offerAfter = try values.decodeIfPresent(Double.self, forKey: .offerAfter) ?? self.offerAfter
        self.announceEvery = try values.decodeIfPresent(Double.self, forKey: .announceEvery) ?? self.announceEvery
        self.ring = try values.decodeIfPresent(Int.self, forKey: .ring) ?? self.ring
        self.linesPerOperator = try values.decodeIfPresent(Int.self, forKey: .linesPerOperator) ?? self.linesPerOperator
        self.priority = try values.decodeIfPresent(Int.self, forKey: .priority) ?? self.priority
    }
}
