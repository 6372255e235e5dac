import Dispatch

/// Where what blocks is done (name lookup, connecting, log-in), so that no connection's thread waits for it.
enum BlockingCalls {
    private static let queue = DispatchQueue(label: "amqp-blocking", attributes: .concurrent)

    static func run(_ body: @escaping @Sendable () -> Void) { self.queue.async(execute: body) }
}
