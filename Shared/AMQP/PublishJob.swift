/// One call of `publish`: its publications and what became of them so far. Belongs to the publisher's thread.
final class PublishJob {
    let publications: [AMQPPublication]
    let askedAt = ContinuousClock.now
    /// The first that is not sent yet.
    var next = 0
    private var outcomes: [PublishOutcome?]
    private var remaining: Int
    private let continuation: CheckedContinuation<[PublishOutcome], Never>

    init(_ publications: [AMQPPublication], _ continuation: CheckedContinuation<[PublishOutcome], Never>) {
        self.publications = publications
        self.continuation = continuation
        self.outcomes = Array(repeating: nil, count: publications.count)
        self.remaining = publications.count
    }

    var isDone: Bool { self.remaining == 0 }

    /// The first outcome counts; the last one resumes the caller.
    func settle(_ index: Int, _ outcome: PublishOutcome) {
        guard self.outcomes[index] == nil else { return }
        self.outcomes[index] = outcome
        self.remaining -= 1
        if self.remaining == 0 { self.continuation.resume(returning: self.outcomes.compactMap(\.self)) }
    }

    /// Everything that is not settled failed; nothing more is sent.
    func fail(_ error: AMQPError) {
        self.next = self.publications.count
        for index in self.outcomes.indices { self.settle(index, .failed(error)) }
    }
}
