import Foundation
import Messaging

/// What follows from inputs: rows to write and events to announce in one transaction, commands for after it.
struct LineOutput: Sendable {
    var calls: [UUID: Call] = [:]
    var operators: [String: LineOperator] = [:]
    var dials: [UUID: Dial] = [:]
    var recordings: [String: Recording] = [:]
    /// Who listens to whom, and has listened.
    var hearings: [UUID: Hearing] = [:]
    var events: [any Event] = []
    var commands: [LaneCommand] = []

    var needsTransaction: Bool {
        !(self.calls.isEmpty && self.operators.isEmpty && self.dials.isEmpty && self.recordings.isEmpty
            && self.hearings.isEmpty && self.events.isEmpty)
    }
}
