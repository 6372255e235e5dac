import Foundation

/// The stand's own port: calls, replays, telephones, outcomes, faults, statistics. JSON in and out; errors as
/// `{"error": …}`. Requests about an exchange take its name as `?exchange=` or member `exchange`; without it the first
/// one is meant.
struct ControlServer: HTTPResponder {
    let hosts: [ExchangeHost]
    let mis: HubServer
    let traces: URL?
    let utcOffset: Int

    func reply(to call: HTTPCall) -> HTTPReply {
        let path = call.components
        guard path.first == "stand" else {
            return path == ["health", "live"] ? .json(200, ["status": "ok"]) : Self.unknown
        }
        var body: JSONValue = .object([])
        if !call.body.isEmpty {
            guard let parsed = try? JSONParser.parse(call.body), parsed.members != nil else {
                return Self.refusal("тело — не объект JSON")
            }
            body = parsed
        }
        let wanted = call.query["exchange"] ?? body["exchange"]?.string
        guard let host = self.hosts.first(where: { wanted == nil || $0.systemName == wanted }) else {
            return Self.refusal("нет такой станции; есть: " + self.hosts.map(\.systemName).joined(separator: ", "))
        }
        switch (path.dropFirst().first ?? "", path.count) {
        case ("replay", 2), ("replays", 2...3): return self.replays(host, call, body)
        case ("calls", 2): return self.calls(host, call, body)
        case ("keys", 2), ("hold", 2), ("hangup", 2), ("refer", 2), ("sounds", 2), ("recordings", 2),
            ("break", 2):
            return self.telephones(host, call, body)
        case ("outcomes", 2): return self.outcomes(host, call, body)
        case ("faults", 2), ("odd-event", 2), ("restart", 2), ("break-sockets", 2):
            return self.faults(host, call, body)
        default: return self.reports(wanted == nil ? self.hosts : [host], call)
        }
    }

    static let unknown = HTTPReply.json(404, ["error": "нет такого пути"])

    static func refusal(_ text: String) -> HTTPReply { .json(400, ["error": .string(text)]) }

    // MARK: Reports

    /// What happened: of all exchanges together unless one is named.
    private func reports(_ hosts: [ExchangeHost], _ call: HTTPCall) -> HTTPReply {
        let path = call.components
        switch (call.method, path.dropFirst().first ?? "", path.count) {
        case ("GET", "statistics", 2): return self.statistics(hosts)
        case ("GET", "latency", 2):
            var latency = Latency()
            for host in hosts { latency.join(host.perform { $0.latency }) }
            return .json(200, latency.json)
        case ("DELETE", "latency", 2):
            for host in hosts { host.perform { $0.latency.reset() } }
            return HTTPReply(status: 204)
        case ("GET", "dials", 2):
            let number = call.query["number"]
            let dials = hosts.flatMap { $0.perform { $0.dials } }.filter { number == nil || $0.number == number }
            return .json(200, .array(dials.sorted { $0.at < $1.at }.map { $0.json(utcOffset: self.utcOffset) }))
        case ("GET", "bookings", 2): return .json(200, self.mis.bookings)
        case ("GET", "patients", 2):
            let limit = call.query["limit"].flatMap { Int($0) } ?? 100
            let clinic = call.query["clinic"].flatMap { Int($0) }
            return .json(200, self.mis.patients(clinic: clinic, limit: max(0, limit)))
        default: return Self.unknown
        }
    }

    /// `exchange` is the sum of all, `exchanges` has each by its name.
    private func statistics(_ hosts: [ExchangeHost]) -> HTTPReply {
        var sum = ExchangeStatistics()
        var live = LiveCounts()
        var each: [JSONValue.Member] = []
        for host in hosts {
            let (statistics, now) = host.perform { ($0.statistics, $0.live) }
            sum.join(statistics)
            live.join(now)
            each.append(.init(key: host.systemName, value: statistics.json(now)))
        }
        return .json(
            200, ["exchange": sum.json(live), "exchanges": .object(each), "mis": self.mis.statistics])
    }
}
