import Contracts
import Foundation
import Vocabulary

@testable import CallIntake

/// A recording of a real Asterisk 22: its events, and what it answered.
struct Trace {
    struct Answer: Decodable {
        var method: String
        var path: String
        var status: Int
        var afterEvents: Int
        enum CodingKeys: String, CodingKey {
            case method, path, status
            case afterEvents = "after_events"
        }
    }

    let name: String
    let events: [ExchangeEvent]

    init(_ name: String) throws {
        self.name = name
        self.events = try Self.events(name, "events.jsonl")
    }

    static func events(_ trace: String, _ file: String) throws -> [ExchangeEvent] {
        try self.lines(trace, file).map { try ExchangeEvent(json: $0) }
    }

    static func lines(_ trace: String, _ file: String) throws -> [Data] {
        let url = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Fixtures/Traces/\(trace)/\(file)")
        return try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map { Data($0.utf8) }
    }

    var answers: [Answer] {
        get throws { try Self.lines(self.name, "rest.jsonl").map { try JSONDecoder().decode(Answer.self, from: $0) } }
    }

    /// The body that the exchange answered to a request, as `snapshot` reads it.
    func body(_ method: String, _ path: String) throws -> Data? {
        for line in try Self.lines(self.name, "rest.jsonl") {
            guard let object = try JSONSerialization.jsonObject(with: line) as? [String: Any],
                object["method"] as? String == method, object["path"] as? String == path, let body = object["body"]
            else { continue }
            return try JSONSerialization.data(withJSONObject: body)
        }
        return nil
    }

    /// The ends of inbound channels, which only a subscription tells (trace a3), from the socket that heard all.
    func untoldEnds() throws -> [String: ExchangeEvent] {
        // A socket that hears everything has heard them.
        guard self.name != "a2_inbound_subscribe_all" else { return [:] }
        var ends: [String: ExchangeEvent] = [:]
        for event in try Self.events(self.name, "events-all.jsonl") where event.type == "ChannelDestroyed" {
            if let channel = event.channel?.id { ends[channel] = event }
        }
        for event in self.events where event.type == "ChannelDestroyed" { ends[event.channel?.id ?? ""] = nil }
        return ends
    }

    /// Plays the recording to a line whose operators are ready. A leg gets the id that the line gave it, a recording
    /// the name that the line gave it.
    /// - Parameters:
    ///   - isSubscribed: adds the untold ends.
    ///   - before: called before each event, with its number.
    func play(
        to scene: inout LineScene, isSubscribed: Bool = true,
        before: (Int, ExchangeEvent, inout LineScene) throws -> Void = { _, _, _ in }
    ) throws {
        let ends = isSubscribed ? try self.untoldEnds() : [:]
        var legs: [String: String] = [:]
        for (number, event) in self.events.enumerated() {
            try before(number, event, &scene)
            var event = event
            if let args = event.args, args.first == "operator", let leg = event.channel?.id {
                let call = scene.line.calls.values.first { $0.channel == args[1] }
                legs[leg] = call?.transfer?.leg ?? call?.legID
            }
            let recorded = event.channel?.id ?? ""
            event.channel?.id = legs[recorded] ?? recorded
            if event.recording != nil, let call = scene.line.calls.values.first(where: { $0.recording != nil }) {
                event.recording?.name = call.recording ?? ""
            }
            if let input = event.input(freshID: { UUID() }) { scene.happen(input) }
            if event.type == "StasisEnd", let input = ends[recorded]?.input(freshID: { UUID() }) {
                scene.happen(input)
            }
        }
    }
}
