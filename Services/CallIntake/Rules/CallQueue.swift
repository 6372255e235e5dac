import DequeModule
import Foundation

/// The calls that wait, in the order in which they are served: those with priority first, then by arrival.
///
/// A call that stops waiting keeps its place until it comes to the front.
struct CallQueue: Sendable {
    private struct Place: Sendable {
        let id: UUID
        let ordinal: Int64
    }
    private var priority: Deque<Place> = []
    private var ordinary: Deque<Place> = []

    mutating func insert(_ call: Call) {
        let place = Place(id: call.id, ordinal: call.ordinal)
        if call.isPriority {
            Self.insert(place, into: &self.priority)
        } else {
            Self.insert(place, into: &self.ordinary)
        }
    }

    // From the back: what comes is nearly always the latest.
    private static func insert(_ place: Place, into places: inout Deque<Place>) {
        var index = places.endIndex
        while index > places.startIndex, places[index - 1].ordinal > place.ordinal { index -= 1 }
        places.insert(place, at: index)
    }

    /// The first place; who finds a call there that waits no more removes it.
    var front: UUID? { (self.priority.first ?? self.ordinary.first)?.id }

    mutating func removeFront() {
        if self.priority.popFirst() == nil { _ = self.ordinary.popFirst() }
    }
}
