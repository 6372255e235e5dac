/// How dialled telephones behave: operators' telephones and citizens behind the trunk.
struct OutcomePlan: Sendable {
    /// Scripted outcomes of one number or extension, used up in order; the last one stays.
    var scripted: [String: [DialOutcome]] = [:]
    /// Shares of citizens' outcomes; what is missing to 1 is answered.
    var shares: [DialOutcome: Double] = [:]
    /// Seconds of ringing before a citizen answers or refuses.
    var citizenRing = 1.0
    /// Seconds of ringing before an operator's telephone answers.
    var operatorRing = 0.3
    /// Mean seconds a called-back citizen talks before hanging up.
    var citizenTalk = 5.0
    /// What citizens press at calls that speak by themselves: a key after each thing that is said, `-` for none and `h`
    /// to hang up. Each dial draws one of these, unless the number has one of its own; after the last key none is pressed.
    var citizenKeys = ["1155", "1155", "1154", "1145", "1311", "21", "-1155"]
    var keys: [String: String] = [:]
    /// Seconds from the end of what was said to the key.
    var keyDelay = 0.5
    /// Seconds of ringing of single telephones, by number or extension, instead of the two above.
    var rings: [String: Double] = [:]
    /// Seconds of conversation after which the telephone of an extension hangs up by itself.
    var operatorHangUps: [String: Double] = [:]

    func ring(of number: String, isCitizen: Bool) -> Double {
        self.rings[number] ?? (isCitizen ? self.citizenRing : self.operatorRing)
    }

    /// The next dial to this number will find no registered telephone.
    func isUnregistered(_ number: String) -> Bool { self.scripted[number]?.first == .unregistered }

    func keys(of number: String, chance: inout Chance) -> String {
        self.keys[number] ?? self.citizenKeys.randomElement(using: &chance) ?? ""
    }

    mutating func outcome(of number: String, isCitizen: Bool, chance: inout Chance) -> DialOutcome {
        if var outcomes = self.scripted[number], let first = outcomes.first {
            if outcomes.count > 1 {
                outcomes.removeFirst()
                self.scripted[number] = outcomes
            }
            return first
        }
        guard isCitizen else { return .answered }
        var drawn = chance.fraction()
        for outcome in DialOutcome.allCases {
            guard let share = self.shares[outcome] else { continue }
            if drawn < share { return outcome }
            drawn -= share
        }
        return .answered
    }
}
