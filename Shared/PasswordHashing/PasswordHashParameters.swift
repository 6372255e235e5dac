/// The cost that a PHC string states: `$argon2id$v=19$m=47104,t=1,p=1$…`.
struct PasswordHashParameters: Equatable {
    let memory: UInt32
    let passes: UInt32
    let lanes: UInt32

    init(memory: UInt32, passes: UInt32, lanes: UInt32) {
        self.memory = memory
        self.passes = passes
        self.lanes = lanes
    }

    /// Nil unless `text` is an Argon2id string of version 19 with exactly these three parameters.
    init?(_ text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0].isEmpty, parts[1] == "argon2id", parts[2] == "v=19", !text.utf8.contains(0)
        else { return nil }
        let fields = parts[3].split(separator: ",", omittingEmptySubsequences: false)
        guard fields.count == 3, fields[0].hasPrefix("m="), fields[1].hasPrefix("t="), fields[2].hasPrefix("p="),
            let memory = UInt32(fields[0].dropFirst(2)), let passes = UInt32(fields[1].dropFirst(2)),
            let lanes = UInt32(fields[2].dropFirst(2))
        else { return nil }
        self.init(memory: memory, passes: passes, lanes: lanes)
    }

    /// Whether a computation with them stays within our limits.
    var isAffordable: Bool {
        self.memory <= PasswordHash.memoryLimit && self.passes <= PasswordHash.passesLimit && self.lanes <= 4
    }
}
