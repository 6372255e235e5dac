/// Things by their ids, each as often as it was found. Counts alone hide one that is lost behind one that is doubled.
struct Things: Sendable, Equatable {
    private(set) var counts: [String: Int] = [:]

    init(_ ids: some Sequence<String> = []) {
        for id in ids { self.add(id) }
    }

    var count: Int { self.counts.values.reduce(0, +) }

    func contains(_ id: String) -> Bool { self.counts[id] != nil }

    mutating func add(_ id: String, times: Int = 1) { self.counts[id, default: 0] += times }

    /// What came since `before`.
    static func - (after: Things, before: Things) -> Things {
        var rest = Things()
        for (id, count) in after.counts {
            let more = count - (before.counts[id] ?? 0)
            if more > 0 { rest.counts[id] = more }
        }
        return rest
    }
}
