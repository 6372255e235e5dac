/// One thing a connection does: it waits in line, is sent, and is answered once.
// Confined to its connection's actor; never Sendable.
final class ConnectionOperation {
    enum Work {
        /// Statements in one flight that end in one sync.
        case batch([PostgresQuery])
        /// Several statements of the simple protocol, outside of pipeline mode.
        case script(String)
        /// `COPY … FROM STDIN` and its data, outside of pipeline mode.
        case copy(PostgresQuery, data: [UInt8])
        /// Frees prepared statements; a sync of its own keeps a failure away from others.
        case deallocate([String])
        /// A sync alone: proves that all before it has been answered.
        case roundTrip

        var isExclusive: Bool {
            switch self {
            case .script, .copy: true
            case .batch, .deallocate, .roundTrip: false
            }
        }
    }

    /// An answer that is still to come.
    enum Step {
        case prepare(name: String, key: StatementCache.Key)
        case query(index: Int, key: StatementCache.Key)
        case other
    }

    /// Why it was told to stop.
    enum StopReason {
        case deadline
        case cancellation
    }

    let id: UInt64
    let work: Work
    let deadline: ContinuousClock.Instant?
    let scope: TransactionScope?
    let continuation: CheckedContinuation<[PostgresRows], any Error>?

    /// How many statements of the scope were put in front; nobody reads their answers.
    var prefix = 0
    var steps: [Step] = []
    var answered = 0
    var results: [PostgresRows] = []
    var failure: PostgresError?
    var stopReason: StopReason?
    /// How much of the COPY data has been handed to libpq; `nil` until the server asks for it, or after its end.
    var copyPosition: Int?

    init(
        id: UInt64, work: Work, deadline: ContinuousClock.Instant? = nil, scope: TransactionScope? = nil,
        continuation: CheckedContinuation<[PostgresRows], any Error>? = nil
    ) {
        self.id = id
        self.work = work
        self.deadline = deadline
        self.scope = scope
        self.continuation = continuation
    }

    /// Tells the caller how it went.
    func finish() {
        guard let continuation else { return }
        guard var failure else { return continuation.resume(returning: Array(self.results.dropFirst(self.prefix))) }
        // Counted without the statements put in front.
        failure = failure.at(failure.statementIndex.map { max(0, $0 - self.prefix) })
        // What we stopped ourselves is reported by our reason; any other failure is more telling.
        let isOurs = failure.sqlState == .queryCanceled || failure.kind == .connectionLost
        switch self.stopReason {
        case .cancellation where isOurs: continuation.resume(throwing: CancellationError())
        case .deadline where isOurs:
            var timedOut = PostgresError(.timedOut, "the deadline passed", sqlState: .queryCanceled)
            timedOut.statementIndex = failure.statementIndex
            timedOut.outcomeIsUnknown = failure.outcomeIsUnknown
            continuation.resume(throwing: timedOut)
        default: continuation.resume(throwing: failure)
        }
    }
}
