import Testing

@testable import TrainingStand

extension VirtualExchange {
    /// An exchange whose application listens; nobody calls yet.
    static func connected(seed: UInt64 = 1) -> VirtualExchange {
        var virtual = VirtualExchange(seed: seed)
        virtual.connect()
        return virtual
    }

    /// One caller comes in; the channel.
    mutating func callComes(_ plan: TrafficPlan) throws -> String {
        let before = self.heard().count
        _ = self.perform { $0.start(plan) }
        self.advance(0)
        let start = self.heard()[before...].first { $0["type"] == "StasisStart" }
        return try #require(start?["channel"]?["id"]?.string)
    }

    /// One caller comes in, is answered, and the application hears of the end too.
    mutating func callerIsUp(_ plan: TrafficPlan) throws -> String {
        let caller = try self.callComes(plan)
        self.command("POST", "applications/call-intake/subscription", ["eventSource": "channel:\(caller)"])
        self.command("POST", "channels/\(caller)/answer")
        return caller
    }

    /// An operator's telephone answers.
    mutating func operatorAnswers(_ id: String, number: String = "1001") {
        self.command(
            "POST", "channels/\(id)", ["endpoint": "PJSIP/\(number)", "app": "call-intake", "appArgs": "operator"])
        self.advance(0.4)
    }

    mutating func talk(_ bridge: String, _ channels: String...) {
        self.command("POST", "bridges/\(bridge)", ["type": "mixing"])
        self.command("POST", "bridges/\(bridge)/addChannel", ["channel": channels.joined(separator: ",")])
    }

    func events(_ type: String, application: String = "call-intake") -> [JSONValue] {
        self.heard(application).filter { $0["type"]?.string == type }
    }

    func isAlive(_ channel: String) -> Bool { self.exchange.channels[channel] != nil }
}

extension TrafficPlan {
    /// One caller with this talk and this patience to the second: nothing about it is drawn.
    static func one(talk: Double = 1000, patience: Double = 100) -> TrafficPlan {
        TrafficPlan(count: 1, rate: 100, patience: patience, talk: talk, withheld: 0, named: 0)
    }
}
