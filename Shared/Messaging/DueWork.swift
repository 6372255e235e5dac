public import Foundation
public import Postgres
internal import ServiceLifecycle

/// Does what is due in a table, at the moment it is due: woken by `NOTIFY` for what is new, by time for what was
/// scheduled. Runs until graceful shutdown; one round at a time.
public struct DueWork: Sendable {
    private let channel: String
    private let database: PostgresPool
    private let pace: Duration

    /// - Parameter pace: rests so long after each round, for work that is not urgent: what many notifications announce
    ///   is done in one round then.
    public init(wokenBy channel: String, in database: PostgresPool, pace: Duration = .zero) {
        self.channel = channel
        self.database = database
        self.pace = pace
    }

    /// - Parameter round: does everything that is due and tells how long nothing more will be.
    public func run(_ round: @escaping @Sendable () async -> Duration) async {
        // A wake-up during a round is kept, once: the next round sees all that came meanwhile.
        let (signals, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await cancelWhenGracefulShutdown {
            await withTaskGroup { group in
                group.addTask {
                    for await _ in self.database.notifications(on: [self.channel]) { continuation.yield() }
                }
                group.addTask {
                    var timer: Task<Void, Never>?
                    defer { timer?.cancel() }
                    continuation.yield()
                    for await _ in signals {
                        timer?.cancel()
                        let delay = await round()
                        if self.pace > .zero, (try? await Task.sleep(for: self.pace)) == nil { return }
                        timer = Task {
                            guard (try? await Task.sleep(for: delay)) != nil else { return }
                            continuation.yield()
                        }
                    }
                }
                await group.waitForAll()
            }
        }
    }

    /// How long to wait for what is due next: at least 5 ms, so that a clock that differs from the database's makes
    /// no busy loop, and at most `limit` seconds, also when nothing is due at all.
    public static func pause(until next: Date?, atMost limit: TimeInterval) -> Duration {
        let seconds = next.map { max(0.005, min($0.timeIntervalSinceNow, limit)) } ?? limit
        return .milliseconds(Int(seconds * 1000))
    }
}
