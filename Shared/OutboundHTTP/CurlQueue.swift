internal import DequeModule

/// Transfers whose turn has not come: so many at once go to one peer, and so many to all.
///
/// libcurl has such a queue itself; but what waits there is not ended by its deadline, and in 7.88 it can stay there
/// for good: a waiting handle is woken by a timer that another handle's later clock may throw away unheard.
struct CurlQueue {
    private struct Peer {
        var busy = 0
        var waiting: Deque<CurlTransfer> = []
    }

    private let maximumPerPeer: Int
    private let maximum: Int
    private var peers: [String: Peer] = [:]
    private var busy = 0
    /// No waiting transfer's deadline passes before it.
    private(set) var nextExpiry: ContinuousClock.Instant?

    init(_ configuration: OutboundHTTPConfiguration) {
        self.maximumPerPeer = configuration.maximumConnectionsPerHost
        self.maximum = configuration.maximumConnections
    }

    mutating func append(_ transfer: CurlTransfer) {
        self.peers[transfer.plan.peer, default: Peer()].waiting.append(transfer)
        self.nextExpiry = min(self.nextExpiry ?? transfer.expiresAt, transfer.expiresAt)
    }

    /// Takes the one that has waited longest of those that may start; `ended` is due for it.
    mutating func next() -> CurlTransfer? {
        guard self.busy < self.maximum else { return nil }
        var longest: (name: String, since: ContinuousClock.Instant)?
        for (name, peer) in self.peers where peer.busy < self.maximumPerPeer {
            guard let since = peer.waiting.first?.submittedAt else { continue }
            if longest.map({ since < $0.since }) ?? true { longest = (name, since) }
        }
        guard let name = longest?.name else { return nil }
        self.busy += 1
        self.peers[name]?.busy += 1
        return self.peers[name]?.waiting.popFirst()
    }

    /// One that was taken by `next` needs its connection no more.
    mutating func ended(_ transfer: CurlTransfer) {
        let name = transfer.plan.peer
        self.busy -= 1
        self.peers[name]?.busy -= 1
        self.forgetIfIdle(name)
    }

    /// False when it does not wait.
    mutating func remove(_ transfer: CurlTransfer) -> Bool {
        let name = transfer.plan.peer
        guard let index = self.peers[name]?.waiting.firstIndex(where: { $0 === transfer }) else { return false }
        self.peers[name]?.waiting.remove(at: index)
        self.forgetIfIdle(name)
        return true
    }

    /// Takes those whose deadline has passed.
    mutating func takeExpired(_ now: ContinuousClock.Instant) -> [CurlTransfer] {
        guard let nextExpiry, nextExpiry <= now else { return [] }
        let waiting = self.peers.values.flatMap(\.waiting)
        for name in Array(self.peers.keys) {
            self.peers[name]?.waiting.removeAll { $0.expiresAt <= now }
            self.forgetIfIdle(name)
        }
        self.nextExpiry = waiting.lazy.map(\.expiresAt).filter { $0 > now }.min()
        return waiting.filter { $0.expiresAt <= now }
    }

    mutating func takeAll() -> [CurlTransfer] {
        let waiting = self.peers.values.flatMap(\.waiting)
        for transfer in waiting { _ = self.remove(transfer) }
        return waiting
    }

    var isEmpty: Bool { self.peers.values.allSatisfy(\.waiting.isEmpty) }

    private mutating func forgetIfIdle(_ name: String) {
        if let peer = self.peers[name], peer.busy == 0, peer.waiting.isEmpty { self.peers[name] = nil }
    }
}
