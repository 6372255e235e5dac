import Contracts
import Foundation
import Messaging
import Vocabulary

extension LineOutput {
    /// What belongs together and can be kept without the rest: a row with what is announced of it, or one event. Without
    /// commands.
    var pieces: [LineOutput] {
        var pieces: [LineOutput] = []
        var places: [String: Int] = [:]
        func add(_ piece: LineOutput, for subject: String) {
            places[subject] = pieces.count
            pieces.append(piece)
        }
        for call in self.calls.values.sorted(by: { $0.ordinal < $1.ordinal }) {
            add(LineOutput(calls: [call.id: call]), for: "call/\(call.id)")
        }
        for person in self.operators.values.sorted(by: { $0.id < $1.id }) {
            add(LineOutput(operators: [person.id: person]), for: "operator/\(person.id)")
        }
        for dial in self.dials.values.sorted(by: { $0.dueAt < $1.dueAt }) {
            add(LineOutput(dials: [dial.attemptID: dial]), for: "dial/\(dial.attemptID)")
        }
        for recording in self.recordings.values.sorted(by: { $0.name < $1.name }) {
            add(LineOutput(recordings: [recording.name: recording]), for: "recording/\(recording.id)")
        }
        for hearing in self.hearings.values.sorted(by: { $0.startedAt < $1.startedAt }) {
            add(LineOutput(hearings: [hearing.id: hearing]), for: "supervision/\(hearing.id)")
        }
        for event in self.events {
            if let place = places[event.subject] {
                pieces[place].events.append(event)
            } else {
                add(LineOutput(events: [event]), for: event.subject)
            }
        }
        return pieces
    }

    init(joining pieces: some Sequence<LineOutput>) {
        self.init()
        for piece in pieces {
            self.calls.merge(piece.calls) { $1 }
            self.operators.merge(piece.operators) { $1 }
            self.dials.merge(piece.dials) { $1 }
            self.recordings.merge(piece.recordings) { $1 }
            self.hearings.merge(piece.hearings) { $1 }
            self.events += piece.events
        }
    }

    /// The rows of a piece, or its events, by themselves: the one may fit without the other.
    var rowsAndEvents: [LineOutput] {
        var rows = self
        rows.events = []
        return [rows.needsTransaction ? rows : nil, self.events.isEmpty ? nil : LineOutput(events: self.events)]
            .compactMap(\.self)
    }

    /// For logs: what a piece holds, with ids of ours and without values.
    var name: String {
        if let id = self.calls.keys.first { return "call \(id)" }
        if !self.operators.isEmpty { return "operator" }
        if let id = self.dials.keys.first { return "dial \(id)" }
        if let recording = self.recordings.values.first { return "recording \(recording.id)" }
        if let id = self.hearings.keys.first { return "supervision \(id)" }
        return self.events.first.map { type(of: $0).type } ?? "nothing"
    }
}

extension Call {
    /// The same without what no database keeps: control characters, and texts longer than any exchange's.
    var cleaned: Call {
        var call = self
        call.signalled = self.signalled?.kept
        call.line = self.line.kept
        call.queue = self.queue.kept
        call.preferredOperatorID = self.preferredOperatorID?.kept
        call.declinedBy = self.declinedBy.map(\.kept)
        return call
    }
}

extension String {
    /// As much of a text of the exchange as is kept: 200 characters, without control characters.
    var kept: String {
        guard self.utf8.count > 200 || self.unicodeScalars.contains(where: ControlCharacters.isForbidden) else {
            return self
        }
        return String(
            String.UnicodeScalarView(self.unicodeScalars.lazy.filter { !ControlCharacters.isForbidden($0) }.prefix(200))
        )
    }
}
