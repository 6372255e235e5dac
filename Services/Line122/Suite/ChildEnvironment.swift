/// The environment of a child: the caller's, so that a setting given to `line122 up` reaches the services, with our
/// own on top. A secret is given either as a value or as a file, never as both.
struct ChildEnvironment: Sendable {
    private(set) var variables: [String: String]

    init(_ base: [String: String]) {
        self.variables = base
    }

    mutating func set(_ name: String, _ value: String) {
        self.variables["\(name)_FILE"] = nil
        self.variables[name] = value
    }

    /// Hands a secret over as `NAME_FILE`.
    mutating func set(_ name: String, file: String) {
        self.variables[name] = nil
        self.variables["\(name)_FILE"] = file
    }

    /// Sets what the caller has not set.
    mutating func setDefault(_ name: String, _ value: String) {
        guard self.variables[name] == nil, self.variables["\(name)_FILE"] == nil else { return }
        self.variables[name] = value
    }

    mutating func remove(_ name: String) {
        self.variables[name] = nil
        self.variables["\(name)_FILE"] = nil
    }
}
