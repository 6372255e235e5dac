import DequeModule
import DescriptorExecutor

/// One consumer as the consuming connection sees it. Belongs to that connection's thread.
final class Subscription {
    struct Waiter {
        let id: UInt64
        let maximum: Int
        let linger: Duration
        let continuation: CheckedContinuation<AMQPBatch?, any Error>
    }

    let queue: String
    let prefetch: UInt16
    let channel: UInt16
    /// Grows with every subscription: what an older one delivered can no longer be acknowledged.
    var generation: UInt64 = 0
    var isSubscribed = false
    /// No more deliveries are wanted.
    var isCancelled = false
    var buffer: Deque<AMQPDelivery> = []
    var waiters: Deque<Waiter> = []
    var lingerTimer: DescriptorExecutor.TimerID?
    var retryTimer: DescriptorExecutor.TimerID?
    var failures = 0
    /// Last tags of the batches that were handed out and not acknowledged, oldest first.
    var outstanding: Deque<UInt64> = []

    init(queue: String, prefetch: UInt16, channel: UInt16) {
        self.queue = queue
        self.prefetch = prefetch
        self.channel = channel
    }

    /// Everything of the lost or closed channel is void; the broker gives it out again.
    func forgetChannel() {
        self.isSubscribed = false
        self.generation += 1
        self.buffer.removeAll(keepingCapacity: true)
        self.outstanding.removeAll(keepingCapacity: true)
    }
}
