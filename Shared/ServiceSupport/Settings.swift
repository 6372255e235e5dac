public import Configuration
internal import Foundation

/// Reads settings from the environment and refuses what it cannot use.
///
/// A secret may come from a file: `POSTGRES_URL_FILE=/run/secrets/postgres-url` instead of `POSTGRES_URL`; both at
/// once are refused. An empty value counts as absent.
public struct Settings: Sendable {
    private let reader: ConfigReader

    public init(_ reader: ConfigReader = ConfigReader(provider: EnvironmentVariablesProvider())) {
        self.reader = reader
    }

    // MARK: Text

    public func text(_ name: String) throws -> String {
        guard let value = self.optionalText(name) else {
            throw SettingsError(name, "\(name) is not set: set it in the environment.")
        }
        return value
    }

    public func text(_ name: String, default value: String) -> String { self.optionalText(name) ?? value }

    public func optionalText(_ name: String) -> String? { self.value(name, isSecret: false) }

    // MARK: Secrets

    /// The setting itself or the content of the file that `NAME_FILE` names, without the last line break.
    public func secret(_ name: String) throws -> String {
        guard let value = try self.optionalSecret(name) else {
            throw SettingsError(name, "\(name) is not set: set it, or \(name)_FILE to a file that holds it.")
        }
        return value
    }

    public func optionalSecret(_ name: String) throws -> String? {
        let direct = self.value(name, isSecret: true)
        guard let path = self.optionalText("\(name)_FILE") else { return direct }
        guard direct == nil else {
            throw SettingsError(name, "\(name) and \(name)_FILE are both set: keep one of them.")
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw SettingsError(name, "\(name)_FILE names a file that cannot be read: check its path and rights.")
        }
        guard let text = String(data: data, encoding: .utf8)?.trimmingCharacters(in: .newlines), !text.isEmpty else {
            throw SettingsError(name, "\(name)_FILE names a file that is empty or not text: write the value into it.")
        }
        return text
    }

    // MARK: Numbers, choices

    public func integer(_ name: String, default value: Int, in range: ClosedRange<Int>) throws -> Int {
        guard let text = self.optionalText(name) else { return value }
        guard let number = Int(text), range.contains(number) else {
            throw SettingsError(
                name, "\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }

    /// - Parameter parse: gives nil for what it does not know.
    public func choice<Value>(
        _ name: String, default value: Value, of names: [String], _ parse: (String) -> Value?
    ) throws -> Value {
        guard let text = self.optionalText(name) else { return value }
        guard let choice = parse(text) else {
            throw SettingsError(name, "\(name) must be one of: \(names.joined(separator: ", ")).")
        }
        return choice
    }

    /// The parts of a setting between commas, each read by `body`; none when it is absent.
    public func list<Value>(_ name: String, _ body: (String) throws -> Value) throws -> [Value] {
        try self.text(name, default: "").split(separator: ",").map { try self.parse(name, String($0), body) }
    }

    /// Runs `body` on the value of a setting; what it throws becomes a sentence that names the setting.
    public func parse<Value>(_ name: String, _ text: String, _ body: (String) throws -> Value) throws -> Value {
        do {
            return try body(text)
        } catch {
            // The value may be a secret: only what kind of thing is expected is said.
            let reason = "\(error)".trimmingCharacters(in: CharacterSet(charactersIn: ". \n"))
            throw SettingsError(name, "\(name) cannot be understood: \(reason).")
        }
    }

    private func value(_ name: String, isSecret: Bool) -> String? {
        // The provider writes the parts of a key in capitals with `_` between: POSTGRES_URL is postgres.url.
        let key = ConfigKey(name.lowercased().split(separator: "_").map(String.init))
        guard let value = self.reader.string(forKey: key, isSecret: isSecret), !value.isEmpty else { return nil }
        return value
    }
}
