extension ControlServer {
    /// `GET` names the channels of the calls that were announced, and of those that left while nobody listened.
    func calls(_ host: ExchangeHost, _ call: HTTPCall, _ body: JSONValue) -> HTTPReply {
        switch call.method {
        case "POST": return self.start(host, body)
        case "GET":
            let (announced, unheard) = host.perform { ($0.announcedCalls, $0.unheardCalls) }
            return .json(
                200,
                [
                    "announced": .array(announced.map { .string($0) }), "unheard": .array(unheard.map { .string($0) }),
                ])
        case "DELETE":
            host.perform { $0.stopTraffic() }
            return HTTPReply(status: 204)
        default: return Self.unknown
        }
    }

    /// Members as in `TrafficPlan`, all optional; `app` is the application, `keys` a list of
    /// `{"after": seconds since the call came in, "digit": "1"}`, `messageEnds` one of hangup, key, silence.
    private func start(_ host: ExchangeHost, _ body: JSONValue) -> HTTPReply {
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
        plan.message = body["message"]?.double ?? plan.message
        plan.holdPatience = body["holdPatience"]?.double
        if let word = body["messageEnds"]?.string {
            guard let end = CallerPlan.MessageEnd(rawValue: word) else {
                return Self.refusal("messageEnds — hangup, key или silence")
            }
            plan.messageEnds = end
        }
        for key in body["keys"]?.array ?? [] {
            guard let after = key["after"]?.double, (0...86_400).contains(after), let digit = key["digit"]?.string,
                digit.count == 1, digit.allSatisfy(Exchange.isKey)
            else { return Self.refusal("keys — список {\"after\": секунды, \"digit\": клавиша}") }
            plan.keys.append(CallerPlan.Key(after: after, digit: digit))
        }
        let shares = [plan.drop, plan.operatorDrop, plan.abandon, plan.withheld, plan.named]
        let times = [plan.patience, plan.talk, plan.message, plan.holdPatience ?? 0]
        guard (0...1_000_000).contains(plan.count), plan.rate > 0, plan.rate <= 10_000,
            times.allSatisfy({ (0...86_400).contains($0) }), shares.allSatisfy({ (0...1).contains($0) })
        else { return Self.refusal("count, rate, время или доля вне пределов") }
        let seed = body["seed"]?.int
        let id = host.perform { [plan] exchange in
            if let seed { exchange.chance = Chance(seed: UInt64(bitPattern: Int64(seed))) }
            return exchange.start(plan)
        }
        return .json(201, ["id": .int(id)])
    }
}
