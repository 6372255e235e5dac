import Foundation

extension Exchange {
    /// Answers one REST call.
    mutating func handle(_ command: ExchangeCommand) -> ExchangeAnswer {
        self.statistics.commands += 1
        if let answer = self.replayAnswer(to: command) { return answer }
        return self.ordinaryAnswer(to: command)
    }

    mutating func ordinaryAnswer(to command: ExchangeCommand) -> ExchangeAnswer {
        switch command.path.first {
        case "asterisk": self.asterisk(command)
        case "applications": self.application(command)
        case "channels": self.channelCommand(command)
        case "bridges": self.bridgeCommand(command)
        case "recordings": self.recordingCommand(command)
        case "playbacks": self.playbackCommand(command)
        case "endpoints": self.endpointCommand(command)
        default: .refused(404, "Resource not found")
        }
    }

    static let wrongMethod = ExchangeAnswer.refused(405, "Invalid method")

    private func asterisk(_ command: ExchangeCommand) -> ExchangeAnswer {
        guard command.method == "GET" else { return Self.wrongMethod }
        let started = JSONValue.string(CivilTime.stamp(self.startedAt, utcOffset: self.utcOffset))
        switch command.path.dropFirst().first {
        case "ping":
            return .ok([
                "ping": "pong", "timestamp": .string(self.stamp), "asterisk_id": .string(Self.asteriskID),
            ])
        case "info":
            return .ok([
                "build": [
                    "os": "Linux", "kernel": "training-stand", "machine": "x86_64", "options": "OPTIONAL_API",
                    "date": "2026-11-21 02:43:49 UTC", "user": "root",
                ],
                "system": ["version": "22.10.1", "entity_id": .string(Self.asteriskID)],
                "config": [
                    "name": .string(self.systemName), "default_language": "en", "setid": ["user": "", "group": ""],
                ],
                "status": ["startup_time": started, "last_reload_time": started],
            ])
        default: return .refused(404, "Resource not found")
        }
    }

    private func endpointCommand(_ command: ExchangeCommand) -> ExchangeAnswer {
        guard command.method == "GET" else { return Self.wrongMethod }
        let trunk = self.channels.values.filter { $0.endpoint == "PJSIP/trunk122" }.map(\.id).sorted()
        let endpoint: JSONValue = [
            "technology": "PJSIP", "resource": "trunk122", "state": "online",
            "channel_ids": .array(trunk.map { .string($0) }),
        ]
        switch command.path.count {
        case 1: return .ok([endpoint])
        case 3 where command.path[1] == "PJSIP" && command.path[2] == "trunk122": return .ok(endpoint)
        default: return .refused(404, "Endpoint not found")
        }
    }

    private mutating func application(_ command: ExchangeCommand) -> ExchangeAnswer {
        if command.path.count == 1 {
            guard command.method == "GET" else { return Self.wrongMethod }
            return .ok(.array(self.applications.values.sorted { $0.name < $1.name }.map(\.json)))
        }
        guard var application = self.applications[command.path[1]] else {
            return .refused(404, "Application not found")
        }
        switch (command.method, command.path.count == 3 ? command.path[2] : "") {
        case ("GET", ""): break
        case ("POST", "subscription"), ("DELETE", "subscription"):
            if let refusal = self.changeSubscription(&application, command) { return refusal }
        case ("PUT", "eventFilter"):
            func types(_ key: String) -> [String] {
                command.body?[key]?.array?.compactMap { $0["type"]?.string } ?? []
            }
            application.allowed = types("allowed")
            application.disallowed = types("disallowed")
        default: return Self.wrongMethod
        }
        self.applications[application.name] = application
        return .ok(application.json)
    }

    private func changeSubscription(
        _ application: inout StasisApplication, _ command: ExchangeCommand
    ) -> ExchangeAnswer? {
        guard let sources = command.parameter("eventSource"), !sources.isEmpty else {
            return .refused(400, "Missing parameter eventSource")
        }
        let adds = command.method == "POST"
        for source in sources.split(separator: ",") {
            let parts = source.split(separator: ":", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { return .refused(400, "Invalid event source scheme") }
            switch parts[0] {
            case "channel":
                guard self.channels[parts[1]] != nil else { return .refused(422, "Event source does not exist") }
                if adds {
                    application.subscribe(channel: parts[1])
                } else {
                    application.unsubscribe(channel: parts[1])
                }
            case "bridge":
                guard self.bridges[parts[1]] != nil else { return .refused(422, "Event source does not exist") }
                if adds {
                    application.subscribe(bridge: parts[1])
                } else {
                    application.unsubscribe(bridge: parts[1])
                }
            case "endpoint":
                if adds { application.endpoints.insert(parts[1]) } else { application.endpoints.remove(parts[1]) }
            case "deviceState":
                if adds { application.devices.insert(parts[1]) } else { application.devices.remove(parts[1]) }
            default: return .refused(400, "Invalid event source scheme")
            }
        }
        return nil
    }
}
