/// Where a caller is in the menu.
struct MenuPosition: Sendable, Equatable, Codable {
    var node: String
    /// Wrong keys so far, in this node.
    var mistakes = 0
}
