import AMQP
import ArgumentParser
import Contracts
import Foundation
import Messaging
import OutboundHTTP
import Vocabulary

/// A thousand lines that break: how long until each citizen is dialled (C-01). The stand notes when it told of the end
/// of a call and when a dial command came.
struct Breaks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "breaks", abstract: "Many lines break; every citizen is called back.")

    @Option(help: "The stand's control address.") var stand: String
    @Option(help: "Conversations that break.") var lines = 1000
    @Option(help: "Seconds in which they break one after the other; 0: in the same moment.") var within = 0.0
    @Option(help: "Process id of a callback-dialer that is killed right after the breaks; its other replica goes on.")
    var victim: Int32?

    private struct Dial: Decodable {
        var number: String
        /// Seconds since 1970.
        var epoch: Double
        /// When the exchange told of the end of the call.
        var callEnded: Double?
    }

    func run() async throws {
        let logger = BenchSetup.logger()
        let http = OutboundHTTPClient(logger: logger)
        let broker = try BenchSetup.broker("bench-breaks", topology: AMQPTopology())
        try await withThrowingTaskGroup { group in
            group.addTask { try await http.run() }
            group.addTask { try await broker.run() }
            try await broker.waitUntilReady(deadline: .seconds(10))
            let client = RequestClient(service: .operatorDesk, broker: broker, logger: logger)
            // More than calls: one whose telephone is not picked up is away afterwards.
            try await BenchOperators.signIn(self.lines + self.lines / 10, by: client)
            try await self.measure(StandClient(address: self.stand, http: http), client)
            group.cancelAll()
        }
    }

    private func measure(_ stand: StandClient, _ client: RequestClient) async throws {
        // A few more than are to break: one or another caller does not wait.
        try await stand.offer(self.lines + self.lines / 50, rate: 200, talk: 86_400)
        // Callers who withhold their number are not called back, and one number is called back once.
        var numbers: Set<String> = []
        try await StandClient.wait(for: .seconds(120), "the conversations did not begin") {
            // Asked seldom: the answer is long.
            try await Task.sleep(for: .seconds(1))
            let talking = try await client.ask(GetLine(), deadline: .seconds(10)).calls.filter { $0.state == .talking }
            numbers = Set(talking.compactMap { $0.caller.number }.filter(\.isDialable).map(\.e164))
            return talking.count >= self.lines
        }
        let began = Date()
        try await stand.order("POST", "break", body: Data("{\"within\": \(self.within)}".utf8))
        if let victim { kill(victim, SIGKILL) }
        var dials: [Dial] = []
        try await StandClient.wait(for: .seconds(40), "not every citizen was dialled") {
            try await Task.sleep(for: .seconds(1))
            dials = try await stand.read("dials")
            return Set(dials.map(\.number)).isSuperset(of: numbers)
        }
        var first: [String: Double] = [:]
        for dial in dials {
            guard let ended = dial.callEnded else { continue }
            first[dial.number] = min(first[dial.number] ?? .infinity, dial.epoch - ended)
        }
        let times = first.values.sorted()
        func percentile(_ share: Double) -> Int {
            Int(1000 * times[min(times.count - 1, Int(Double(times.count) * share))])
        }
        let inTime = times.count { $0 <= 15 }
        print(
            "\(self.lines) lines break \(self.within == 0 ? "in one moment" : "within \(self.within) s")\(self.victim == nil ? "" : ", a replica of the dialer is killed"): from the "
                + "event to the dial command p50 \(percentile(0.5)) ms, p99 \(percentile(0.99)) ms, max "
                + "\(percentile(1)) ms   (to reach: p99 500 ms); within 15 s \(inTime) of \(times.count); dialled twice "
                + "\(dials.count - times.count)")
        // The report a person reads must say the same of the same breaks: from the exchange's event to the order taken.
        let own = try await client.ask(
            GetCallbackIndicators(from: began.addingTimeInterval(-1), to: Date().addingTimeInterval(60)),
            deadline: .seconds(10))
        print(
            "  by the suite's own stamps: slowest \(Int((own.slowestDial ?? 0) * 1000)) ms, within 15 s "
                + "\(own.dialledInTime) of \(own.broken)")
    }
}
