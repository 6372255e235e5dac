import Foundation

extension Exchange {
    /// Answers one REST call.
    mutating func handle(_ command: ExchangeCommand) -> ExchangeAnswer {
        self.statistics.commands += 1
        self.timeCommand(command)
        if let failure = self.failure() { return failure }
        if let answer = self.replayAnswer(to: command) { return answer }
        return self.ordinaryAnswer(to: command)
    }

    /// The software did something about a channel: the time since it heard of it is measured.
    private mutating func timeCommand(_ command: ExchangeCommand) {
        let path = command.path
        switch path.first {
        case "channels" where path.count > 1 && command.method != "GET":
            self.latency.commanded(channel: path[1], at: self.now)
        case "bridges" where path.count == 3:
            for channel in (command.parameter("channel") ?? "").split(separator: ",") {
                self.latency.commanded(channel: String(channel), at: self.now)
            }
        case "applications" where path.count == 3:
            for source in (command.parameter("eventSource") ?? "").split(separator: ",")
            where source.hasPrefix("channel:") {
                self.latency.commanded(channel: String(source.dropFirst(8)), at: self.now)
            }
        default: break
        }
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
                "ping": "pong", "timestamp": .string(self.stamp), "asterisk_id": .string(self.asteriskID),
            ])
        case "info":
            return .ok([
                "build": [
                    "os": "Linux", "kernel": "training-stand", "machine": "x86_64", "options": "OPTIONAL_API",
                    "date": "2026-11-21 02:43:49 UTC", "user": "root",
                ],
                "system": ["version": "22.10.1", "entity_id": .string(self.asteriskID)],
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
        switch command.path.count {
        case 1: return .ok([self.endpoint("trunk122")])
        case 2 where command.path[1] == "PJSIP": return .ok([self.endpoint("trunk122")])
        case 3 where command.path[1] == "PJSIP" && !command.path[2].isEmpty:
            return .ok(self.endpoint(command.path[2]))
        default: return .refused(404, "Endpoint not found")
        }
    }

    /// The trunk, or the telephone of an extension: every extension has one, registered unless its next outcome is
    /// `unregistered`.
    private func endpoint(_ resource: String) -> JSONValue {
        let name = "PJSIP/\(resource)"
        let channels = self.channels.values.filter { $0.name.hasPrefix(name) && $0.endpoint == name }
        return [
            "technology": "PJSIP", "resource": .string(resource),
            "state": self.outcomes.isUnregistered(resource) ? "offline" : "online",
            "channel_ids": .array(channels.map(\.id).sorted().map { .string($0) }),
        ]
    }

    private mutating func application(_ command: ExchangeCommand) -> ExchangeAnswer {
        if command.path.count == 1 {
            guard command.method == "GET" else { return Self.wrongMethod }
            return .ok(.array(self.applications.values.sorted { $0.name < $1.name }.map(\.json)))
        }
        // Changed where it is: a copy of an application with a thousand subscriptions costs more than all the rest.
        let name = command.path[1]
        guard self.applications[name] != nil else { return .refused(404, "Application not found") }
        switch (command.method, command.path.count == 3 ? command.path[2] : "") {
        case ("GET", ""): break
        case ("POST", "subscription"), ("DELETE", "subscription"):
            if let refusal = self.changeSubscription(name, command) { return refusal }
        case ("PUT", "eventFilter"):
            func types(_ key: String) -> [String] {
                command.body?[key]?.array?.compactMap { $0["type"]?.string } ?? []
            }
            self.applications[name]?.allowed = types("allowed")
            self.applications[name]?.disallowed = types("disallowed")
        default: return Self.wrongMethod
        }
        return self.applications[name].map { .ok($0.json) } ?? .refused(404, "Application not found")
    }

    private mutating func changeSubscription(_ name: String, _ command: ExchangeCommand) -> ExchangeAnswer? {
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
                    self.applications[name]?.subscribe(channel: parts[1])
                } else {
                    self.applications[name]?.unsubscribe(channel: parts[1])
                }
            case "bridge":
                guard self.bridges[parts[1]] != nil else { return .refused(422, "Event source does not exist") }
                if adds {
                    self.applications[name]?.subscribe(bridge: parts[1])
                } else {
                    self.applications[name]?.unsubscribe(bridge: parts[1])
                }
            case "endpoint":
                if adds {
                    self.applications[name]?.endpoints.insert(parts[1])
                } else {
                    self.applications[name]?.endpoints.remove(parts[1])
                }
            case "deviceState":
                if adds {
                    self.applications[name]?.devices.insert(parts[1])
                } else {
                    self.applications[name]?.devices.remove(parts[1])
                }
            default: return .refused(400, "Invalid event source scheme")
            }
        }
        return nil
    }
}
