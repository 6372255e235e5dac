import Foundation

/// One recording of a bridge: live until `finishedAt` is set, stored after.
struct ExchangeRecording: Sendable {
    let name: String
    let format: String
    let bridge: String
    let serial: Int
    let startedAt: Date
    var state = "queued"
    var finishedAt: Date?

    func live(_ duration: Int? = nil) -> JSONValue {
        var json: JSONValue = [
            "name": .string(self.name), "format": .string(self.format), "state": .string(self.state),
            "target_uri": .string("bridge:\(self.bridge)"),
        ]
        if let duration { json["duration"] = .int(duration) }
        return json
    }

    var stored: JSONValue { ["name": .string(self.name), "format": .string(self.format)] }
}
