/// Faults a МИС shows in life, as shares of requests.
struct HubFaults: Sendable {
    /// Seconds before every answer.
    var delay = 0.0
    /// The request is carried out, then the connection is closed without an answer.
    var loseAnswerShare = 0.0
    /// 500 before anything is carried out.
    var failShare = 0.0
    /// The request is carried out twice and the second answer is given, as by a proxy that repeats.
    var duplicateShare = 0.0
    /// Somebody else takes the slot just before it is booked.
    var stealShare = 0.0

    var json: JSONValue {
        [
            "delay": .double(self.delay), "loseAnswerShare": .double(self.loseAnswerShare),
            "failShare": .double(self.failShare), "duplicateShare": .double(self.duplicateShare),
            "stealShare": .double(self.stealShare),
        ]
    }

    /// Members that are absent keep their value; nil if one is no share or no time.
    mutating func adopt(_ json: JSONValue) -> Bool {
        func share(_ name: String, _ present: Double, upTo limit: Double = 1) -> Double? {
            guard let value = json[name] else { return present }
            guard let number = value.double, (0...limit).contains(number) else { return nil }
            return number
        }
        guard let delay = share("delay", self.delay, upTo: 600),
            let lose = share("loseAnswerShare", self.loseAnswerShare), let fail = share("failShare", self.failShare),
            let duplicate = share("duplicateShare", self.duplicateShare),
            let steal = share("stealShare", self.stealShare)
        else { return false }
        self.delay = delay
        self.loseAnswerShare = lose
        self.failShare = fail
        self.duplicateShare = duplicate
        self.stealShare = steal
        return true
    }
}
