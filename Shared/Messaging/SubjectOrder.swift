/// Decides which events of one subject may be handled now. A value, no I/O.
///
/// *Every*: each version once, without gaps; a successor that comes early waits for its predecessor.
/// *Latest*: a version at or below the last handled one is dropped, any higher one is handled.
/// *Each*: no order at all.
enum SubjectOrder: Sendable, Equatable {
    case every, latest, each

    enum Verdict: Equatable {
        case handle, wait, drop
    }

    /// - Parameters:
    ///   - version: the event's version.
    ///   - position: the last handled version of its subject, 0 before the first and when it was forgotten.
    ///   - isAfterPause: what came before it lies so far back that it is not to be waited for.
    func verdict(version: Int64, position: Int64, isAfterPause: Bool = false) -> Verdict {
        switch self {
        case .each: .handle
        case .latest: version > position ? .handle : .drop
        case .every where version <= position: .drop
        case .every: version == position + 1 || position == 0 && isAfterPause ? .handle : .wait
        }
    }
}
