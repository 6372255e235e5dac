internal import Glibc
internal import NIOConcurrencyHelpers

/// A place where a test can let the process die as `kill -9` would: `LINE122_FAILPOINT=relay.published` ends it with
/// status 137 the first time it gets there, `LINE122_FAILPOINT=relay.published:5` the fifth. Without the variable a
/// place costs one comparison.
public enum Failpoint: String, Sendable {
    case consumerHandled = "consumer.handled"
    case consumerCommitted = "consumer.committed"
    case relayClaimed = "relay.claimed"
    case relayPublished = "relay.published"
    case requestHandled = "request.handled"
    case requestCommitted = "request.committed"

    private static let armed = FailpointSetting(getenv("LINE122_FAILPOINT").map { String(cString: $0) })

    public func pass() {
        guard let armed = Self.armed, armed.name == self.rawValue, armed.isLastPass() else { return }
        _exit(137)
    }
}

struct FailpointSetting: Sendable {
    let name: String
    private let left: NIOLockedValueBox<Int>

    init?(_ text: String?) {
        guard let text, !text.isEmpty else { return nil }
        let parts = text.split(separator: ":", maxSplits: 1)
        self.name = String(parts[0])
        self.left = NIOLockedValueBox(parts.count == 2 ? Int(parts[1]) ?? 1 : 1)
    }

    func isLastPass() -> Bool {
        self.left.withLockedValue {
            $0 -= 1
            return $0 == 0
        }
    }
}
