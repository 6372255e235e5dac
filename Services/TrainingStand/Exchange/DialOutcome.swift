/// What becomes of one originate; each case is one recorded scenario of a real exchange.
enum DialOutcome: String, Sendable, CaseIterable {
    case answered
    case busy
    case busyEarly
    case noAnswer
    /// Nothing listens: no `RINGING`, cause 19 at the timeout.
    case silent
    /// 503.
    case congestion
    /// 404.
    case unallocated
    /// 603.
    case rejected
    /// 480.
    case unavailable
    /// No contact: refused at once with HTTP 500.
    case unregistered

    /// The telephone rings before the end is known.
    var rings: Bool {
        switch self {
        case .answered, .busy, .noAnswer, .rejected, .unavailable: true
        case .busyEarly, .silent, .congestion, .unallocated, .unregistered: false
        }
    }

    /// Ends by the timeout of the originate instead of an answer from the other side.
    var lastsUntilTimeout: Bool { self == .noAnswer || self == .silent }

    /// Final `Dial` status, release cause and SIP status of a failure; nil for `answered` and `unregistered`.
    var failure: (status: String?, cause: Int, technical: Int)? {
        switch self {
        case .answered, .unregistered: nil
        case .busy, .busyEarly: ("BUSY", 17, 486)
        case .noAnswer, .silent: (nil, 19, 480)
        case .congestion: ("CONGESTION", 34, 503)
        case .unallocated: ("NOANSWER", 1, 404)
        case .rejected: ("NOANSWER", 21, 603)
        case .unavailable: ("NOANSWER", 19, 480)
        }
    }
}
