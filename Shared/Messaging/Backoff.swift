internal import Foundation

/// Waiting times that double from `base` to `limit`, with full jitter, so that replicas do not come back together.
public struct Backoff: Sendable {
    public var base: Duration
    public var limit: Duration

    public init(base: Duration, limit: Duration) {
        self.base = base
        self.limit = limit
    }

    /// The wait before attempt `attempt + 1`, where `attempt` counts from 1.
    public func delay(afterAttempt attempt: Int, using generator: inout some RandomNumberGenerator) -> Duration {
        let doubled = min(self.base * pow(2, Double(max(0, min(attempt - 1, 30)))), self.limit)
        return doubled * Double.random(in: 0.5...1, using: &generator)
    }

    public func delay(afterAttempt attempt: Int) -> Duration {
        var generator = SystemRandomNumberGenerator()
        return self.delay(afterAttempt: attempt, using: &generator)
    }
}
