/// Who is served first. Codable as a number.
enum CallPriority: Int16, Codable, Sendable, Comparable {
    case ordinary = 0
    /// Reached by a callback: has waited before.
    case callback = 1
    /// Lost the operator: back to the head.
    case returned = 2
    /// Asked for the emergency service, which did not answer.
    case emergency = 3

    static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
