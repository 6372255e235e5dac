/// The clocks of one call, in seconds.
public struct CallTimes: Codable, Sendable, Equatable {
    /// From the exchange's answer to the operator's, or to the caller's end (T-05).
    public var waiting: Double
    /// How long the telephone of the operator who answered rang (T-06).
    public var ringing: Double
    /// Questioning and consultation, holds included (T-13).
    public var questioning: Double
    public var consultation: Double
    /// How often and how long the caller was on hold (T-08).
    public var holds: Int
    public var held: Double

    public init(
        waiting: Double, ringing: Double, questioning: Double, consultation: Double, holds: Int, held: Double
    ) {
        self.waiting = waiting
        self.ringing = ringing
        self.questioning = questioning
        self.consultation = consultation
        self.holds = holds
        self.held = held
    }
}
