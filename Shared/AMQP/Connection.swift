import DescriptorExecutor
import Logging
import NIOConcurrencyHelpers

/// Keeps one connection to the broker open: tries the nodes in turn, backs off, services heartbeats, reads frames.
///
/// A role's actor runs on `thread` and is called there. Looking up a name, connecting and logging in block, in the library
/// and in the resolver: they are done on another thread, which hands the open connection over.
// @unchecked: all mutable state is touched on `thread` only (`checkIsolated` at each door); `status` is a lock.
final class Connection: @unchecked Sendable {
    struct Status: Sendable {
        var isOpen = false
        var blockedReason: String?
        var problem: AMQPError?
        var openWaiters: [UInt64: CheckedContinuation<Void, Never>] = [:]
        var nextWaiter: UInt64 = 0
    }

    let thread: DescriptorExecutor
    let settings: AMQPSettings
    let logger: Logger
    private let name: String
    private let status = NIOLockedValueBox(Status())
    private weak var role: (any ConnectionRole)?
    private(set) var transport: Transport?
    private(set) var isClosed = false
    private var isStarted = false
    private var addressIndex = 0
    private var failures = 0
    private var timer: DescriptorExecutor.TimerID?
    private var waitsForWritable = false
    private var isConnecting = false

    init(_ settings: AMQPSettings, purpose: String, logger: Logger) {
        self.settings = settings
        self.name = "\(settings.connectionName).\(purpose)"
        self.logger = logger
        self.thread = DescriptorExecutor(name: "amqp-\(purpose)")
    }

    deinit { self.thread.stop() }

    // MARK: From any thread

    var isOpen: Bool { self.status.withLockedValue(\.isOpen) }
    var isBlocked: Bool { self.status.withLockedValue { $0.blockedReason != nil } }
    var snapshot: (isOpen: Bool, blockedReason: String?, problem: AMQPError?) {
        self.status.withLockedValue { ($0.isOpen, $0.blockedReason, $0.problem) }
    }

    /// Remembers a failure for health until the next success.
    func report(_ problem: AMQPError?) { self.status.withLockedValue { $0.problem = problem } }

    /// Returns when the connection is open, or at once when the task is cancelled.
    func waitUntilOpen() async {
        let id = self.status.withLockedValue { status -> UInt64 in
            status.nextWaiter += 1
            return status.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = self.status.withLockedValue { status -> Bool in
                    if status.isOpen || Task.isCancelled { return true }
                    status.openWaiters[id] = continuation
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            self.status.withLockedValue { $0.openWaiters.removeValue(forKey: id) }?.resume()
        }
    }

    // MARK: On the thread

    func start(_ role: any ConnectionRole) {
        self.thread.checkIsolated()
        guard !self.isStarted, !self.isClosed else { return }
        self.isStarted = true
        self.role = role
        self.open()
    }

    /// Says good-bye and opens no more.
    func close() {
        self.thread.checkIsolated()
        guard !self.isClosed else { return }
        self.isClosed = true
        self.transport?.close()
        self.forget(AMQPError(.closed, "the client is stopped"))
    }

    /// Gives the connection up and opens another.
    func drop(_ error: AMQPError) {
        self.thread.checkIsolated()
        guard self.transport != nil else { return }
        self.logger.warning("AMQP connection lost", metadata: ["connection": "\(self.name)", "error": "\(error)"])
        // One that never was open counts as a failure to open it: the pause grows.
        if !self.isOpen { self.failures += 1 }
        self.forget(error)
        self.schedule()
    }

    /// Calls `becameWritable` once when the socket takes more, after other work of the thread had its turn.
    func waitForWritable() {
        guard let transport = self.transport, !self.waitsForWritable else { return }
        self.waitsForWritable = true
        self.thread.change(transport.descriptor, to: [.readable, .writable])
    }

    /// Runs `body` and drops the connection when it throws.
    func orDrop(_ body: (Transport) throws -> Void) {
        guard let transport = self.transport else { return }
        do { try body(transport) } catch { self.drop(error.asAMQP) }
    }

    private func forget(_ error: AMQPError) {
        if let transport = self.transport {
            transport.abandon()
            self.thread.unwatch(transport.descriptor)
        }
        self.timer.map(self.thread.cancelTimer)
        self.timer = nil
        self.waitsForWritable = false
        let hadTransport = self.transport != nil
        self.transport = nil
        self.status.withLockedValue {
            $0.isOpen = false
            $0.blockedReason = nil
            $0.problem = error
        }
        if hadTransport || self.isClosed { self.role?.connectionLost(error) }
    }

    private func open() {
        guard !self.isClosed, self.transport == nil, !self.isConnecting else { return }
        self.isConnecting = true
        let address = self.settings.addresses[self.addressIndex]
        let (settings, name, thread) = (self.settings, self.name, self.thread)
        BlockingCalls.run { [weak self] in
            let outcome = Result { try Transport(address, settings: settings, name: name) }
            thread.setTimer(after: .zero) { [weak self] in self?.connected(outcome, to: address) }
        }
    }

    private func connected(_ outcome: Result<Transport, any Error>, to address: AMQPAddress) {
        self.isConnecting = false
        // Closed meanwhile: the socket goes with the transport.
        guard !self.isClosed else { return }
        do {
            let transport = try outcome.get()
            self.transport = transport
            try self.role?.connectionOpened(transport)
            // Lost again while it was set up: the next attempt is planned already.
            guard self.transport === transport else { return }
            self.opened(transport)
        } catch {
            let error = error.asAMQP
            self.logger.error(
                "AMQP connection not opened",
                metadata: [
                    "connection": "\(self.name)", "node": "\(address.host):\(address.port)", "error": "\(error)",
                ])
            self.forget(error)
            self.failures += 1
            self.addressIndex = (self.addressIndex + 1) % self.settings.addresses.count
            self.schedule()
        }
    }

    private func opened(_ transport: Transport) {
        self.failures = 0
        self.waitsForWritable = false
        self.thread.watch(transport.descriptor, for: .readable) { [weak self] readiness in
            self?.ready(readiness)
        }
        self.heartbeat()
        let waiters = self.status.withLockedValue { status in
            status.isOpen = true
            status.problem = nil
            defer { status.openWaiters.removeAll() }
            return status.openWaiters.values
        }
        for waiter in waiters { waiter.resume() }
        self.logger.info("AMQP connection open", metadata: ["connection": "\(self.name)"])
        // Frames that came during the synchronous methods wait inside librabbitmq, not in the socket.
        self.read()
        if self.transport === transport { self.waitForWritable() }
    }

    /// A third of the interval keeps both directions alive even when one turn is late.
    private func heartbeat() {
        let interval = self.settings.heartbeat / 3
        self.timer = self.thread.setTimer(after: interval) { [weak self] in
            guard let self, self.transport != nil else { return }
            self.heartbeat()
            self.read()
        }
    }

    private func ready(_ readiness: DescriptorExecutor.Readiness) {
        // Always: a synchronous method leaves frames inside librabbitmq, of which the socket says nothing.
        self.read()
        guard readiness.contains(.writable), self.waitsForWritable, let transport = self.transport else { return }
        self.waitsForWritable = false
        self.thread.change(transport.descriptor, to: .readable)
        self.role?.becameWritable()
    }

    private func read() {
        self.orDrop { transport in
            try transport.receive { inbound in
                switch inbound {
                case .blocked(let reason):
                    self.logger.warning("the broker takes no messages", metadata: ["reason": "\(reason)"])
                    self.status.withLockedValue { $0.blockedReason = reason }
                case .unblocked:
                    self.logger.info("the broker takes messages again")
                    self.status.withLockedValue { $0.blockedReason = nil }
                    self.waitForWritable()
                default: self.role?.received(inbound)
                }
            }
        }
        self.role?.readRoundEnded()
    }

    /// Other nodes are tried at once; after a round of all, 0.1 s doubling to 5 s, jittered so that a restarted broker
    /// is not met by every service in the same instant.
    private func schedule() {
        guard !self.isClosed else { return }
        let round = self.failures / self.settings.addresses.count
        let isFreshNode = self.failures % self.settings.addresses.count != 0
        let ceiling = isFreshNode ? 10 : min(5000, 100 << min(round, 6))
        let delay = Duration.milliseconds(Int.random(in: ceiling / 2...ceiling))
        self.timer = self.thread.setTimer(after: delay) { [weak self] in self?.open() }
    }
}

extension Error {
    var asAMQP: AMQPError { self as? AMQPError ?? AMQPError(.library, "\(type(of: self))") }
}
