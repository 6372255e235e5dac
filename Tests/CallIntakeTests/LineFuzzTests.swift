import Contracts
import Foundation
import Messaging
import Postgres
import Testing
import Vocabulary

@testable import CallIntake

/// Any text in any field of any order or event, given to a driver at work on the real tables: nothing of it ends the
/// ownership of the exchange.
@Suite(.timeLimit(.minutes(3))) struct LineFuzzTests {
    /// `LINE122_FUZZ_SEED` plays one again.
    private static let seed =
        ProcessInfo.processInfo.environment["LINE122_FUZZ_SEED"].flatMap(UInt64.init) ?? .random(in: 1...1_000_000)
    private static let rounds = 60

    @Test("A-02 No text in any field of an order or an event ends the ownership of an exchange")
    func anyText() async throws {
        print("A-02 fuzz of orders and events: LINE122_FUZZ_SEED=\(Self.seed)")
        var fuzz = Fuzz(seed: Self.seed)
        var refused: [String: Int] = [:]
        try await LineDriverTests.withDriver { scene, _ in
            let call = try await scene.talking()
            for round in 0..<Self.rounds {
                for _ in 0..<5 {
                    guard let event = try? ExchangeEvent(json: Data(fuzz.event(besides: "talking").utf8)),
                        let input = event.input(freshID: { fuzz.random.uuid() })
                    else { continue }
                    await scene.driver.submit(input)
                }
                let orders = (0..<5).compactMap { _ in fuzz.order(for: call) }
                await withTaskGroup { group in
                    for order in orders {
                        group.addTask {
                            do {
                                try await scene.ask(order)
                                return nil as String?
                            } catch {
                                return (error as? Refusal)?.errorID ?? "\(error)"
                            }
                        }
                    }
                    for await id in group { if let id { refused[id, default: 0] += 1 } }
                }
                // The line goes on: the call is there, and what is ordered happens and is kept.
                let name = "round \(round)"
                try await scene.ready("7", name: name, telephone: "107")
                let view = await scene.driver.view
                #expect(view.operators.first { $0.operatorID == "7" }?.displayName == name)
                #expect(await scene.state(of: call) == .talking)
            }
            let rows = try await scene.store.database.query(
                "SELECT kept->>'displayName' AS name FROM operator WHERE id = '7'")
            #expect(try rows.first?.decode("name", as: String.self) == "round \(Self.rounds - 1)")
            try await scene.lease.renew()
        }
        print("A-02 orders refused: \(refused.sorted { $0.key < $1.key })")
        #expect(refused["value-refused", default: 0] > 0, "a fuzz that never meets the database proves nothing")
        #expect(refused["line-moves"] == nil)
    }
}

/// Orders and events whose texts are anything that JSON can say.
private struct Fuzz {
    var random: SeededGenerator

    init(seed: UInt64) { self.random = SeededGenerator(seed: seed) }

    /// A JSON string with its quotes.
    private mutating func text() -> String {
        let atoms = [
            "\\u0000", "\\u0001", "\\u001f", "\\u007f", "\\u0085", "\\ud83d\\ude00", "\\ufffe", "\\uffff", "\\u202e",
            "\\u200b",
            "\\\"", "\\\\", "'", "%", "$1", "{}", "\\n", "\\t", "ы", "Я", "a", "1", "@", "/", "+", " ", "é", "👩‍⚕️",
        ]
        let count =
            switch Int.random(in: 0..<10, using: &self.random) {
            case 0: 0
            case 1: 5000
            default: Int.random(in: 1...12, using: &self.random)
            }
        return "\"" + (0..<count).map { _ in atoms.randomElement(using: &self.random) ?? "a" }.joined() + "\""
    }

    /// One of what is expected, or anything.
    private mutating func text(or known: String...) -> String {
        self.random.happens(0.5) ? self.text() : "\"" + (known.randomElement(using: &self.random) ?? "") + "\""
    }

    private mutating func number() -> String {
        ["0", "16", "-1", "2147483648", "9223372036854775807", "null"].randomElement(using: &self.random) ?? "0"
    }

    /// - Parameter channel: whose call is to go on; it gets no events.
    mutating func event(besides channel: String) -> String {
        let type = [
            "StasisStart", "ChannelDestroyed", "ChannelHangupRequest", "Dial", "ChannelDtmfReceived",
            "PlaybackFinished",
            "RecordingFinished", "RecordingFailed", "ChannelHold", "ChannelUnhold",
        ].randomElement(using: &self.random)
        return """
            {"type": "\(type ?? "")", "timestamp": \(self.text(or: "2026-11-30T09:41:35.123+0300")),
             "args": [\(self.text(or: "inbound", "operator", "callback", "outbound", "snoop")), \(self.text()), \(self.text())],
             "channel": {"id": \(self.text(or: "c1", "c2", "c3")), "state": \(self.text()), "caller": {"number": \(self.text(or: "+79990000002", "375290000401"))}},
             "peer": {"id": \(self.text(or: "dial-1"))}, "dialstatus": \(self.text(or: "RINGING")),
             "cause": \(self.number()), "tech_cause": \(self.number()), "digit": \(self.text(or: "1", "3")),
             "playback": {"id": \(self.text())},
             "recording": {"name": \(self.text()), "duration": \(self.number()), "talking_duration": \(self.number()), "cause": \(self.text())}}
            """
    }

    /// Nil for what is no order, as the reader of requests would have it.
    mutating func order(for call: UUID) -> LineInput? {
        func decode<Value: Decodable>(_ type: Value.Type, _ json: String) -> Value? {
            try? MessageCoding.decoder.decode(type, from: Data(json.utf8))
        }
        let fresh = self.random.uuid()
        switch Int.random(in: 0..<5, using: &self.random) {
        case 0:
            return decode(
                SetOperatorState.self,
                """
                {"operatorID": \(self.text()), "displayName": \(self.text()), "telephone": \(self.text()), "state": "ready",
                 "skills": [\(self.text())], "isFirstLevel": false}
                """
            ).map { .setOperator($0) }
        case 1:
            let kind = self.random.happens(0.5) ? "consult" : "blind"
            let target = [
                #"{"operator": {"_0": \#(self.text())}}"#, #"{"topic": {"_0": \#(self.text())}}"#,
                #"{"number": {"_0": \#(self.text(or: "88452000000"))}}"#,
            ].randomElement(using: &self.random)
            // Not the first operator's: that call goes on to the end.
            return decode(
                ControlCall.self,
                """
                {"callID": "\(call)", "operatorID": \(self.text(or: "2")), "action": {"transfer": {"_0":
                 {"kind": "\(kind)", "target": \(target ?? ""), "title": \(self.text())}}}}
                """
            ).map { .control($0) }
        case 2:
            return decode(
                SuperviseCall.self,
                """
                {"callID": "\(call)", "supervisorID": \(self.text()), "telephone": \(self.text(or: "109")), "mode": "listen"}
                """
            ).map { .supervise($0) }
        case 3:
            return decode(
                CallCitizen.self,
                """
                {"callID": "\(fresh)", "operatorID": \(self.text(or: "7")), "number": "+79990000003"}
                """
            ).map { .callCitizen($0) }
        default:
            return decode(
                DialCitizen.self,
                """
                {"attemptID": "\(fresh)", "callbackID": "\(fresh)", "number": "+79990000004", "kind": "survey",
                 "preferredOperatorID": \(self.text()), "originalCallID": "\(call)",
                 "script": {"questions": [{"name": \(self.text()), "prompts": ["one"], "keys": {}, "patience": 5, "repeats": 0}],
                  "farewell": []}}
                """
            ).map { .dial($0) }
        }
    }
}
