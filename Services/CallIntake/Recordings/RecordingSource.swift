/// Where recordings lie before they are ours: the exchanges.
protocol RecordingSource: Sendable {
    /// Gives the whole sound to `take`, piece by piece, in order.
    /// - Throws: `RecordingSourceError`, `OutboundHTTPError`, and what `take` throws.
    func read(
        _ name: String, at exchange: String, _ take: @Sendable ([UInt8]) async throws -> Void
    ) async throws

    /// Removes the exchange's copy; one that is not there is removed already.
    func remove(_ name: String, at exchange: String) async throws
}

/// Why the exchange gave no sound. Safe to log and to announce.
enum RecordingSourceError: Error, Sendable, Equatable, CustomStringConvertible {
    /// It has no such file.
    case missing
    /// The file has no content.
    case empty
    case refused(status: Int)
    /// No exchange of this name is known here.
    case unknownExchange

    var description: String {
        switch self {
        case .missing: "the exchange has no such recording"
        case .empty: "the exchange's recording is empty"
        case .refused(let status): "the exchange answered with status \(status)"
        case .unknownExchange: "the exchange is not known any more"
        }
    }
}
