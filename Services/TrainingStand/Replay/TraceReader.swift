import Foundation

/// Reads a trace folder (`timeline.jsonl`, `events.jsonl`, `rest.jsonl`, perhaps `events-all.jsonl`) into a script.
struct TraceReader {
    struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }

    private struct Heard {
        var event: JSONValue
        var time: Double
        var segment: Int
        var channel: String
    }

    private let folder: URL
    private var gates: [(gate: ReplayGate, time: Double)] = []
    private var heard: [Heard] = []
    private var originated: Set<String> = []

    static func read(_ folder: URL) throws -> ReplayScript {
        var reader = TraceReader(folder: folder)
        return try reader.script()
    }

    private init(folder: URL) { self.folder = folder }

    private func lines(_ file: String) throws -> [JSONValue] {
        let url = self.folder.appendingPathComponent(file)
        guard let data = try? Data(contentsOf: url) else {
            throw Unreadable(description: "\(file) of trace \(self.folder.lastPathComponent) cannot be read")
        }
        return try data.split(separator: UInt8(ascii: "\n")).map { try JSONParser.parse(Array($0)) }
    }

    private mutating func script() throws -> ReplayScript {
        let timeline = try self.lines("timeline.jsonl")
        let events = try self.lines("events.jsonl")
        let commands = try self.lines("rest.jsonl")
        let all =
            FileManager.default.fileExists(atPath: self.folder.appendingPathComponent("events-all.jsonl").path)
            ? try self.lines("events-all.jsonl") : []
        var holding: Set<String> = []
        for command in commands where command["path"]?.string == "/ari/bridges" {
            if command["query"]?["type"]?.string == "holding", let id = command["body"]?["id"]?.string {
                holding.insert(id)
            }
        }
        for entry in timeline {
            let time = entry["t"]?.double ?? 0
            switch entry["kind"]?.string {
            case "rest":
                guard let command = commands.first(where: { $0["seq"] == entry["seq"] }),
                    let gate = self.gate(of: command, holding)
                else { continue }
                self.gates.append((gate, time))
            case "event" where entry["stream"]?.string == "events.jsonl":
                guard let line = entry["line"]?.int, events.indices.contains(line - 1) else { continue }
                let event = events[line - 1]
                // Bridges and recordings are the client's own: the exchange itself tells of them.
                guard let channel = Self.channel(of: event) else { continue }
                self.heard.append(Heard(event: event, time: time, segment: self.gates.count, channel: channel))
            default: break
            }
        }
        return self.assemble(extras: self.extras(all))
    }

    static func channel(of event: JSONValue) -> String? {
        (event["channel"] ?? event["peer"])?["id"]?.string
    }

    private mutating func gate(of command: JSONValue, _ holding: Set<String>) -> ReplayGate? {
        guard let status = command["status"]?.int, (200..<300).contains(status),
            let path = command["path"]?.string?.split(separator: "/").dropFirst().map(String.init), path.count >= 2
        else { return nil }
        let query = command["query"]
        switch (command["method"]?.string, path[0], path.count == 3 ? path[2] : "") {
        case ("POST", "channels", "answer"): return .answer(channel: path[1])
        case ("POST", "channels", ""):
            self.originated.insert(path[1])
            return .originate(
                channel: path[1], arguments: query?["appArgs"]?.string ?? "", application: query?["app"]?.string ?? "",
                answer: command["body"] ?? .null)
        case ("DELETE", "channels", ""): return .delete(channel: path[1])
        case ("POST", "bridges", "addChannel"):
            return .join(
                channel: query?["channel"]?.string ?? "", bridge: path[1], isHolding: holding.contains(path[1]))
        default: return nil
        }
    }

    /// Events of the stream that heard all which the application did not hear, each with the index of the heard
    /// event it belongs after, or before.
    private func extras(_ all: [JSONValue]) -> (before: [Int: [JSONValue]], after: [Int: [JSONValue]]) {
        var waiting: [String: [Int]] = [:]
        for (index, heard) in self.heard.enumerated().reversed() {
            waiting[Self.key(heard.event), default: []].append(index)
        }
        var lastPaired: [String: Int] = [:]
        var found: [(event: JSONValue, channel: String, after: Int?)] = []
        for event in all {
            guard let channel = Self.channel(of: event) else { continue }
            if let index = waiting[Self.key(event)]?.popLast() {
                lastPaired[channel] = index
            } else {
                found.append((event, channel, lastPaired[channel]))
            }
        }
        var before: [Int: [JSONValue]] = [:]
        var after: [Int: [JSONValue]] = [:]
        for extra in found {
            let own = self.heard.indices.filter { self.heard[$0].channel == extra.channel }
            guard let first = own.first else { continue }
            guard let anchor = extra.after else {
                before[first, default: []].append(extra.event)
                continue
            }
            // After the last event both streams know, only the end of Stasis can be missing from the other one.
            let end = own.last { self.heard[$0].event["type"] == "StasisEnd" }
            let isLast = anchor == lastPaired[extra.channel]
            after[isLast ? max(anchor, end ?? anchor) : anchor, default: []].append(extra.event)
        }
        return (before, after)
    }

    private static func key(_ event: JSONValue) -> String {
        let parts: [JSONValue?] = [
            event["type"], (event["channel"] ?? event["peer"])?["id"], event["bridge"]?["id"], event["variable"],
            event["value"], event["dialstatus"], event["cause"], event["soft"],
        ]
        return parts.map { $0.map { String(decoding: $0.bytes, as: UTF8.self) } ?? "" }.joined(separator: "|")
    }

    private func assemble(extras: (before: [Int: [JSONValue]], after: [Int: [JSONValue]])) -> ReplayScript {
        var segments = [ReplayScript.Segment(gate: nil)] + self.gates.map { .init(gate: $0.gate) }
        let opening = [self.heard.first?.time ?? 0] + self.gates.map(\.time)
        var ended: Set<String> = []
        var inbound: [String] = []
        for (index, heard) in self.heard.enumerated() {
            let offset = max(0, heard.time - opening[heard.segment])
            func append(_ event: JSONValue, isOrdinary: Bool) {
                segments[heard.segment].events.append(
                    .init(offset: offset, event: event, isOrdinary: isOrdinary, channel: heard.channel))
            }
            let isOriginated = self.originated.contains(heard.channel)
            for event in extras.before[index] ?? [] { append(event, isOrdinary: false) }
            // What comes from an inbound channel after `StasisEnd` was heard only because of a subscription.
            append(heard.event, isOrdinary: isOriginated || !ended.contains(heard.channel))
            for event in extras.after[index] ?? [] { append(event, isOrdinary: false) }
            if heard.event["type"] == "StasisEnd" { ended.insert(heard.channel) }
            if !isOriginated, !inbound.contains(heard.channel) { inbound.append(heard.channel) }
        }
        return ReplayScript(name: self.folder.lastPathComponent, segments: segments, inbound: inbound)
    }
}
