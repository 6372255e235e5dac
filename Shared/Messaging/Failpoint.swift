internal import Glibc
internal import NIOConcurrencyHelpers

/// A place where a test can let the process die as `kill -9` would.
///
/// `LINE122_FAILPOINT=relay.published:5,journal/request.handled` ends it with status 137 the fifth time it has
/// published without having marked, and the program `journal` the first time a request is handled and not committed.
/// Without the variable a place costs one comparison.
public enum Failpoint: String, Sendable, CaseIterable {
    case consumerHandled = "consumer.handled"
    case consumerCommitted = "consumer.committed"
    case relayClaimed = "relay.claimed"
    case relayPublished = "relay.published"
    case requestHandled = "request.handled"
    case requestCommitted = "request.committed"
    /// The sound lies encrypted on the disk, and no row says so.
    case recordingWritten = "recording.written"
    /// The row says so, and the exchange still has its copy.
    case recordingCommitted = "recording.committed"

    /// What follows from the exchange's events is kept, and nothing of it was ordered.
    case lineCommitted = "line.committed"
    /// A dial is claimed, and nobody was asked for it.
    case dialClaimed = "dial.claimed"
    /// call-intake has taken a dial on, and the dialer does not know.
    case dialAsked = "dial.asked"

    private static let armed = FailpointSetting(
        getenv("LINE122_FAILPOINT").map { String(cString: $0) },
        program: CommandLine.arguments.first?.split(separator: "/").last.map(String.init) ?? "")

    public func pass() {
        guard let armed = Self.armed, armed.isLastPass(of: self) else { return }
        let note = "failpoint \(self.rawValue)\n"
        _ = note.withCString { write(STDERR_FILENO, $0, note.utf8.count) }
        _exit(137)
    }
}

/// How often each place may still be passed.
struct FailpointSetting: Sendable {
    private let left: NIOLockedValueBox<[String: Int]>

    init?(_ text: String?, program: String) {
        guard let text, !text.isEmpty else { return nil }
        var left: [String: Int] = [:]
        for place in text.split(separator: ",") {
            let parts = place.split(separator: "/", maxSplits: 1)
            if parts.count == 2, parts[0] != program { continue }
            let words = parts[parts.count - 1].split(separator: ":", maxSplits: 1)
            left[String(words[0])] = words.count == 2 ? Int(words[1]) ?? 1 : 1
        }
        guard !left.isEmpty else { return nil }
        self.left = NIOLockedValueBox(left)
    }

    func isLastPass(of place: Failpoint) -> Bool {
        self.left.withLockedValue { left in
            guard let count = left[place.rawValue] else { return false }
            left[place.rawValue] = count - 1
            return count == 1
        }
    }
}
