/// The statements that one connection has prepared, the least recently used first to go.
struct StatementCache {
    /// The same text with other parameter types is another statement.
    struct Key: Hashable {
        let sql: String
        let types: [UInt32]
    }

    private struct Entry {
        let name: String
        var lastUse: UInt64
    }

    private let capacity: Int
    private var entries: [Key: Entry] = [:]
    private var uses: UInt64 = 0
    private var names: UInt64 = 0
    /// Names that the server still holds and nobody uses.
    private(set) var discarded: [String] = []

    init(capacity: Int) { self.capacity = max(1, capacity) }

    mutating func name(of key: Key) -> String? {
        guard let index = self.entries.index(forKey: key) else { return nil }
        self.uses += 1
        self.entries.values[index].lastUse = self.uses
        return self.entries.values[index].name
    }

    /// A name that was never used on this connection.
    mutating func makeName() -> String {
        self.names += 1
        return "s\(self.names)"
    }

    /// Called when the server has prepared `name`.
    mutating func insert(_ name: String, for key: Key) {
        self.uses += 1
        if let old = self.entries.updateValue(Entry(name: name, lastUse: self.uses), forKey: key) {
            self.discarded.append(old.name)
        }
        guard self.entries.count > self.capacity,
            let oldest = self.entries.min(by: { $0.value.lastUse < $1.value.lastUse })
        else { return }
        self.entries[oldest.key] = nil
        self.discarded.append(oldest.value.name)
    }

    /// Called when the server refused the statement as stale or unknown.
    mutating func forget(_ key: Key) {
        if let old = self.entries.removeValue(forKey: key) { self.discarded.append(old.name) }
    }

    mutating func takeDiscarded() -> [String] {
        defer { self.discarded = [] }
        return self.discarded
    }
}
