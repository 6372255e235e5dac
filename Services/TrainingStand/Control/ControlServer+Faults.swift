extension ControlServer {
    func faults(_ host: ExchangeHost, _ call: HTTPCall, _ body: JSONValue) -> HTTPReply {
        switch (call.method, call.components[1]) {
        case ("GET", "faults"): return self.faults(host)
        case ("PUT", "faults"): return self.setFaults(host, body)
        case ("POST", "odd-event"):
            let count = body["bytes"]?.int ?? 10_000_000
            guard (0...100_000_000).contains(count) else { return Self.refusal("bytes вне 0…100000000") }
            return .json(200, ["sent": .int(host.perform { $0.sendOddEvent(bytes: count) })])
        case ("POST", "restart"):
            let seconds = body["downFor"]?.double ?? 0
            guard (0...3600).contains(seconds) else { return Self.refusal("downFor вне 0…3600 с") }
            return .json(200, ["broken": .int(host.restart(downFor: seconds))])
        case ("POST", "break-sockets"): return .json(200, ["broken": .int(host.breakSockets())])
        default: return Self.unknown
        }
    }

    /// Faults of the МИС, and those of the exchange in the member `exchange`.
    private func faults(_ host: ExchangeHost) -> HTTPReply {
        var json = self.mis.faults
        json["exchange"] = host.perform { $0.faults.json }
        return .json(200, json)
    }

    /// `{"delay": s, … of the МИС, "exchange": {"delay": ms, …}}`: members as in `HubFaults` and `ExchangeFaults`;
    /// here only `?exchange=` names one of several exchanges. All or nothing is set.
    private func setFaults(_ host: ExchangeHost, _ body: JSONValue) -> HTTPReply {
        var faults = host.perform { $0.faults }
        guard body["exchange"].map({ faults.adopt($0) }) ?? true, self.mis.setFaults(body) else {
            return Self.refusal("доля вне 0…1 или задержка вне 0…600 с (у станции — 0…60000 мс)")
        }
        host.perform { [faults] in $0.faults = faults }
        return self.faults(host)
    }
}
