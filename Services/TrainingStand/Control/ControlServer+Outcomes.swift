extension ControlServer {
    func outcomes(_ host: ExchangeHost, _ call: HTTPCall, _ body: JSONValue) -> HTTPReply {
        switch call.method {
        case "GET": self.outcomes(host)
        case "PUT": self.setOutcomes(host, body)
        default: Self.unknown
        }
    }

    private func outcomes(_ host: ExchangeHost) -> HTTPReply {
        let plan = host.perform { $0.outcomes }
        let numbers = plan.scripted.sorted { $0.key < $1.key }.map { entry in
            JSONValue.Member(key: entry.key, value: .array(entry.value.map { .string($0.rawValue) }))
        }
        let shares = plan.shares.sorted { $0.key.rawValue < $1.key.rawValue }.map { entry in
            JSONValue.Member(key: entry.key.rawValue, value: .double(entry.value))
        }
        func times(_ times: [String: Double]) -> JSONValue {
            .object(times.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: .double($0.value)) })
        }
        return .json(
            200,
            [
                "numbers": .object(numbers), "shares": .object(shares), "ring": .double(plan.citizenRing),
                "operatorRing": .double(plan.operatorRing), "talk": .double(plan.citizenTalk),
                "rings": times(plan.rings), "operatorHangUp": times(plan.operatorHangUps),
                "citizenKeys": .array(plan.citizenKeys.map { .string($0) }),
                "keys": .object(
                    plan.keys.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: .string($0.value)) }),
                "keyDelay": .double(plan.keyDelay),
            ])
    }

    /// `{"numbers": {"+7…": "busy" | ["busy", "answered"]}, "shares": {"busy": 0.2}, "ring": s, "operatorRing": s,
    /// "talk": s, "rings": {"1001": s}, "operatorHangUp": {"1001": s}, "citizenKeys": ["115", "-", "h"],
    /// "keys": {"+7…": "115"}, "keyDelay": s}`. Numbers and single telephones are added to
    /// those set before, `null` removes one; shares replace those set before.
    private func setOutcomes(_ host: ExchangeHost, _ body: JSONValue) -> HTTPReply {
        var plan = host.perform { $0.outcomes }
        for entry in body["numbers"]?.members ?? [] {
            let words = entry.value.array ?? (entry.value == .null ? [] : [entry.value])
            let outcomes = words.compactMap { $0.string.flatMap(DialOutcome.init(rawValue:)) }
            guard outcomes.count == words.count else { return Self.unknownOutcome }
            plan.scripted[entry.key] = outcomes.isEmpty ? nil : outcomes
        }
        if let shares = body["shares"]?.members {
            plan.shares.removeAll()
            for entry in shares {
                guard let outcome = DialOutcome(rawValue: entry.key), let share = entry.value.double,
                    (0...1).contains(share)
                else { return Self.unknownOutcome }
                plan.shares[outcome] = share
            }
        }
        guard Self.adopt(body["rings"], into: &plan.rings),
            Self.adopt(body["operatorHangUp"], into: &plan.operatorHangUps)
        else { return Self.refusal("время телефона вне 0…86400 с") }
        guard Self.adoptKeys(body, into: &plan) else {
            return Self.refusal("клавиши — 0–9, * и #, «-» ничего, «h» положить трубку")
        }
        plan.citizenRing = max(0, body["ring"]?.double ?? plan.citizenRing)
        plan.operatorRing = max(0, body["operatorRing"]?.double ?? plan.operatorRing)
        plan.citizenTalk = max(0, body["talk"]?.double ?? plan.citizenTalk)
        host.perform { [plan] in $0.outcomes = plan }
        return self.outcomes(host)
    }

    private static func adoptKeys(_ body: JSONValue, into plan: inout OutcomePlan) -> Bool {
        func isKeys(_ text: String) -> Bool { text.allSatisfy { Exchange.isKey($0) || $0 == "-" || $0 == "h" } }
        for entry in body["keys"]?.members ?? [] {
            guard entry.value != .null else {
                plan.keys[entry.key] = nil
                continue
            }
            guard let keys = entry.value.string, isKeys(keys) else { return false }
            plan.keys[entry.key] = keys
        }
        if let all = body["citizenKeys"]?.array {
            let keys = all.compactMap(\.string)
            guard keys.count == all.count, keys.allSatisfy(isKeys) else { return false }
            plan.citizenKeys = keys
        }
        plan.keyDelay = max(0, body["keyDelay"]?.double ?? plan.keyDelay)
        return true
    }

    private static func adopt(_ json: JSONValue?, into times: inout [String: Double]) -> Bool {
        for entry in json?.members ?? [] {
            if entry.value == .null {
                times[entry.key] = nil
                continue
            }
            guard let seconds = entry.value.double, (0...86_400).contains(seconds) else { return false }
            times[entry.key] = seconds
        }
        return true
    }

    private static let unknownOutcome = Self.refusal(
        "исход дозвона — один из: " + DialOutcome.allCases.map(\.rawValue).joined(separator: ", "))
}
