import Contracts
import Foundation

/// A caller on the way to somebody else (T-10).
struct Transfer: Sendable, Equatable, Codable {
    enum State: String, Codable, Sendable {
        /// The receiver's telephone rings.
        case ringing
        /// Operator and receiver speak; the caller is on hold.
        case consulting
        /// The receiver waits; operator and caller speak, because 30 s were over or by order.
        case parked
        /// All three speak.
        case conference
        /// Caller and receiver speak; the operator has left.
        case joined
    }

    let kind: TransferOrder.Kind
    let title: String
    /// Who gave the order; nil when the caller pressed the emergency key.
    let from: String?
    /// The receiver, when he is an operator of this line.
    let operatorID: String?
    /// The receiver's channel.
    let leg: String
    var state = State.ringing
    let orderedAt: Date
    let isEmergency: Bool
    /// What was dialled, for a receiver outside; nil in rows of before.
    var number: String?
    /// When the receiver picked up.
    var answeredAt: Date?

    /// Where operator and receiver speak.
    var bridge: String { "cons-\(self.leg)" }

    var view: CallView.Transfer {
        let state: CallView.Transfer.State =
            switch self.state {
            case .ringing: .ringing
            case .consulting: .consulting
            case .parked: .parked
            case .conference: .conference
            case .joined: .joined
            }
        return CallView.Transfer(title: self.title, toOperatorID: self.operatorID, state: state)
    }
}
