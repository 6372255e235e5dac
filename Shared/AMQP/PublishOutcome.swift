/// What became of one publication.
public enum PublishOutcome: Sendable, Equatable {
    /// The broker has it: on a quorum queue, a majority has it on disk.
    case confirmed
    /// Mandatory, and no queue is bound for it (`basic.return`, code 312).
    case unroutable(code: Int, text: String)
    /// `basic.nack`: the queue is full (`reject-publish`) or could not store it. Later may succeed.
    case rejected
    /// Whether the broker has it is unknown, unless the error is `.invalid`: publish again with the same message id.
    case failed(AMQPError)
}
