public import Foundation
public import Messaging

/// How citizens were called back, by what arose from `from` until `to` (K-04, X-01, X-07). Refusal: `period-invalid`
/// (empty, or longer than 400 days).
public struct GetCallbackIndicators: Request {
    public struct Kind: Codable, Sendable, Equatable {
        public var kind: CallbackKind
        /// All that arose.
        public var arisen: Int
        public var open: Int
        public var reached: Int
        public var exhausted: Int
        /// Of them because the citizen called in first.
        public var withdrawn: Int
        public var calledIn: Int
        public init(
            kind: CallbackKind, arisen: Int, open: Int, reached: Int, exhausted: Int, withdrawn: Int, calledIn: Int
        ) {
            self.kind = kind
            self.arisen = arisen
            self.open = open
            self.reached = reached
            self.exhausted = exhausted
            self.withdrawn = withdrawn
            self.calledIn = calledIn
        }
    }

    public struct Answer: Codable, Sendable, Equatable {
        public var kinds: [Kind]
        /// Broken calls whose number can be dialled and that were not withdrawn before a dial was due.
        public var broken: Int
        /// Of them first dialled at most 15 s after the break: from the exchange's event to the moment at which it had
        /// taken the order (K-04; C-01).
        public var dialledInTime: Int
        /// Of them that were to be dialled at least twice, and were: neither reached by the first attempt nor
        /// withdrawn nor limited to fewer by an instruction, and over. Attempts that the exchange refused, or whose
        /// outcome nobody learned, are none (K-04; C-02).
        public var dueTwice: Int
        public var dialledTwice: Int
        /// The longest way from the break to a dial that the exchange had taken, in seconds.
        public var slowestDial: Double?
        /// Middle value of the way from the break to the conversation, in seconds.
        public var medianJoined: Double?
        /// Promises to call whose time has come, and those that were kept: citizen and operator spoke.
        public var promisesDue: Int
        public var promisesKept: Int
        public init(
            kinds: [Kind], broken: Int, dialledInTime: Int, dueTwice: Int, dialledTwice: Int, slowestDial: Double?,
            medianJoined: Double?, promisesDue: Int, promisesKept: Int
        ) {
            self.kinds = kinds
            self.broken = broken
            self.dialledInTime = dialledInTime
            self.dueTwice = dueTwice
            self.dialledTwice = dialledTwice
            self.slowestDial = slowestDial
            self.medianJoined = medianJoined
            self.promisesDue = promisesDue
            self.promisesKept = promisesKept
        }
    }

    public static let receiver = ServiceName.callbackDialer
    public static let type = "callback.indicators"
    public static let isRead = true

    public var from: Date
    public var to: Date

    public init(from: Date, to: Date) {
        self.from = from
        self.to = to
    }
}
