import DequeModule
import DescriptorExecutor
import Logging

/// The connection that publishes events with confirms, declares, and sends answers. It never consumes.
actor Publisher: ConnectionRole {
    /// Confirms; the broker numbers what is published on it from 1.
    private static let events: UInt16 = 1
    /// Declares, so that a refusal costs no confirms.
    private static let control: UInt16 = 2
    /// Answers to requests, without confirms.
    private static let answers: UInt16 = 3
    /// Publications in one turn of the thread; answers and confirms get theirs between.
    private static let quantum = 128
    /// `POLLOUT` says that a third of the send buffer is free, which is more than this.
    private static let bytesPerCheck = 4096

    private struct Entry {
        let job: PublishJob
        let index: Int
        var returned: PublishOutcome?
        var isSettled = false
    }

    nonisolated let connection: Connection
    nonisolated var unownedExecutor: UnownedSerialExecutor { self.connection.thread.asUnownedSerialExecutor() }
    private let topology: SharedTopology
    /// Not finished, oldest first.
    private var jobs: Deque<PublishJob> = []
    /// Sent and not settled, oldest first; the first has the tag `firstTag`.
    private var window: Deque<Entry> = []
    private var firstTag: UInt64 = 1
    /// What the broker took or confirmed last: silence is measured from here.
    private var lastProgress = ContinuousClock.now
    private var silenceTimer: DescriptorExecutor.TimerID?
    private var flowIsStopped = false
    private var finishWaiters: [CheckedContinuation<Void, Never>] = []
    private var isFinishing = false

    init(_ settings: AMQPSettings, topology: SharedTopology, logger: Logger) {
        self.connection = Connection(settings, purpose: "publish", logger: logger)
        self.topology = topology
    }

    func start() { self.connection.start(self) }

    /// Waits for what was asked before, takes no more, and closes.
    func finish() async {
        self.isFinishing = true
        if !self.jobs.isEmpty { await withCheckedContinuation { self.finishWaiters.append($0) } }
        self.connection.close()
    }

    // MARK: Asking

    func publish(_ publications: [AMQPPublication]) async -> [PublishOutcome] {
        guard !publications.isEmpty else { return [] }
        guard !self.isFinishing, !self.connection.isClosed else {
            return publications.map { _ in .failed(AMQPError(.closed, "the client is stopped")) }
        }
        return await withCheckedContinuation { continuation in
            self.jobs.append(PublishJob(publications, continuation))
            self.watchSilence()
            self.pump()
        }
    }

    /// - Returns: whether it was handed to the broker's connection.
    func answer(_ message: AMQPMessage, to queue: String) -> Bool {
        guard self.connection.isOpen, !self.connection.isBlocked, let transport = self.connection.transport,
            transport.isWritable
        else { return false }
        do {
            try transport.publish(
                on: Self.answers, exchange: "", routingKey: queue, mandatory: false, properties: message.properties,
                body: message.body)
            return true
        } catch {
            if error.asAMQP.kind != .invalid { self.connection.drop(error.asAMQP) }
            return false
        }
    }

    func declare(_ topology: AMQPTopology) throws {
        guard let transport = self.connection.transport, self.connection.isOpen else {
            throw AMQPError(.disconnected, "no connection to declare on")
        }
        // Confirms that came meanwhile lie inside librabbitmq; the next turn reads them.
        defer { self.connection.waitForWritable() }
        do {
            try transport.declare(topology, on: Self.control)
        } catch {
            let error = error.asAMQP
            switch error.kind {
            case .refused: self.connection.orDrop { try $0.openChannel(Self.control) }
            case .invalid: break
            default: self.connection.drop(error)
            }
            throw error
        }
    }

    // MARK: Sending

    private func pump() {
        guard let transport = self.connection.transport, self.connection.isOpen, !self.connection.isBlocked,
            !self.flowIsStopped, self.hasUnsent, self.window.count < self.connection.settings.confirmWindow
        else { return }
        transport.cork()
        defer { transport.uncork() }
        var left = Self.quantum
        var unchecked = Self.bytesPerCheck
        for job in self.jobs {
            while job.next < job.publications.count {
                guard self.window.count < self.connection.settings.confirmWindow else { return }
                guard left > 0 else { return self.connection.waitForWritable() }
                if unchecked >= Self.bytesPerCheck {
                    guard transport.isWritable else { return self.connection.waitForWritable() }
                    unchecked = 0
                }
                let index = job.next
                job.next += 1
                left -= 1
                unchecked += job.publications[index].message.body.count + 256
                guard self.send(job, index, transport) else { return }
            }
        }
        self.removeFinished()
    }

    private var hasUnsent: Bool { self.jobs.last.map { $0.next < $0.publications.count } ?? false }

    /// - Returns: false when the connection was lost.
    private func send(_ job: PublishJob, _ index: Int, _ transport: Transport) -> Bool {
        let publication = job.publications[index]
        let tag = self.firstTag + UInt64(self.window.count)
        do {
            try transport.publish(
                on: Self.events, exchange: publication.exchange, routingKey: publication.routingKey,
                mandatory: publication.isMandatory, properties: publication.message.properties,
                body: publication.message.body, tag: publication.isMandatory ? tag : nil)
        } catch {
            let error = error.asAMQP
            if error.kind == .invalid {
                job.settle(index, .failed(error))
                return true
            }
            job.settle(index, .failed(error))
            self.connection.drop(error)
            return false
        }
        self.window.append(Entry(job: job, index: index))
        self.lastProgress = .now
        return true
    }

    // MARK: Settling

    private func settle(upTo tag: UInt64, isMultiple: Bool, _ outcome: PublishOutcome) {
        guard tag >= self.firstTag || tag == 0 else { return }
        // Tag 0 with `multiple` means all so far.
        let last = tag == 0 ? self.window.count - 1 : Int(tag - self.firstTag)
        guard last < self.window.count, last >= 0 else { return }
        for index in (isMultiple ? 0 : last)...last where !self.window[index].isSettled {
            self.window[index].isSettled = true
            let entry = self.window[index]
            entry.job.settle(entry.index, outcome == .confirmed ? entry.returned ?? .confirmed : outcome)
        }
        while self.window.first?.isSettled == true {
            self.window.removeFirst()
            self.firstTag += 1
        }
        self.lastProgress = .now
    }

    private func removeFinished() {
        self.jobs.removeAll { $0.isDone }
        if self.jobs.isEmpty {
            for waiter in self.finishWaiters { waiter.resume() }
            self.finishWaiters.removeAll()
        }
    }

    private func failWindow(_ error: AMQPError) {
        for entry in self.window where !entry.isSettled { entry.job.settle(entry.index, .failed(error)) }
        self.window.removeAll()
        self.firstTag = 1
        self.removeFinished()
    }

    /// Publications must not wait for ever for a broker that is away, blocked or silent.
    private func watchSilence() {
        guard self.silenceTimer == nil else { return }
        let tick = min(.milliseconds(250), self.connection.settings.publishTimeout / 4)
        self.silenceTimer = self.connection.thread.setTimer(after: tick) { [weak self] in
            self?.assumeIsolated { $0.checkSilence() }
        }
    }

    private func checkSilence() {
        self.silenceTimer = nil
        let limit = ContinuousClock.now.advanced(by: .zero - self.connection.settings.publishTimeout)
        for job in self.jobs where max(job.askedAt, self.lastProgress) <= limit { job.fail(self.reasonForSilence) }
        self.removeFinished()
        if !self.jobs.isEmpty { self.watchSilence() }
    }

    private var reasonForSilence: AMQPError {
        let now = self.connection.snapshot
        if let reason = now.blockedReason { return AMQPError(.blocked, reason) }
        if !now.isOpen { return AMQPError(.disconnected, now.problem?.text ?? "no connection to the broker") }
        return AMQPError(.timedOut, "the broker confirmed nothing in time")
    }

    // MARK: ConnectionRole

    nonisolated func connectionOpened(_ transport: Transport) throws {
        try self.assumeIsolated { role in
            role.flowIsStopped = false
            try transport.openChannel(Self.control)
            try transport.declare(role.topology.current, on: Self.control)
            try transport.openChannel(Self.answers)
            try transport.openChannel(Self.events)
            try transport.selectConfirms(on: Self.events)
        }
    }

    nonisolated func connectionLost(_ error: AMQPError) {
        self.assumeIsolated { role in
            role.failWindow(AMQPError(.disconnected, code: error.code, error.text))
            guard role.connection.isClosed else { return }
            for job in role.jobs { job.fail(error) }
            role.removeFinished()
        }
    }

    nonisolated func received(_ inbound: Inbound) {
        self.assumeIsolated { role in
            switch inbound {
            case .confirmed(Self.events, let tag, let isMultiple):
                role.settle(upTo: tag, isMultiple: isMultiple, .confirmed)
            case .rejected(Self.events, let tag, let isMultiple):
                role.settle(upTo: tag, isMultiple: isMultiple, .rejected)
            case .returned(Self.events, let code, let text, _, let tag?):
                guard tag >= role.firstTag, tag - role.firstTag < UInt64(role.window.count) else { return }
                role.window[Int(tag - role.firstTag)].returned = .unroutable(code: code, text: text)
            case .flow(_, let isActive):
                role.flowIsStopped = !isActive
            case .channelClosed(let channel, let error):
                role.reopen(channel, error)
            default: return
            }
        }
    }

    nonisolated func readRoundEnded() {
        self.assumeIsolated { role in
            role.removeFinished()
            role.pump()
        }
    }

    nonisolated func becameWritable() {
        self.assumeIsolated { $0.pump() }
    }

    private func reopen(_ channel: UInt16, _ error: AMQPError) {
        self.connection.logger.error(
            "the broker closed a channel", metadata: ["channel": "\(channel)", "error": "\(error)"])
        if channel == Self.events { self.failWindow(error) }
        self.connection.orDrop { transport in
            if channel == Self.events {
                // A missing exchange is the likely reason.
                try transport.declare(self.topology.current, on: Self.control)
            }
            try transport.openChannel(channel)
            if channel == Self.events { try transport.selectConfirms(on: channel) }
        }
    }
}
