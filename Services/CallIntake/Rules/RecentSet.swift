import DequeModule

/// Remembers the latest members, up to a limit.
struct RecentSet<Element: Hashable & Sendable>: Sendable {
    private let limit: Int
    private var members: Set<Element> = []
    private var order: Deque<Element> = []

    init(limit: Int) { self.limit = limit }

    func contains(_ element: Element) -> Bool { self.members.contains(element) }

    mutating func insert(_ element: Element) {
        guard self.members.insert(element).inserted else { return }
        self.order.append(element)
        if self.order.count > self.limit { self.members.remove(self.order.removeFirst()) }
    }
}
