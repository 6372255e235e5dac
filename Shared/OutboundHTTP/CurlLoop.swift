internal import CCurl
internal import DequeModule
import Glibc
internal import Logging
internal import NIOConcurrencyHelpers

/// The thread that owns libcurl's multi handle and every easy handle.
///
/// It sleeps in `curl_multi_poll`; a submission, a cancellation and the end of a pause wake it by `curl_multi_wakeup`,
/// the only function of libcurl that other threads call here.
// @unchecked: `shared` is a lock; everything else is touched by the loop's thread only. The multi handle lives until
// the thread has ended, and other threads wake it under the lock that records the end.
final class CurlLoop: @unchecked Sendable {
    private struct Shared {
        var submitted: Deque<CurlTransfer> = []
        var cancelled: [CurlTransfer] = []
        var resumed: [CurlTransfer] = []
        var count = 0
        var stopAt: ContinuousClock.Instant?
        var hasEnded = false
        var endWaiters: [CheckedContinuation<Void, Never>] = []
    }

    private static let globalCode = curl_global_init(line122_curl_global_default)
    private static let maximumIdleHandles = 64

    private let configuration: OutboundHTTPConfiguration
    private let logger: Logger
    private let multi: UnsafeMutableRawPointer
    private let shared = NIOLockedValueBox(Shared())
    private var queue: CurlQueue
    private var active: [UnsafeMutableRawPointer: CurlTransfer] = [:]
    private var handles: [ObjectIdentifier: CurlHandle] = [:]
    private var idle: [CurlHandle] = []

    /// Starts the thread; ends the process when libcurl, memory or threads are not to be had.
    init(_ configuration: OutboundHTTPConfiguration, logger: Logger) {
        precondition(Self.globalCode == CURLE_OK, "libcurl cannot be initialized")
        guard let multi = curl_multi_init() else { preconditionFailure("no memory for libcurl") }
        self.configuration = configuration
        self.logger = logger
        self.multi = multi
        self.queue = CurlQueue(configuration)
        // Within the queue's limits nothing waits in libcurl; these make it close idle connections for new ones.
        line122_curl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, configuration.maximumConnectionsPerHost)
        line122_curl_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, configuration.maximumConnections)
        line122_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, configuration.maximumConnections)
        line122_curl_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_NOTHING))
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self)
        let started = pthread_create(
            &thread, nil,
            { raw in
                Unmanaged<CurlLoop>.fromOpaque(raw!).takeRetainedValue().run()
                return nil
            }, context.toOpaque())
        precondition(started == 0, "no thread can be started for libcurl")
        pthread_detach(thread)
    }

    deinit { curl_multi_cleanup(self.multi) }

    // MARK: From any thread

    func submit(_ transfer: CurlTransfer) {
        let refusal = self.shared.withLockedValue { shared -> OutboundHTTPError.Kind? in
            guard shared.stopAt == nil else { return .closed }
            guard shared.count < self.configuration.maximumTransfers else { return .overloaded }
            shared.count += 1
            shared.submitted.append(transfer)
            return nil
        }
        if let refusal {
            transfer.finish(.failure(OutboundHTTPError(refusal, peer: transfer.plan.peer)))
        } else {
            curl_multi_wakeup(self.multi)
        }
    }

    func cancel(_ transfer: CurlTransfer) {
        self.command { $0.cancelled.append(transfer) }
    }

    /// Lets libcurl read or write again after a callback asked for a pause.
    func resume(_ transfer: CurlTransfer) {
        self.command { $0.resumed.append(transfer) }
    }

    /// Refuses new transfers, gives the others `grace` and ends the thread.
    func stop(grace: Duration) {
        self.command { shared in
            let limit = ContinuousClock.now.advanced(by: grace)
            shared.stopAt = min(shared.stopAt ?? limit, limit)
        }
    }

    func ended() async {
        await withCheckedContinuation { continuation in
            let hasEnded = self.shared.withLockedValue { shared in
                if !shared.hasEnded { shared.endWaiters.append(continuation) }
                return shared.hasEnded
            }
            if hasEnded { continuation.resume() }
        }
    }

    private func command(_ change: (inout Shared) -> Void) {
        self.shared.withLockedValue { shared in
            guard !shared.hasEnded else { return }
            change(&shared)
        }
        curl_multi_wakeup(self.multi)
    }

    // MARK: The thread

    private func run() {
        while true {
            let (submitted, cancelled, resumed, stopAt) = self.shared.withLockedValue { shared in
                defer {
                    shared.submitted = []
                    shared.cancelled = []
                    shared.resumed = []
                }
                return (shared.submitted, shared.cancelled, shared.resumed, shared.stopAt)
            }
            for transfer in submitted {
                // Cancelled before it was submitted: nobody says so again.
                if transfer.isCancelled {
                    self.release(transfer, .failure(self.error(.cancelled, transfer)))
                } else {
                    self.queue.append(transfer)
                }
            }
            for transfer in cancelled { self.end(transfer, as: .cancelled) }
            let now = ContinuousClock.now
            for transfer in self.queue.takeExpired(now) {
                self.release(transfer, .failure(self.error(.timedOut, transfer)))
            }
            for transfer in resumed {
                if let handle = self.handles[ObjectIdentifier(transfer)] {
                    curl_easy_pause(handle.easy.raw, CURLPAUSE_CONT)
                }
            }
            if let stopAt, now >= stopAt {
                for transfer in self.queue.takeAll() {
                    self.release(transfer, .failure(self.error(.cancelled, transfer)))
                }
                for transfer in self.active.values { self.end(transfer, as: .cancelled) }
            }
            self.startNext()
            var running: Int32 = 0
            let code = curl_multi_perform(self.multi, &running)
            if code != CURLM_OK {
                self.logger.error("libcurl multi_perform failed", metadata: ["code": "\(code.rawValue)"])
                for transfer in self.active.values { self.end(transfer, as: .protocol) }
            }
            self.collect()
            // What has ended makes room; libcurl does not sleep over a handle that was just added.
            self.startNext()
            if stopAt != nil, self.active.isEmpty, self.queue.isEmpty, self.endIfIdle() { return }
            let pause = self.queue.nextExpiry.map { ContinuousClock.now.duration(to: $0).curlMilliseconds }
            curl_multi_poll(self.multi, nil, 0, Int32(min(pause ?? .max, stopAt == nil ? 60_000 : 50)), nil)
        }
    }

    private func startNext() {
        while let transfer = self.queue.next() {
            guard let refusal = self.start(transfer) else { continue }
            self.queue.ended(transfer)
            self.release(transfer, refusal)
        }
    }

    /// - Returns: why it has ended already, nil once it is under way.
    private func start(_ transfer: CurlTransfer) -> Result<Void, OutboundHTTPError>? {
        guard !transfer.isCancelled else { return .failure(self.error(.cancelled, transfer)) }
        guard let handle = self.idle.popLast() ?? CurlHandle() else {
            return .failure(self.error(.overloaded, transfer))
        }
        let prepared = handle.easy.prepare(transfer, self.configuration)
        guard prepared == CURLE_OK else {
            let result = curlResult(prepared, of: handle.easy.raw, transfer)
            self.giveBack(handle)
            return result
        }
        guard curl_multi_add_handle(self.multi, handle.easy.raw) == CURLM_OK else {
            self.giveBack(handle)
            return .failure(self.error(.overloaded, transfer))
        }
        self.active[handle.easy.raw] = transfer
        self.handles[ObjectIdentifier(transfer)] = handle
        return nil
    }

    private func collect() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(self.multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let raw = message.pointee.easy_handle,
                let transfer = self.active[raw]
            else { continue }
            // Read before the handle is removed: that frees the message.
            let code = message.pointee.data.result
            let result = curlResult(code, of: raw, transfer)
            self.remove(transfer, result)
        }
    }

    /// Ends a transfer for a reason of ours; one that has ended is left alone.
    private func end(_ transfer: CurlTransfer, as kind: OutboundHTTPError.Kind) {
        guard !self.queue.remove(transfer) else { return self.release(transfer, .failure(self.error(kind, transfer))) }
        guard let handle = self.handles[ObjectIdentifier(transfer)] else { return }
        let result = curlResult(CURLE_ABORTED_BY_CALLBACK, of: handle.easy.raw, transfer)
        guard case .failure(let error) = result else { return }
        self.remove(transfer, .failure(OutboundHTTPError(kind, wasSent: error.wasSent, peer: error.peer)))
    }

    private func remove(_ transfer: CurlTransfer, _ result: Result<Void, OutboundHTTPError>) {
        guard let handle = self.handles.removeValue(forKey: ObjectIdentifier(transfer)) else { return }
        self.active[handle.easy.raw] = nil
        curl_multi_remove_handle(self.multi, handle.easy.raw)
        self.giveBack(handle)
        self.queue.ended(transfer)
        self.release(transfer, result)
    }

    private func giveBack(_ handle: CurlHandle) {
        handle.easy.reset()
        if self.idle.count < Self.maximumIdleHandles { self.idle.append(handle) }
    }

    private func release(_ transfer: CurlTransfer, _ result: Result<Void, OutboundHTTPError>) {
        self.shared.withLockedValue { $0.count -= 1 }
        transfer.finish(result)
    }

    private func error(_ kind: OutboundHTTPError.Kind, _ transfer: CurlTransfer) -> OutboundHTTPError {
        OutboundHTTPError(kind, peer: transfer.plan.peer)
    }

    /// Records the end unless something was submitted meanwhile.
    private func endIfIdle() -> Bool {
        let waiters = self.shared.withLockedValue { shared -> [CheckedContinuation<Void, Never>]? in
            guard shared.submitted.isEmpty else { return nil }
            shared.hasEnded = true
            defer { shared.endWaiters = [] }
            return shared.endWaiters
        }
        guard let waiters else { return false }
        self.idle = []
        for waiter in waiters { waiter.resume() }
        return true
    }
}
