/// A setting is missing or wrong. One sentence that names it and says what to do; the service stops at start.
public struct SettingsError: Error, Sendable, Equatable, CustomStringConvertible {
    public let setting: String
    public let description: String

    public init(_ setting: String, _ sentence: String) {
        self.setting = setting
        self.description = sentence
    }
}
