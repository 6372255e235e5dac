extension ControlServer {
    /// What people do with their telephones, and what the exchange plays and records.
    func telephones(_ host: ExchangeHost, _ call: HTTPCall, _ body: JSONValue) -> HTTPReply {
        switch (call.method, call.components[1]) {
        case ("POST", "keys"): return self.keys(host, body)
        case ("POST", "hold"): return self.hold(host, body)
        case ("POST", "hangup"): return self.hangUp(host, body)
        case ("POST", "break"): return self.breakConversations(host, body)
        case ("POST", "refer"): return self.refer(host, body)
        case ("GET", "sounds"): return .json(200, host.perform { $0.sounds.json })
        case ("PUT", "sounds"):
            guard host.perform({ $0.sounds.adopt(body) }) else { return Self.refusal("время звука вне 0…3600 с") }
            return .json(200, host.perform { $0.sounds.json })
        case ("GET", "recordings"): return .json(200, host.perform { $0.recordingFaults.json })
        case ("PUT", "recordings"): return self.setRecordings(host, body)
        default: return Self.unknown
        }
    }

    private static let noChannel = HTTPReply.json(404, ["error": "нет такого канала"])

    /// The living channel of `{"channel": id}`, or the newest one of `{"number": caller's number or extension}`.
    private func channel(_ host: ExchangeHost, _ body: JSONValue) -> String? {
        if let id = body["channel"]?.string { return host.perform { $0.channels[id] }?.id }
        guard let number = body["number"]?.string, !number.isEmpty else { return nil }
        return host.perform { exchange in
            exchange.channels.values.filter { $0.number == number }.max { $0.serial < $1.serial }?.id
        }
    }

    /// `{"channel" | "number", "digits": "12", "gap": seconds between keys}`; `heard` tells whether the exchange can
    /// hear the channel's keys now.
    private func keys(_ host: ExchangeHost, _ body: JSONValue) -> HTTPReply {
        guard let digits = body["digits"]?.string, !digits.isEmpty, digits.allSatisfy(Exchange.isKey) else {
            return Self.refusal("digits — клавиши 0–9, A–D, * и #")
        }
        let gap = body["gap"]?.double ?? 0.1
        guard (0...60).contains(gap) else { return Self.refusal("gap вне 0…60 с") }
        guard let id = self.channel(host, body) else { return Self.noChannel }
        let isHeard = host.perform { exchange in
            let isHeard = exchange.channels[id].map { exchange.hearsKeys(of: $0) } ?? false
            exchange.press(digits, on: id, gap: gap)
            return isHeard
        }
        return .json(200, ["channel": .string(id), "heard": .bool(isHeard)])
    }

    /// `{"channel" | "number", "held": true}`: the telephone's own hold key.
    private func hold(_ host: ExchangeHost, _ body: JSONValue) -> HTTPReply {
        guard let id = self.channel(host, body) else { return Self.noChannel }
        host.perform { $0.pressHold(body["held"]?.bool ?? true, on: id) }
        return HTTPReply(status: 204)
    }

    /// `{"channel" | "number", "cause": Q.850, "technical": SIP status, "soft": true}`; without a cause the hang-up is
    /// the ordinary one of the channel's state.
    private func hangUp(_ host: ExchangeHost, _ body: JSONValue) -> HTTPReply {
        let cause = body["cause"]?.int
        let technical = body["technical"]?.int
        guard cause.map({ (0...127).contains($0) }) ?? true, technical.map({ (100...699).contains($0) }) ?? true else {
            return Self.refusal("cause вне 0…127 или technical вне 100…699")
        }
        guard let id = self.channel(host, body) else { return Self.noChannel }
        host.perform { $0.release(id, cause: cause, technical: technical, isSoft: body["soft"]?.bool ?? false) }
        return HTTPReply(status: 204)
    }

    /// `{"cause": Q.850, "within": seconds}`: every caller in conversation loses the line, at once or one after the other
    /// within so many seconds; how many do.
    private func breakConversations(_ host: ExchangeHost, _ body: JSONValue) -> HTTPReply {
        let cause = body["cause"]?.int ?? 38
        let seconds = body["within"]?.double ?? 0
        guard (0...127).contains(cause), (0...60).contains(seconds) else {
            return Self.refusal("cause вне 0…127 или within вне 0…60 с")
        }
        return .json(200, ["broken": .int(host.perform { $0.breakConversations(cause: cause, within: seconds) })])
    }

    /// `{"channel" | "number": the operator's, "to": extension}`: the telephone transfers by itself.
    private func refer(_ host: ExchangeHost, _ body: JSONValue) -> HTTPReply {
        guard let id = self.channel(host, body) else { return Self.noChannel }
        guard host.perform({ $0.refer(id, to: body["to"]?.string ?? "1002") }) else {
            return .json(409, ["error": "канал не в разговоре"])
        }
        return HTTPReply(status: 204)
    }

    /// `{"fail": true, "fileFailures": 2}`.
    private func setRecordings(_ host: ExchangeHost, _ body: JSONValue) -> HTTPReply {
        var faults = host.perform { $0.recordingFaults }
        faults.fails = body["fail"]?.bool ?? faults.fails
        faults.fileFailures = body["fileFailures"]?.int ?? faults.fileFailures
        guard (0...1_000_000).contains(faults.fileFailures) else { return Self.refusal("fileFailures вне пределов") }
        host.perform { [faults] in $0.recordingFaults = faults }
        return .json(200, faults.json)
    }
}
