import Foundation
import HeapModule

/// When what is due: one moment a subject, the nearest first.
struct LineTimers: Sendable {
    enum Subject: Hashable, Sendable {
        case call(UUID)
        case person(String)
        case dial(UUID)
        case recording(String)
        case hours
    }

    private struct Entry: Comparable, Sendable {
        let at: Date
        /// What was set first is due first.
        let number: Int64
        let subject: Subject
        static func < (left: Self, right: Self) -> Bool { (left.at, left.number) < (right.at, right.number) }
        static func == (left: Self, right: Self) -> Bool { left.number == right.number }
    }

    private var heap = Heap<Entry>()
    private var count: Int64 = 0
    /// What counts; older entries of a subject in the heap mean nothing.
    private var moments: [Subject: Date] = [:]

    mutating func set(_ subject: Subject, at moment: Date?) {
        guard self.moments[subject] != moment else { return }
        self.moments[subject] = moment
        guard let moment else { return }
        self.count += 1
        self.heap.insert(Entry(at: moment, number: self.count, subject: subject))
    }

    /// The nearest moment.
    mutating func next() -> Date? {
        while let entry = self.heap.min {
            if self.moments[entry.subject] == entry.at { return entry.at }
            _ = self.heap.popMin()
        }
        return nil
    }

    /// The subject that is due longest; it is forgotten until it is set again.
    mutating func takeDue(at now: Date) -> Subject? {
        guard let moment = self.next(), moment <= now, let entry = self.heap.popMin() else { return nil }
        self.moments[entry.subject] = nil
        return entry.subject
    }
}
