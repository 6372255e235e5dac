import UnixSignals

/// Runs work that starts things, waits for a signal to end, and puts everything away whatever happened.
enum Interruptible {
    private enum Event: Sendable {
        case started
        case failed(any Error)
        case signalled
        case stopped
    }

    /// - Parameters:
    ///   - start: cancelled when the signal comes before it is done.
    ///   - stop: runs in any case, once.
    ///   - kill: runs when another signal comes while `stop` is at work; `stop` then finds everything gone.
    /// - Throws: what `start` threw, after `stop`.
    static func run(
        start: @escaping @Sendable () async throws -> Void,
        stop: @escaping @Sendable () async -> Void,
        kill: @escaping @Sendable () async -> Void
    ) async throws {
        let (events, continuation) = AsyncStream<Event>.makeStream()
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        // A sequence of signals may be read by one task only.
        let listening = Task {
            for await _ in signals { continuation.yield(.signalled) }
        }
        let starting = Task {
            do {
                try await start()
                continuation.yield(.started)
            } catch {
                continuation.yield(.failed(error))
            }
        }
        var failure: (any Error)?
        var stopping: Task<Void, Never>?
        loop: for await event in events {
            switch (event, stopping) {
            case (.started, _):
                continue
            case (.failed(let error), nil):
                failure = error
                fallthrough
            case (.signalled, nil):
                starting.cancel()
                stopping = Task {
                    // Nothing is started any more when the stopping begins.
                    await starting.value
                    await stop()
                    continuation.yield(.stopped)
                }
            case (.signalled, .some):
                await kill()
            case (.failed, .some):
                // The cancelled start says so: expected.
                continue
            case (.stopped, _):
                break loop
            }
        }
        listening.cancel()
        if let failure { throw failure }
    }
}
