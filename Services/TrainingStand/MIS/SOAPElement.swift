/// One element of a message, by local names: HubService has no two members that differ by namespace alone.
struct SOAPElement: Sendable {
    let name: String
    var text = ""
    var children: [SOAPElement] = []

    init(name: String) { self.name = name }

    subscript(name: String) -> SOAPElement? { self.children.first { $0.name == name } }

    /// Trimmed text of a member; empty for an absent, empty or nil one.
    func value(_ name: String) -> String { self[name]?.text ?? "" }
}
