import Configuration
import Foundation
import Logging
import ServiceSupport
import Testing

struct SettingsTests {
    private static func settings(_ environment: [String: String]) -> Settings {
        Settings(ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: environment)))
    }

    /// One sentence that begins with the setting, so that it can be found among many.
    private static func isSentence(_ error: SettingsError, about name: String) -> Bool {
        let text = error.description
        return error.setting == name && text.hasPrefix(name) && text.hasSuffix(".") && !text.hasSuffix("..")
            && !text.contains("\n")
    }

    @Test(arguments: [[:], ["POSTGRES_URL": ""]])
    func anAbsentOrEmptySettingIsNamed(environment: [String: String]) throws {
        let settings = Self.settings(environment)
        let plain = try #require(throws: SettingsError.self) { try settings.text("POSTGRES_URL") }
        #expect(Self.isSentence(plain, about: "POSTGRES_URL"))
        let secret = try #require(throws: SettingsError.self) { try settings.secret("POSTGRES_URL") }
        #expect(Self.isSentence(secret, about: "POSTGRES_URL"))
        #expect(secret.description.contains("POSTGRES_URL_FILE"))
        #expect(try settings.optionalSecret("POSTGRES_URL") == nil)
        #expect(settings.text("POSTGRES_URL", default: "x") == "x")
    }

    @Test func aSettingIsReadAsItIs() throws {
        #expect(try Self.settings(["REGION_NAME": " а=б "]).text("REGION_NAME") == " а=б ")
    }

    @Test func aSecretComesFromItsFileWithoutTheLineBreak() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("postgres://секрет\n".utf8).write(to: file)
        let settings = Self.settings(["POSTGRES_URL_FILE": file.path])
        #expect(try settings.secret("POSTGRES_URL") == "postgres://секрет")

        let both = Self.settings(["POSTGRES_URL_FILE": file.path, "POSTGRES_URL": "postgres://иной"])
        let error = try #require(throws: SettingsError.self) { try both.secret("POSTGRES_URL") }
        #expect(Self.isSentence(error, about: "POSTGRES_URL"))
        #expect(error.description.contains("both"))
        #expect(!error.description.contains("иной") && !error.description.contains("секрет"))
    }

    @Test(arguments: [Data?.none, Data(), Data("\n\n".utf8), Data([0xFF, 0xFE, 0x00])])
    func aSecretFileThatIsAwayEmptyOrNoTextIsRefused(content: Data?) throws {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: file) }
        try content?.write(to: file)
        let settings = Self.settings(["KEY_FILE": file.path])
        let error = try #require(throws: SettingsError.self) { try settings.secret("KEY") }
        #expect(Self.isSentence(error, about: "KEY"))
        #expect(error.description.contains("KEY_FILE"))
    }

    @Test(arguments: ["", "80", "0", "65535"])
    func aPortIsRead(text: String) throws {
        let address = try HTTPAddress(Self.settings(["HTTP_PORT": text]))
        #expect(address.host == "127.0.0.1")
        #expect(address.port == (Int(text) ?? 8080))
    }

    @Test(arguments: ["-1", "65536", "80a", "8 0", "0x50", "99999999999999999999"])
    func aWrongPortIsRefused(text: String) throws {
        let error = try #require(throws: SettingsError.self) { try HTTPAddress(Self.settings(["HTTP_PORT": text])) }
        #expect(Self.isSentence(error, about: "HTTP_PORT"))
        #expect(error.description.contains("65535"))
    }

    @Test func anUnknownLevelOrFormatIsRefusedWithTheChoices() throws {
        let level = try #require(throws: SettingsError.self) { try LogSettings(Self.settings(["LOG_LEVEL": "loud"])) }
        #expect(Self.isSentence(level, about: "LOG_LEVEL"))
        #expect(level.description.contains("warning"))
        let format = try #require(throws: SettingsError.self) { try LogSettings(Self.settings(["LOG_FORMAT": "xml"])) }
        #expect(Self.isSentence(format, about: "LOG_FORMAT"))
        #expect(format.description.contains("text, json"))
        let good = try LogSettings(Self.settings(["LOG_LEVEL": "debug", "LOG_FORMAT": "json"]))
        #expect(good.level == .debug && good.format == .json)
    }

    private struct Reason: Error, CustomStringConvertible { let description = "the scheme must be amqp." }

    @Test func whatAParserThrowsBecomesOneSentence() throws {
        let settings = Self.settings([:])
        let error = try #require(throws: SettingsError.self) {
            try settings.parse("AMQP_URL", "http://секрет") { _ in throw Reason() }
        }
        #expect(Self.isSentence(error, about: "AMQP_URL"))
        #expect(!error.description.contains("секрет"))
    }

    @Test(arguments: [
        ("POSTGRES_URL", "mysql://user:topsecret@host/db"), ("AMQP_URL", "http://user:topsecret@host/vhost"),
    ])
    func aWrongURLIsRefusedWithoutItsPassword(name: String, value: String) throws {
        var environment = ["POSTGRES_URL": "postgres://u:p@127.0.0.1/db", "AMQP_URL": "amqp://u:p@127.0.0.1/"]
        _ = try CommonSettings(Self.settings(environment), name: "booking")
        environment[name] = value
        let error = try #require(throws: SettingsError.self) {
            try CommonSettings(Self.settings(environment), name: "booking")
        }
        #expect(Self.isSentence(error, about: name))
        #expect(!error.description.contains("topsecret"))
    }
}
