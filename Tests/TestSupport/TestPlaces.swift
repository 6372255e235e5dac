internal import DequeModule

/// How many tests may have a database at once: hundreds run together, the server has a hundred connections.
///
/// A test that opens a second database inside the first would wait for itself; none does.
actor TestPlaces {
    static let databases = TestPlaces(16)

    private var free: Int
    private var waiting: Deque<CheckedContinuation<Void, Never>> = []

    init(_ count: Int) { self.free = count }

    func take() async {
        if self.free > 0 {
            self.free -= 1
        } else {
            await withCheckedContinuation { self.waiting.append($0) }
        }
    }

    func give() {
        if let next = self.waiting.popFirst() { next.resume() } else { self.free += 1 }
    }
}
