import Configuration
import Foundation
import Logging
import NIOConcurrencyHelpers
import ServiceSupport
import Testing

struct LogTests {
    private static func lines(
        _ format: String, provider: Logger.MetadataProvider? = nil, _ body: (inout Logger) -> Void
    ) throws -> [String] {
        let reader = ConfigReader(
            provider: EnvironmentVariablesProvider(environmentVariables: ["LOG_FORMAT": format, "LOG_LEVEL": "info"]))
        let settings = try LogSettings(Settings(reader))
        let lines = NIOLockedValueBox<[String]>([])
        var logger = Logger(label: "booking") { label in
            LineLogHandler(label: label, settings: settings, metadataProvider: provider) { line in
                lines.withLockedValue { $0.append(line) }
            }
        }
        body(&logger)
        return lines.withLockedValue { $0 }
    }

    private static func object(_ line: String) throws -> [String: String] {
        try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
    }

    @Test func aTextLineHasTimeLevelServiceMessageAndSortedMetadata() throws {
        let lines = try Self.lines("text") { logger in
            logger[metadataKey: "b"] = "own"
            logger.warning("broker lost", metadata: ["c": "two words", "a": "1", "e": ""])
            logger.debug("not shown")
        }
        let line = try #require(lines.first)
        #expect(lines.count == 1)
        let expected =
            #/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warning booking: broker lost a=1 b=own c="two words" e=""\n$/#
        #expect(line.firstMatch(of: expected) != nil, "\(line)")
    }

    @Test(arguments: ["text", "json"])
    func anEntryIsOneLineWhateverItHolds(format: String) throws {
        let hostile = "a\nb\r\nc\u{1B}[31m\u{2028}d\"e\\f\u{0}g"
        let lines = try Self.lines(format) { $0.error("\(hostile)", metadata: ["k\ney": "\(hostile)"]) }
        let line = try #require(lines.first)
        #expect(line.hasSuffix("\n"))
        let body = line.dropLast()
        #expect(!body.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x2028 || $0.value == 0x7F })
    }

    @Test func aJSONLineIsOneObjectThatGivesBackWhatWasWritten() throws {
        let hostile = "a\nb\t\"c\"\\ \u{1B} \u{2028} ё 👍"
        let line = try #require(
            try Self.lines("json") { $0.error("\(hostile)", metadata: ["detail": "\(hostile)", "level": "7"]) }.first)
        let object = try Self.object(line)
        #expect(object["message"] == hostile)
        #expect(object["detail"] == hostile)
        #expect(object["service"] == "booking")
        // A key of the caller does not hide a field of the line.
        #expect(object["level"] == "error" && object["level_"] == "7")
        let time = try #require(object["time"])
        #expect(
            abs(
                try Date(time, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)).timeIntervalSinceNow
            ) < 60)
    }

    @Test func metadataOfTheEntryWinsOverThatOfTheLogger() throws {
        let provider = Logger.MetadataProvider { ["a": "provider", "b": "provider"] }
        let line = try #require(
            try Self.lines("json", provider: provider) { logger in
                logger[metadataKey: "a"] = "logger"
                logger.info("x", metadata: ["b": "entry"])
            }.first)
        let object = try Self.object(line)
        #expect(object["a"] == "provider" && object["b"] == "entry")
    }

    @Test(arguments: [
        "+79990000001", "89990000001", "8 (999) 000-00-01", "+7 (8452) 41-13-27", "9990000001", "+375 17 200-00-00",
        "8\u{A0}999\u{A0}000\u{2011}00\u{2011}01", "112-233-445 95", "11223344595", "4539148803436467",
        "4539 1488 0343 6467", "ivanov@example.com", "Иванов.И@пример.рф", "tel:+79990000001",
        "caller=+79990000001;line=3",
    ])
    func whatLooksPersonalInMetadataIsRedacted_P02(value: String) throws {
        for format in ["text", "json"] {
            // Without the line's own time, whose milliseconds may be any of the digits below.
            let line = try #require(
                try Self.lines(format) {
                    $0.info("x", metadata: ["v": "\(value)", "nested": ["in": ["\(value)"]]])
                }.first
            ).replacing(#/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/#, with: "", maxReplacements: 1)
            #expect(line.contains("[redacted]"))
            for secret in [
                "0001", "00\u{2011}01", "13-27", "00-00", "595", "445", "6467", "ivanov", "Иванов", "пример",
            ] {
                #expect(!line.contains(secret), "\(secret)")
            }
        }
    }

    @Test(arguments: [
        "6f9619ff-8b86-4011-b42d-00cf4fc96401", "11111111-2222-4333-8444-555555555555", "2026-11-21T05:34:07.123Z",
        "2026-11-21 05:34:07", "1795255200", "127.0.0.1:5432", "12345", "amqp@host", "0.1.2",
    ])
    func identifiersTimesAndCountsStay(value: String) throws {
        let line = try #require(try Self.lines("json") { $0.info("x", metadata: ["v": "\(value)"]) }.first)
        #expect(try Self.object(line)["v"] == value)
    }
}
