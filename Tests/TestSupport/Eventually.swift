import Foundation

/// Something that was awaited did not come.
public struct NeverHappened: Error, CustomStringConvertible {
    public let description: String

    public init(description: String) { self.description = description }
}

/// How long a test waits for what must come: tells a hang, and nothing of speed.
public let patience: Duration = .seconds(60)

/// Looks until `condition` holds. For what has no signal of its own, such as rows that another connection writes.
public func eventually(
    _ what: String, within limit: Duration = patience, _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now.advanced(by: limit)
    while try await !condition() {
        guard ContinuousClock.now < end else { throw NeverHappened(description: "never: \(what)") }
        try await Task.sleep(for: .milliseconds(15))
    }
}

/// Ends with an error when `body` takes longer than `limit`.
public func within<R: Sendable>(
    _ limit: Duration, _ what: String, _ body: @escaping @Sendable () async throws -> R
) async throws -> R {
    try await withThrowingTaskGroup { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            throw NeverHappened(description: "never: \(what)")
        }
        defer { group.cancelAll() }
        guard let result = try await group.next() else { throw CancellationError() }
        return result
    }
}
