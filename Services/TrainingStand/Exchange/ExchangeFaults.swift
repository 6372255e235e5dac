/// Faults an exchange shows in life. Shares are of commands or of events.
struct ExchangeFaults: Sendable {
    /// Mean milliseconds before every answer; single delays are drawn exponentially.
    var delay = 0.0
    /// Commands answered with 500 without effect.
    var failShare = 0.0
    /// Events sent twice.
    var duplicateShare = 0.0
    /// Events followed by one of a type nobody knows.
    var unknownShare = 0.0
    /// Events whose caller's name has bytes that are no UTF-8, as a CP1251 name is.
    var brokenNameShare = 0.0
    /// Events whose timestamp lies up to two seconds before the one sent last.
    var backwardsShare = 0.0
    /// New event sockets are refused with 503; those open stay.
    var refusesSockets = false

    var json: JSONValue {
        [
            "delay": .double(self.delay), "failShare": .double(self.failShare),
            "duplicateShare": .double(self.duplicateShare), "unknownShare": .double(self.unknownShare),
            "brokenNameShare": .double(self.brokenNameShare), "backwardsShare": .double(self.backwardsShare),
            "refuseSockets": .bool(self.refusesSockets),
        ]
    }

    /// Something of an event has to be changed.
    var touchesEvents: Bool {
        self.duplicateShare > 0 || self.unknownShare > 0 || self.brokenNameShare > 0 || self.backwardsShare > 0
    }

    /// Members that are absent keep their value; false, and nothing changed, if one is no share or no time.
    mutating func adopt(_ json: JSONValue) -> Bool {
        var faults = self
        func share(_ name: String, _ path: WritableKeyPath<ExchangeFaults, Double>, upTo limit: Double = 1) -> Bool {
            guard let value = json[name] else { return true }
            guard let number = value.double, (0...limit).contains(number) else { return false }
            faults[keyPath: path] = number
            return true
        }
        guard share("delay", \.delay, upTo: 60_000), share("failShare", \.failShare),
            share("duplicateShare", \.duplicateShare), share("unknownShare", \.unknownShare),
            share("brokenNameShare", \.brokenNameShare), share("backwardsShare", \.backwardsShare)
        else { return false }
        if let refuses = json["refuseSockets"] {
            guard let flag = refuses.bool else { return false }
            faults.refusesSockets = flag
        }
        self = faults
        return true
    }
}
