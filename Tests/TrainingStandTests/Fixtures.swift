import Foundation

@testable import TrainingStand

/// Recorded traces and sample messages.
enum Fixtures {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures")

    static var traces: URL { self.folder.appendingPathComponent("Traces") }

    static func trace(_ name: String) -> URL { self.traces.appendingPathComponent(name) }

    static func script(_ name: String) throws -> ReplayScript { try TraceReader.read(self.trace(name)) }

    static func lines(_ trace: String, _ file: String) throws -> [JSONValue] {
        let data = try Data(contentsOf: self.trace(trace).appendingPathComponent(file))
        return try data.split(separator: UInt8(ascii: "\n")).map { try JSONParser.parse(Array($0)) }
    }

    static func message(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: self.folder.appendingPathComponent("MIS/\(name).xml")))
    }

    /// The value without moments, members in alphabetical order.
    static func timeless(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let values): return .array(values.map(self.timeless))
        case .object(let members):
            let kept = members.filter { $0.key != "timestamp" && $0.key != "creationtime" }
            return .object(
                kept.map { .init(key: $0.key, value: self.timeless($0.value)) }.sorted { $0.key < $1.key })
        default: return value
        }
    }

    static func text(_ value: JSONValue) -> String { String(decoding: self.timeless(value).bytes, as: UTF8.self) }

    /// Events with the present ids put back to the recorded ones.
    static func asRecorded(_ events: [JSONValue], _ replay: Replay) -> [String] {
        var back = replay
        back.substitutes = Dictionary(
            replay.substitutes.map { ($0.value, $0.key) }, uniquingKeysWith: { first, _ in first })
        return events.map { self.text(back.rewritten($0, stamp: "")) }
    }
}
