import NIOConcurrencyHelpers

/// When something was heard last.
final class SilenceWatch: Sendable {
    private let last = NIOLockedValueBox(ContinuousClock.now)

    func heard() { self.last.withLockedValue { $0 = .now } }

    func isShorter(than limit: Duration) -> Bool {
        self.last.withLockedValue { ContinuousClock.now - $0 < limit }
    }
}
