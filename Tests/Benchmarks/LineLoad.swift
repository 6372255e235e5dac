import AMQP
import ArgumentParser
import Contracts
import Foundation
import Logging
import Messaging
import NIOConcurrencyHelpers
import OutboundHTTP
import ServiceLifecycle

/// A line under load: a long queue, many operators, a hundred arrivals a second; then the owner is killed and another
/// replica takes over. The training stand measures from an event to the command that follows; this program listens on
/// the bus.
struct LineLoad: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "line", abstract: "One call-intake with a long queue, and its takeover.")

    @Option(help: "The stand's control address.") var stand: String
    @Option(help: "Process id of the call-intake that owns the exchange.") var owner: Int32
    @Option(help: "The program that is started as the second replica.") var standby: String
    @Option(help: "The second replica's port.") var standbyPort = 21884
    @Option(help: "Callers who wait.") var queue = 1000
    @Option var operators = 500
    @Option(help: "Arrivals a second.") var rate = 100
    @Option(help: "Seconds of measuring.") var seconds = 30

    private struct Latency: Decodable {
        struct Part: Decodable {
            var count: Int
        }
        var count: Int
        var p50: Double?
        var p99: Double?
        var max: Double?
        var announcement: Part
    }

    func run() async throws {
        let logger = BenchSetup.logger()
        let http = OutboundHTTPClient(logger: logger)
        var topology = AMQPTopology()
        topology.queues = [.init(name: "bench.line", kind: .classic, isDurable: false, arguments: [:])]
        topology.bindings = [
            .init(
                queue: "bench.line", exchange: MessagingTopology.eventExchange, routingKey: "#", arguments: [:])
        ]
        let broker = try BenchSetup.broker("bench-line", topology: topology)
        try await withThrowingTaskGroup { group in
            group.addTask { try await http.run() }
            group.addTask { try await broker.run() }
            try await broker.waitUntilReady(deadline: .seconds(10))
            let heard = NIOLockedValueBox<[Double]>([])
            group.addTask { try await self.listen(broker, heard) }
            try await BenchOperators.signIn(
                self.operators, by: RequestClient(service: .operatorDesk, broker: broker, logger: logger))
            let stand = StandClient(address: self.stand, http: http)
            try await self.measure(stand, heard)
            let standby = try await self.startStandby(http)
            defer { standby.terminate() }
            try await self.takeOver(stand)
            group.cancelAll()
        }
    }

    /// From the moment that an event bears to its arrival here.
    private func listen(_ broker: AMQPClient, _ heard: NIOLockedValueBox<[Double]>) async throws {
        let consumer = broker.consume(queue: "bench.line", prefetch: 1000)
        while let batch = try await consumer.nextBatch(maximum: 500, linger: .zero) {
            let now = Date()
            for delivery in batch.deliveries {
                let body = Data(delivery.message.body)
                let moment: Date? =
                    switch delivery.message.properties.type {
                    case CallReceived.type:
                        try MessageCoding.decoder.decode(CallReceived.self, from: body).receivedAt
                    case CallAnswered.type:
                        try MessageCoding.decoder.decode(CallAnswered.self, from: body).answeredAt
                    case CallEnded.type: try MessageCoding.decoder.decode(CallEnded.self, from: body).endedAt
                    default: nil
                    }
                if let moment { heard.withLockedValue { $0.append(now.timeIntervalSince(moment)) } }
            }
            await batch.acknowledge()
        }
    }

    private func measure(_ stand: StandClient, _ heard: NIOLockedValueBox<[Double]>) async throws {
        try await stand.offer(self.queue + self.operators, rate: 200, talk: 4.5)
        try await StandClient.wait(for: .seconds(60), "the queue did not fill") {
            try await stand.statistics().announced >= self.queue + self.operators
        }
        try await stand.offer(self.rate * (self.seconds + 60), rate: Double(self.rate), talk: 4.5)
        // The first seconds fill caches.
        try await Task.sleep(for: .seconds(5))
        try await stand.order("DELETE", "latency")
        heard.withLockedValue { $0 = [] }
        try await Task.sleep(for: .seconds(self.seconds))
        let latency: Latency = try await stand.read("latency")
        let bus = heard.withLockedValue { $0.sorted() }
        func milliseconds(_ value: Double) -> String { "\(Double(Int(value * 100)) / 100) ms" }
        func percentile(_ share: Double) -> Double {
            bus.isEmpty ? 0 : 1000 * bus[min(bus.count - 1, Int(Double(bus.count) * share))]
        }
        print(
            "event of the exchange → command, \(latency.count) of them: p50 \(milliseconds(latency.p50 ?? 0)), p99 "
                + "\(milliseconds(latency.p99 ?? 0)), max \(milliseconds(latency.max ?? 0))   (to reach: p99 20 ms)")
        print(
            "event of the exchange → event on the bus, \(bus.count) of them: p50 \(milliseconds(percentile(0.5))), "
                + "p99 \(milliseconds(percentile(0.99)))   (to reach: p99 50 ms)")
        let status = try String(contentsOfFile: "/proc/\(self.owner)/status", encoding: .utf8)
        let kilobytes = status.split(separator: "\n").first { $0.hasPrefix("VmRSS") }?
            .split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Double($0) }
        print("memory: \(Int((kilobytes ?? 0) / 1024)) MB   (to reach: 200 MB)")
    }

    /// Only now: the figures above are those of one process.
    private func startStandby(_ http: OutboundHTTPClient) async throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: self.standby)
        process.arguments = ["serve"]
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["HTTP_PORT": "0", "HEALTH_PORT": "\(self.standbyPort)"]) { $1 }
        try process.run()
        let ready = OutboundRequest(url: "http://127.0.0.1:\(self.standbyPort)/health/ready")
        try await StandClient.wait(for: .seconds(20), "the second replica did not start") {
            (try? await http.execute(ready))?.status == 200
        }
        return process
    }

    private func takeOver(_ stand: StandClient) async throws {
        let live = try await stand.statistics().liveChannels
        kill(self.owner, SIGKILL)
        let started = ContinuousClock.now
        try await stand.order("DELETE", "latency")
        // A caller who comes in and is told something: the new owner has read the exchange and answers.
        try await StandClient.wait(for: .seconds(30), "nobody took over") {
            let latency: Latency = try await stand.read("latency")
            return latency.announcement.count > 0
        }
        let taken = ContinuousClock.now - started
        try await stand.order("DELETE", "calls")
        print(
            "takeover with \(live) channels: \(taken.formatted(.units(allowed: [.seconds], fractionalPart: .show(length: 2))))   (to reach: 5 s)"
        )
        try await StandClient.wait(for: .seconds(180), "calls are left over") {
            try await stand.statistics().liveChannels == 0
        }
        print("after the takeover every call came to its end")
    }
}
