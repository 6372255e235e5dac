import Messaging

/// How fast a lane asks for dials: at full speed as long as somebody can be dialled, else by a few probes at a time with
/// rests between them. So an outage of the exchange costs a handful of requests a second however much is due, and the first probe
/// that is taken ends it. A value, no clock of its own.
struct LanePace: Sendable, Equatable {
    /// What is asked for next.
    enum Round: Sendable, Equatable {
        /// Those who have waited longest, so many at once.
        case full(Int)
        /// Who has waited longest, and whoever was asked about longest ago: behind callbacks of an exchange that is away
        /// stand those of another one.
        case probe
    }

    private let lane: DialLane
    /// Rounds in a row in which nobody at all could be dialled.
    private(set) var inVain = 0
    /// Nothing is asked before; nil: at once.
    private(set) var restsUntil: ContinuousClock.Instant?

    init(_ lane: DialLane) { self.lane = lane }

    var round: Round { self.inVain == 0 ? .full(self.lane.concurrency) : .probe }

    /// How long nothing is to be asked yet; nil when a round may begin. Being woken does not end a rest.
    func rest(at now: ContinuousClock.Instant) -> Duration? {
        guard let restsUntil, restsUntil > now else { return nil }
        return restsUntil - now
    }

    /// The verdicts of a round; those that nobody else waits for (`done`, `refused`) end a rest.
    mutating func note(_ verdicts: [Verdict], at now: ContinuousClock.Instant) {
        // In the lane of promises nearly every *not now* is about one operator, who is waited for by few.
        let verdicts = self.lane == .personal ? verdicts.filter { !Self.isAboutOne($0) } : verdicts
        if self.lane == .personal, verdicts.isEmpty { return }
        let pauses = verdicts.compactMap(self.pause)
        guard !verdicts.isEmpty, pauses.count == verdicts.count, let longest = pauses.max() else {
            self.inVain = 0
            self.restsUntil = nil
            return
        }
        self.inVain += 1
        self.restsUntil = now + min(longest, self.lane.longestRest)
    }

    /// call-intake says ten seconds for what concerns one citizen or one operator, one for what many wait for.
    private static func isAboutOne(_ verdict: Verdict) -> Bool {
        if case .notNow(let time) = verdict { return time >= .seconds(10) }
        return false
    }

    /// How long the lane rests for one answer; nil when it means nothing to the others.
    private func pause(_ verdict: Verdict) -> Duration? {
        // More seldom each time.
        let growth = 1 << min(self.inVain, 10)
        return switch verdict {
        case .done, .refused: nil
        case .notNow(let time): max(time, self.lane.shortestRest) * growth
        case .tryAgain: self.lane.shortestRest * growth
        }
    }
}
