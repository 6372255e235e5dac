import AMQP
import ArgumentParser
import Foundation
import Messaging
import NIOConcurrencyHelpers
import Postgres
import ServiceLifecycle

/// Questions from this process to another one (`line122-bench answer`) at a fixed rate; latency from the moment the
/// question was due, so that a stall is not hidden by the questions that it held back.
struct Requests: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Request and answer between two processes.")

    @Option(help: "Questions a second.") var rate = 1000
    @Option(help: "Seconds.") var seconds = 10

    func run() async throws {
        let answerer = Process()
        answerer.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
        answerer.arguments = ["answer"]
        try answerer.run()
        defer { answerer.terminate() }
        let broker = try BenchSetup.broker("bench-ask")
        try await withThrowingTaskGroup { group in
            group.addTask { try await broker.run() }
            try await broker.waitUntilReady(deadline: .seconds(10))
            let client = RequestClient(service: .operatorDesk, broker: broker, logger: BenchSetup.logger())
            // The first answer shows that the other side is there.
            _ = try await client.ask(BenchQuestion(number: 0), deadline: .seconds(20))
            _ = try await self.measure(client, count: self.rate)
            let latencies = try await self.measure(client, count: self.rate * self.seconds).sorted()
            func percentile(_ share: Double) -> Double {
                latencies.isEmpty ? 0 : latencies[min(latencies.count - 1, Int(Double(latencies.count) * share))]
            }
            func milliseconds(_ value: Double) -> String { "\(Double(Int(value * 100_000)) / 100) ms" }
            print(
                "request and answer at \(self.rate)/s, \(latencies.count) of them: p50 \(milliseconds(percentile(0.5))), "
                    + "p99 \(milliseconds(percentile(0.99))), max \(milliseconds(latencies.last ?? 0))   "
                    + "(to reach: p99 5 ms)")
            group.cancelAll()
        }
    }

    private func measure(_ client: RequestClient, count: Int) async throws -> [Double] {
        let latencies = NIOLockedValueBox<[Double]>([])
        let start = ContinuousClock.now
        try await withThrowingTaskGroup { group in
            for number in 0..<count {
                let due = start.advanced(by: .nanoseconds(1_000_000_000 / self.rate * number))
                try await Task.sleep(until: due, tolerance: .zero)
                group.addTask {
                    let answer = try await client.ask(BenchQuestion(number: number))
                    precondition(answer.number == number, "the answer belongs to another question")
                    let (seconds, attoseconds) = (ContinuousClock.now - due).components
                    latencies.withLockedValue { $0.append(Double(seconds) + Double(attoseconds) / 1e18) }
                }
            }
            try await group.waitForAll()
        }
        return latencies.withLockedValue { $0 }
    }
}

/// The other side of `requests`.
struct Answerer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "answer", shouldDisplay: false)

    func run() async throws {
        let database = try await BenchSetup.database("bench_answer")
        let broker = try BenchSetup.broker("bench-answer")
        let server = RequestServer(
            service: .journal, database: database, broker: broker, logger: BenchSetup.logger(),
            handlers: [
                .read(BenchQuestion.self) { question in
                    let row = try await database.query("SELECT \(Int64(question.number)) AS number").first
                    return .init(number: Int(try row?.decode("number", as: Int64.self) ?? -1))
                }
            ])
        try await withThrowingTaskGroup { group in
            group.addTask { try await broker.run() }
            group.addTask { try await server.run() }
            try await group.waitForAll()
        }
    }
}
