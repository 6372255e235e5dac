import Contracts

/// What the exchange said about the end of a caller's channel, and what became of a conversation by it (T-15).
struct CallRelease: Sendable, Equatable {
    /// Who asked for the end first, by the first `ChannelHangupRequest` of the channel.
    enum Request: Sendable, Equatable, Codable {
        /// The other side, with the cause it named, if any.
        case remote(cause: Int?)
        /// The exchange itself: a soft hang-up that nobody of us ordered.
        case exchange
    }

    /// `ChannelDestroyed.cause`; nil when the exchange forgot the channel and nobody heard its end.
    var cause: Int?
    /// `ChannelDestroyed.tech_cause`: a SIP status.
    var technical: Int?
    var request: Request?

    static let unheard = CallRelease(cause: nil)

    /// The outcome of a call in which an operator has spoken.
    /// - Parameter isOurs: the operator ended the call by order.
    func outcome(isOurs: Bool) -> CallOutcome {
        if isOurs { return .completedByOperator }
        let isLineLost = self.cause.map { Self.isLineLost($0, technical: self.technical) }
        // A device that vanished is hung up by the exchange too, when its voice has been missing for long (cause 44).
        if isLineLost == true { return .callerLineBroken }
        // Looks like an ordinary hang-up in its cause (16); only the request tells.
        if self.request == .exchange { return .exchangeBroken }
        if isLineLost == false { return .completedByCaller }
        // The end was not heard. A hang-up by the caller that was heard explains it; else the caller was cut off.
        guard case .remote(let cause)? = self.request else { return .exchangeBroken }
        return cause.map { Self.isLineLost($0, technical: nil) } ?? false ? .callerLineBroken : .completedByCaller
    }

    /// Q.850, table 1: below 32 are the ends that people and their telephones cause, except 27 (destination out of
    /// order); from 32 on the network, its resources or its protocols failed. 127 also covers SIP's 487, which is a
    /// caller that gave up.
    static func isLineLost(_ cause: Int, technical: Int?) -> Bool {
        if cause == 127 && technical == 487 { return false }
        return cause == 27 || cause >= 32
    }
}
