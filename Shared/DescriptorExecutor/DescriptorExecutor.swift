import Glibc
internal import NIOConcurrencyHelpers

/// A serial executor that is one thread in `poll(2)`.
///
/// A C library with a socket wants one thread that waits for the socket and calls the library when it is ready. An
/// actor whose `unownedExecutor` is a `DescriptorExecutor` is confined to that thread: its jobs, the readiness of its
/// descriptors and its timers all run there, one after another, so the library is never called from two threads.
///
/// Several actors may share one executor (the connections of a pool do): each watches its own descriptors.
///
/// Readiness and timer callbacks run on the executor's thread; an actor enters itself there with `assumeIsolated`.
/// `watch`, `unwatch`, `setTimer` and `cancelTimer` may be called from any thread and take effect before the next
/// `poll`. Timers have millisecond resolution and never fire early.
// @unchecked: all mutable state sits in `state`, a lock; the thread itself owns nothing else.
public final class DescriptorExecutor: SerialExecutor, @unchecked Sendable {
    /// What a watcher waits for.
    public struct Readiness: OptionSet, Sendable {
        public let rawValue: Int16
        public init(rawValue: Int16) { self.rawValue = rawValue }
        public static let readable = Readiness(rawValue: Int16(POLLIN))
        public static let writable = Readiness(rawValue: Int16(POLLOUT))
        /// The peer is gone or the descriptor is broken; always reported, never asked for.
        public static let failed = Readiness(rawValue: Int16(POLLERR | POLLHUP | POLLNVAL))
    }

    /// Names a timer so that it can be moved or cancelled. Unique within the process.
    public struct TimerID: Hashable, Sendable {
        let raw: UInt64
    }

    private struct Watcher {
        var interest: Readiness
        let onReady: @Sendable (Readiness) -> Void
    }

    private struct Timer {
        let deadline: ContinuousClock.Instant
        let onFire: @Sendable () -> Void
    }

    /// What the thread runs: a job of an actor, or of a task that prefers to run here.
    private struct Job {
        let job: UnownedJob
        /// Held until the job has run: it may release the last reference itself.
        let taskExecutor: DescriptorTaskExecutor?

        func run(on executor: DescriptorExecutor) {
            if let taskExecutor {
                self.job.runSynchronously(on: taskExecutor.asUnownedTaskExecutor())
            } else {
                self.job.runSynchronously(on: executor.asUnownedSerialExecutor())
            }
        }
    }

    private struct State {
        var jobs: [Job] = []
        var watchers: [Int32: Watcher] = [:]
        var timers: [TimerID: Timer] = [:]
        var nextTimer: UInt64 = 0
        var stopping = false
        /// The thread sleeps in `poll`, or is about to, and nobody has woken it yet.
        var isAsleep = false
        var thread: pthread_t?
    }

    private let state = NIOLockedValueBox(State())
    private let wakeRead: Int32
    private let wakeWrite: Int32
    private let drainLock = NIOLock()
    private let drainer = NIOLockedValueBox<pthread_t?>(nil)

    /// Starts the thread.
    /// - Parameter name: named when no thread or pipe can be had, which ends the process.
    public init(name: String) {
        var ends: [Int32] = [0, 0]
        let made = pipe(&ends)
        precondition(made == 0, "no descriptor left for the wake pipe of \(name)")
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        self.wakeRead = ends[0]
        self.wakeWrite = ends[1]
        let context = Unmanaged.passRetained(self)
        var thread = pthread_t()
        let started = pthread_create(
            &thread, nil,
            { raw in
                Unmanaged<DescriptorExecutor>.fromOpaque(raw!).takeRetainedValue().loop()
                return nil
            }, context.toOpaque())
        precondition(started == 0, "no thread can be started for \(name)")
        pthread_detach(thread)
        self.state.withLockedValue { $0.thread = thread }
    }

    deinit {
        close(self.wakeRead)
        close(self.wakeWrite)
    }

    // MARK: SerialExecutor

    public func enqueue(_ job: consuming ExecutorJob) {
        self.enqueue(Job(job: UnownedJob(job), taskExecutor: nil))
    }

    func enqueue(_ job: UnownedJob, of taskExecutor: DescriptorTaskExecutor) {
        self.enqueue(Job(job: job, taskExecutor: taskExecutor))
    }

    private func enqueue(_ job: Job) {
        // The runtime does not hold the executor: as soon as the job is in the list it may run, and with it the last
        // reference may go while this call is not over.
        let executor = Unmanaged.passRetained(self)
        defer { executor.release() }
        // A job that comes after `stop` still runs, so that no continuation is ever lost: on the caller's thread
        // there would be two threads in the actor, so the stopped loop stays until its queue is empty (see `loop`).
        let late = self.state.withLockedValue { state -> Bool in
            state.jobs.append(job)
            return state.stopping && state.thread == nil
        }
        if late { self.drainAfterStop() } else { self.wake() }
    }

    public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }

    public func checkIsolated() {
        precondition(self.isOnThread, "called outside of the executor's thread")
    }

    /// Whether the caller runs on this executor's thread.
    public var isOnThread: Bool {
        self.state.withLockedValue { $0.thread.map { pthread_equal($0, pthread_self()) != 0 } ?? false }
            || self.isDraining
    }

    // MARK: Descriptors and timers

    /// Calls `onReady` whenever `descriptor` is ready for `interest`, until `unwatch`. Replaces an earlier watcher.
    public func watch(_ descriptor: Int32, for interest: Readiness, _ onReady: @escaping @Sendable (Readiness) -> Void)
    {
        self.state.withLockedValue { $0.watchers[descriptor] = Watcher(interest: interest, onReady: onReady) }
        self.wake()
    }

    /// Changes what the watcher of `descriptor` waits for. Does nothing when none is set.
    public func change(_ descriptor: Int32, to interest: Readiness) {
        self.state.withLockedValue { $0.watchers[descriptor]?.interest = interest }
        self.wake()
    }

    /// Forgets `descriptor`; call it before closing it.
    public func unwatch(_ descriptor: Int32) {
        self.state.withLockedValue { $0.watchers[descriptor] = nil }
        self.wake()
    }

    /// Calls `onFire` once on the executor's thread, `delay` from now or a little later.
    @discardableResult
    public func setTimer(after delay: Duration, _ onFire: @escaping @Sendable () -> Void) -> TimerID {
        let deadline = ContinuousClock.now.advanced(by: delay)
        let id = self.state.withLockedValue { state in
            state.nextTimer += 1
            let id = TimerID(raw: state.nextTimer)
            state.timers[id] = Timer(deadline: deadline, onFire: onFire)
            return id
        }
        self.wake()
        return id
    }

    /// Forgets a timer; one that has fired already is no error.
    public func cancelTimer(_ id: TimerID) {
        self.state.withLockedValue { $0.timers[id] = nil }
    }

    /// Ends the thread after the jobs that are queued now. Descriptors are forgotten, not closed.
    public func stop() {
        self.state.withLockedValue { $0.stopping = true }
        self.wake()
    }

    // MARK: The loop

    private func loop() {
        while true {
            let jobs = self.state.withLockedValue { state in
                let jobs = state.jobs
                state.jobs.removeAll(keepingCapacity: true)
                return jobs
            }
            for job in jobs { job.run(on: self) }

            let ended = self.state.withLockedValue { state -> Bool in
                guard state.stopping, state.jobs.isEmpty else { return false }
                state.watchers.removeAll()
                state.timers.removeAll()
                state.thread = nil
                return true
            }
            if ended { return }
            self.waitOnce()
        }
    }

    private func waitOnce() {
        var (descriptors, timeout) = self.state.withLockedValue { state -> ([pollfd], Int32) in
            var descriptors = [pollfd(fd: self.wakeRead, events: Int16(POLLIN), revents: 0)]
            for (descriptor, watcher) in state.watchers {
                descriptors.append(pollfd(fd: descriptor, events: watcher.interest.rawValue, revents: 0))
            }
            guard state.jobs.isEmpty else { return (descriptors, 0) }
            guard let nearest = state.timers.values.map(\.deadline).min() else {
                state.isAsleep = true
                return (descriptors, -1)
            }
            let left = ContinuousClock.now.duration(to: nearest).components
            guard left.seconds >= 0, left.attoseconds >= 0 else { return (descriptors, 0) }
            state.isAsleep = true
            // Rounded up, so that a timer never fires early and the loop never spins on the last fraction.
            let milliseconds = left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000 + 1
            return (descriptors, Int32(clamping: milliseconds))
        }
        let ready = poll(&descriptors, nfds_t(descriptors.count), timeout)
        if timeout != 0 { self.state.withLockedValue { $0.isAsleep = false } }
        if ready > 0 {
            if descriptors[0].revents != 0 { self.drainWakePipe() }
            for entry in descriptors.dropFirst() where entry.revents != 0 {
                // Looked up again: an earlier callback of this round may have unwatched it.
                let watcher = self.state.withLockedValue { $0.watchers[entry.fd] }
                watcher?.onReady(Readiness(rawValue: entry.revents))
            }
        }
        let now = ContinuousClock.now
        let due = self.state.withLockedValue { state -> [Timer] in
            guard !state.timers.isEmpty else { return [] }
            let due = state.timers.filter { $0.value.deadline <= now }
            for id in due.keys { state.timers[id] = nil }
            return due.values.sorted { $0.deadline < $1.deadline }
        }
        for timer in due { timer.onFire() }
    }

    // MARK: Waking

    /// Costs a system call only while the thread sleeps: before it does, it looks at its jobs.
    private func wake() {
        let isAsleep = self.state.withLockedValue { state -> Bool in
            defer { state.isAsleep = false }
            return state.isAsleep
        }
        guard isAsleep else { return }
        var byte: UInt8 = 1
        // A full pipe means that a wake-up is under way already.
        _ = write(self.wakeWrite, &byte, 1)
    }

    private func drainWakePipe() {
        var buffer = [UInt8](repeating: 0, count: 64)
        while read(self.wakeRead, &buffer, buffer.count) == buffer.count {}
    }

    // MARK: After the end

    /// Jobs that arrive after the thread has ended run one after another on the callers' threads, under one lock:
    /// a stopped actor has nothing left to do but to refuse, and refusing must resume every continuation.
    private func drainAfterStop() {
        // Re-entrant: a job run here may enqueue on this executor again, and the loop below will take it.
        if self.isDraining { return }
        self.drainLock.withLock {
            self.drainer.withLockedValue { $0 = pthread_self() }
            while let job = self.state.withLockedValue({ $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }) {
                job.run(on: self)
            }
            self.drainer.withLockedValue { $0 = nil }
        }
    }

    private var isDraining: Bool {
        self.drainer.withLockedValue { $0.map { pthread_equal($0, pthread_self()) != 0 } ?? false }
    }
}
