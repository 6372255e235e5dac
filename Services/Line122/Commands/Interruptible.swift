import UnixSignals

/// Runs work that starts things, waits for a signal to end, and puts everything away whatever happened.
enum Interruptible {
    private enum Event: Sendable {
        case started
        case signalled
    }

    /// - Parameters:
    ///   - start: cancelled when the signal comes before it is done.
    ///   - stop: runs in any case, once.
    ///   - kill: runs when a second signal comes while `stop` is at work.
    /// - Throws: what `start` threw, after `stop`.
    static func run(
        start: @escaping @Sendable () async throws -> Void,
        stop: @escaping @Sendable () async -> Void,
        kill: @escaping @Sendable () async -> Void
    ) async throws {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        var failure: (any Error)?
        await withThrowingTaskGroup(of: Event.self) { group in
            group.addTask {
                try await start()
                return .started
            }
            group.addTask {
                for await _ in signals { break }
                return .signalled
            }
            do {
                waiting: while let event = try await group.next() {
                    switch event {
                    case .started: continue waiting
                    case .signalled: break waiting
                    }
                }
            } catch {
                failure = error
            }
            group.cancelAll()
        }
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await stop()
                return true
            }
            group.addTask {
                for await _ in signals { return false }
                return true
            }
            if await group.next() == false { await kill() }
            group.cancelAll()
        }
        if let failure, !(failure is CancellationError) { throw failure }
    }
}
