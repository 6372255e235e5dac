import Foundation

extension ExchangeREST {
    /// The exchange answered something that cannot be worked with.
    struct Unusable: Error, Sendable, CustomStringConvertible {
        let question: String
        let status: Int
        var description: String { "the exchange answered \(self.question) with status \(self.status)" }
    }

    /// Stops the events that nobody needs. The filter can be gone after a reconnection.
    func filterEvents() async throws {
        let types = ExchangeEvent.unwanted.map { ["type": $0] }
        let body = try JSONEncoder().encode(["disallowed": types])
        let answer = try await self.send(
            "PUT", ["applications", self.address.application, "eventFilter"], body: Array(body))
        guard answer.isDone else { throw Unusable(question: "eventFilter", status: answer.status) }
    }

    /// Makes the bridge in which callers wait; each brings music of its own (`wait`). Harmless when it is there.
    func makeQueue() async throws {
        let answer = try await self.send(
            "POST", ["bridges"],
            query: [("type", "holding"), ("bridgeId", self.queueBridge), ("name", "queue122")])
        guard answer.isDone || answer.status == 409 else {
            throw Unusable(question: "the queue's bridge", status: answer.status)
        }
    }

    /// One bridge for all who wait.
    var queueBridge: String { "queue-\(self.address.application)" }

    /// Every channel and bridge there is, and which channels our application holds: one that came while the socket was
    /// away has fallen through to the dialplan and is not ours, although its dialplan position looks like ours.
    func snapshot() async throws -> ExchangeSnapshot {
        let name = self.address.application
        async let first = self.send("GET", ["channels"], maximumBytes: 64 << 20)
        async let second = self.send("GET", ["bridges"], maximumBytes: 64 << 20)
        async let third = self.send("GET", ["applications", name], maximumBytes: 64 << 20)
        let (channels, bridges, application) = (try await first, try await second, try await third)
        guard channels.isDone else { throw Unusable(question: "channels", status: channels.status) }
        guard bridges.isDone else { throw Unusable(question: "bridges", status: bridges.status) }
        guard application.isDone else { throw Unusable(question: "applications", status: application.status) }
        return try Self.snapshot(
            channels: Data(channels.body), bridges: Data(bridges.body), application: Data(application.body), name: name,
            queue: self.queueBridge)
    }

    /// The three answers as one.
    static func snapshot(
        channels: Data, bridges: Data, application: Data, name: String, queue: String
    ) throws -> ExchangeSnapshot {
        struct Bridge: Decodable {
            var id: String
            var channels: [String]?
        }
        struct Application: Decodable {
            var channelIDs: [String]
            enum CodingKeys: String, CodingKey { case channelIDs = "channel_ids" }
        }
        let held = Set(try JSONDecoder().decode(Application.self, from: application).channelIDs)
        let listed = try JSONDecoder().decode([ExchangeEvent.Channel].self, from: channels)
        let joined = try JSONDecoder().decode([Bridge].self, from: bridges)
        return ExchangeSnapshot(
            channels: Dictionary(
                listed.map {
                    (
                        $0.id,
                        ExchangeSnapshot.Channel(
                            id: $0.id, state: $0.state ?? "", callerNumber: $0.caller?.number,
                            arguments: held.contains($0.id) ? $0.arguments(in: name) : nil)
                    )
                }, uniquingKeysWith: { first, _ in first }),
            bridges: Dictionary(
                joined.map { ($0.id, Set($0.channels ?? [])) }, uniquingKeysWith: { first, _ in first }),
            waiting: Set(joined.first { $0.id == queue }?.channels ?? []))
    }

    /// When the exchange was started, in its own words: another text is another life, without any of our calls.
    func startupTime() async throws -> String {
        struct Info: Decodable {
            struct Status: Decodable {
                var startupTime: String
                enum CodingKeys: String, CodingKey { case startupTime = "startup_time" }
            }
            var status: Status
        }
        let answer = try await self.send("GET", ["asterisk", "info"])
        guard answer.isDone else { throw Unusable(question: "asterisk/info", status: answer.status) }
        return try JSONDecoder().decode(Info.self, from: Data(answer.body)).status.startupTime
    }

    /// Whether a channel lives; nil when the exchange did not say.
    func isLiving(_ channel: String) async throws -> Bool? {
        switch try await self.send("GET", ["channels", channel]).status {
        case 200: true
        case 404: false
        default: nil
        }
    }
}
