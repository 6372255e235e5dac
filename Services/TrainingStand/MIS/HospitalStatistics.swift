/// What the МИС did, whatever its clients believe.
struct HospitalStatistics: Sendable {
    var requests = 0
    var booked = 0
    var cancelled = 0
    var moved = 0
    var patientsAdded = 0
    /// Refusals by `IdError`.
    var refusals: [String: Int] = [:]
    /// Answers thrown away after the request had been carried out.
    var lostAnswers = 0
    var failures = 0
    var duplicated = 0
    /// Requests to book a slot that the same patient has already.
    var repeated = 0

    func json(active: Int, doubledSlots: Int, doubledVisits: Int) -> JSONValue {
        [
            "requests": .int(self.requests), "booked": .int(self.booked), "cancelled": .int(self.cancelled),
            "moved": .int(self.moved), "active": .int(active), "doubledSlots": .int(doubledSlots),
            "doubledVisits": .int(doubledVisits), "repeated": .int(self.repeated),
            "patientsAdded": .int(self.patientsAdded), "refusals": .counts(self.refusals),
            "lostAnswers": .int(self.lostAnswers), "failures": .int(self.failures),
            "duplicated": .int(self.duplicated),
        ]
    }
}
