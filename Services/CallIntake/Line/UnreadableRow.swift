/// A row of our own that this version does not understand: a newer version has written it.
struct UnreadableRow: Error, Sendable, CustomStringConvertible {
    let column: String
    var description: String { "\(self.column) holds a value that this version of call-intake does not know" }
}
