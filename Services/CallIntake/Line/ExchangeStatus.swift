import NIOConcurrencyHelpers

/// What the health of this replica says about the exchange.
final class ExchangeStatus: Sendable {
    private struct State {
        var isOwner = false
        var isConnected = false
        var wasConnected = false
        var reason = "not connected yet"
    }
    private let state = NIOLockedValueBox(State())

    func set(isOwner: Bool) {
        self.state.withLockedValue {
            $0.isOwner = isOwner
            $0.isConnected = false
            $0.reason = "not connected yet"
        }
    }

    func set(isConnected: Bool, reason: String) {
        self.state.withLockedValue {
            $0.isConnected = isConnected
            if isConnected { $0.wasConnected = true }
            $0.reason = reason
        }
    }

    /// Whether there was a connection since it was asked last.
    func takeWasConnected() -> Bool {
        self.state.withLockedValue { state in
            defer { state.wasConnected = false }
            return state.wasConnected
        }
    }

    /// A replica that stands by is ready: it has nothing to do with the exchange.
    var isReady: Bool { self.state.withLockedValue { !$0.isOwner || $0.isConnected } }

    var reason: String { self.state.withLockedValue { $0.isOwner ? $0.reason : "" } }
}
