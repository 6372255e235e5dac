/// What became of one event, as the exchange is told.
struct ForeignResult: Encodable, Sendable, Equatable {
    enum Result: String, Encodable, Sendable {
        /// Taken now.
        case done
        /// Taken before.
        case known
        /// Not taken; the same event will be refused again, unless what it misses comes first.
        case refused
    }

    /// As it came; nil when it could not be read.
    let id: String?
    let result: Result
    /// Remarkable things about a taken event, separated by commas.
    var note: String?
    /// The stable id of a refusal.
    var error: String?
    var message: String?

    static func done(_ id: String, _ notes: [ForeignStep.Note]) -> ForeignResult {
        ForeignResult(
            id: id, result: .done, note: notes.isEmpty ? nil : notes.map(\.rawValue).joined(separator: ","))
    }

    static func known(_ id: String) -> ForeignResult { ForeignResult(id: id, result: .known) }

    static func refused(_ id: String?, _ refusal: ForeignRefusal) -> ForeignResult {
        ForeignResult(id: id, result: .refused, error: refusal.errorID, message: refusal.message)
    }
}
