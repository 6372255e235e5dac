import AMQP
import Foundation
import Testing

@testable import Messaging

struct ValueTests {
    @Test func backoffStaysBetweenHalfAndWholeOfTheDoubledBase() {
        let backoff = Backoff(base: .seconds(1), limit: .seconds(60))
        var generator = SeededGenerator(seed: 7)
        for attempt in [-1, 0, 1, 2, 3, 5, 6, 7, 31, 1000, Int.max] {
            let whole = min(1 << max(0, min(attempt - 1, 20)), 60)
            for _ in 0..<200 {
                let delay = backoff.delay(afterAttempt: attempt, using: &generator)
                #expect(delay >= .milliseconds(whole * 500) && delay <= .seconds(whole))
            }
        }
    }

    @Test func backoffIsSpread() {
        let backoff = Backoff(base: .seconds(1), limit: .seconds(60))
        #expect(Set((0..<20).map { _ in backoff.delay(afterAttempt: 3) }).count > 10)
    }

    @Test func everyMillisecondComesBackUnchanged() throws {
        for second in [0, 1_732_169_843, 951_782_399, -86_401, 4_102_444_799] {
            for millisecond in 0..<1000 {
                let date = Date(timeIntervalSince1970: Double(second) + Double(millisecond) / 1000)
                let text = Timestamp.string(from: date)
                #expect(text.hasSuffix(".\(String(1000 + millisecond).dropFirst())Z"))
                let read = try #require(Timestamp.date(from: text))
                #expect(Timestamp.string(from: read) == text)
            }
        }
    }

    @Test(arguments: [
        ("2026-11-21T06:17:23.014Z", 1_795_241_843.014), ("1970-01-01T00:00:00Z", 0),
        ("2000-02-29T23:59:59.999Z", 951_868_799.999), ("1969-12-31T23:59:59.500Z", -0.5),
        ("2026-11-21T09:17:23.014+03:00", 1_795_241_843.014), ("2026-11-21T09:17:23.014+0300", 1_795_241_843.014),
        ("2026-11-20T20:17:23-10:00", 1_795_241_843), ("2026-11-21T06:17:23.0141592Z", 1_795_241_843.014),
    ])
    func rfc3339IsRead(text: String, seconds: Double) throws {
        let date = try #require(Timestamp.date(from: text))
        #expect(abs(date.timeIntervalSince1970 - seconds) < 0.000_5)
    }

    @Test(arguments: [
        "", "2026-11-21", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-01-32T00:00:00Z",
        "2026-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
        "2026-01-01T00:00:00", "2026-01-01T00:00:00Zx", "2026-01-01T00:00:00+3", "2026-1-01T00:00:00.0Z",
        "x026-01-01T00:00:00Z",
    ])
    func whatIsNoMomentIsRefused(text: String) {
        #expect(Timestamp.date(from: text) == nil)
    }

    @Test func messageIDsAreVersion7AndGrowInEveryThread() async {
        let ids = await withTaskGroup(of: [UUID].self) { group in
            for _ in 0..<8 { group.addTask { (0..<5000).map { _ in MessageID.next() } } }
            var all: [[UUID]] = []
            for await part in group {
                for (earlier, later) in zip(part, part.dropFirst()) {
                    if !(earlier.uuidString < later.uuidString) { Issue.record("\(later) came after \(earlier)") }
                }
                all.append(part)
            }
            return all.flatMap { $0 }
        }
        #expect(Set(ids).count == 40_000)
        #expect(ids.allSatisfy { $0.uuid.6 >> 4 == 7 && $0.uuid.8 >> 6 == 2 })
    }

    @Test func aMessageIDTellsItsTime() {
        let before = Date().timeIntervalSince1970
        let id = MessageID.next().uuid
        let bytes = [id.0, id.1, id.2, id.3, id.4, id.5]
        let milliseconds = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        // The ids of other tests may have used up some milliseconds in advance.
        let time = Double(milliseconds) / 1000
        #expect(time >= before - 0.001 && time < Date().timeIntervalSince1970 + 5)
    }

    @Test func anEventSurvivesTheWire() throws {
        var sent = try envelope(OrderPlaced("1", "заказ"), 3)
        sent.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let read = try EventEnvelope(sent.message)
        #expect(read.id == sent.id && read.source == "booking" && read.type == "order.placed" && read.version == 1)
        #expect(read.subject == "order/1" && read.subjectVersion == 3 && read.traceparent == sent.traceparent)
        #expect(read.body == sent.body)
        #expect(sent.message.properties.isPersistent)
        #expect(sent.message.properties.contentType == "application/json")
    }

    /// What a message lacks, and the reason it is parked with.
    static let faults: [(reason: String, spoil: @Sendable (inout AMQPProperties) -> Void)] = [
        ("no-id", { $0.messageID = nil }), ("no-id", { $0.messageID = "17" }),
        ("no-type", { $0.type = nil }), ("no-type", { $0.type = "" }), ("no-type", { $0.type = "order\u{0}.placed" }),
        ("no-subject", { $0.headers["cloudEvents:source"] = nil }),
        ("no-subject", { $0.headers["cloudEvents:subject"] = nil }),
        ("no-subject", { $0.headers["cloudEvents:subject"] = .string("order/\u{0}") }),
        ("no-subject-version", { $0.headers["cloudEvents:subjectversion"] = nil }),
        ("no-subject-version", { $0.headers["cloudEvents:subjectversion"] = .string("1") }),
        ("no-subject-version", { $0.headers["cloudEvents:subjectversion"] = .int(0) }),
        ("no-schema", { $0.headers["cloudEvents:dataschema"] = nil }),
        ("no-schema", { $0.headers["cloudEvents:dataschema"] = .string("line122:order.closed:1") }),
        ("no-schema", { $0.headers["cloudEvents:dataschema"] = .string("line122:order.placed:0") }),
        ("no-time", { $0.headers["cloudEvents:time"] = .string("вчера") }),
    ]

    @Test(arguments: faults.indices) func aMessageThatIsNoEventSaysWhy(index: Int) throws {
        var message = try envelope(OrderPlaced("1"), 1).message
        Self.faults[index].spoil(&message.properties)
        let error = #expect(throws: MalformedMessage.self) { try EventEnvelope(message) }
        #expect(error?.reason == Self.faults[index].reason)
    }

    @Test func aBodyThatDoesNotFitNamesTheFieldAndNotItsValue() throws {
        let body = Array(#"{"order":"Иванов Иван","note":17}"#.utf8)
        let error = #expect(throws: MalformedMessage.self) {
            try Batch<OrderPlaced>([try envelope(OrderPlaced("1"), 1, body: body)])
        }
        #expect(error?.reason == "not-decodable")
        #expect(error?.description.contains("note") == true)
        #expect(error?.description.contains("Иванов") == false)
    }
}
