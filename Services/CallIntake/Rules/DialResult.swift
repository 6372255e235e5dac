import Contracts

/// The outcome of an originate that brought nobody into the line: a function of the last `Dial` status and of the
/// cause of destruction, because neither alone tells (recorded from Asterisk 22).
enum DialResult {
    /// - Parameters:
    ///   - status: the last `Dial.dialstatus`: empty, `PROGRESS`, `RINGING`, `ANSWER`, `BUSY`, `NOANSWER`, `CONGESTION`, …; nil
    ///     when there was no `Dial` at all.
    ///   - cause: nil when the end was not heard.
    static func outcome(status: String?, cause: Int?) -> DialOutcome {
        guard let cause else { return .unknown }
        switch (status ?? "", cause) {
        // The citizen picked up and was dropped before the line had the call: nobody was reached.
        case ("ANSWER", _): return .failed
        case ("BUSY", _), (_, 17): return .busy
        // Unallocated, no route, out of order, number changed, bad format: this number cannot be reached.
        case (_, 1), (_, 2), (_, 3), (_, 22), (_, 27), (_, 28): return .unreachable
        case (_, 21): return .rejected
        case ("CONGESTION", _), ("CHANUNAVAIL", _): return .unreachable
        case (_, 18), (_, 19), (_, 20), ("NOANSWER", _): return .noAnswer
        case (_, 32...47): return .unreachable
        // Given up by the exchange after its time. Many trunks play their own ringing tone and say only `PROGRESS`, or
        // nothing after `PROCEEDING`.
        case ("CANCEL", _), ("RINGING", 0), ("RINGING", 16), ("PROGRESS", 0), ("PROGRESS", 16), ("PROCEEDING", 0),
            ("PROCEEDING", 16):
            return .noAnswer
        default: return .failed
        }
    }
}
