/// Ids in alphabetical order without repeats, kept so while they come and go: what lists a bridge of a thousand
/// callers with every event does not sort them each time.
struct SortedIDs: Sendable, Equatable {
    private var ids: [String] = []

    /// Where the id is, or would stand.
    private func position(_ id: String) -> Int {
        var low = 0
        var high = self.ids.count
        while low < high {
            let middle = (low + high) / 2
            if self.ids[middle] < id { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func contains(_ id: String) -> Bool {
        let position = self.position(id)
        return position < self.ids.count && self.ids[position] == id
    }

    mutating func insert(_ id: String) {
        let position = self.position(id)
        guard position == self.ids.count || self.ids[position] != id else { return }
        self.ids.insert(id, at: position)
    }

    mutating func remove(_ id: String) {
        let position = self.position(id)
        guard position < self.ids.count, self.ids[position] == id else { return }
        self.ids.remove(at: position)
    }

    var json: JSONValue { .array(self.ids.map { .string($0) }) }
}

extension SortedIDs: RandomAccessCollection {
    var startIndex: Int { 0 }
    var endIndex: Int { self.ids.count }
    subscript(position: Int) -> String { self.ids[position] }
}
