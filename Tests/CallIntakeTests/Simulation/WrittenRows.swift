import Contracts
import Foundation

@testable import CallIntake

/// One row of each kind that the rules wrote, where a kind is all that the constraints of the tables look at: so few that
/// they can be given to the real tables.
struct WrittenRows {
    private struct CallKind: Hashable {
        let state: CallState
        let outcome: CallOutcome?
        let direction: Call.Direction
        let has: [Bool]
        let isInOrder: [Bool]
    }
    private struct OperatorKind: Hashable {
        let chosen: OperatorState
        let activity: LineOperator.Activity
        let hasLeg: Bool
    }
    private struct DialKind: Hashable {
        let state: Dial.State
        let outcome: DialOutcome?
        let kind: CallbackKind
        let has: [Bool]
    }
    private struct RecordingKindOfRow: Hashable {
        let kind: RecordingKind
        let has: [Bool]
        let isInOrder: Bool
    }

    private var calls: [CallKind: Call] = [:]
    private var operators: [OperatorKind: LineOperator] = [:]
    private var dials: [DialKind: Dial] = [:]
    private var recordings: [RecordingKindOfRow: Recording] = [:]

    mutating func note(_ output: LineOutput) {
        for call in output.calls.values {
            let times = call.endedAt.map { call.times(endedAt: $0) }
            let seconds = times.map { [$0.waiting, $0.ringing, $0.questioning, $0.consultation, $0.held] } ?? []
            let kind = CallKind(
                state: call.state, outcome: call.outcome, direction: call.direction,
                has: [call.operatorID != nil, call.legID != nil, call.answeredAt != nil, call.endedAt != nil],
                isInOrder: [
                    (call.answeredAt ?? call.receivedAt) >= call.receivedAt,
                    (call.endedAt ?? call.receivedAt) >= call.receivedAt, seconds.allSatisfy { $0 >= 0 },
                ])
            self.calls[kind] = call
        }
        for person in output.operators.values {
            let kind = OperatorKind(chosen: person.chosen, activity: person.activity, hasLeg: person.legID != nil)
            self.operators[kind] = person
        }
        for dial in output.dials.values {
            let kind = DialKind(
                state: dial.state, outcome: dial.outcome, kind: dial.kind,
                has: [dial.startedAt != nil, dial.finishedAt != nil, dial.callID != nil, dial.script != nil])
            self.dials[kind] = dial
        }
        for recording in output.recordings.values {
            let kind = RecordingKindOfRow(
                kind: recording.kind,
                has: [recording.finishedAt != nil, recording.durationSeconds != nil, recording.failure != nil],
                isInOrder: (recording.finishedAt ?? recording.startedAt) >= recording.startedAt)
            self.recordings[kind] = recording
        }
    }

    mutating func merge(_ other: WrittenRows) {
        self.calls.merge(other.calls) { $1 }
        self.operators.merge(other.operators) { $1 }
        self.dials.merge(other.dials) { $1 }
        self.recordings.merge(other.recordings) { $1 }
    }

    /// Each row for itself.
    var outputs: [LineOutput] {
        self.calls.values.map { LineOutput(calls: [$0.id: $0]) }
            + self.operators.values.map { LineOutput(operators: [$0.id: $0]) }
            + self.dials.values.map { LineOutput(dials: [$0.attemptID: $0]) }
            + self.recordings.values.map { LineOutput(recordings: [$0.name: $0]) }
    }
}
