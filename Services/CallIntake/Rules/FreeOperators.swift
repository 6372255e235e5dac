import DequeModule

/// The operators who may be free, the one idle longest first. Who is not free any more keeps a place until it is
/// looked at.
struct FreeOperators: Sendable {
    private struct Place: Sendable {
        let id: String
        let ordinal: Int64
    }
    private var places: Deque<Place> = []

    /// An operator became free now; `readyOrdinal` is the largest so far.
    mutating func append(_ person: LineOperator) {
        self.places.append(Place(id: person.id, ordinal: person.readyOrdinal))
    }

    /// The first one who is free and suits.
    mutating func first(
        in operators: [String: LineOperator], where suits: (LineOperator) -> Bool
    ) -> LineOperator? {
        while let front = self.places.first, !Self.isValid(front, operators) { self.places.removeFirst() }
        for place in self.places where Self.isValid(place, operators) {
            if let person = operators[place.id], suits(person) { return person }
        }
        return nil
    }

    private static func isValid(_ place: Place, _ operators: [String: LineOperator]) -> Bool {
        guard let person = operators[place.id] else { return false }
        return person.isFree && person.readyOrdinal == place.ordinal
    }
}
