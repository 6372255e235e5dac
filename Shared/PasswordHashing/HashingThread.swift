internal import Foundation
import Synchronization

/// A thread for computations that hold much memory, one at a time. Whoever comes when too many wait is refused.
final class HashingThread: Sendable {
    private let queue: OperationQueue
    private let places: Int
    private let taken = Atomic(0)

    /// - Parameter places: computations that run or wait.
    init(places: Int) {
        self.places = places
        self.queue = OperationQueue()
        self.queue.name = "password-hashing"
        self.queue.maxConcurrentOperationCount = 1
    }

    func run<R: Sendable>(_ work: @escaping @Sendable () -> Result<R, PasswordHashError>) async throws -> R {
        try Task.checkCancellation()
        defer { self.taken.subtract(1, ordering: .relaxed) }
        guard self.taken.add(1, ordering: .relaxed).newValue <= self.places else {
            throw PasswordHashError(.overloaded)
        }
        let result = await withCheckedContinuation { continuation in
            self.queue.addOperation { continuation.resume(returning: work()) }
        }
        return try result.get()
    }
}
