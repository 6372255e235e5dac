import Foundation

@testable import TrainingStand

/// The exchange with a clock of its own: time passes only by `advance`, nothing is awaited.
struct VirtualExchange {
    var exchange: Exchange
    private(set) var events: [String: [JSONValue]] = [:]
    /// Frames that are no JSON a strict reader takes.
    private(set) var broken: [[UInt8]] = []
    private var timers: [(at: Date, order: Int, timer: ExchangeTimer)] = []
    private var order = 0
    private var now: Date

    init(seed: UInt64 = 1) {
        self.now = Date(timeIntervalSince1970: 1_795_230_000)
        self.exchange = Exchange(seed: seed, startedAt: self.now)
    }

    mutating func perform<Result>(_ body: (inout Exchange) throws -> Result) rethrows -> Result {
        self.exchange.now = self.now
        let result = try body(&self.exchange)
        for output in self.exchange.drain() {
            switch output {
            case .event(let application, let bytes):
                guard String(validating: bytes, as: UTF8.self) != nil, let event = try? JSONParser.parse(bytes)
                else {
                    self.broken.append(bytes)
                    continue
                }
                self.events[application, default: []].append(event)
            case .timer(let seconds, let timer):
                self.order += 1
                self.timers.append((self.now.addingTimeInterval(seconds), self.order, timer))
            }
        }
        return result
    }

    @discardableResult
    mutating func command(
        _ method: String, _ path: String, _ query: [String: String] = [:], body: JSONValue? = nil
    ) -> ExchangeAnswer {
        let words = path.split(separator: "/").map(String.init)
        return self.perform { $0.handle(ExchangeCommand(method: method, path: words, query: query, body: body)) }
    }

    mutating func connect(_ application: String = "call-intake", subscribeAll: Bool = false) {
        _ = self.perform { $0.connect(application, subscribeAll: subscribeAll) }
    }

    mutating func advance(_ seconds: Double) {
        let end = self.now.addingTimeInterval(seconds)
        while let next = self.timers.indices.min(by: { self.isBefore($0, $1) }), self.timers[next].at <= end {
            let due = self.timers.remove(at: next)
            self.now = max(self.now, due.at)
            self.perform { $0.fire(due.timer) }
        }
        self.now = end
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        (self.timers[left].at, self.timers[left].order) < (self.timers[right].at, self.timers[right].order)
    }

    func heard(_ application: String = "call-intake") -> [JSONValue] { self.events[application] ?? [] }

    func types(_ application: String = "call-intake", of channel: String? = nil) -> [String] {
        self.heard(application).filter { channel == nil || TraceReader.channel(of: $0) == channel }
            .compactMap { $0["type"]?.string }.filter { $0 != "ChannelVarset" }
    }
}
