import NIOConcurrencyHelpers

/// What is declared on every connecting; grows by `AMQPClient.declare`.
final class SharedTopology: Sendable {
    private let box: NIOLockedValueBox<AMQPTopology>

    init(_ topology: AMQPTopology) { self.box = NIOLockedValueBox(topology) }

    var current: AMQPTopology { self.box.withLockedValue { $0 } }

    func add(_ topology: AMQPTopology) { self.box.withLockedValue { $0.merge(topology) } }
}
