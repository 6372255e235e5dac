import Contracts
import Foundation

/// An operator as far as the line is concerned.
struct LineOperator: Sendable, Equatable {
    /// What follows from calls.
    enum Activity: String, Sendable {
        case idle, ringing, talking
        /// The call is over and the telephone is being hung up.
        case releasing
    }

    let id: String
    var displayName: String
    var telephone: String
    /// What the operator chose: ready, pause or offline. Counts when no call is in hand.
    var chosen: OperatorState
    var activity = Activity.idle
    /// When the visible state began.
    var since: Date
    /// Grows each time the operator becomes free: the smallest one has been idle longest.
    var readyOrdinal: Int64 = 0
    var callID: UUID?
    var legID: String?

    init(id: String, displayName: String, telephone: String, chosen: OperatorState, since: Date) {
        self.id = id
        self.displayName = displayName
        self.telephone = telephone
        self.chosen = chosen
        self.since = since
    }

    var isFree: Bool { self.activity == .idle && self.chosen == .ready }

    var state: OperatorState {
        switch self.activity {
        case .idle: self.chosen
        case .ringing: .ringing
        case .talking: .talking
        case .releasing: .afterCall
        }
    }

    var view: OperatorView {
        OperatorView(
            operatorID: self.id, displayName: self.displayName, telephone: self.telephone, state: self.state,
            since: self.since, callID: self.activity == .releasing ? nil : self.callID)
    }
}
