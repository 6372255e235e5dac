internal import DescriptorExecutor
internal import Logging

/// Keeps one connection listening and starts over when it breaks.
struct NotificationListener: Sendable {
    let settings: PostgresSettings
    let executor: DescriptorExecutor
    let logger: Logger
    let channels: [String]
    let continuation: AsyncStream<PostgresNotification>.Continuation

    /// Returns when the task is cancelled.
    func run() async {
        var failures = 0
        while !Task.isCancelled {
            do {
                try await self.listenOnce { failures = 0 }
            } catch {
                guard !Task.isCancelled else { return }
                failures += 1
                if failures == 1 { self.logger.warning("listening was interrupted", metadata: ["reason": "\(error)"]) }
            }
            let longest = min(5000, 50 << min(failures, 7))
            // Ends early, by cancellation, when the pool closes.
            try? await Task.sleep(for: .milliseconds(Int.random(in: longest / 2...longest)))
        }
    }

    /// Listens until the connection breaks.
    private func listenOnce(_ begun: () -> Void) async throws {
        let (broken, breaks) = AsyncStream<Void>.makeStream()
        let connection = try await PostgresConnection.open(
            settings: self.settings, executor: self.executor, onClose: { _ in breaks.finish() },
            onNotification: { self.deliver($0) })
        do {
            let statements = self.channels.map { channel in
                let name = channel.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
                return PostgresQuery(unsafeSQL: "LISTEN \"\(name)\"")
            }
            _ = try await connection.run(.batch(statements), deadline: .now + self.settings.statementTimeout)
            begun()
            self.deliver(.reconnected)
            // Ends when the connection closes (TCP keepalive finds a silent peer), or by cancellation.
            for await _ in broken {}
            await connection.close()
        } catch {
            await connection.close()
            throw error
        }
    }

    private func deliver(_ notification: PostgresNotification) {
        if case .dropped = self.continuation.yield(notification) {
            // Takes the place of the oldest: the reader learns that it missed some.
            self.continuation.yield(.reconnected)
        }
    }
}
