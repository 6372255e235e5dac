internal import Dispatch

/// Where calls that block (name resolution, `PQcancel`) run, so that the pool's one thread never waits for them.
enum BlockingCalls {
    private static let queue = DispatchQueue(label: "postgres-blocking", attributes: .concurrent)

    static func run<T: Sendable>(_ body: @escaping @Sendable () -> T) async -> T {
        await withCheckedContinuation { continuation in
            self.queue.async { continuation.resume(returning: body()) }
        }
    }
}
