import DequeModule
import Foundation

/// The calls that wait, in the order in which they are served: by priority, then by arrival; who is called back stands
/// where the first call stood.
///
/// A call that stops waiting keeps its place until it comes to the front.
struct CallQueue: Sendable {
    private struct Place: Sendable, Comparable {
        let priority: CallPriority
        let place: Int64
        let ordinal: Int64
        let id: UUID

        init(_ call: Call) {
            self.priority = call.priority
            self.place = call.place ?? call.ordinal
            self.ordinal = call.ordinal
            self.id = call.id
        }

        static func < (left: Self, right: Self) -> Bool {
            left.priority == right.priority
                ? (left.place, left.ordinal) < (right.place, right.ordinal) : left.priority > right.priority
        }
    }
    private var places: Deque<Place> = []

    mutating func insert(_ call: Call) {
        let place = Place(call)
        let index = self.index(of: place)
        // It may stand there still, from before it was rung for.
        if index < self.places.endIndex, self.places[index].id == call.id { return }
        self.places.insert(place, at: index)
    }

    /// Where it stands or would stand.
    private func index(of place: Place) -> Int {
        // What comes is nearly always the latest.
        guard let last = self.places.last, !(last < place) else { return self.places.endIndex }
        var (low, high) = (self.places.startIndex, self.places.endIndex)
        while low < high {
            let middle = (low + high) / 2
            if self.places[middle] < place { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The first place; who finds a call there that waits no more removes it.
    var front: UUID? { self.places.first?.id }

    /// All places, those of calls that wait no more among them.
    var ids: [UUID] { self.places.map(\.id) }

    mutating func removeFront() { _ = self.places.popFirst() }

    /// How many calls for which `isWaiting` holds stand before this one.
    func count(before call: Call, where isWaiting: (UUID) -> Bool) -> Int {
        let index = self.index(of: Place(call))
        return self.places[..<index].count { isWaiting($0.id) }
    }
}
