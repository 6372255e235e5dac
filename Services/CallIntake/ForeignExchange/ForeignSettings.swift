import Crypto
import Foundation
import ServiceSupport

/// What is told of exchanges that announce their calls over HTTP.
struct ForeignSettings: Sendable {
    /// An HMAC is no stronger than its key; RFC 2104 wants at least the length of the hash.
    static let shortestSecret = 32

    /// `FOREIGN_EXCHANGES_FILE`: a JSON list of `name`, `keyID`, `secretFile`. A name may have several keys, so that
    /// they can be changed.
    let keys: [String: ForeignSignature.Key]
    /// `FOREIGN_EVENTS_IN_FLIGHT`, 16: how many requests are worked on at a time.
    let inFlight: Int

    /// One entry of the file.
    private struct Entry: Decodable {
        var name: String
        var keyID: String
        var secretFile: String
    }

    /// Nil when no file is named: nothing is taken in then.
    /// - Parameter own: the names of the exchanges that we drive; the rows of both kinds lie in one table.
    init?(_ settings: Settings, own: [String]) throws {
        let name = "FOREIGN_EXCHANGES_FILE"
        guard let file = settings.optionalText(name) else { return nil }
        self.inFlight = try settings.integer("FOREIGN_EVENTS_IN_FLIGHT", default: 16, in: 1...256)
        let entries: [Entry]
        do {
            entries = try JSONDecoder().decode([Entry].self, from: Data(contentsOf: URL(fileURLWithPath: file)))
        } catch {
            throw SettingsError(name, "\(name) must name a JSON list of exchanges with name, keyID and secretFile.")
        }
        var keys: [String: ForeignSignature.Key] = [:]
        for entry in entries {
            guard Self.isName(entry.name, longest: 64), Self.isName(entry.keyID, longest: 64) else {
                throw SettingsError(name, "\(name): name and keyID must be of Latin letters, digits and -, at most 64.")
            }
            guard !own.contains(entry.name) else {
                throw SettingsError(name, "\(name): \(entry.name) is the name of an exchange that is driven over ARI.")
            }
            guard let text = try? String(contentsOfFile: entry.secretFile, encoding: .utf8) else {
                throw SettingsError(name, "\(name): the secretFile of \(entry.keyID) cannot be read.")
            }
            let secret = Data(text.trimmingCharacters(in: .whitespacesAndNewlines).utf8)
            guard secret.count >= Self.shortestSecret else {
                throw SettingsError(
                    name, "\(name): the secret of \(entry.keyID) must have at least \(Self.shortestSecret) characters.")
            }
            let key = ForeignSignature.Key(exchange: entry.name, secret: SymmetricKey(data: secret))
            guard keys.updateValue(key, forKey: entry.keyID) == nil else {
                throw SettingsError(name, "\(name): the keyID \(entry.keyID) stands there twice.")
            }
        }
        guard !keys.isEmpty else { throw SettingsError(name, "\(name) must name at least one exchange.") }
        self.keys = keys
    }

    private static func isName(_ text: String, longest: Int) -> Bool {
        !text.isEmpty && text.utf8.count <= longest
            && text.utf8.allSatisfy {
                ($0 | 0x20 >= 97 && $0 | 0x20 <= 122) || ($0 >= 48 && $0 <= 57) || $0 == 45
            }
    }
}
