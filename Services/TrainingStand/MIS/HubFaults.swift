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
    /// A patient who is told to be added is added, also when the register has them already: nobody looks before.
    var addsTwice = 0.0
    /// A visit of a list of slots or of a history has no date: N3's `0001-01-01T00:00:00`.
    var noDateShare = 0.0
    /// A name holds a control character, written as XML forbids: `&#x1F;`.
    var controlShare = 0.0
    /// 200 with a text that is no answer.
    var babbleShare = 0.0

    var json: JSONValue {
        [
            "delay": .double(self.delay), "loseAnswerShare": .double(self.loseAnswerShare),
            "failShare": .double(self.failShare), "duplicateShare": .double(self.duplicateShare),
            "stealShare": .double(self.stealShare), "addsTwice": .double(self.addsTwice),
            "noDateShare": .double(self.noDateShare), "controlShare": .double(self.controlShare),
            "babbleShare": .double(self.babbleShare),
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
            let steal = share("stealShare", self.stealShare), let twice = share("addsTwice", self.addsTwice),
            let noDate = share("noDateShare", self.noDateShare), let control = share("controlShare", self.controlShare),
            let babble = share("babbleShare", self.babbleShare)
        else { return false }
        self.delay = delay
        self.loseAnswerShare = lose
        self.failShare = fail
        self.duplicateShare = duplicate
        self.stealShare = steal
        self.addsTwice = twice
        self.noDateShare = noDate
        self.controlShare = control
        self.babbleShare = babble
        return true
    }
}
