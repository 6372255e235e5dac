/// A caller id as ARI shows it; both are empty when withheld.
struct Party: Sendable, Equatable {
    var name = ""
    var number = ""

    var json: JSONValue { ["name": .string(self.name), "number": .string(self.number)] }
    var isEmpty: Bool { self.name.isEmpty && self.number.isEmpty }
}
