/// The answer of a request that has nothing to tell but that it was done.
public struct Done: Codable, Sendable, Equatable {
    public init() {}
}
