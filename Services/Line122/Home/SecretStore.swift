import Foundation

/// Secrets of one home: generated once, one file each, readable by their owner only.
struct SecretStore: Sendable {
    let folder: URL

    func file(_ name: String) -> URL { self.folder.appendingPathComponent(name) }

    /// The secret of this name; made of `bytes` random bytes (as hexadecimal digits) when there is none yet.
    func secret(_ name: String, bytes: Int = 24) throws -> String {
        if let known = self.known(name) { return known }
        var random = SystemRandomNumberGenerator()
        let digits = (0..<bytes).map { _ in
            let byte = UInt8.random(in: .min ... .max, using: &random)
            return (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        let secret = digits.joined()
        try self.write(secret, as: name)
        return secret
    }

    /// A secret that people type: short groups of letters and digits that are not mistaken for each other.
    func password(_ name: String) throws -> String {
        if let known = self.known(name) { return known }
        var random = SystemRandomNumberGenerator()
        let letters = Array("abcdefghjkmnpqrstuvwxyz23456789")
        let groups = (0..<4).map { _ in
            String((0..<4).map { _ in letters[Int.random(in: 0..<letters.count, using: &random)] })
        }
        let password = groups.joined(separator: "-")
        try self.write(password, as: name)
        return password
    }

    /// The secret of this name, if there is one.
    func known(_ name: String) -> String? {
        guard let data = FileManager.default.contents(atPath: self.file(name).path) else { return nil }
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return text.isEmpty ? nil : text
    }

    /// Writes a secret, never readable by others, not even for a moment. Nobody reads it meanwhile: secrets are
    /// written before the services start.
    func write(_ secret: String, as name: String) throws {
        guard self.known(name) != secret else { return }
        let manager = FileManager.default
        let temporary = self.file(".\(name).new")
        let made = manager.createFile(
            atPath: temporary.path, contents: Data((secret + "\n").utf8), attributes: [.posixPermissions: 0o600])
        guard made else {
            throw SuiteError("Файл \(temporary.path) не удалось записать: проверьте права и место на диске")
        }
        // Moving refuses an existing name, and replacing an item fails on Linux unless a backup of it can be made.
        if manager.fileExists(atPath: self.file(name).path) { try manager.removeItem(at: self.file(name)) }
        try manager.moveItem(at: temporary, to: self.file(name))
    }
}
