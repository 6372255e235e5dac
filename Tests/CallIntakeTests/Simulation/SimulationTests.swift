import Contracts
import Dispatch
import Foundation
import Postgres
import TestSupport
import Testing
import Vocabulary

@testable import CallIntake

/// Random hours of a line, with and without faults. A seed that fails is printed and can be played again alone.
@Suite struct SimulationTests {
    /// `LINE122_SIMULATED_HOURS` for more, such as 5000; the default fits into every test run.
    private static let hours = ProcessInfo.processInfo.environment["LINE122_SIMULATED_HOURS"].flatMap(UInt64.init) ?? 40
    /// `LINE122_SIMULATION_SEED` plays one hour alone.
    private static let only = ProcessInfo.processInfo.environment["LINE122_SIMULATION_SEED"].flatMap(UInt64.init)

    private static func plan(_ seed: UInt64) -> LinePlan {
        var plan = LinePlan()
        // A few citizens are dialled all hour long; the ceiling has tests of its own.
        plan.dailyDials = 1000
        plan.queues[0].linesPerOperator = seed % 2 == 0 ? 2 : 1
        plan.queues.append(QueuePlan(name: "oms", title: "Полис", skill: "oms"))
        plan.operatorHangUp = seed % 3 == 0 ? .completes : .returns
        plan.callbackOrder = seed % 6 == 1 ? .operator : .citizen
        plan.afterCall = seed % 5 == 0 ? 0 : 30
        if seed % 4 != 0 {
            plan.menu = MenuPlan(
                start: "start",
                nodes: [
                    "start": .init(
                        prompts: ["greeting"], patience: 3, keys: ["1": .queue("oms"), "7": .secretary],
                        otherwise: .queue("main"))
                ])
        }
        return plan
    }

    private static func calendar(_ seed: UInt64) throws -> RegionCalendar? {
        // One in four closes in the middle of the hour, which begins on a Friday, 06:00 in Moscow.
        guard seed % 4 == 1 else { return nil }
        return RegionCalendar(
            timeZone: try RegionTimeZone(identifier: "Europe/Moscow"), hours: try OpeningHours(parsing: "00:00-06:30"),
            production: try ProductionCalendar.bundled())
    }

    private static func play(_ seed: UInt64, _ faults: LineSimulation.Faults) async throws -> LineSimulation {
        let begin = LineSimulation(
            seed: seed, plan: self.plan(seed), calendar: try self.calendar(seed), faults: faults)
        // Away from the threads of the other tests, which wait for servers with deadlines.
        let (simulation, violations) = await withCheckedContinuation { continuation in
            DispatchQueue.global(qos: .utility).async {
                var simulation = begin
                let violations = simulation.run()
                continuation.resume(returning: (simulation, violations))
            }
        }
        if let first = violations.first { Issue.record("seed \(seed): \(first) (\(violations.count) in all)") }
        return simulation
    }

    @Test("The same seed is the same hour, so that one that failed fails again")
    func sameHour() async throws {
        for seed: UInt64 in [1, 6] {
            let (first, second) = (try await Self.play(seed, .all), try await Self.play(seed, .all))
            #expect(first.outcomes == second.outcomes && first.voiceEnds == second.voiceEnds)
            #expect(first.firstDials == second.firstDials && first.received.count == second.received.count)
        }
    }

    @Test("T-01 T-15 Random hours without faults: everybody is served or leaves, once, and nobody is left over")
    func calmHours() async throws {
        for seed in Self.only.map({ $0...$0 }) ?? 1...max(1, Self.hours / 10) {
            let simulation = try await Self.play(seed, .none)
            #expect(simulation.received.count > 10)
        }
    }

    /// Every kind of row that the rules wrote is one that the tables take.
    private static func keep(_ rows: WrittenRows) async throws {
        try await LineStoreTests.withStore { store, lease in
            for (place, output) in rows.outputs.enumerated() {
                await #expect(throws: Never.self, "\(output.name): \(output)") {
                    try await store.write(output, fence: lease.fence, number: Int64(place + 1))
                }
                // Rows of different hours have nothing to do with one another.
                for table in ["call", "operator", "dial_attempt", "recording"] {
                    try await store.database.execute("DELETE FROM \(unsafeSQL: table)")
                }
            }
        }
    }

    @Test(
        "A-01 T-01 T-15 C-01 C-02 Random hours with crashes, lost sockets, restarts, refusals, doubled events and wrong clocks, whose rows the tables take"
    )
    func stormyHours() async throws {
        var outcomes: [CallOutcome: Int] = [:]
        var firstDials: [Double] = []
        var voiceEnds: Set<VoiceEnd> = []
        var rows = WrittenRows()
        for seed in Self.only.map({ $0...$0 }) ?? 1...Self.hours {
            let simulation = try await Self.play(seed, .all)
            outcomes.merge(simulation.outcomes) { $0 + $1 }
            firstDials += simulation.firstDials
            voiceEnds.formUnion(simulation.voiceEnds.keys)
            rows.merge(simulation.rows)
        }
        try await Self.keep(rows)
        // A simulation that never meets a case proves nothing about it.
        if Self.only == nil {
            #expect(Set(outcomes.keys) == Set(CallOutcome.allCases))
            #expect(voiceEnds == Set(VoiceEnd.allCases))
            #expect(firstDials.count > 20 && firstDials.contains { $0 < 1 })
            // Some operators who were rung first did not pick up.
            #expect(firstDials.contains { $0 > 2 })
        }
    }
}
