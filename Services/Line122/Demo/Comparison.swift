/// What one side knows to have happened, and what another holds of it.
struct Comparison: Sendable {
    /// For the reader of the table.
    let title: String
    /// Known on the one side and not held, or less often.
    let lost: Int
    /// Held more often than it happened, or without having happened.
    let doubled: Int

    /// - Parameter possible: what may have happened once without the one side knowing: an order whose answer got lost.
    init(_ title: String, happened: Things, held: Things, possible: Things = Things()) {
        self.title = title
        var lost = 0
        var doubled = 0
        for id in Set(happened.counts.keys).union(held.counts.keys) {
            let (wanted, found) = (happened.counts[id] ?? 0, held.counts[id] ?? 0)
            let isPossible = possible.contains(id)
            // What is certain must be held, unless the same side calls it possible only.
            if !isPossible { lost += max(0, wanted - found) }
            doubled += max(0, found - max(wanted, isPossible ? 1 : 0))
        }
        self.lost = lost
        self.doubled = doubled
    }

    var fits: Bool { self.lost == 0 && self.doubled == 0 }
}
