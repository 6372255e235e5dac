import Foundation

/// The stand's own port: calls, replays, outcomes, faults, statistics. JSON in and out; errors as `{"error": …}`.
struct ControlServer: HTTPResponder {
    let host: ExchangeHost
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
        switch (call.method, path.dropFirst().first ?? "", path.count) {
        case ("POST", "replay", 2): return self.replay(body)
        case ("GET", "replays", 2):
            return .json(
                200, self.host.perform { .array($0.replays.values.sorted { $0.id < $1.id }.map(\.json)) })
        case ("GET", "replays", 3):
            guard let id = Int(path[2]), let replay = self.host.perform({ $0.replays[id] }) else { return Self.unknown }
            return .json(200, replay.json)
        case ("POST", "calls", 2): return self.calls(body)
        case ("DELETE", "calls", 2):
            self.host.perform { $0.stopTraffic() }
            return HTTPReply(status: 204)
        case ("GET", "outcomes", 2): return self.outcomes
        case ("PUT", "outcomes", 2): return self.setOutcomes(body)
        case ("GET", "faults", 2): return .json(200, self.mis.faults)
        case ("PUT", "faults", 2):
            guard self.mis.setFaults(body) else { return Self.refusal("доля вне 0…1 или задержка вне 0…600 с") }
            return .json(200, self.mis.faults)
        case ("GET", "statistics", 2):
            let calls = self.host.perform { $0.statistics.json(liveChannels: $0.channels.count) }
            return .json(200, ["exchange": calls, "mis": self.mis.statistics])
        case ("GET", "dials", 2): return self.dials(call)
        case ("GET", "bookings", 2): return .json(200, self.mis.bookings)
        case ("GET", "patients", 2):
            let limit = call.query["limit"].flatMap { Int($0) } ?? 100
            let clinic = call.query["clinic"].flatMap { Int($0) }
            return .json(200, self.mis.patients(clinic: clinic, limit: max(0, limit)))
        case ("POST", "break-sockets", 2): return .json(200, ["broken": .int(self.host.breakSockets())])
        default: return Self.unknown
        }
    }

    private static let unknown = HTTPReply.json(404, ["error": "нет такого пути"])

    private static func refusal(_ text: String) -> HTTPReply { .json(400, ["error": .string(text)]) }

    // MARK: Replay

    /// `{"trace": folder name, "speed": 1, "app": …, "number": …, "traces": folder}`.
    private func replay(_ body: JSONValue) -> HTTPReply {
        guard let name = body["trace"]?.string, !name.isEmpty, !name.contains("/"), name != ".." else {
            return Self.refusal("нужно имя записи: trace")
        }
        let folder = body["traces"]?.string.map { URL(fileURLWithPath: $0, isDirectory: true) } ?? self.traces
        guard let folder else { return Self.refusal("неизвестно, где записи: --traces или поле traces") }
        let speed = body["speed"]?.double ?? 1
        guard speed >= 0, speed <= 1000 else { return Self.refusal("speed вне 0…1000") }
        let script: ReplayScript
        do {
            script = try TraceReader.read(folder.appendingPathComponent(name, isDirectory: true))
        } catch {
            return Self.refusal("запись не читается: \(error)")
        }
        let application = body["app"]?.string ?? "call-intake"
        let id = self.host.perform {
            $0.start(script, application: application, speed: speed, number: body["number"]?.string)
        }
        guard let id else { return .json(409, ["error": "приложение \(application) не подключено"]) }
        return .json(201, ["id": .int(id)])
    }

    // MARK: Calls

    private func calls(_ body: JSONValue) -> HTTPReply {
        var plan = TrafficPlan()
        plan.count = body["count"]?.int ?? plan.count
        plan.rate = body["rate"]?.double ?? plan.rate
        plan.patience = body["patience"]?.double ?? plan.patience
        plan.talk = body["talk"]?.double ?? plan.talk
        plan.drop = body["drop"]?.double ?? plan.drop
        plan.dropCauses = body["dropCauses"]?.array?.compactMap(\.int) ?? plan.dropCauses
        plan.operatorDrop = body["operatorDrop"]?.double ?? plan.operatorDrop
        plan.abandon = body["abandon"]?.double ?? plan.abandon
        plan.withheld = body["withheld"]?.double ?? plan.withheld
        plan.named = body["named"]?.double ?? plan.named
        plan.application = body["app"]?.string ?? plan.application
        plan.numbers = body["numbers"]?.array?.compactMap(\.string) ?? plan.numbers
        let shares = [plan.drop, plan.operatorDrop, plan.abandon, plan.withheld, plan.named]
        guard (0...1_000_000).contains(plan.count), plan.rate > 0, plan.rate <= 10_000,
            (0...86_400).contains(plan.patience), (0...86_400).contains(plan.talk),
            shares.allSatisfy({ (0...1).contains($0) })
        else { return Self.refusal("count, rate, patience, talk или доля вне пределов") }
        let seed = body["seed"]?.int
        let id = self.host.perform { [plan] exchange in
            if let seed { exchange.chance = Chance(seed: UInt64(bitPattern: Int64(seed))) }
            return exchange.start(plan)
        }
        return .json(201, ["id": .int(id)])
    }

    // MARK: Outcomes

    private var outcomes: HTTPReply {
        let plan = self.host.perform { $0.outcomes }
        let numbers = plan.scripted.sorted { $0.key < $1.key }.map { entry in
            JSONValue.Member(key: entry.key, value: .array(entry.value.map { .string($0.rawValue) }))
        }
        let shares = plan.shares.sorted { $0.key.rawValue < $1.key.rawValue }.map { entry in
            JSONValue.Member(key: entry.key.rawValue, value: .double(entry.value))
        }
        return .json(
            200,
            [
                "numbers": .object(numbers), "shares": .object(shares), "ring": .double(plan.citizenRing),
                "operatorRing": .double(plan.operatorRing), "talk": .double(plan.citizenTalk),
            ])
    }

    /// `{"numbers": {"+7…": "busy" | ["busy", "answered"]}, "shares": {"busy": 0.2}, "ring": s, "operatorRing": s,
    /// "talk": s}`. Numbers are added to those set before, `null` removes one; shares replace those set before.
    private func setOutcomes(_ body: JSONValue) -> HTTPReply {
        var plan = self.host.perform { $0.outcomes }
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
        plan.citizenRing = max(0, body["ring"]?.double ?? plan.citizenRing)
        plan.operatorRing = max(0, body["operatorRing"]?.double ?? plan.operatorRing)
        plan.citizenTalk = max(0, body["talk"]?.double ?? plan.citizenTalk)
        self.host.perform { [plan] in $0.outcomes = plan }
        return self.outcomes
    }

    private static let unknownOutcome = Self.refusal(
        "исход дозвона — один из: " + DialOutcome.allCases.map(\.rawValue).joined(separator: ", "))

    private func dials(_ call: HTTPCall) -> HTTPReply {
        let number = call.query["number"]
        let dials = self.host.perform { $0.dials }.filter { number == nil || $0.number == number }
        return .json(200, .array(dials.map { $0.json(utcOffset: self.utcOffset) }))
    }
}
