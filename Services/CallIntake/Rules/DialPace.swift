/// Whether one more citizen may be called back without keeping those who wait waiting longer.
///
/// Not asked for broken calls, whose 15 seconds come before everything (C-01).
struct DialPace: Sendable, Equatable {
    /// Seconds until a citizen who is dialled has answered.
    static let ring = 15.0

    /// Operators who take calls, and those of them who are free.
    var onLine: Int
    var free: Int
    /// Callers who wait and stand before the citizen.
    var waitingBefore: Int
    /// Dials whose citizens have not answered yet, of every kind: each will need an operator.
    var underWay: Int
    /// How long an operator has a call, in seconds.
    var meanService: Double
    /// The part of the operators that is kept for those who call in, 0…0.9.
    var share: Double

    var mayDial: Bool {
        guard self.onLine > 0 else { return false }
        let kept = Int(Double(self.onLine) * self.share)
        if self.free - kept > self.waitingBefore + self.underWay { return true }
        // All are busy and nobody has waited longer: whose turn it is need not wait for a pause that never comes. No
        // more at once than operators become free while a telephone rings.
        return self.free == 0 && self.waitingBefore == 0 && self.underWay < self.soonFree
    }

    private var soonFree: Int {
        let rate = Double(self.onLine) / max(self.meanService, 1)
        return max(1, Int(rate * Self.ring * (1 - self.share)))
    }
}
